"""What words do not say of the exercise `crawling-at-scale`: a crawl that is given without running
it twice, a pipeline that is tried on items, and functions that run a spider on sites of the check's
choice and are judged by its table and by the sites' journal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ssplab.exercises import Condition, a_type, compare, exception_text, visits
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

SITE = "cadres-et-metiers"
CALM, STRICT = ("calm", "2023-05-15"), ("strict", "2023-04-17")
FLAKY, FLAKY_LATER = ("flaky", "2023-05-15"), ("flaky", "2023-04-17")
TABLE, PIPELINE = _("table"), _("pipeline")


# --- what exercises 1 and 2 are given


@cache
def _crawl() -> Any:
    """Return the colleague's crawl, as the exercise makes it, run once."""
    import scrapy

    from ssplab.web import run_spider

    class Ads(scrapy.Spider):
        name = "ads"
        start_urls = ("http://petites-annonces.example/annonces",)

        def parse(self, response):
            self.crawler.stats.set_value("told", response.css("p b::text").get())
            for link in response.css("td.an a"):
                yield response.follow(link, self.parse_ad)
            for link in response.css(".pages a"):
                yield response.follow(link, self.parse)

        def parse_ad(self, response):
            yield {"address": response.url, "title": response.css("h1::text").get()}

    return run_spider(Ads, {"CONCURRENT_REQUESTS_PER_DOMAIN": 1})


GIVEN = {number: lambda: {"crawl": _crawl()} for number in (1, 2, 6)}


# --- exercise 3: a pipeline

NUMBERS = count(1)  # of addresses: a class may remember those of an earlier examination


def _item(title: str | None = "Boulanger") -> dict:
    """Return an item whose address has never come."""
    return {"address": f"/annonce/{next(NUMBERS)}", "title": title}


def _is_class(answer: Any) -> str | None:
    if not isinstance(answer, type):
        return _(
            "You give {this}; the class itself is asked for, its name without parentheses: Scrapy "
            "makes the pipeline of it."
        ).format(this=a_type(answer))
    if not callable(getattr(answer, "process_item", None)):
        return _("The class has no method process_item, which is what Scrapy calls.")
    return None


def _keeps(answer: type) -> str | None:
    """Say that an item is not given back that comes for the first time."""
    try:
        pipeline = answer()
    except Exception as error:
        return _("Called without an argument, as Scrapy does, the class raises {error}").format(
            error=exception_text(error)
        )
    for item in (_item(), _item(), _item(None)):
        given = dict(item)
        try:
            back = pipeline.process_item(given)
        except Exception as error:
            return _(
                "Given {item}, which comes for the first time, process_item raises {error} Another "
                "offer may have the same title: only the address counts."
            ).format(item=item, error=exception_text(error))
        if back != item:
            return _(
                "Given {item}, which comes for the first time, process_item gives {this} in place "
                "of the item. What a pipeline does not give back is lost."
            ).format(item=item, this="None" if back is None else a_type(back))
    return None


def _drops(answer: type) -> str | None:
    """Say that an item is not dropped whose address has come."""
    from scrapy.exceptions import DropItem

    pipeline, first = answer(), _item()
    pipeline.process_item(dict(first))
    pipeline.process_item(_item())  # another one between: not only the last address counts
    try:
        pipeline.process_item({**first, "title": "BOULANGER (H/F)"})
    except DropItem:
        return None
    except Exception as error:
        return _(
            "An item whose address came already raises {error} Scrapy takes that for a broken "
            "pipeline; what drops an item is DropItem."
        ).format(error=exception_text(error))
    return _("An item whose address came a second time is not dropped: it must raise DropItem.")


def _starts_afresh(answer: type) -> str | None:
    """Say that a second pipeline remembers what the first has seen."""
    first = _item()
    answer().process_item(dict(first))
    try:
        answer().process_item(dict(first))
    except Exception:
        return _(
            "A second pipeline of the class drops what only the first has seen: both have the same "
            "memory, since it belongs to the class or to the notebook. Make it in `__init__`, so "
            "that it belongs to `self`."
        )
    return None


# --- exercises 4 and 5: crawls


JUDGE = visits.CrawlJudge(SITE)


