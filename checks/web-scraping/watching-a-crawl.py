"""What words do not say of the exercise `watching-a-crawl`: the list and the pages of a site are
compared, on sites that are whole and on partly redesigned ones, and their journals say how.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ssplab.exercises import Condition, compare, visits
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

SITE = "interim-express"
CALM, STRICT = "2023-05-15", "2023-04-17"  # the days on which the sites are opened
REDESIGNED = {"2023-05-22": "pay-moved", "2023-06-12": "pay-in-text"}
SILENT = "à voir en agence"
SPARE = 1  # requests: the conditions may be read, too
TABLE = _("table")
JUDGE = visits.Judge(SITE, day=CALM)


def _partial(look: str) -> Any:
    """Return what the sites are like where half of the pages have another look."""
    from ssplab.web import SCENARIOS

    return replace(SCENARIOS["partial"], look=look, look_share=0.5)


@cache
def _compared(day: str = CALM) -> pd.DataFrame:
    """Return what list and pages say of the first page's offers, as a right answer gives it."""
    import pandas as pd

    from ssplab.web import site_named

    world = visits.job_offers()
    look = REDESIGNED.get(day, "")
    rows = []
    for ad in world.ads_on(SITE, pd.Timestamp(day).date())[: site_named(SITE).per_page]:
        said: str | None = " ".join((ad.salary or SILENT).split())
        on_list = said
        if look and world.draw("look", ad.ad_id) < _partial(look).look_share:
            said = SILENT if look == "pay-in-text" else None
        rows.append((f"/missions/{quote(ad.reference)}", on_list, said, on_list == said))
    return pd.DataFrame(rows, columns=["address", "on_list", "on_page", "agrees"])


@cache
def _of_table() -> list[Condition]:
    """Return the conditions on the table that the function returns."""
    return [
        *compare.table(
            _compared,
            key="address",
            values={"on_list": "text", "on_page": "text", "agrees": "booleans"},
            advice=_("Texts are asked for with plain spaces, as `text_of` gives them."),
        ),
    ]


def _partly_redesigned(answer: Callable) -> str | None:
    """Say what is not right on sites where half of the pages have another look."""
    for day, look in REDESIGNED.items():
        visit = JUDGE.visit(answer, day, lambda look=look: _partial(look))
        if visit.error:
            return _(
                "On a partly redesigned site the function raises {error}: the field is not on each "
                "page."
            ).format(error=visit.error)
        right = _compared(day).set_index("address")
        try:
            given = visit.result.set_index("address").reindex(right.index)
            same = given["agrees"].astype(bool).eq(right["agrees"]) & (
                given["on_page"].isna().eq(right["on_page"].isna())
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            return _("On a partly redesigned site the function returns no such table.")
        if not same.all():
            told = right.loc[~same].iloc[0]
            return _(
                "On a partly redesigned site {number} offers are not compared rightly, such as "
                "{address}: the list says “{on_list}”, the page {on_page}."
            ).format(
                number=int((~same).sum()),
                address=told.name,
                on_list=told["on_list"],
                on_page=_("has no such field")
                if told["on_page"] != told["on_page"] or told["on_page"] is None
                else _("says “{text}”").format(text=told["on_page"]),
            )
    return None


def _heavy(answer: Callable) -> str | None:
    enough = 2 + len(_compared())
    asked = JUDGE.visit(answer).requests
    if asked <= enough + SPARE:
        return None
    return _(
        "{asked} requests where {enough} do: robots.txt, the first page of the list, and a page "
        "for each offer on it. As light a burden as possible."
    ).format(asked=asked, enough=enough)


CONDITIONS = {
    5: [
        *JUDGE.conditions(_of_table()),
        Condition(TABLE, _partly_redesigned),
        Condition(visits.MANNERS, JUDGE.rude),
        Condition(visits.MANNERS, _heavy),
        Condition(visits.MANNERS, JUDGE.rude_to_strict(STRICT)),
    ]
}
