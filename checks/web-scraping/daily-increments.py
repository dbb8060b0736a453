"""What words do not say of the exercise `daily-increments`: a site is followed for three days, and
the journal of the sites says how, on patient sites and on others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from ssplab.exercises import Condition, compare, visits
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

SITE = "cadres-et-metiers"
CALM, STRICT = "2023-05-15", "2023-04-20"  # on which the visits begin: a Monday, and a Thursday
VISITS = 3
PAUSE = 2  # seconds
AGENT = "ssplab-course/1.0 (+mailto:stat@office.example)"
SPARE = 3  # requests: robots.txt on each day, and the conditions
TABLE = _("table")
JUDGE = visits.Judge(SITE, day=CALM)


@cache
def _followed() -> pd.DataFrame:
    """Return what the site lists on the three calm days, as a right answer gives it."""
    import pandas as pd

    from ssplab.web import serve

    rows, types = [], {}
    with serve(visits.job_offers(), date=CALM) as web:
        client = web.client(AGENT, base_url=f"http://{SITE}.example")
        for day in pd.bdate_range(CALM, periods=VISITS):
            web.date = day
            known = {address for address, _day in rows}
            listed = re.findall(r"<loc>(.*?)</loc>", client.get("/sitemap.xml").text)
            for address in [one for one in listed if known and one not in known]:
                web.sleep(PAUSE)
                types[address] = re.findall(r'"employmentType": "(\w+)"', client.get(address).text)
            rows += [(address, day) for address in listed]
    days = pd.DataFrame(rows, columns=["address", "day"]).groupby("address")["day"]
    offers = days.agg(first_seen="min", last_seen="max").reset_index()
    return offers.assign(
        type=offers["address"].map({one: found[0] for one, found in types.items()})
    )


def _days_of(table: Any) -> set:
    """Return the days in the two columns, where they are dates."""
    import pandas as pd

    days: set = set()
    for name in ("first_seen", "last_seen"):
        if name not in getattr(table, "columns", ()):
            return set()
        days |= set(pd.to_datetime(table[name], errors="coerce").dropna())
    return days


def _one_day(table: Any) -> str | None:
    days = _days_of(table)
    if len(days) != 1:
        return None
    return _(
        "The table knows only one day, {day:%A %d %B}. Three are asked for: are the rows of a day "
        "kept when the next one is read?"
    ).format(day=days.pop())


def _types(table: Any) -> str | None:
    """Say that pages were read, or left out, of other offers than were asked for."""
    names = {"address", "first_seen", "type"}
    if not names <= set(getattr(table, "columns", ())):
        return None
    known = table["type"].notna()
    new = table["address"].isin(_followed().dropna(subset="type")["address"])
    if (known & ~new).any():
        return _(
            "{number} offers of the first visit have a type: their pages are not asked for, since "
            "it would be one for each offer of the site."
        ).format(number=int((known & ~new).sum()))
    if (new & ~known).any():
        return _(
            "{number} offers that are new at the second or the third visit have no type: ask for "
            "their pages."
        ).format(number=int((new & ~known).sum()))
    return None


@cache
def _of_table() -> list[Condition]:
    """Return the conditions on the table that the function returns."""
    return [
        Condition(TABLE, _one_day),
        Condition(TABLE, _types),
        *compare.table(
            _followed,
            key="address",
            values={"first_seen": "dates", "last_seen": "dates", "type": "text"},
            advice=_("On which of the three days does the sitemap list it?"),
        ),
    ]


def _heavy(answer: Callable) -> str | None:
    enough = 1 + VISITS + int(_followed()["type"].notna().sum())
    asked = JUDGE.visit(answer).requests
    if asked <= enough + SPARE:
        return None
    return _(
        "{asked} requests where {enough} do: robots.txt once, the sitemap on each day, and a page "
        "for each new offer. As light a burden as possible."
    ).format(asked=asked, enough=enough)


def _at_the_weekend(answer: Callable) -> str | None:
    """Say that a Saturday or a Sunday stands in the table of the visits that begin on Thursday."""
    visit = JUDGE.visit(answer, STRICT, lambda: "strict")
    rest = sorted(day for day in _days_of(visit.result) if day.day_of_week > 4)
    if not rest:
        return None
    return _(
        "Begun on a Thursday, the visits include {day:%A %d %B}, which is no working day."
    ).format(day=rest[0])


CONDITIONS = {
    5: [
        *JUDGE.conditions(_of_table()),
        Condition(visits.MANNERS, JUDGE.rude),
        Condition(visits.MANNERS, _heavy),
        Condition(visits.MANNERS, JUDGE.rude_to_strict(STRICT)),
        Condition(TABLE, _at_the_weekend),
    ]
}
