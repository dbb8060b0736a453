"""The synthetic twin of job offers scraped from the web: six invented sites, January to June 2023.

Vacancies are drawn first: an occupation, an employer, a place, a contract, a pay. Each is then
advertised, once or several times: employers write on several sites and write again after a while,
agencies write for clients that they do not name, an aggregator and the public employment service
take over the ads of the other sites. The model, its sources and its limits are told on the card.
"""

import datetime
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.dice import Dice, cumulated
from ssplab.data.twins.firms import AGENCIES, BRANDS, TRADE, NafCode, compose_company
from ssplab.data.twins.geography import commune_code, departments
from ssplab.data.twins.places import COMMUNE_SHARES, COMMUNES, department_of, name_and_rank
from ssplab.data.twins.texts import misspelt, normalised, of, unaccented, without_accents
from ssplab.data.twins.words import Odds, Positive, Share, Text, Texts, Words, load_words, pattern

ADS = 6_000  # a block: a market of its own, within which ads repeat each other
PLAN = BlockPlan("job_offers", at_scale_1=1, most=100, streams=3)  # identifiers keep their ranges
n_blocks = PLAN.count
IDS = 9_000_000
ID_STEP, VACANCY_STEP = 5_562_307, 4_101_883  # prime to the range: neighbours come from any block
REFERENCES = 1_000_000
REFERENCE_STEP = 618_031

FIRST_DAY = datetime.date(2023, 1, 2).toordinal()
LAST_DAY = datetime.date(2023, 6, 30).toordinal()
NEW_SMIC = datetime.date(2023, 5, 1).toordinal()
SMIC = (11.27, 11.52)  # euros an hour before and since NEW_SMIC, by decree
YEAR_OF_HOURS = 1820  # 35 hours in 52 weeks
NET = 0.78  # the course's convention: net pay over gross pay
APART = 21  # days between first_seen of two ads, from which on one is a later posting
HARD_JACCARD = 0.5

TO_GUICHET, TO_JOBFLUX = 0.156, 0.150  # chances that an ad is taken over
SECOND_SITE, AGAIN = 0.075, 0.18  # chances that the employer advertises elsewhere, or later
GHOSTS, EVERGREENS = 0.04, 0.012
# Chances that another ad for a vacancy states the same characteristics, that a copy is reworded
COMPLETE, COMPLETE_IF_HARDER, REWORDED = 0.62, 0.35, 0.62
CUT = 0.45  # chance that the aggregator cuts a description short

MARKET = 400_000  # vacancies of the whole market in the six months
MONTHS = (1.12, 0.98, 1.08, 0.97, 0.95, 0.90)  # relative seasonality of openings
NEAR_PARIS = ("75", "92", "93")  # départements that pay more

Fact = Literal[
    *("experience", "diploma", "hours", "start", "permit", "telework", "positions", "salary")
]
FACTS = get_args(Fact)
"""Characteristics of a vacancy that an ad may state."""
Contract = Literal["cdi", "cdd", "interim", "alternance"]
Manner = Literal[
    *("year", "month", "month13", "k", "k_from_to", "from_k", "k_plus", "hour", "hour_extra"),
    *("smic", "net", "up_to", "formal_month", "formal_hour", "formal_year"),
]
"""How pay may be told: the functions of `_PAY`."""
Family = Annotated[str, Field(pattern="^[A-N]$")]
"""A letter of ROME."""
Pair = tuple[Text, Text]
"""Two ways to say the same."""

INTRO = pattern("company", "activity", "town", "of_town", "post", "of_post", "year", "employees")
NAME = pattern("name", "name_small", "name_capitals", "name_unaccented")
LOCATION = pattern(
    *("town", "town_small", "town_capitals", "town_unaccented", "town_plain", "town_misspelt"),
    *("department", "department_name", "region_name", "postcode", "rank_two_digits", "rank_e"),
)


class Affinity(Words):
    """What is in demand on a site, relative to the market."""

    families: dict[Family, Positive]
    """Those that are more or less than the others."""
    executives: Positive
    low_pay: Positive


class Site(Words):
    """A site: what a person would know of it, and how it writes."""

    name: Text
    kind: Text
    about: Text
    affinity: Affinity
    contracts: dict[Contract, Annotated[float, Field(ge=0)]]
    """Weights of the contracts of its vacancies."""
    states: dict[Fact, Share]
    """Chances that an ad states a characteristic."""
    vague_place: Share
    """Chance that an ad names no commune."""
    deadline: Share
    """Chance that it names a last day to apply."""
    structured_pay: Share
    """Chance that pay that is told stands apart too, as data."""
    pay: dict[Manner, Positive]
    """Manners in which it tells pay, with weights."""
    no_figure: Texts
    """What it writes of pay without a figure."""
    categories: dict[Text, tuple[Family, ...]] | None = None
    """Its own labels, and the families that share one; by default its list is of occupations."""
    titles: tuple[pattern("post", "post_small", "post_capitals", "town", "mark"), ...]
    companies: tuple[NAME, ...]
    locations: tuple[LOCATION, ...]
    remote_locations: tuple[LOCATION, ...] = ()
    """Of posts with telework, half the time."""
    intros: tuple[INTRO, ...]
    contacts: tuple[pattern("mail", "phone"), ...]

    @model_validator(mode="after")
    def _complete(self):
        if set(self.states) != set(FACTS):
            raise ValueError(f"{self.name} states {list(self.states)}, not {list(FACTS)}")
        return self


class Written(Words):
    """Lengths of a contract, and how sites write it."""

    months: tuple[float, ...]
    """0 has no end."""
    written: tuple[pattern("length"), ...]
    formal: tuple[pattern("length"), ...]
    """How the public employment service spells it out."""


AMOUNT = pattern("low", "high", "euro", "k", "span", "more")


class Amounts(Words):
    """How a manner tells one amount, and two."""

    one: tuple[AMOUNT, ...]
    two: tuple[AMOUNT, ...]


class Pay(Words):
    """How pay is told, by manner; what is missing here is spelt in one way."""

    euro_signs: Texts
    thousand_signs: Texts
    year: Amounts
    month: Amounts
    hour: Amounts
    k: Amounts
    k_from_to: Amounts
    from_k: tuple[AMOUNT, ...]
    k_plus: tuple[AMOUNT, ...]
    month13: tuple[AMOUNT, ...]
    hour_extras: Texts
    """What may come on top of an hour's pay."""
    smic: Texts
    net: tuple[AMOUNT, ...]


class Sentences(Words):
    """What an ad may say of a characteristic, and besides."""

    experience: tuple[pattern("years"), ...]
    beginners: Texts
    diploma: tuple[pattern("diploma"), ...]
    no_diploma: Texts
    full_time: tuple[pattern("hours"), ...]
    part_time: tuple[pattern("hours"), ...]
    start_now: Texts
    start: tuple[pattern("day"), ...]
    permit: Texts
    telework: tuple[pattern("days"), ...]
    positions: tuple[pattern("number"), ...]
    pay: tuple[pattern("pay"), ...]
    schedules: dict[Literal["shifts", "nights"], Texts]
    skills: tuple[Pair, ...]
    office_skill: Pair
    physical_skill: Pair
    perks: tuple[Pair, ...]
    offered: tuple[pattern("perks"), ...]
    tasks: tuple[pattern("tasks"), ...]
    tasks_as_nouns: tuple[pattern("tasks"), ...]
    hidden_intros: tuple[INTRO, ...]
    """Of agencies without a name."""
    pool_intros: tuple[INTRO, ...]
    """Of ads that nobody is hired by in particular."""


