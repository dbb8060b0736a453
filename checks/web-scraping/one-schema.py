"""What words do not say of the exercise `one-schema`: a random sample of a site's missions, read by
their pages into the schema, and judged by the journal of the sites that it was made from, on
patient sites and on others. Which missions were drawn is the function's own affair; that they are
missions of the site, each once, read rightly, and neither the newest nor the oldest ones, is
examined.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from ssplab.exercises import Condition, visits
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

SITE = "interim-express"
CALM, STRICT = "2023-05-22", "2023-03-20"  # the days on which the sites are opened
SIZE = 30
WAY = "sample of pages"
TABLE = _("table")
JUDGE = visits.Judge(SITE, day=CALM)
COLUMNS = (
    "site", "reference", "title", "way", "company", "location", "contract", "salary", "salary_min",
    "salary_max", "published", "collected", "url", "apply_by", "salary_unit",
)  # fmt: skip
TEXTS = ("title", "company", "location", "contract", "salary")
ABSENT = ("salary_min", "salary_max", "salary_unit", "apply_by")


def _plain(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())


@cache
def _listed() -> pd.DataFrame:
    """Return what the site shows on the calm day, in the order of its list, by reference."""
    import pandas as pd

    rows = [
        {
            "reference": ad.reference,
            "url": f"http://{SITE}.example/missions/{ad.reference}",
            "published": pd.Timestamp(ad.published),
            **{name: _plain(getattr(ad, name)) for name in TEXTS},
        }
        for ad in visits.job_offers().ads_on(SITE, pd.Timestamp(CALM).date())
    ]
    return pd.DataFrame(rows).set_index("reference")


def _is_table(table: Any) -> str | None:
    if not hasattr(table, "columns"):
        return _("A table is asked for, and {what} came.").format(what=type(table).__name__)
    lost = [name for name in COLUMNS if name not in table.columns]
    if lost:
        return _(
            "There is no column {name}: the schema has it. `framed` makes a table that keeps it."
        ).format(name=lost[0])
    return None


def _size(table: Any) -> str | None:
    if len(table) == SIZE:
        return None
    return _("The table has {here} missions, and {asked} are asked for.").format(
        here=len(table), asked=SIZE
    )


def _once(table: Any) -> str | None:
    again = table["reference"].map(str).duplicated()
    if not again.any():
        return None
    return _("The mission {label} stands in the table more than once.").format(
        label=table.loc[again, "reference"].iloc[0]
    )


def _known(table: Any) -> str | None:
    strange = [label for label in table["reference"] if label not in _listed().index]
    if not strange:
        return None
    return _(
        "The site shows no mission of the reference {label} on that day. A reference of this site "
        "has slashes, and is whole: IE/573/020."
    ).format(label=strange[0])


def _drawn(table: Any) -> str | None:
    order = {label: place for place, label in enumerate(_listed().index)}
    places = [order[label] for label in table["reference"]]
    half = len(order) // 2  # by chance all are of one half once in more than 10 to the power of 8
    if max(places) < half:
        return _(
            "Your missions are the first of the list, which are the newest: that is no random "
            "sample of it. Read the list to its end, then draw."
        )
    if min(places) >= half:
        return _(
            "Your missions are the last of the list, which are the oldest: that is no random "
            "sample of it."
        )
    if set(table["reference"]) == set(sorted(order)[:SIZE]):
        return _(
            "Your missions are the first by their reference: that is an order, and not a random "
            "sample."
        )
    return None


def _provenance(table: Any) -> str | None:
    for name, right in (("site", SITE), ("way", WAY)):
        if not table[name].eq(right).all():
            return _("In the column {name} each row holds {right}.").format(name=name, right=right)
    days = table["collected"].astype(str).str[:10]
    if not days.eq(CALM).all():
        return _("In the column collected each row holds the day of the sites, `web.date`.")
    return None


def _values(table: Any) -> str | None:
    import pandas as pd

    right = _listed().loc[list(table["reference"])]
    for name in (*TEXTS, "url", "published"):
        for label, here, there in zip(right.index, table[name], right[name], strict=True):
            if pd.isna(here) and pd.isna(there):
                continue
            if pd.isna(here) or pd.isna(there) or here != there:
                return _(
                    "For the mission {label}, {name} is {here}, and the site says {there}."
                ).format(
                    label=label,
                    name=name,
                    here=_("missing") if pd.isna(here) else repr(here),
                    there=_("nothing") if pd.isna(there) else repr(there),
                )
    told = [name for name in ABSENT if table[name].notna().any()]
    if told:
        return _("The site gives no {name}: the column is missing in every row.").format(
            name=told[0]
        )
    return None


def _heavy(answer: Callable) -> str | None:
    from ssplab.web import site_named

    pages = math.ceil(len(_listed()) / site_named(SITE).per_page)
    enough = 1 + pages + SIZE
    asked = JUDGE.visit(answer).requests
    if asked <= enough + 1:  # the conditions may be read, too
        return None
    return _(
        "{asked} requests where {enough} do: robots.txt once, each page of the list, and the pages "
        "of the missions drawn. A sample is there to spare the site."
    ).format(asked=asked, enough=enough)


CONDITIONS = {
    3: [
        *JUDGE.conditions(
            [
                Condition(TABLE, fault)
                for fault in (_is_table, _size, _once, _known, _drawn, _provenance, _values)
            ]
        ),
        Condition(visits.MANNERS, JUDGE.rude),
        Condition(visits.MANNERS, _heavy),
        Condition(visits.MANNERS, JUDGE.rude_to_strict(STRICT)),
    ]
}
