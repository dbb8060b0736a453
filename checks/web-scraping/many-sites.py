"""What words do not say of the exercise `many-sites`: a function that runs a spider on two sites,
and is judged by its addresses and by the journals of both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from urllib.parse import quote

from ssplab.exercises import Condition, visits
from ssplab.system import _

SITES = ("cadres-et-metiers", "interim-express")
CALM, STRICT = ("calm", "2023-05-15"), ("strict", "2023-04-17")
RUDE = _("The journal finds the spider rude, and its table, right or not, is refused.")
PAUSES = _(
    "On the patient sites all is well; on sites that ask for longer pauses the journal finds the "
    "spider rude. Are the pauses those of the scenario that it was called with?"
)
JUDGE = visits.CrawlJudge(*SITES)


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


def _is_whole(answer: Callable, where: tuple[str, str]) -> str | None:
    crawl, listed = JUDGE.crawl(answer, where), _listed(where[1])
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


def _elsewhere(answer: Callable) -> str | None:
    """Say whatever is wrong on the strict sites, of which manners come first."""
    if message := JUDGE.gives_a_crawl(STRICT)(answer):
        return message
    return JUDGE.is_polite(STRICT, PAUSES)(answer) or _is_whole(answer, STRICT)


def _has_two_pauses(answer: Callable, where: tuple[str, str]) -> str | None:
    journal = JUDGE.crawl(answer, where).journal().sort_values("at")
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
        Condition(visits.TYPE, JUDGE.is_function),
        Condition(visits.TYPE, JUDGE.gives_a_crawl(CALM)),
        Condition(_("table"), lambda answer: _is_whole(answer, CALM)),
        Condition(visits.MANNERS, JUDGE.is_polite(CALM, RUDE)),
        Condition(visits.MANNERS, lambda answer: _has_two_pauses(answer, CALM)),
        Condition(visits.MANNERS, _elsewhere),
    ]
}