class Occupation(Words):
    """An occupation, with what vacancies in it are like."""

    code: Annotated[str, Field(pattern=r"^[A-N]98\d\d$")]
    """In the form of ROME, and none of its codes."""
    executive: bool = False
    pay: tuple[float, float]
    """Lowest and highest, thousand euros a year."""
    weight: Positive
    """In the labour market."""
    trades: Annotated[tuple[NafCode, ...], Field(min_length=1)]
    """Of employers."""
    terms: tuple[Literal["full_time", "part_time", "shifts", "nights", "licence"], ...]
    """Part time, shifts, nights and week-ends: some of its vacancies; a driving licence: most."""
    diplomas: Texts
    posts: tuple[Texts, ...]
    """Each with its synonyms, the first being the one of the public employment service."""
    tasks: dict[Text, Text]
    """As a verb and as a noun."""

    @property
    def family(self) -> str:
        """Letter of its family."""
        return self.code[0]

    @model_validator(mode="after")
    def _known(self):
        unknown = set(self.trades) - set(TRADE)
        if unknown:
            raise ValueError(f"{self.code} is of trades that are not there: {sorted(unknown)}")
        if self.pay[0] >= self.pay[1]:
            raise ValueError(f"{self.code} pays {self.pay[0]:g} at least, {self.pay[1]:g} at most")
        return self


class JobOffersWords(Words):
    """`datasets/job_offers/words.yml`."""

    origins: Odds
    """Sites where vacancies are first advertised."""
    title_marks: Texts
    remote: Texts
    """How a place is written that is anywhere."""
    around_paris: Texts
    environs: dict[str, Text]
    """What people call a département that has a large town, by its code."""
    months: Annotated[Texts, Field(min_length=12, max_length=12)]
    numbers: dict[int, Text]
    """How a number of years may be spelt."""
    sites: dict[str, Site]
    families: dict[Family, Text]
    contracts: dict[Contract, Written]
    pay: Pay
    sentences: Sentences
    occupations: tuple[Occupation, ...]

    @model_validator(mode="after")
    def _coherent(self):
        if set(self.origins) != set(self.sites):
            raise ValueError(f"origins are {list(self.origins)}, sites are {list(self.sites)}")
        for key, site in self.sites.items():
            labelled = [
                letter for letters in (site.categories or {}).values() for letter in letters
            ]
            if site.categories and sorted(labelled) != sorted(self.families):
                raise ValueError(f"{key} has categories for {labelled}, not once for each family")
        return self


WORDS = load_words("job_offers", JobOffersWords)
SITES, FAMILIES, OCCUPATIONS = WORDS.sites, WORDS.families, WORDS.occupations
_SENTENCES = WORDS.sentences
CATEGORIES = {
    key: {letter: label for label, letters in site.categories.items() for letter in letters}
    for key, site in SITES.items()
    if site.categories
}

_CAPITALS = "BCDFGHJKLMNPQRSTVWXYZ"
NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
_EXECUTIVE_SITE = "cadres-et-metiers"
CONSULTANT = "cabinet"  # an agency without a name


class _Writer(Dice):
    """Choices, and how often ads for one vacancy are alike."""

    def __init__(self, rng: np.random.Generator, harder: bool) -> None:
        super().__init__(rng)
        self.complete = COMPLETE_IF_HARDER if harder else COMPLETE
        self.reworded = 1.0 if harder else REWORDED


@dataclass(slots=True)
class _Employer:
    name: str
    activity: str
    heads: int
    founded: int


@dataclass(slots=True)
class _Vacancy:
    """What is offered; a ghost is one that nobody means to fill."""

    job: int
    post: tuple[str, ...]
    firm: _Employer
    town: int
    contract: str
    months: float  # 0 where the contract has no end
    low: int  # euros gross a year, full time
    high: int
    years: int  # of experience
    diploma: str
    hours: float
    start: int  # 0: as soon as possible
    permit: bool
    telework: int
    positions: int
    tasks: list[tuple[str, str]]
    perks: list[tuple[str, str]]
    skills: list[tuple[str, str]]
    schedule: str
    kind: str
    opened: int
    closed: int  # filled or, of ghosts and pools, given up
    agency: str = ""  # that advertises in its own name
    phone: str = ""
    campaign: list["_Text"] | None = None  # the text that several vacancies share, once written

    def facts(self) -> set[str]:
        """Return the characteristics that an ad for this vacancy may state."""
        absent = set()
        if not self.permit:
            absent.add("permit")
        if not self.telework:
            absent.add("telework")
        if self.positions == 1:
            absent.add("positions")
        return set(FACTS) - absent


_LATER = {"town": "{town}", "of_town": "{of_town}"}


class _Text(NamedTuple):
    """An ad's words; `_LATER` stands for the town, so that a campaign can share them."""

    post: str
    sentences: tuple[tuple[str, str], ...]  # the characteristic that each states, or ""
    facts: frozenset[str]


@dataclass(slots=True)
class _Ad:
    site: str
    group: int  # position of its vacancy or ghost
    post: str
    title: str
    sentences: list[tuple[str, str]]
    """Each with the characteristic that it states, if any."""
    facts: frozenset[str]
    company: str
    first: int
    last: int
    published: int
    pay: "_Pay"
    source: int = -1  # position of the ad that it was taken over from
    place: tuple[str, str, str] = ("", "", "")  # location, commune, département
    contract: str = ""
    months: float = 0.0
    apply_by: int = 0
    structured: tuple[float | None, float | None, str] = (None, None, "")

    @property
    def description(self) -> str:
        return " ".join(words for _, words in self.sentences)


