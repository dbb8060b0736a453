"""What the practice web's sites show: the tables of the twins, by day."""

import datetime
import hashlib
import unicodedata
from collections import namedtuple
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache, partial
from pathlib import Path

import pandas as pd

import ssplab
from ssplab.data import as_set_up, has_table, is_folder
from ssplab.system import SsplabError

COLUMNS = (
    "ad_id", "site", "reference", "title", "company", "description", "location", "contract",
    "salary", "occupation", "published", "first_seen", "last_seen", "apply_by", "salary_min",
    "salary_max", "salary_unit",
)  # fmt: skip
DATES = ("published", "first_seen", "last_seen", "apply_by")
REQUIRED = ("ad_id", "site", "reference", "first_seen", "last_seen")
JOB_SITES = (
    "fleuve-emploi", "cadres-et-metiers", "jobflux", "guichet-emploi", "petites-annonces",
    "interim-express",
)  # fmt: skip

Ad = namedtuple("Ad", COLUMNS)
Ad.__doc__ = (
    """One job offer: the columns of the table `ads`, dates as date, what is missing None."""
)


class World:
    """The tables behind the sites.

    Parameters
    ----------
    ads : DataFrame
        As the table `ads` of `job_offers`; columns that are missing count as empty. Ads of a site
        that the practice web does not have, as in an own extract, are shown by one of its sites
        that would have none: the most ads by the first of `JOB_SITES`.
    market : DataFrame or callable, optional
        As the table `market`, or what loads it when a site wants it.
    seed : int
        Of what the sites draw themselves: order of display, bursts, slow answers.

    Raises
    ------
    SsplabError
        If there is no ad, or no site, reference or date of an ad.
    """

    def __init__(
        self,
        ads: pd.DataFrame,
        market: pd.DataFrame | Callable[[], pd.DataFrame] | None = None,
        *,
        seed: int = 0,
    ):
        absent = [name for name in REQUIRED if name not in ads or ads[name].isna().any()]
        if absent or ads.empty:
            raise SsplabError(
                f"The ads have no {', '.join(absent) or 'rows'}, or not in every row: "
                "the practice web shows a table such as `ads` of job_offers."
            )
        self.seed = seed
        self._market = market
        self._ads: dict[str, list[Ad]] = {}
        shown_by = _housed(ads["site"])
        for ad in _rows(ads):
            self._ads.setdefault(shown_by.get(ad.site, ad.site), []).append(ad)
        self._by_reference = {
            site: {ad.reference: ad for ad in ads_there} for site, ads_there in self._ads.items()
        }
        every = [ad for ads_there in self._ads.values() for ad in ads_there]
        self.first_day = min(ad.first_seen for ad in every)
        self.last_day = max(ad.last_seen for ad in every)
        self.ads_on = lru_cache(maxsize=64)(self._ads_on)

    @classmethod
    def load(cls, data="job_offers", *, seed: int | None = None, scale: float | None = None):
        """Return the world of a twin, or of an own extract in a folder with the same tables.

        Raises
        ------
        SsplabError
            As `ssplab.load`.
        """

        def table(name: str) -> pd.DataFrame:
            return ssplab.load(data, name, seed=seed, scale=scale)

        lacks_market = is_folder(data) and not has_table(Path(data), "market")
        market = None if lacks_market else partial(table, "market")
        return cls(table("ads"), market, seed=seed or 0)

    @property
    def usual_day(self) -> datetime.date:
        """The Monday in the middle of the period."""
        middle = self.first_day + (self.last_day - self.first_day) // 2
        monday = middle + datetime.timedelta(days=-middle.weekday() % 7)
        return min(monday, self.last_day)

    def day(self, given: str | datetime.date) -> datetime.date:
        """Return a day on which the sites have offers.

        Raises
        ------
        SsplabError
            If it is no date, or none of those.
        """
        try:
            chosen = pd.Timestamp(given).date() if not isinstance(given, bool) else None
        except (ValueError, TypeError):
            chosen = None
        if chosen is None or chosen is pd.NaT:
            raise SsplabError(f"date is {given!r}: write it as in {self.usual_day}.")
        if not self.first_day <= chosen <= self.last_day:
            raise SsplabError(
                f"There are no offers on {chosen}: choose a date from {self.first_day} "
                f"to {self.last_day}."
            )
        return chosen

    def _ads_on(self, site: str, day: datetime.date) -> tuple[Ad, ...]:
        """Return the ads that a site shows on a day, the last published first.

        An ad that is renewed later shows its first day until then.
        """
        shown = [
            ad if ad.published is not None and ad.published <= day
            else ad._replace(published=ad.first_seen)
            for ad in self._ads.get(site, ())
            if ad.first_seen <= day <= ad.last_seen
        ]  # fmt: skip
        shown.sort(key=lambda ad: (-ad.published.toordinal(), self.draw("order", ad.ad_id)))
        return tuple(shown)

    def find(self, site: str, reference: str, day: datetime.date) -> tuple[Ad | None, str]:
        """Return an ad of a site, and whether it is `shown`, `expired` or `unknown` on a day."""
        ad = self._by_reference.get(site, {}).get(reference)
        if ad is None or day < ad.first_seen:
            return None, "unknown"
        if ad.published is None or ad.published > day:
            ad = ad._replace(published=ad.first_seen)
        return ad, "shown" if day <= ad.last_seen else "expired"

    @cached_property
    def market(self) -> pd.DataFrame | None:
        """The table `market`, loaded when wanted: an own extract may have none."""
        return self._market() if callable(self._market) else self._market

    @cached_property
    def shop(self) -> dict[str, pd.DataFrame]:
        """The tables `sales`, `items` and `outlets` of the twin `scanner`, loaded when wanted."""
        return {name: ssplab.load("scanner", name) for name in ("sales", "items", "outlets")}

    @cached_property
    def register(self) -> dict[str, pd.DataFrame]:
        """The tables `enterprises` and `establishments` of the twin `employers`.

        Never those of an own extract: nobody shall read invented pages about firms that exist.
        """
        twin = None if not is_folder(as_set_up("employers")) else 1  # a scale means the twin
        return {
            name: ssplab.load("employers", name, scale=twin)
            for name in ("enterprises", "establishments")
        }

    def draw(self, *about: object) -> float:
        """Return a number from 0 to 1 (exclusive) that depends on the seed and `about` only."""
        text = "\x1f".join(map(str, (self.seed, *about)))
        digest = hashlib.blake2b(text.encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big") / 2**48

    def token(self, *about: object) -> str:
        """Return 32 hexadecimal digits that depend on the seed and `about` only."""
        text = "\x1f".join(map(str, ("token", self.seed, *about)))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _rows(ads: pd.DataFrame) -> Iterable[Ad]:
    columns = []
    for name in COLUMNS:
        if name not in ads:
            columns.append([None] * len(ads))
        elif name in DATES:
            dates = pd.to_datetime(ads[name])
            columns.append([None if pd.isna(moment) else moment.date() for moment in dates])
        else:
            columns.append([None if pd.isna(value) else value for value in ads[name].tolist()])
    return map(Ad, *columns)


def _housed(sites: pd.Series) -> dict[str, str]:
    """Return, for sites that the practice web does not have, the one of its sites instead."""
    numbers = sites.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    strangers = [name for name in numbers.index if name not in JOB_SITES]
    free = [name for name in JOB_SITES if name not in numbers.index]
    return dict(zip(strangers, free, strict=False))


def folded(text: str) -> str:
    """Return a text without accents and capitals, for searches."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
