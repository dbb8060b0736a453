"""What words do not say of the exercise `job-offers`: the text of a site's robots.txt, a day's
tables, and a collection that is judged by the journal of the sites it was made from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ssplab.exercises import Condition, compare, visits
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

SITE = "interim-express"
CALM, TROUBLED = "2023-05-15", "2023-04-16"  # the days on which the sites are opened
TABLE = _("table")


def _robots() -> dict[str, str]:
    """Return the text that the site serves, so that no web is opened for it."""
    from ssplab.web import site_named

    return {"robots": site_named(SITE).manners.robots_txt(f"http://{SITE}.example")}


def _a_day(*arguments: Any, **options: Any) -> pd.DataFrame:
    """Return a day's table of its own, which may be changed."""
    return _made(*arguments, **options).copy()


@cache
def _made(
    rows: int = 40,
    *,
    lost: str = "",
    share: float = 1.0,
    without_pay: float = 0.3,
    twice: int = 0,
    spread: int = 0,
) -> pd.DataFrame:
    """Return a day's table of which a share of the field `lost` is missing.

    `twice` rows stand there again with another date; `spread` is how many values each of the three
    fields lacks, on different rows.
    """
    import pandas as pd

    number = pd.RangeIndex(rows)
    table = pd.DataFrame(
        {
            "reference": [f"IE/{row:03}/{row * 7 % 1000:03}" for row in number],
            "title": "Cariste (F/H)",
            "place": "44000 NANTES",
            "published": pd.Timestamp("2023-04-03"),
            "pay": "12,50 €/h",
        }
    )
    table["pay"] = table["pay"].where(number >= without_pay * rows)
    if lost:
        table[lost] = table[lost].where(number >= share * rows)
    for place, name in enumerate(("title", "place", "published")):
        table[name] = table[name].mask((number >= place * spread) & (number < (place + 1) * spread))
    again = table.iloc[:twice].assign(published=pd.Timestamp("2023-04-02"))
    return pd.concat([table, again], ignore_index=True)


GIVEN = {1: _robots, 5: lambda: {"a_day": _a_day}}


# --- exercise 4: the whole list, politely


JUDGE = visits.Judge(SITE, CALM)


def _troubled() -> Any:
    """Return a web in trouble; so few requests are allowed that a polite robot too gets 429."""
    from ssplab.web import scenario_of

    return replace(scenario_of("flaky"), rate_factor=0.1)


@cache
def _listed(day: str) -> pd.DataFrame:
    """Return what the site lists on a day, as a right answer gives it."""
    import pandas as pd

    rows = [
        {
            "reference": ad.reference,
            "title": " ".join(ad.title.split()),
            "place": " ".join(ad.location.split()),
            "published": ad.published,
        }
        for ad in visits.job_offers().ads_on(SITE, pd.Timestamp(day).date())
    ]
    return pd.DataFrame(rows).astype({"published": "datetime64[us]"})


@cache
def _per_page() -> int:
    from ssplab.web import site_named

    return site_named(SITE).per_page


def _doubled(day: str, table: Any) -> str | None:
    if list(getattr(table, "columns", ())).count("reference") != 1:
        return None
    again = table["reference"].map(str).duplicated()  # whatever they are
    if not again.any():
        return None
    return _(
        "{number:,} offers stand in the table more than once: a page was read twice. Identify "
        "offers by their reference."
    ).format(number=again.sum())


def _incomplete(day: str, table: Any) -> str | None:
    if not hasattr(table, "columns") or len(table) >= len(_listed(day)):
        return None
    if len(table) <= _per_page():
        return _("Only the first page of the list was read, or less: follow the link to the next.")
    return _(
        "Not all offers are there: compare with the number that the site tells. How does your "
        "function know which page is the last?"
    )


@cache
def _of_table(day: str) -> list[Condition]:
    """Return the conditions on the table that the function returns on a day."""
    return [
        Condition(TABLE, partial(_doubled, day)),
        Condition(TABLE, partial(_incomplete, day)),
        *compare.table(
            lambda: _listed(day),
            key="reference",
            values={"published": "dates", "title": "text", "place": "text"},
            advice=_(
                "The day of the site is web.date; spaces and line ends around a text belong to the "
                "HTML."
            ),
        ),
    ]


def _heavy(answer: Callable) -> str | None:
    pages = math.ceil(len(_listed(CALM)) / _per_page())
    return JUDGE.heavy(answer, enough=pages + 1, spare=3)  # a redirect, or the rules once more


def _impatient(answer: Callable) -> str | None:
    visit = JUDGE.visit(answer, TROUBLED, _troubled)
    if visit.error:
        return _(
            "On a day when the site is in trouble the function raises {error} A page that breaks "
            "off, or is answered by 503 or 429, is to be asked for again, after a pause."
        ).format(error=visit.error)
    if _incomplete(TROUBLED, visit.result):
        return _(
            "On a day when the site is in trouble offers are lost: a page with status 503 or 429 "
            "is no list page. Look at `status_code` before you parse."
        )
    faults = (condition.fault(visit.result) for condition in _of_table(TROUBLED))
    message = next((fault for fault in faults if fault is not None), None)
    if message is not None:
        return _(
            "On a day when the site is in trouble the function returns what is not right. {why}"
        ).format(why=message)
    # the calm day has told of the others, in words of their own
    rules = visit.rules_not_kept("back-off", "crawl-delay")
    if rules is None:
        return None
    return _(
        "On a day when the site is in trouble the robot does not wait. Not kept: {rules}."
    ).format(rules=rules)


CONDITIONS = {
    4: [
        *JUDGE.conditions(_of_table(CALM)),
        Condition(visits.MANNERS, JUDGE.rude),
        Condition(visits.MANNERS, _heavy),
        Condition(visits.MANNERS, _impatient),
    ]
}