class _Pay(NamedTuple):
    """What an ad says of pay: its text, and the euros gross a year that this means."""

    text: str = ""
    low: float | None = None
    high: float | None = None
    amounts: tuple[float | None, float | None, str] = (None, None, "")  # as stated, with the unit


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each 6,000 ads that repeat one another.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one. Ads of
    different blocks are never for the same vacancy. The tables `sites` and `market` do not grow:
    they stand in the first block.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 6,000 ads, 10 ten times as many; less than 1 gives 1.
    harder : bool, default False
        Whether nothing is taken over word for word and other ads for a vacancy seldom state the
        same characteristics: a setting beyond the one on the card.

    Yields
    ------
    Block
        Tables `ads`, `sites`, `market`; truth `ads`, `vacancies`, `pairs`.
    """
    for number, streams in PLAN.draw(seed, scale):
        yield _block(number, streams, harder)


def _block(number: int, streams: list[np.random.Generator], harder: bool) -> Block:
    dice = _Writer(streams[0], harder)
    vacancies, ads = _postings(dice)
    ads = ads[:ADS]
    used = sorted({ad.group for ad in ads})
    order = streams[1].permutation(len(ads))
    ranks = number * ADS + order
    ad_id = np.char.add("A", (1_000_000 + ranks * ID_STEP % IDS).astype(str)).tolist()
    ranks = number * ADS + streams[1].permutation(ADS)[: len(used)]
    numbers = 1_000_000 + ranks * VACANCY_STEP % IDS
    vacancy_id = dict(zip(used, np.char.add("V", numbers.astype(str)).tolist(), strict=True))
    ranks = number * ADS + streams[1].permutation(len(ads))
    references = ranks * REFERENCE_STEP % REFERENCES

    table = _ad_table(vacancies, ads, ad_id, references.tolist())
    tables = {"ads": table.sort_values("ad_id")}
    if number == 0:
        tables |= {"sites": _site_table(), "market": _market_table(Dice(streams[2]))}
    else:
        tables |= {"sites": _site_table().head(0), "market": _empty_market()}
    return Block(
        tables,
        {
            "ads": _truth_table(vacancies, ads, ad_id, vacancy_id).sort_values("ad_id"),
            "vacancies": _vacancy_table(vacancies, vacancy_id).sort_values("vacancy_id"),
            "pairs": _pair_table(vacancies, ads, ad_id),
        },
    )


# Vacancies


def _site_bounds(affinity: Affinity) -> list[float]:
    """Return the cumulated weights of occupations on a site."""
    return cumulated(
        job.weight
        * affinity.families.get(job.family, 1.0)
        * (affinity.executives if job.executive else 1.0)
        * (affinity.low_pay if job.pay[0] < 21 else 1.0)
        for job in OCCUPATIONS
    )


_SITE_BOUNDS = {key: _site_bounds(site.affinity) for key, site in SITES.items()}
# Rounded: processors differ in the last digit of an exponential
_TYPICAL_HEADS = {code: round(math.exp(trade.size), 3) for code, trade in TRADE.items()}
_TOWN_BOUNDS = cumulated(COMMUNE_SHARES.tolist())


def _skewed(dice: Dice) -> float:
    """Return a number from 0 to 1, mostly small; its root is the same on every processor."""
    number = dice.uniform()
    return number * math.sqrt(number)


def _postings(dice: _Writer) -> tuple[list[_Vacancy], list[_Ad]]:
    """Draw vacancies and advertise them, until there are as many ads as a block has."""
    vacancies: list[_Vacancy] = []
    ads: list[_Ad] = []
    known: dict[str, list[_Employer]] = {}
    while len(ads) < ADS:
        site = dice.weighted(WORDS.origins)
        first = _vacancy(dice, site, known)
        batch = [first]
        if site in ("fleuve-emploi", "guichet-emploi", "interim-express") and dice.chance(0.035):
            batch = _campaign(dice, first)
        for vacancy in batch:
            vacancies.append(vacancy)
            _advertise(dice, vacancy, len(vacancies) - 1, site, ads)
    return vacancies, ads


def _vacancy(dice: Dice, site: str, known: dict[str, list[_Employer]]) -> _Vacancy:
    number = dice.bounded(_SITE_BOUNDS[site])
    job = OCCUPATIONS[number]
    town = dice.bounded(_TOWN_BOUNDS)
    contract = dice.weighted(SITES[site].contracts)
    months = dice.pick(WORDS.contracts[contract].months)
    part = "part_time" in job.terms and dice.chance(0.45 if "full_time" in job.terms else 0.75)
    hours = dice.pick([15.0, 20.0, 24.0, 24.0, 28.0, 30.0] if part else [35.0] * 4 + [37.5, 39.0])
    years = dice.weighted(
        {0: 30, 1: 22, 2: 22, 3: 14, 5: 12}
        if not job.executive
        else {0: 8, 1: 10, 2: 20, 3: 24, 5: 26, 8: 12}
    )
    level = dice.uniform() * 0.6 + 0.05 * min(years, 5)
    near_paris = department_of(town).code in NEAR_PARIS
    least, most = job.pay
    low = (least + level * (most - least)) * (1.07 if near_paris else 1.0)
    if contract == "alternance":
        low = max(0.75 * low, 20.6)
    low = max(round(low * 10) * 100, 21_000)
    high = round(low * (1.03 + 0.17 * dice.uniform()) / 100) * 100
    if dice.chance(0.3):
        high = low
    kind = "genuine"
    if dice.chance(GHOSTS):
        kind = "ghost"
    elif dice.chance(EVERGREENS * (3 if site == "interim-express" else 1)):
        kind = "evergreen"
    opened = FIRST_DAY - 45 + dice.below(LAST_DAY - FIRST_DAY + 45)
    lasts = 8 + int(70 * _skewed(dice)) + (20 if job.executive else 0)
    if kind == "ghost":
        lasts = 45 + dice.below(90)
    elif kind == "evergreen":
        opened, lasts = FIRST_DAY - dice.below(200), 400
    start = 0
    if dice.chance(0.55):
        start = opened + 10 + dice.below(60)
    positions = 1
    if kind == "evergreen":
        positions = 5 + dice.below(16)
    elif dice.chance(0.12 if least < 21.5 else 0.03):
        positions = 2 + dice.below(5)
    agency = dice.pick(AGENCIES) if site == "interim-express" else ""
    if site == _EXECUTIVE_SITE and dice.chance(0.28):
        agency = CONSULTANT
    return _Vacancy(
        job=number,
        post=dice.pick(job.posts),
        firm=_employer(dice, job, town, known),
        town=town,
        contract=contract,
        months=months,
        low=low,
        high=high,
        years=years,
        diploma=dice.pick(job.diplomas),
        hours=hours,
        start=start,
        permit="licence" in job.terms and dice.chance(0.8),
        telework=dice.pick([1, 2, 3]) if job.family in "MCE" and dice.chance(0.4) else 0,
        positions=positions,
        tasks=dice.some(tuple(job.tasks.items()), 3 + dice.below(3)),
        perks=dice.some(_SENTENCES.perks, dice.below(4)),
        skills=dice.some((*_SENTENCES.skills, _own_skill(job)), dice.below(3)),
        schedule=next((term for term in ("shifts", "nights") if term in job.terms), ""),
        kind=kind,
        opened=opened,
        closed=opened + lasts,
        agency=agency,
        phone=f"{dice.below(100):02d} {dice.below(100):02d}",
    )


def _own_skill(job: Occupation) -> Pair:
    office = job.executive or job.family in "CEJM"
    return _SENTENCES.office_skill if office else _SENTENCES.physical_skill


def _employer(
    dice: Dice, job: Occupation, town: int, known: dict[str, list[_Employer]]
) -> _Employer:
    """Return an employer for an occupation, often one that has recruited before."""
    naf = dice.pick(job.trades)
    place = f"{naf} {town}"
    if known.get(place) and dice.chance(0.35):
        return dice.pick(known[place])
    trade = TRADE[naf]
    brands = [brand for brand in BRANDS if brand.trade == naf]
    if brands and dice.chance(0.3):
        name = dice.pick(brands).name
    else:
        name = compose_company(dice, trade, town).name
    share = dice.uniform()
    heads = max(2, int(_TYPICAL_HEADS[naf] * (0.4 + 3 * share * share)))
    firm = _Employer(name, dice.pick(trade.texts), heads, 1955 + dice.below(66))
    known.setdefault(place, []).append(firm)
    return firm


def _campaign(dice: Dice, first: _Vacancy) -> list[_Vacancy]:
    """Return vacancies that one text advertises: a chain's in several towns, an agency's clients'.

    They differ in the town or, in the same town, in length and pay.
    """
    first = replace(first, kind="genuine", positions=1, campaign=[], closed=first.opened + 50)
    found = [first]
    here = dice.chance(0.3)
    for _ in range(2 + dice.below(5)):
        town = first.town if here else dice.bounded(_TOWN_BOUNDS)
        low = first.low + (200 * (1 + dice.below(8)) if here else 0)
        found.append(
            replace(
                first,
                town=town,
                low=low,
                high=low + first.high - first.low,
                opened=first.opened + dice.below(15),
                closed=first.opened + 25 + dice.below(45),
                months=first.months + dice.below(4) if here and first.months else first.months,
            )
        )
    return found


# Ads


def _advertise(dice: _Writer, vacancy: _Vacancy, group: int, site: str, ads: list[_Ad]) -> None:
    """Append all ads for one vacancy."""
    pool, shared = vacancy.kind == "evergreen", vacancy.campaign
    first = vacancy.opened + dice.below(6)
    last = LAST_DAY + 30 if pool else vacancy.closed + dice.below(8) - 3
    again = last - first > 50 and (vacancy.kind != "genuine" or dice.chance(AGAIN))
    end = first + 28 + dice.below(10) if again and not pool else last
    if shared:
        text = shared[0]
    else:
        text = _written(dice, vacancy, site, _stated(dice, vacancy, site, None))
        if shared is not None:
            shared.append(text)
    own = [_put(dice, vacancy, group, site, text, first, end, ads)]
    if again:
        begin = end + 1 + dice.below(14)
        if pool:
            begin = max(first, FIRST_DAY) + 30 + dice.below(25)
        later = text
        if shared is None and dice.chance(0.7):
            later = _written(dice, vacancy, site, _stated(dice, vacancy, site, text))
        own.append(_put(dice, vacancy, group, site, later, begin, max(last, begin), ads))
    if shared is None and dice.chance(SECOND_SITE):
        other = _other_site(dice, vacancy, site)
        begin = first + dice.below(max(2, min(40, last - first)))
        speaker = replace(vacancy, agency=_agency(dice, other, vacancy))
        more = _written(dice, speaker, other, _stated(dice, speaker, other, text))
        own.append(_put(dice, speaker, group, other, more, begin, max(last, begin + 5), ads))
    for place in own:
        if place is not None and ads[place].site != "guichet-emploi" and dice.chance(TO_GUICHET):
            _take_over(dice, vacancy, "guichet-emploi", place, ads)
        if place is not None and ads[place].site != "jobflux" and dice.chance(TO_JOBFLUX):
            _take_over(dice, vacancy, "jobflux", place, ads)


def _other_site(dice: Dice, vacancy: _Vacancy, site: str) -> str:
    other = dice.pick([name for name in SITES if name not in (site, "jobflux")])
    if other == _EXECUTIVE_SITE and not OCCUPATIONS[vacancy.job].executive:
        return "interim-express" if site == "fleuve-emploi" else "fleuve-emploi"
    return other


def _agency(dice: Dice, site: str, vacancy: _Vacancy) -> str:
    """Return the agency that writes on a site for a vacancy's employer, "" if none does."""
    if site == "interim-express":
        known = vacancy.agency not in ("", CONSULTANT)
        return vacancy.agency if known else dice.pick(AGENCIES)
    return ""