@cache
def _listed(day: str) -> pd.DataFrame:
    """Return what the site lists on a day, as a right answer gives it."""
    import pandas as pd

    from ssplab.web import slug

    ads = visits.job_offers().ads_on(SITE, pd.Timestamp(day).date())
    address = f"http://{SITE}.example/offres/"
    rows = [
        {"address": f"{address}{slug(ad.title)}/{quote(ad.reference)}", "title": ad.title}
        for ad in ads
    ]
    return pd.DataFrame(rows)


def _is_whole(where: tuple[str, str]) -> Callable[[Any], str | None]:
    """Return what says that offers are missing, or stand there twice."""

    def fault(answer: Callable) -> str | None:
        crawl, listed = JUDGE.crawl(answer, where), _listed(where[1])
        table, given_up = crawl.items, crawl.stats.get("retry/max_reached", 0)
        if given_up:
            return _(
                "On the sites of {where}, {number:,} pages were given up, and {items:,} of {all:,} "
                "offers came. What does the site say when it refuses?"
            ).format(where=", ".join(where), number=given_up, items=len(table), all=len(listed))
        if not len(table):
            first = f" {crawl.log[0]}" if crawl.log else ""
            return (
                _("On the sites of {where}, no item came.").format(where=", ".join(where)) + first
            )
        if len(table) <= 15 < len(listed):
            return _("Only one page of the list was read: is the link to the next one followed?")
        return None

    return fault


def _table_is_right(where: tuple[str, str]) -> Callable[[Any], str | None]:
    """Return what says what is wrong with the items."""

    def fault(answer: Callable) -> str | None:
        items = JUDGE.crawl(answer, where).items
        for condition in _of_table(where[1]):
            if message := condition.fault(items):
                return _("On the sites of {where}, the items are not right. {why}").format(
                    where=", ".join(where), why=message
                )
        return None

    return fault


@cache
def _of_table(day: str) -> list[Condition]:
    """Return the conditions on the items of a day."""
    return compare.table(
        lambda: _listed(day),
        key="address",
        values={"title": "text"},
        advice=_("The address is `response.url`, and the title the text of the `h1`."),
    )


RUDE = _("The journal finds the spider rude, and its table, right or not, is refused.")
LATER = _("On another day of trouble the journal finds the same spider rude.")
PAUSE = _(
    "On the patient sites all is well; on sites that ask for a longer pause the journal finds the "
    "spider rude. Is the pause that of the scenario that it was called with?"
)


def _first(*faults: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    """Return what says the first of these faults."""

    def fault(answer: Callable) -> str | None:
        return next((told for one in faults if (told := one(answer)) is not None), None)

    return fault


def _on(where: tuple[str, str]) -> list[Condition]:
    """Return the conditions on a crawl of the sites that come first, politeness last."""
    whole = _first(_named(where), _is_whole(where), _table_is_right(where))
    return [
        Condition(visits.TYPE, JUDGE.gives_a_crawl(where)),
        Condition(TABLE, whole),
        Condition(visits.MANNERS, JUDGE.is_polite(where, RUDE)),
    ]


def _elsewhere(where: tuple[str, str], why: str) -> Condition:
    """Return the condition on a crawl of other sites: whatever may be wrong with it."""
    faults = [JUDGE.gives_a_crawl, _named, _is_whole, _table_is_right]
    return Condition(
        visits.MANNERS, _first(*(fault(where) for fault in faults), JUDGE.is_polite(where, why))
    )


def _named(where: tuple[str, str]) -> Callable[[Any], str | None]:
    """Return what says that strict sites refuse the spider because they do not know it."""

    def fault(answer: Callable) -> str | None:
        status = JUDGE.crawl(answer, where).journal()["status"]
        if not status.eq(403).any():
            return None
        return _(
            "On the sites of {where}, the site answers 403, you may not, to a robot that does not "
            "say who it is, or that has followed a link that people do not see."
        ).format(where=", ".join(where))

    return fault


CONDITIONS = {
    3: [
        Condition(PIPELINE, _is_class),
        Condition(PIPELINE, _keeps),
        Condition(PIPELINE, _starts_afresh),
        Condition(PIPELINE, _drops),
    ],
    4: [Condition(visits.TYPE, JUDGE.is_function), *_on(CALM), _elsewhere(STRICT, PAUSE)],
    5: [Condition(visits.TYPE, JUDGE.is_function), *_on(FLAKY), _elsewhere(FLAKY_LATER, LATER)],
}
