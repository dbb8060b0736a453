"""What words do not say of the exercise `web-and-rules`: pages of the practice web, which are read
without leaving one open, the log of a robot, and a collection that is judged by the journal of the
sites that it was made from, on patient sites and on others.
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

SITE, SHOP = "petites-annonces", "panier-clair"
CALM, STRICT = "2023-05-15", "2023-04-17"  # the days on which the sites are opened
AGENT = "ssplab-course/1.0 (+mailto:stat@office.example)"
TABLE = _("table")


@cache
def _page(site: str, path: str) -> Any:
    """Return a page of the practice web, as the exercise asks for it."""
    from ssplab.web import serve

    with serve(visits.job_offers()) as web:
        return web.client(AGENT).get(f"http://{site}.example{path}")


class _Answer:
    """The answer to a request for robots.txt."""

    def __init__(self, text: str):
        self.status_code, self.text = 200, text


class _RulesOnly:
    """A practice web of which only robots.txt can be asked, so that no server is opened for it."""

    def client(self, agent: str = "", *, base_url: str = "", **options: Any) -> _RulesOnly:
        from ssplab.web import site_named

        asked = _RulesOnly()
        asked.site = site_named(base_url.removeprefix("http://").removesuffix(".example"))
        return asked

    def get(self, address: str, **options: Any) -> _Answer:
        return _Answer(self.site.manners.robots_txt(""))

    def sleep(self, seconds: float) -> None:
        """Take no time."""


GIVEN = {
    1: lambda: {"page": _page(SITE, "/annonces")},
    2: lambda: {"web": _RulesOnly()},
    3: lambda: {"promotions": _page(SHOP, "/promotions")},
}


# --- exercise 5: the whole list, politely

JUDGE = visits.Judge(SITE, day=CALM)


@cache
def _listed() -> pd.DataFrame:
    """Return what the site lists on the calm day, as a right answer gives it."""
    import pandas as pd

    ads = visits.job_offers().ads_on(SITE, pd.Timestamp(CALM).date())
    return pd.DataFrame(
        [
            {"address": f"/annonce/{quote(ad.reference)}", "title": " ".join(ad.title.split())}
            for ad in ads
        ]
    )


def _per_page() -> int:
    from ssplab.web import site_named

    return site_named(SITE).per_page


def _doubled(table: Any) -> str | None:
    if list(getattr(table, "columns", ())).count("address") != 1:
        return None
    again = table["address"].map(str).duplicated()  # whatever they are
    if not again.any():
        return None
    return _(
        "{number:,} offers stand in the table more than once: a page was read twice. Each page of "
        "the list but the first has a link back, too."
    ).format(number=again.sum())


def _incomplete(table: Any) -> str | None:
    if not hasattr(table, "columns") or len(table) >= len(_listed()):
        return None
    if len(table) <= _per_page():
        return _(
            "Only one page of the list was read, or less. The link to the next one has no `rel` "
            "here: look at its text."
        )
    return _("Not all offers are there. How does your function know which page is the last, today?")


@cache
def _of_table() -> list[Condition]:
    """Return the conditions on the table that the function returns."""
    return [
        Condition(TABLE, _doubled),
        Condition(TABLE, _incomplete),
        *compare.table(
            _listed,
            key="address",
            values={"title": "text"},
            advice=_("The address is the `href` of an offer's link, and the title its text."),
        ),
    ]


def _heavy(answer: Callable) -> str | None:
    pages = math.ceil(len(_listed()) / _per_page())
    return JUDGE.heavy(answer, enough=pages + 1, spare=1)  # the conditions may be read, too


CONDITIONS = {
    5: [
        *JUDGE.conditions(_of_table()),
        Condition(visits.MANNERS, JUDGE.rude),
        Condition(visits.MANNERS, _heavy),
        Condition(visits.MANNERS, JUDGE.rude_to_strict(STRICT)),
    ]
}
