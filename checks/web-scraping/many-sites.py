"""What words do not say of the exercise `many-sites`: a function that runs a spider on two sites,
and is judged by its addresses and by the journals of both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

from ssplab.exercises import Condition, a_type, exception_text, visits
from ssplab.system import _

SITES = ("cadres-et-metiers", "interim-express")
CALM, STRICT = ("calm", "2023-05-15"), ("strict", "2023-04-17")
RUDE = _("The journal finds the spider rude, and its table, right or not, is refused.")
PAUSES = _(
    "On the patient sites all is well; on sites that ask for longer pauses the journal finds the "
    "spider rude. Are the pauses those of the scenario that it was called with?"
)


class _Runs:
    """Runs the function that is being examined, once a scenario and day until another comes."""

    def __init__(self):
        self._runs: dict[tuple[str, str], tuple[Any, str]] = {}

    def forget(self) -> None:
        self._runs.clear()

    def run(self, answer: Callable, where: tuple[str, str]) -> tuple[Any, str]:
        """Return what the function gives, and what it raises, in words."""
        if where not in self._runs:
            result, error = None, ""
            try:
                result = answer(*where)
            except KeyboardInterrupt:
                raise
            except BaseException as raised:  # a trainee's function may raise anything
                error = exception_text(raised)
            self._runs[where] = (result, error)
        return self._runs[where]


RUNS = _Runs()


@cache
def _listed(day: str) -> frozenset[str]:
    """Return the addresses of the offers that both sites list on a day."""
    import pandas as pd

    from ssplab.web import slug

    world, date = visits.job_offers(), pd.Timestamp(day).date()
    posts = {
        f"http://{SITES[0]}.example/offres/{slug(ad.title)}/{quote(ad.reference)}"
        for ad in world.ads_on(SITES[0], date)
    }
    missions = {
        f"http://{SITES[1]}.example/missions/{quote(ad.reference)}"
        for ad in world.ads_on(SITES[1], date)
    }
    return frozenset(posts | missions)


def _is_function(answer: Any) -> str | None:
    RUNS.forget()  # they were another's, or what this one calls has changed since
    if callable(answer):
        return None
    return _(
        "You give {this}; the function itself is asked for, its name without parentheses: the "
        "check calls it for sites of its own choice."
    ).format(this=a_type(answer))


def _gives_a_crawl(answer: Callable, where: tuple[str, str]) -> str | None:
    from ssplab.web import Crawl

    crawl, error = RUNS.run(answer, where)
    called = _("Called with {where}, the function").format(where=", ".join(map(repr, where)))
    if error:
        return _("{called} raises {error}").format(called=called, error=error)
    if not isinstance(crawl, Crawl):
        return _("{called} gives {this}; what run_spider returns is asked for.").format(
            called=called, this="None" if crawl is None else a_type(crawl)
        )
    if str(crawl.date) != where[1]:
        return _("{called} gives a crawl of another day, {date}: hand `date` on.").format(
            called=called, date=crawl.date
        )
    if crawl.scenario != where[0]:
        return _(
            "{called} gives no crawl of the scenario that it was called with, but of {other}: hand "
            "`scenario` on."
        ).format(called=called, other=repr(crawl.scenario))
    return None


def _is_whole(answer: Callable, where: tuple[str, str]) -> str | None:
    crawl, listed = RUNS.run(answer, where)[0], _listed(where[1])
    for site in SITES:
        if not crawl.journal()["site"].eq(site).any():
            return _("On the sites of {where}, {site} was not asked at all.").format(
                where=", ".join(where), site=f"{site}.example"
            )
    if "address" not in crawl.items:
        return _("The items have no column `address`.")
    came = [str(address) for address in crawl.items["address"]]
    if len(came) != len(set(came)):
        return _("Some addresses stand among the items more than once.")
    if set(came) != listed:
        return _(
            "On the sites of {where}, {right:,} of {all:,} offers came, and {other:,} addresses "
            "that are none. The address is whole, as `response.urljoin` gives it, and the link to "
            "the next page is followed on both sites."
        ).format(
            where=", ".join(where),
            right=len(listed & set(came)),
            all=len(listed),
            other=len(set(came) - listed),
        )
    return None


def _is_polite(answer: Callable, where: tuple[str, str], why: str) -> str | None:
    from ssplab.web import RULES

    broken = RUNS.run(answer, where)[0].verdict().broken
    if not broken:
        return None
    rules = "; ".join(
        _("“{rule}” ({meaning}), {count} times, for instance {example}").format(
            rule=one.rule, meaning=RULES[one.rule], count=one.count, example=one.example
        )
        for one in broken
    )
    return _("{why} Not kept: {rules}.").format(why=why, rules=rules)


def _elsewhere(answer: Callable) -> str | None:
    """Say whatever is wrong on the strict sites, of which manners come first."""
    if message := _gives_a_crawl(answer, STRICT):
        return message
    return _is_polite(answer, STRICT, PAUSES) or _is_whole(answer, STRICT)


def _has_two_pauses(answer: Callable, where: tuple[str, str]) -> str | None:
    journal = RUNS.run(answer, where)[0].journal().sort_values("at")
    gaps = journal.groupby("site")["at"].diff().dt.total_seconds()
    longer, shorter = (gaps[journal["site"] == site].median() for site in SITES)
    if shorter > 0.75 * longer:
        return _(
            "{site}.example asks for half the pause of the other site, and is asked as slowly. "
            "Each site has a pause of its own: `DOWNLOAD_SLOTS` gives it."
        ).format(site=SITES[1])
    return None


CONDITIONS = {
    4: [
        Condition(visits.TYPE, _is_function),
        Condition(visits.TYPE, lambda answer: _gives_a_crawl(answer, CALM)),
        Condition(_("table"), lambda answer: _is_whole(answer, CALM)),
        Condition(visits.MANNERS, lambda answer: _is_polite(answer, CALM, RUDE)),
        Condition(visits.MANNERS, lambda answer: _has_two_pauses(answer, CALM)),
        Condition(visits.MANNERS, _elsewhere),
    ]
}