def _put(
    dice: _Writer,
    vacancy: _Vacancy,
    group: int,
    site: str,
    text: _Text,
    first: int,
    last: int,
    ads: list[_Ad],
) -> int | None:
    """Append an ad, if it is on the site in the six months; return its position, or None."""
    if last < FIRST_DAY or first > LAST_DAY:
        return None
    published = first
    renewed = 0.9 if vacancy.kind == "evergreen" else 0.35 if last - first > 30 else 0.0
    if dice.chance(renewed) and site != "petites-annonces":
        published = first + 7 * (1 + dice.below(max(1, (min(last, LAST_DAY) - first) // 7)))
    seen = max(first + dice.weighted({0: 8, 1: 2, 2: 1}), FIRST_DAY)
    last = min(last, LAST_DAY)
    if seen > last:
        return None
    published = min(published, last)
    pay = _Pay()
    if "salary" in text.facts:
        pay = _stated_pay(dice, site, vacancy, published)
    elif dice.chance(0.5):
        pay = _Pay(dice.pick(SITES[site].no_figure))
    sentences = _filled(text, vacancy, pay)
    title = _titled(dice, site, text.post, vacancy)
    if site == "petites-annonces":
        title, *words = _carelessly(dice, [title, *(words for _, words in sentences)])
        sentences = [(fact, one) for (fact, _), one in zip(sentences, words, strict=True)]
    ads.append(
        _Ad(
            site=site,
            group=group,
            post=text.post,
            title=title,
            sentences=sentences,
            facts=text.facts,
            company=_company_named(dice, site, vacancy),
            first=seen,
            last=last,
            published=published,
            pay=pay,
            structured=_structured(dice, site, pay),
            place=_located(dice, site, vacancy),
            apply_by=_deadline(dice, site, published),
            **_engaged(dice, site, vacancy),
        )
    )
    return len(ads) - 1


def _filled(text: _Text, vacancy: _Vacancy, pay: "_Pay") -> list[tuple[str, str]]:
    """Return a text's sentences with the town and the pay in their places."""
    town = COMMUNES[vacancy.town]
    return [
        (fact, _placed(words, town).replace("{pay}", pay.text))
        for fact, words in text.sentences
        if words
    ]


def _placed(words: str, town) -> str:
    name, _ = name_and_rank(town.name)
    if name.startswith("Le "):
        words = words.replace("à {town}", f"au {name[3:]}")
    return words.replace("{town}", name).replace("{of_town}", of(name))


def _stated(dice: _Writer, vacancy: _Vacancy, site: str, before: _Text | None) -> frozenset[str]:
    """Return the characteristics that an ad states, often those of an earlier one."""
    if before is not None and dice.chance(dice.complete):
        return before.facts
    chances = SITES[site].states
    possible = vacancy.facts()
    return frozenset(fact for fact in FACTS if dice.chance(chances[fact]) and fact in possible)


def _written(dice: Dice, vacancy: _Vacancy, site: str, stated: frozenset[str]) -> _Text:
    """Write an ad for a vacancy in a site's manner that states these characteristics."""
    small_ad = site == "petites-annonces"
    post = dice.pick(vacancy.post)
    name, mail, intros = _sender(dice, vacancy, site)
    intro = dice.pick(intros).format(
        company=name,
        activity=vacancy.firm.activity,
        of_post=_of_post(post),
        post=_in_sentence(post),
        year=vacancy.firm.founded,
        employees=vacancy.firm.heads,
        **_LATER,
    )
    tasks = vacancy.tasks[:2] if small_ad else vacancy.tasks
    nouns = dice.chance(0.5)
    told = ", ".join(task[nouns] for task in dice.some(tasks, len(tasks)))
    ways = _SENTENCES.tasks_as_nouns if nouns else _SENTENCES.tasks
    duties = dice.pick(ways).format(tasks=told)
    extras = _extras(dice, vacancy)
    if small_ad:
        extras = extras[: dice.below(2)]
    middle = [*_characteristics(dice, vacancy, stated), *(("", one) for one in extras)]
    if site in ("guichet-emploi", _EXECUTIVE_SITE):  # they keep an order: profile, conditions
        profile = {"experience", "diploma", "permit", ""}
        middle.sort(key=lambda part: part[0] not in profile)
    else:
        middle = dice.some(middle, len(middle))
    contact = dice.pick(SITES[site].contacts).format(mail=mail, phone=vacancy.phone)
    return _Text(post, (("", intro), ("", duties), *middle, ("", contact)), stated)


def _sender(dice: Dice, vacancy: _Vacancy, site: str) -> tuple[str, str, tuple[str, ...]]:
    """Return who speaks in an ad, a name for its mail, and how the ad may begin."""
    hidden = vacancy.agency == CONSULTANT
    pool = vacancy.kind == "evergreen" or (vacancy.kind == "ghost" and dice.chance(0.25))
    intros = SITES[site].intros
    if pool or hidden:
        intros = _SENTENCES.pool_intros if pool else _SENTENCES.hidden_intros
    if hidden:
        return "Notre cabinet", "cabinet-conseil", intros
    name = vacancy.agency or vacancy.firm.name
    return name, normalised(name).replace(" ", "-"), intros


def _in_sentence(post: str) -> str:
    return post if post[:2].isupper() else post[0].lower() + post[1:]


def _of_post(post: str) -> str:
    name = _in_sentence(post)
    return f"d'{name}" if normalised(name)[0] in "aeiouh" else f"de {name}"


def _characteristics(
    dice: Dice, vacancy: _Vacancy, stated: frozenset[str]
) -> list[tuple[str, str]]:
    """Return a sentence for each characteristic stated; pay has one sometimes."""
    found = []
    for fact in FACTS:
        if fact not in stated:
            continue
        if fact == "experience":
            ways = dice.pick(_SENTENCES.experience)
            sentence = ways.format(years=_years(dice, vacancy.years))
            if vacancy.years == 0:
                sentence = dice.pick(_SENTENCES.beginners)
        elif fact == "diploma":
            none = vacancy.diploma == "Sans diplôme"
            ways = _SENTENCES.no_diploma if none else _SENTENCES.diploma
            sentence = dice.pick(ways).format(diploma=vacancy.diploma)
        elif fact == "hours":
            ways = _SENTENCES.part_time if vacancy.hours < 35 else _SENTENCES.full_time
            sentence = dice.pick(ways).format(hours=_hours(dice, vacancy.hours))
        elif fact == "start":
            sentence = dice.pick(_SENTENCES.start_now)
            if vacancy.start:
                sentence = dice.pick(_SENTENCES.start).format(day=_day(dice, vacancy.start))
        elif fact == "permit":
            sentence = dice.pick(_SENTENCES.permit)
        elif fact == "telework":
            days = "1 jour" if vacancy.telework == 1 else f"{vacancy.telework} jours"
            sentence = dice.pick(_SENTENCES.telework).format(days=days)
        elif fact == "positions":
            sentence = dice.pick(_SENTENCES.positions).format(number=vacancy.positions)
        elif dice.chance(0.35):
            sentence = dice.pick(_SENTENCES.pay)  # which stands there later
        else:
            continue
        found.append((fact, sentence[0].upper() + sentence[1:]))
    return found


def _extras(dice: Dice, vacancy: _Vacancy) -> list[str]:
    """Return what an ad says besides: skills, schedule, advantages."""
    side = dice.below(2)
    extras = [skill[side] for skill in vacancy.skills]
    if vacancy.schedule and dice.chance(0.5):
        extras.append(dice.pick(_SENTENCES.schedules[vacancy.schedule]))
    if vacancy.perks and dice.chance(0.7):
        named = ", ".join(perk[side] for perk in vacancy.perks)
        extras.append(dice.pick(_SENTENCES.offered).format(perks=named))
    return extras


def _years(dice: Dice, years: int) -> str:
    unit = "an" if years == 1 else "ans"
    if years in (1, 2) and dice.chance(0.15):
        return f"{12 * years} mois"
    if years in WORDS.numbers and dice.chance(0.25):
        return f"{WORDS.numbers[years]} {unit}"
    return f"{years} {unit}"


def _hours(dice: Dice, hours: float) -> str:
    whole, half = int(hours), hours % 1 > 0
    return dice.pick(
        [f"{whole}h30", f"{whole},5 heures"]
        if half
        else [f"{whole} h", f"{whole}h", f"{whole} heures", f"{whole}h00"]
    )


def _day(dice: Dice, ordinal: int) -> str:
    day = datetime.date.fromordinal(ordinal)
    number = "1er" if day.day == 1 else str(day.day)
    month = WORDS.months[day.month - 1]
    return dice.pick(
        [
            f"{number} {month} {day.year}",
            f"{number} {month}",
            f"{day.day:02d}/{day.month:02d}/{day.year}",
            f"{day.day:02d}/{day.month:02d}/{day.year % 100}",
        ]
    )


def _one_of(dice: Dice, ways: Sequence[str]) -> str:
    """Return one of the ways in which a site writes; nothing is drawn where it has only one."""
    return dice.pick(ways) if len(ways) > 1 else ways[0]


def _titled(dice: Dice, site: str, post: str, vacancy: _Vacancy) -> str:
    mark = dice.pick(WORDS.title_marks)
    return _one_of(dice, SITES[site].titles).format(
        post=post,
        post_small=post.lower(),
        post_capitals=post.upper(),
        town=name_and_rank(COMMUNES[vacancy.town].name)[0],
        mark=mark,
    )


def _carelessly(dice: Dice, texts: list[str]) -> list[str]:
    """Return an ad's texts as somebody in a hurry types them; addresses and numbers stay right."""
    slips = 0.06 if dice.chance(0.5) else 0.015

    def slip(word: str) -> str:
        plain = word.isalpha() and len(word) > 4 and dice.chance(slips)
        return misspelt(dice, word) if plain else word

    texts = [" ".join(slip(word) for word in text.split(" ")) for text in texts]
    if dice.chance(0.4):
        texts = [without_accents(text) for text in texts]
    if dice.chance(0.3):
        texts = [text.lower() for text in texts]
    return texts


def _company_named(dice: Dice, site: str, vacancy: _Vacancy) -> str:
    if vacancy.agency:
        return ""
    name = vacancy.firm.name
    return dice.pick(SITES[site].companies).format(
        name=name,
        name_small=name.lower(),
        name_capitals=name.upper(),
        name_unaccented=unaccented(name),
    )


def _take_over(dice: _Writer, vacancy: _Vacancy, site: str, place: int, ads: list[_Ad]) -> None:
    """Append the copy that an aggregator or a partner makes of an ad."""
    source = ads[place]
    first = source.first + dice.below(7)
    last = source.last + dice.below(15) - 5
    if site == "jobflux":
        last += dice.below(45) if dice.chance(0.5) else 0
    last = min(max(last, first), LAST_DAY)
    if first > LAST_DAY:
        return
    copy = replace(source, site=site, first=first, last=last, published=first, source=place)
    copy.apply_by = _deadline(dice, site, first)
    if source.place[1] and not (site == "jobflux" and dice.chance(0.6)):
        copy.place = _located(dice, site, vacancy, vague=False)
    if site == "guichet-emploi":
        copy.contract = _engaged(dice, site, vacancy)["contract"]
        copy.months = vacancy.months
    if site == "jobflux":
        copy.title = dice.pick(
            [
                *(source.title, source.title, source.title, source.title.upper()),
                _titled(dice, site, source.post, vacancy),
            ]
        )
        if dice.chance(max(CUT, dice.reworded == 1.0)) and len(source.description) > 240:
            _cut(dice, copy, 140 + dice.below(140))
        copy.company = dice.pick([source.company] * 3 + [source.company.upper()])
        if source.pay.amounts[2]:
            copy.pay = _restated(dice, source.pay)
    elif dice.chance(dice.reworded):
        stated = source.facts
        if not dice.chance(dice.complete):
            stated = frozenset(fact for fact in FACTS if dice.chance(0.7) and fact in stated)
        text = _written(dice, vacancy, site, stated)
        copy.facts, copy.title = text.facts, f"{text.post} (H/F)"
        copy.post = text.post
        copy.pay = source.pay if "salary" in text.facts else _Pay()
        copy.sentences = _filled(text, vacancy, copy.pay)
        copy.company = dice.pick(["", "", source.company])
    else:
        copy.company = dice.pick(["", "", source.company])
    copy.structured = _structured(dice, site, copy.pay)
    ads.append(copy)


def _cut(dice: Dice, copy: _Ad, room: int) -> None:
    """Cut an ad's description after about `room` characters, and what it states with it."""
    kept: list[tuple[str, str]] = []
    for fact, words in copy.sentences:
        if len(words) + 1 > room:
            short = words[:room].rsplit(" ", 1)[0]
            kept.append(("", short + dice.pick(["…", " …", "..."])))
            break
        kept.append((fact, words))
        room -= len(words) + 1
    copy.sentences = kept
    copy.facts = frozenset({fact for fact, _ in kept} & copy.facts | ({"salary"} & copy.facts))


# Places, contracts and pay, as sites spell them


def _located(
    dice: Dice, site: str, vacancy: _Vacancy, vague: bool | None = None
) -> tuple[str, str, str]:
    """Return a place as the site writes it, with the commune and département that it tells."""
    town, manner = COMMUNES[vacancy.town], SITES[site]
    department = department_of(vacancy.town).code
    official = departments()[department]
    stem, rank = name_and_rank(town.name)
    if vague is None:
        vague = dice.chance(manner.vague_place)
    if vague:
        return _vaguely_located(dice, vacancy, department, official.name)
    ways = manner.locations
    given = {
        "town": stem,
        "town_small": stem.lower(),
        "town_capitals": stem.upper(),
        "town_unaccented": unaccented(stem),
        "town_plain": without_accents(stem).replace("Saint-", "St ").replace("-", " "),
        "department": department,
        "department_name": official.name,
        "region_name": official.region_name,
        "postcode": dice.pick(town.postcodes),
        "rank_two_digits": f" {int(rank):02d}" if rank else "",
        "rank_e": f" {rank}E" if rank else "",
    }
    if any("{town_misspelt}" in way for way in ways):
        given["town_misspelt"] = misspelt(dice, stem) if len(stem) > 4 else stem
    if manner.remote_locations and vacancy.telework and dice.chance(0.5):
        ways = manner.remote_locations
    text = _one_of(dice, ways).format(**given)
    return (text, commune_code(department, stem), department)


def _vaguely_located(
    dice: Dice, vacancy: _Vacancy, department: str, name: str
) -> tuple[str, str, str]:
    """Return a place that is no commune, as any site writes it."""
    if vacancy.telework and dice.chance(0.5):
        return (dice.pick(WORDS.remote), "", "")
    if department == "75":
        return (dice.pick(WORDS.around_paris), "", "")
    around = WORDS.environs.get(department, f"{name} ({department})")
    return (dice.pick([around, around, f"{name} ({department})", name]), "", department)


def _deadline(dice: Dice, site: str, published: int) -> int:
    return published + 14 + dice.below(35) if dice.chance(SITES[site].deadline) else 0


def _engaged(dice: Dice, site: str, vacancy: _Vacancy) -> dict[str, object]:
    """Return a contract as the site writes it, and the months that this tells, 0 if none."""
    words = WORDS.contracts[vacancy.contract]
    way = dice.pick(words.formal if site == "guichet-emploi" else words.written)
    if site == "petites-annonces":
        way = way.lower() if dice.chance(0.5) else way
    if vacancy.months == 0.5:
        length = dice.pick(["2 semaines", "15 jours"])
    elif vacancy.months in (12.0, 24.0, 36.0) and dice.chance(0.2):
        years = int(vacancy.months) // 12
        length = f"{years} an" + ("s" if years > 1 else "")
    else:
        unit = dice.pick(["mois", "mois", "Mois" if site == "guichet-emploi" else "mois"])
        length = f"{int(vacancy.months)} {unit}"
    return {
        "contract": way.format(length=length),
        "months": vacancy.months if "{length}" in way else 0.0,
    }


def _grouped(dice: Dice, number: float, decimals: int = 0) -> str:
    """Return an amount as French people type it, with one of four kinds of space or none."""
    space = dice.pick([" ", NBSP, NARROW, "", " "])
    whole, _, rest = f"{number:,.{decimals}f}".partition(".")
    mark = "." if dice.chance(0.12) else ","
    return whole.replace(",", space) + (mark + rest if rest else "")


def _annual(amount: float | None, unit: str) -> float | None:
    times = {"YEAR": 1, "MONTH": 12, "HOUR": YEAR_OF_HOURS}[unit]
    return None if amount is None else round(amount * times, 2)


def _simple(text: str, low: float | None, high: float | None, unit: str) -> _Pay:
    return _Pay(text, _annual(low, unit), _annual(high, unit), (low, high, unit))


def _euro(dice: Dice) -> str:
    return dice.pick(WORDS.pay.euro_signs)


def _stated_pay(dice: Dice, site: str, vacancy: _Vacancy, day: int) -> _Pay:
    manner = dice.weighted(SITES[site].pay)
    if vacancy.hours < 35:  # what a month of part time pays would need the hours
        manner = {"guichet-emploi": "formal_hour", _EXECUTIVE_SITE: "k"}.get(site, "hour")
    if manner == "smic" and vacancy.low > 22_500:
        manner = "hour" if site != "fleuve-emploi" else "month"
    return _PAY[manner](dice, vacancy.low, vacancy.high, day)


def _told(
    dice: Dice, ways: Amounts, low: float, high: float, unit: str, given: dict[str, object]
) -> _Pay:
    """Return pay in one of the ways to tell one amount or two; `given` is what they may hold."""
    text = dice.pick(ways.one if low == high else ways.two).format(**given)
    return _simple(text, low, high, unit)


def _spelt(dice: Dice, low: float, high: float, decimals: int = 0) -> dict[str, object]:
    return {
        "low": _grouped(dice, low, decimals),
        "high": _grouped(dice, high, decimals),
        "euro": _euro(dice),
    }


def _pay_year(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = (round(amount / 500) * 500 for amount in (low, high))
    return _told(dice, WORDS.pay.year, low, high, "YEAR", _spelt(dice, low, high))


def _pay_month(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = (round(amount / 120) * 10 for amount in (low, high))
    return _told(dice, WORDS.pay.month, low, high, "MONTH", _spelt(dice, low, high))


def _pay_month13(dice: Dice, low: int, high: int, day: int) -> _Pay:
    month = round(low / 130) * 10
    given = {"low": _grouped(dice, month), "euro": _euro(dice)}
    text = dice.pick(WORDS.pay.month13).format(**given)
    return _Pay(text, 13.0 * month, 13.0 * month, (month, month, "MONTH"))


def _thousands(low: int, high: int) -> tuple[int, int]:
    return round(low / 1000), round(high / 1000)


def _pay_k(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _thousands(low, high)
    given = {"low": low, "high": high, "k": dice.pick(WORDS.pay.thousand_signs)}
    return _told(dice, WORDS.pay.k, 1000 * low, 1000 * high, "YEAR", given)


def _pay_k_from_to(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _thousands(low, high)
    given = {"low": low, "high": high}
    return _told(dice, WORDS.pay.k_from_to, 1000 * low, 1000 * high, "YEAR", given)


def _pay_from_k(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, _ = _thousands(low, high)
    text = dice.pick(WORDS.pay.from_k).format(low=low)
    return _simple(text, 1000 * low, None, "YEAR")


def _pay_k_plus(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _thousands(low, high)
    more = 2 + dice.below(8)
    span = f"{low}" if low == high else f"{low}-{high}"
    text = dice.pick(WORDS.pay.k_plus).format(span=span, more=more)
    return _simple(text, 1000 * low, 1000 * high, "YEAR")


def _hourly(low: int, high: int, day: int) -> tuple[float, float]:
    least = SMIC[day >= NEW_SMIC]
    low, high = (max(round(amount / YEAR_OF_HOURS, 2), least) for amount in (low, high))
    return low, high


def _pay_hour(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _hourly(low, high, day)
    given = _spelt(dice, low, high, 2)
    if low == high or dice.chance(0.4):
        high = low
    return _told(dice, WORDS.pay.hour, low, high, "HOUR", given)


def _pay_hour_extra(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, _ = _hourly(low, high, day)
    one, euro = _grouped(dice, low, 2), _euro(dice)
    more = dice.pick(WORDS.pay.hour_extras)
    return _simple(f"{one}{euro}/h + {more}", low, low, "HOUR")


def _pay_smic(dice: Dice, low: int, high: int, day: int) -> _Pay:
    amount = SMIC[day >= NEW_SMIC]
    text = dice.pick(WORDS.pay.smic)
    return _simple(text, amount, amount, "HOUR")._replace(amounts=(None, None, ""))


def _pay_net(dice: Dice, low: int, high: int, day: int) -> _Pay:
    month = round(low * NET / 120) * 10
    one = _grouped(dice, month)
    text = dice.pick(WORDS.pay.net).format(low=one)
    annual = round(12 * month / NET, 2)
    return _Pay(text, annual, annual, (month, month, "MONTH"))


def _pay_up_to(dice: Dice, low: int, high: int, day: int) -> _Pay:
    month = round(high / 120) * 10
    text = f"jusqu'à {_grouped(dice, month)}{_euro(dice)} brut/mois"
    return _simple(text, None, month, "MONTH")


def _formal(low: float, high: float) -> str:
    def written(amount: float) -> str:
        return f"{amount:,.2f}".replace(",", " ").replace(".", ",") + " Euros"

    return written(low) if low == high else f"{written(low)} à {written(high)}"


def _pay_formal_month(dice: Dice, low: int, high: int, day: int) -> _Pay:
    months = 13 if dice.chance(0.12) else 12
    low, high = (round(amount / months / 10) * 10 for amount in (low, high))
    text = f"Mensuel de {_formal(low, high)} sur {months} mois"
    return _Pay(text, float(months * low), float(months * high), (low, high, "MONTH"))


def _pay_formal_hour(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _hourly(low, high, day)
    return _simple(f"Horaire de {_formal(low, high)}", low, high, "HOUR")


def _pay_formal_year(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = (round(amount / 500) * 500 for amount in (low, high))
    return _simple(f"Annuel de {_formal(low, high)} sur 12 mois", low, high, "YEAR")


_PAY: dict[str, Callable[[Dice, int, int, int], _Pay]] = {
    "year": _pay_year,
    "month": _pay_month,
    "month13": _pay_month13,
    "k": _pay_k,
    "k_from_to": _pay_k_from_to,
    "from_k": _pay_from_k,
    "k_plus": _pay_k_plus,
    "hour": _pay_hour,
    "hour_extra": _pay_hour_extra,
    "smic": _pay_smic,
    "net": _pay_net,
    "up_to": _pay_up_to,
    "formal_month": _pay_formal_month,
    "formal_hour": _pay_formal_hour,
    "formal_year": _pay_formal_year,
}


def _restated(dice: Dice, pay: _Pay) -> _Pay:
    """Return pay as the aggregator writes it: it knows neither net pay nor a thirteenth month."""
    low, high, unit = pay.amounts
    per = {"YEAR": "an", "MONTH": "mois", "HOUR": "heure"}[unit]
    decimals = 2 if unit == "HOUR" else 0
    known = [_grouped(dice, amount, decimals) for amount in (low, high) if amount is not None]
    if low is None or high is None or low == high:
        text = f"{known[0]} € par {per}"
        low = high = high if low is None else low
    else:
        text = f"{known[0]} € - {known[1]} € par {per}"
    return _simple(text, low, high, unit)


def _structured(dice: Dice, site: str, pay: _Pay) -> tuple[float | None, float | None, str]:
    """Return the amounts that a site gives apart from the text, as its JSON-LD or its API does."""
    if not pay.amounts[2] or not dice.chance(SITES[site].structured_pay):
        return (None, None, "")
    low, high, unit = pay.amounts
    if site == "jobflux" and unit == "YEAR" and dice.chance(0.05):
        unit = "MONTH"
    return (low, high, unit)


# Tables


def _date(ordinal: int) -> datetime.datetime | None:
    return datetime.datetime.fromordinal(ordinal) if ordinal else None


def _or_none(text):
    return text or None


def _reference(site: str, number: int) -> str:
    """Return a site's own reference for an ad, in its manner; `number` has six digits at most."""
    if site == "fleuve-emploi":
        return f"R{number:06d}"
    if site == _EXECUTIVE_SITE:
        return f"CM-2023-{number:06d}"
    if site == "jobflux":
        return f"{(number * 2_654_435_761 + 97) % 2**40:010x}"
    if site == "guichet-emploi":
        letters, rest = "", number
        for _ in range(4):
            rest, place = divmod(rest, len(_CAPITALS))
            letters += _CAPITALS[place]
        return f"{145 + rest}{letters}"
    if site == "petites-annonces":
        return f"{100_000_000 + number}"
    return f"IE/{number // 1000:03d}/{number % 1000:03d}"


def _ad_table(
    vacancies: list[_Vacancy],
    ads: list[_Ad],
    ad_id: list[str],
    references: list[int],
) -> pd.DataFrame:
    rows = []
    for ad, identifier, number in zip(ads, ad_id, references, strict=True):
        vacancy = vacancies[ad.group]
        if ad.site == "guichet-emploi":  # its list is that of occupations
            category = vacancy.post[0]
        else:
            category = CATEGORIES[ad.site][OCCUPATIONS[vacancy.job].family]
        rows.append(
            (
                identifier,
                ad.site,
                _reference(ad.site, number),
                ad.title,
                _or_none(ad.company),
                ad.description,
                ad.place[0],
                ad.contract,
                _or_none(ad.pay.text),
                category,
                _date(ad.published),
                _date(ad.first),
                _date(ad.last),
                _date(ad.apply_by),
                ad.structured[0],
                ad.structured[1],
                _or_none(ad.structured[2]),
            )
        )
    return pd.DataFrame(rows, columns=_AD_COLUMNS)


_AD_COLUMNS = [
    *["ad_id", "site", "reference", "title", "company", "description", "location", "contract"],
    *["salary", "occupation", "published", "first_seen", "last_seen", "apply_by"],
    *["salary_min", "salary_max", "salary_unit"],
]


def _truth_table(
    vacancies: list[_Vacancy], ads: list[_Ad], ad_id: list[str], vacancy_id: dict[int, str]
) -> pd.DataFrame:
    rows = []
    for ad, identifier in zip(ads, ad_id, strict=True):
        vacancy = vacancies[ad.group]
        rows.append(
            {
                "ad_id": identifier,
                "vacancy_id": None if vacancy.kind == "ghost" else vacancy_id[ad.group],
                "kind": vacancy.kind,
                "copied_from": ad_id[ad.source] if 0 <= ad.source < len(ads) else None,
                "commune": _or_none(ad.place[1]),
                "departement": _or_none(ad.place[2]),
                "salary_low": ad.pay.low,
                "salary_high": ad.pay.high,
                "contract_code": vacancy.contract,
                "duration_months": ad.months or None,
                "rome": OCCUPATIONS[vacancy.job].code,
                "positions": vacancy.positions,
                "experience_years": vacancy.years if "experience" in ad.facts else None,
                "weekly_hours": vacancy.hours if "hours" in ad.facts else None,
                "starts": _date(vacancy.start) if "start" in ad.facts else None,
            }
        )
    return pd.DataFrame(rows)


def _vacancy_table(vacancies: list[_Vacancy], vacancy_id: dict[int, str]) -> pd.DataFrame:
    rows = []
    for group, identifier in vacancy_id.items():
        vacancy = vacancies[group]
        if vacancy.kind == "ghost":
            continue
        job, department = OCCUPATIONS[vacancy.job], department_of(vacancy.town).code
        stays = vacancy.kind == "evergreen" or vacancy.closed > LAST_DAY
        rows.append(
            {
                "vacancy_id": identifier,
                "rome": job.code,
                "executive": job.executive,
                "commune": commune_code(department, name_and_rank(COMMUNES[vacancy.town].name)[0]),
                "employer": vacancy.firm.name,
                "opened": _date(vacancy.opened),
                "filled": None if stays else _date(vacancy.closed),
                "positions": vacancy.positions,
                "salary_low": float(vacancy.low),
                "salary_high": float(vacancy.high),
                "contract_code": vacancy.contract,
            }
        )
    return pd.DataFrame(rows)


def _site_table() -> pd.DataFrame:
    rows = [(key, site.name, site.kind, site.about) for key, site in SITES.items()]
    return pd.DataFrame(rows, columns=["site", "name", "kind", "about"])


def _empty_market() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": pd.Series(dtype="datetime64[us]"),
            "region": pd.Series(dtype="str"),
            "family": pd.Series(dtype="str"),
            "vacancies": pd.Series(dtype="int64"),
            "executives": pd.Series(dtype="int64"),
        }
    )


def _market_table(dice: Dice) -> pd.DataFrame:
    """Return what a statistical office publishes of the whole labour market, to the ten."""
    regions: dict[str, float] = {}
    for town, share in enumerate(COMMUNE_SHARES.tolist()):
        region = departments()[department_of(town).code].region
        regions[region] = regions.get(region, 0.0) + share
    whole = sum(job.weight for job in OCCUPATIONS)
    rows = []
    for month, season in enumerate(MONTHS):
        for region in sorted(regions):
            for family in FAMILIES:
                jobs = [job for job in OCCUPATIONS if job.family == family]
                cell = MARKET / len(MONTHS) * season * regions[region] / whole
                counts = []
                for executive in (True, False):
                    weight = sum(job.weight for job in jobs if job.executive is executive)
                    drift = 0.9 + 0.2 * dice.uniform()
                    counts.append(round(cell * weight * drift / 10) * 10)
                day = datetime.datetime(2023, month + 1, 1)
                rows.append((day, region, family, sum(counts), counts[0]))
    return pd.DataFrame(rows, columns=["month", "region", "family", "vacancies", "executives"])


def _pair_table(vacancies: list[_Vacancy], ads: list[_Ad], ad_id: list[str]) -> pd.DataFrame:
    texts = [(ad.post, normalised(ad.description)) for ad in ads]
    groups: dict[int, list[int]] = {}
    for place, ad in enumerate(ads):
        groups.setdefault(ad.group, []).append(place)
    found = [
        (a, b, _pair_type(ads[a], ads[b], texts[a] == texts[b]))
        for places in groups.values()
        for a, b in itertools.combinations(places, 2)
    ]
    # Look-alikes, among what employers wrote themselves: one text, or one employer and one title
    alike: dict[tuple, list[int]] = {}
    for place, ad in enumerate(ads):
        vacancy = vacancies[ad.group]
        if ad.source >= 0:
            continue
        if vacancy.campaign is not None:
            alike.setdefault(("campaign", id(vacancy.campaign)), []).append(place)
        elif ad.company:
            alike.setdefault((vacancy.firm.name, ad.post), []).append(place)
    found += [
        (a, b, "non_duplicate")
        for places in alike.values()
        for a, b in itertools.combinations(places, 2)
        if ads[a].group != ads[b].group
    ]
    rows = [(*sorted((ad_id[a], ad_id[b])), kind) for a, b, kind in found]
    frame = pd.DataFrame(rows, columns=["ad_id_1", "ad_id_2", "type"])
    return frame.sort_values(["ad_id_1", "ad_id_2"])


def _pair_type(one: _Ad, other: _Ad, same_text: bool) -> str:
    if same_text:
        return "full"
    if one.facts != other.facts:
        return "partial"
    return "temporal" if abs(one.first - other.first) >= APART else "semantic"


# What the twin reaches


def count_planted(tables: dict[str, pd.DataFrame]) -> dict[tuple[str, str], int]:
    """Return the number of ads by kind and type of what is planted in them, as on the card."""
    ads, pairs = tables["truth/ads"], tables["truth/pairs"]
    counts = {
        ("error", "ghost"): int(ads["kind"].eq("ghost").sum()),
        ("legitimate", "evergreen"): int(ads["kind"].eq("evergreen").sum()),
    }
    for type_, rows in pairs.groupby("type"):
        kind = "legitimate" if type_ == "non_duplicate" else "error"
        concerned = pd.concat([rows["ad_id_1"], rows["ad_id_2"]]).nunique()
        counts[kind, str(type_)] = int(concerned)
    return counts


def measure_margins(twin: Block) -> dict[str, float]:
    """Return the share of the public employment service's ads that partners gave, in percent."""
    site = twin.tables["ads"].set_index("ad_id")["site"]
    copied = twin.truth["ads"].set_index("ad_id")["copied_from"].notna()
    return {"offers from partners": 100 * float(copied[site.eq("guichet-emploi")].mean())}


def jaccard(ads: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """Return the Jaccard index of the sets of words of titles and descriptions, pair by pair."""
    texts = ads["title"] + " " + ads["description"]
    sets = {
        key: set(normalised(text).split()) for key, text in zip(ads["ad_id"], texts, strict=True)
    }
    found = [
        len(sets[a] & sets[b]) / len(sets[a] | sets[b])
        for a, b in zip(pairs["ad_id_1"], pairs["ad_id_2"], strict=True)
    ]
    return pd.Series(found, index=pairs.index, dtype=float)


def salary_from_digits(text: str) -> tuple[float, float]:
    """Read a salary by taking every run of digits: the first and the last are its bounds."""
    runs = re.findall(r"\d+", text)
    return float(runs[0]), float(runs[-1])


def salary_from_size(text: str) -> tuple[float, float]:
    """Read a salary by its first and last number, and the unit by their size.

    Spaces within a number are left out, k stands for thousands; under 100 is an hour's pay, under
    10,000 a month's, the rest a year's. Net pay, a thirteenth month and bonuses are not seen.
    """
    thousands = re.search(r"\d\s*k", text, re.IGNORECASE) is not None
    found = []
    for run in re.findall(r"\d+(?:\s\d{3})*(?:[.,]\d+)?", text):
        number = float(re.sub(r"\s", "", run).replace(",", "."))
        if thousands:
            number *= 1000
        found.append(number * (YEAR_OF_HOURS if number < 100 else 12 if number < 10_000 else 1))
    return found[0], found[-1]


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how hard ads are to count, and their pay to read.

    Returns
    -------
    dict
        `ads_per_vacancy`; `full_share` … `partial_share` of the duplicate pairs; `hard_share` of
        them, whose words have a Jaccard index under 0.5; `look_alikes`, pairs of other vacancies
        with an index over it, over duplicate pairs; `exact_precision`, `exact_recall` of the pairs
        that agree in cleaned title, company and location, and `exact_count`, the number of
        different ones over that of vacancies; `executives_ads`, `executives_market`, shares;
        `digits_wrong` and `size_wrong`, shares of the salaries with a figure in them that
        `salary_from_digits` and `salary_from_size` miss by more than 1 %.
    """
    ads, pairs = twin.tables["ads"], twin.truth["pairs"]
    truth = twin.truth["ads"].set_index("ad_id").loc[ads["ad_id"]]
    duplicates = pairs["type"] != "non_duplicate"
    alike = jaccard(ads, pairs)
    counts = pairs.loc[duplicates, "type"].value_counts(normalize=True)
    vacancies = truth["vacancy_id"].nunique()

    columns = ads[["title", "company", "location"]].fillna("")
    keys = columns.map(normalised).agg("|".join, axis=1).to_numpy()
    by_key = pd.Series(ads["ad_id"].to_numpy()).groupby(keys).agg(list)
    exact = {tuple(sorted(pair)) for ids in by_key for pair in itertools.combinations(ids, 2)}
    real = set(zip(pairs.loc[duplicates, "ad_id_1"], pairs.loc[duplicates, "ad_id_2"], strict=True))
    executive = truth["rome"].isin([job.code for job in OCCUPATIONS if job.executive])
    market = twin.tables["market"]

    stated = ads["salary"].str.contains(r"\d", na=False).to_numpy()
    texts = ads.loc[stated, "salary"].tolist()
    bounds = truth.loc[stated, ["salary_low", "salary_high"]].to_numpy(float)

    return {
        "ads_per_vacancy": len(ads) / vacancies,
        **{
            f"{name}_share": float(counts.get(name, 0.0))
            for name in ("full", "semantic", "temporal", "partial")
        },
        "hard_share": float((alike[duplicates] < HARD_JACCARD).mean()),
        "look_alikes": float((alike[~duplicates] >= HARD_JACCARD).sum() / duplicates.sum()),
        "exact_precision": len(exact & real) / len(exact),
        "exact_recall": len(exact & real) / len(real),
        "exact_count": len(by_key) / vacancies,
        "executives_ads": float(executive.mean()),
        "executives_market": float(market["executives"].sum() / market["vacancies"].sum()),
        "digits_wrong": _wrong(texts, bounds, salary_from_digits),
        "size_wrong": _wrong(texts, bounds, salary_from_size),
    }


def _wrong(
    texts: list[str], bounds: np.ndarray, read: Callable[[str], tuple[float, float]]
) -> float:
    """Return the share of texts that `read` misses by more than 1 %, where a bound is stated."""
    found = np.array([read(text) for text in texts])
    missed = np.abs(found - bounds) > 0.01 * bounds  # False where a bound is missing
    return float(missed.any(axis=1).mean())
