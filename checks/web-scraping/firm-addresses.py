"""What words do not say of the exercise `firm-addresses`: a collection that is judged by the
journals of the search page and of the small sites that it was made from, on patient sites and on
others.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ssplab.exercises import Condition, compare, visits
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

SOUGHT = ["985871904", "994414613", "981328602", "990559080", "990600249", "992210823"]
SHOWN = ("spaced", "plain", "siret", "vat")  # ways of a legal notice that show the number
CLOSED = "triform-lille"  # asks robots to stay away
CALM, STRICT = "2023-05-15", "2023-04-17"  # the days on which the sites are opened
TABLE = _("table")
JUDGE = visits.Judge(
    "trouvetout", "societe-fabelard", "venraeo", "sopodoremballages", CLOSED, day=CALM
)


@cache
def _found() -> pd.DataFrame:
    """Return the table of a right answer, from what is planted."""
    from ssplab.web import serve

    with serve(visits.job_offers()) as web:
        planted = web.own_sites().loc[SOUGHT]
    is_shown = planted["notice"].isin(SHOWN) & (planted["host"] != CLOSED)
    hosts = (planted["host"] + ".example").where(is_shown, "")
    return hosts.rename("host").reset_index()


def _hosts_of(table: Any) -> dict[str, str]:
    """Return the host of each firm that a table has; nothing where it has not these columns."""
    columns = list(getattr(table, "columns", ()))
    if columns.count("siren") != 1 or columns.count("host") != 1:
        return {}
    return dict(zip(table["siren"].map(str), table["host"].map(str), strict=True))


def _of_closed(table: Any) -> str | None:
    if CLOSED not in _hosts_of(table).get("990559080", ""):
        return None
    return _(
        "{host} asks robots to stay away, in its robots.txt: its pages are not to be read, and so "
        "it is not known whose it is."
    ).format(host=f"{CLOSED}.example")


def _of_stranger(table: Any) -> str | None:
    right = dict(_found().itertuples(index=False))
    for siren, host in _hosts_of(table).items():
        if right.get(siren) == "" and host.endswith(".example"):
            return _(
                "For {siren} the table has {host}, whose legal notice does not show this number. "
                "The name may be alike, or another page may speak of the firm."
            ).format(siren=siren, host=host)
    return None


@cache
def _of_table() -> list[Condition]:
    """Return the conditions on the table that the function returns."""
    return [
        Condition(TABLE, _of_closed),
        Condition(TABLE, _of_stranger),
        *compare.table(
            _found,
            key="siren",
            values={"host": "text"},
            advice=_("Read the legal notice of each host, blanks and points taken out."),
        ),
    ]


CONDITIONS = {
    5: [
        *JUDGE.conditions(_of_table()),
        Condition(visits.MANNERS, JUDGE.rude),
        Condition(visits.MANNERS, JUDGE.rude_to_strict(STRICT)),
    ]
}
