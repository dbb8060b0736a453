"""What words do not say of the exercise `offers-to-vacancies`: a collection that is judged by the
journal of the sites that it was made from, on patient sites and on others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ssplab.exercises import Condition, compare, visits
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

SITE = "interim-express"
CALM, STRICT = "2023-05-22", "2023-03-20"  # the days on which the sites are opened
TABLE = _("table")
JUDGE = visits.Judge(SITE, day=CALM)


@cache
def _listed() -> pd.DataFrame:
    """Return what the site lists on the calm day, as a right answer gives it."""
    import pandas as pd

    ads = visits.job_offers().ads_on(SITE, pd.Timestamp(CALM).date())
    return pd.DataFrame(
        [
            {
                "address": f"/missions/{quote(ad.reference)}",
                "title": " ".join(ad.title.split()),
                "place": " ".join(ad.location.split()),
            }
            for ad in ads
        ]
    )


def _per_page() -> int:
    from ssplab.web import site_named

    return site_named(SITE).per_page


def _incomplete(table: Any) -> str | None:
    if not hasattr(table, "columns") or len(table) >= len(_listed()):
        return None
    if len(table) <= _per_page():
        return _("Only one page of the list was read, or less. `next_page` finds the next one.")
    return _("Not all missions are there. Is the last page read, and each line of each page?")


@cache
def _of_table() -> list[Condition]:
    """Return the conditions on the table that the function returns."""
    return [
        Condition(TABLE, _incomplete),
        *compare.table(
            _listed,
            key="address",
            values={"title": "text", "place": "text"},
            advice=_("The address is the `href` of a mission's link; title and place are texts."),
        ),
    ]


def _heavy(answer: Callable) -> str | None:
    pages = math.ceil(len(_listed()) / _per_page())
    return JUDGE.heavy(answer, enough=pages + 1, spare=1)  # the conditions may be read, too


CONDITIONS = {
    4: [
        *JUDGE.conditions(_of_table()),
        Condition(visits.MANNERS, JUDGE.rude),
        Condition(visits.MANNERS, _heavy),
        Condition(visits.MANNERS, JUDGE.rude_to_strict(STRICT)),
    ]
}
