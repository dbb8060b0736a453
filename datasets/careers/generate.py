"""The synthetic twin of career accounts: states and pay by year, for pension microsimulation.

People live through states (a job, unemployment, retirement …) and, where they work, through pay
that has an individual level, a persistent and a transitory part. An administrative source that
begins in 1979 records them; errors are planted in its rows. The truth keeps the process: what moves
people, what pay is made of, the years before the source, and other courses that the same careers
could have taken. The model, its sources and its limits are told on the data set's card.
"""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.words import Odds, Positive, Share, Text, Words, load_words

PEOPLE_PER_BLOCK = 250
CANDIDATES = 300  # drawn for them; those whom the source never sees are passed over
BIRTHS = (1942, 2000)
FIRST_YEAR, SOURCE_START, LAST_YEAR = 1957, 1979, 2023
BRANCHING = 2003  # the last year that the further courses of a career have in common
DRAWS = 5  # further courses of each career
LAST_AGE = 69
FULL_YEAR = 360  # days, twelve months of thirty
FRANCS = 6.55957  # francs a euro

HARD_FACTOR = 1.3
AT_MINIMUM = 1.01  # pay below this many times the minimum counts as the minimum

STATES = np.array(
    [
        *("private_executive", "private_other", "civil_service", "self_employed"),
        *("unemployed", "sick", "inactive", "abroad", "retired"),
    ]
)
EXECUTIVE, OTHER, CIVIL, SELF, UNEMPLOYED, SICK, INACTIVE, ABROAD, RETIRED = range(len(STATES))
JOBS = 4  # the first states are jobs
COUNTRIES = np.array(["FR", "EU", "AF", "XX"])
COUNTRY_SHARES = np.array([0.88, 0.05, 0.05, 0.02])  # assumption

# Quarters: pay of so many hours at the minimum wage of 1 January; days of the civil calendar
QUARTER_HOURS, QUARTER_HOURS_SINCE_2014 = 200, 150

# Net pay of 2023 from gross, for the margins only: rates of openfisca-france 176.1.8, and two
# assumptions for health insurance (EUR/month) and complementary schemes (of pay up to 4 ceilings).
CEILING = 3666.0
OLD_AGE, OLD_AGE_BELOW_CEILING = 0.004, 0.069
PENSION_BELOW, PENSION_ABOVE, PENSION_BALANCE = 0.0401, 0.0972, 0.0014
SOCIAL_LEVIES, LEVIES_ALLOWANCE, ALLOWANCE_CEILINGS = 0.097, 0.0175, 4
HEALTH, SCHEMES = 33.0, 0.027


class Constants(NamedTuple):
    """Constants of pay.

    The premium is what pay has over `floor`, both over the ceiling of the year; effects are on its
    logarithm. The first group was fitted to the published margins, once, its last two by hand; the
    others are assumptions.
    """

    level: float = -1.77  # of a man without experience
    executive: float = 0.45  # over intermediate professions
    woman: float = -0.17
    individual: float = 0.485  # standard deviation of the level of a person
    low: float = 0.023  # share of jobs paid the minimum itself, whatever the premium
    floor: float = 0.465

    experience: float = 0.042  # a year
    experience_squared: float = -0.00065
    woman_experience: float = -0.004
    school: float = 0.10
    intermediate: float = 0.30  # over clerks and workers
    civil_service: float = 0.05
    self_employed: float = -0.25
    growth: float = 0.05  # standard deviation of individual growth in ten years of experience
    persistence: float = 0.88
    initial: float = 0.20  # standard deviation of the persistent part in the first job
    shock_young: float = 0.22  # of its yearly shocks, at 20
    shock: float = 0.155  # at 35 and later
    shock_change: float = 0.22  # added on a change of state between jobs
    lost_a_year_out: float = 0.06  # of the persistent part, in a year without work
    lost_at_return: float = 0.10
    lost_in_slack: float = 0.08  # of those who begin or change, in a year whose slack is 1
    transitory: float = 0.06  # median standard deviation of the transitory part, on log pay
    transitory_spread: float = 0.55  # of its logarithm, over people
    moving_average: float = 0.40
    transitory_young: float = 0.5  # added, at 20, up to a factor
    transitory_self_employed: float = 4.0  # a factor


CONSTANTS = Constants()

# Assumptions: how often a row with pay carries each error, and how far it is off.
RISKS = {"lost_declaration": 0.010, "days_filled": 0.030, "francs": 0.002}
RISKS_HARDER = {"lost_declaration": 0.024, "days_filled": 0.07, "francs": 0.0005}
BACK_PAY, SEVERANCE = 0.003, 0.20

YearOf = Annotated[int, Field(ge=1900, le=2100)]


class Year(Words):
    """A year's institutions and circumstances."""

    year: YearOf
    minimum_wage: Positive
    """EUR an hour, on 1 January."""
    minimum_pay: Positive
    """EUR of a full-time year."""
    ceiling: Positive
    """EUR a year."""
    slack: float
    """Of the labour market: 0 in ordinary years, 1 or more in a deep recession."""
    pay: Positive
    """Level of pay over the ceiling, up to a factor."""


class Sector(Words):
    """A sector of private jobs."""

    code: Text
    share: Positive
    """Of jobs; all add up to 1."""
    pay: float
    """Log points of the premium."""


class Effects(Words):
    """What moves the log odds of a destination, by one unit of a variable."""

    school: float = 0
    """Age at the first job over that of the cohort, in 2.5 years."""
    skill: float = 0
    """Unobserved, standard normal; pay goes with it."""
    attachment: float = 0
    """Unobserved attachment to work, standard normal."""
    young: float = 0
    """Decades under 30."""
    old: float = 0
    """Spans of eight years over 52."""
    woman: float = 0
    foreign: float = 0
    """Born abroad."""
    mother: float = 0
    """Of a woman: 1 at 31, falling to 0 at 23 and 39."""
    mother_later: float = 0
    """The same, times cohorts after 1950, in 25 years."""
    slack: float = 0
    """Slack of the year."""
    slack_young: float = 0


class Target(Words):
    """Macro figures of a year, as a large run of the process gives them."""

    year: YearOf
    unemployment: Share
    average_pay: Positive


class CareersWords(Words):
    """`datasets/careers/words.yml`."""

    transitions: dict[str, Odds]
    effects: dict[str, Effects]
    holds: dict[str, float]
    sectors: tuple[Sector, ...]
    years: tuple[Year, ...]
    targets: tuple[Target, ...]

    @model_validator(mode="after")
    def _whole(self):
        moving = list(STATES[:RETIRED])
        for name in ("transitions", "effects", "holds"):
            if list(getattr(self, name)) != moving:
                raise ValueError(f"the states of {name} are not {moving}")
        for state, odds in self.transitions.items():
            if list(odds) != moving or abs(sum(odds.values()) - 1000) > 1e-6:
                raise ValueError(f"the chances of {state} do not add up to 1,000 over {moving}")
        if abs(sum(sector.share for sector in self.sectors) - 1) > 1e-6:
            raise ValueError("the shares of the sectors do not add up to 1")
        if [one.year for one in self.years] != list(range(FIRST_YEAR, LAST_YEAR + 1)):
            raise ValueError(f"years are not those from {FIRST_YEAR} to {LAST_YEAR}")
        if [one.year for one in self.targets] != list(range(SOURCE_START, LAST_YEAR + 1)):
            raise ValueError(f"years of targets are not those from {SOURCE_START} to {LAST_YEAR}")
        return self


WORDS = load_words("careers", CareersWords)
YEARS = pd.DataFrame([one.model_dump() for one in WORDS.years]).set_index("year")
OF_YEAR = YEARS.to_dict("index")
SECTORS = np.array([sector.code for sector in WORDS.sectors])
SECTOR_SHARES = np.array([sector.share for sector in WORDS.sectors])
SECTOR_PAY = np.array([sector.pay for sector in WORDS.sectors])
PUBLIC_SECTOR = int(np.flatnonzero(SECTORS == "OQ")[0])
LOG_ODDS = np.log([list(odds.values()) for odds in WORDS.transitions.values()])
EFFECTS = {
    name: np.array([getattr(effects, name) for effects in WORDS.effects.values()])
    for name in Effects.model_fields
}
HOLDS = np.array(list(WORDS.holds.values()))

PLAN = BlockPlan("careers", at_scale_1=8, most=5000, streams=5)
n_blocks = PLAN.count


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each of 250 people whom the source has seen.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 2,000 people, 10 ten times as many.
    harder : bool, default False
        Plant more small errors and fewer large ones.

    Yields
    ------
    Block
        Tables `careers` and, in the first block, `context`; truth `planted`, `process`, `people`,
        `futures` and, in the first block, `parameters`.
    """
    for number, streams in PLAN.draw(seed, scale):
        yield _block(number, streams, RISKS_HARDER if harder else RISKS)


def _block(number: int, streams: list[np.random.Generator], risks: dict[str, float]) -> Block:
    drawn = _people(streams[0])
    past, now = _live(streams[1], drawn, _newborn(len(drawn)), FIRST_YEAR, BRANCHING)
    later, _ = _live(streams[1], drawn, now.copy(), BRANCHING + 1, LAST_YEAR)
    process = pd.concat([past, later], ignore_index=True)

    seen = process[(process["days"] > 0) & (process["year"] >= SOURCE_START)]
    entry = seen.groupby("position")["year"].min().reindex(drawn.index)
    members = np.flatnonzero(entry.notna())[:PEOPLE_PER_BLOCK]
    assert len(members) == PEOPLE_PER_BLOCK, "too few candidates"  # a chance below 1e-12
    drawn = drawn.iloc[: members[-1] + 1]
    drawn = drawn[drawn["first_year"] <= LAST_YEAR].copy()
    drawn["entry"] = entry
    ranks = np.char.zfill(streams[4].permutation(len(drawn)).astype(str), 3)
    drawn["person"] = np.char.add(f"W{number:04d}", ranks)
    drawn["in_source"] = drawn["entry"].notna()

    process = process.merge(
        drawn[["person", "entry"]], left_on="position", right_index=True, validate="m:1"
    ).sort_values(["person", "year"], ignore_index=True)
    source = process[process["year"] >= process["entry"]].reset_index(drop=True)
    careers, planted = _record(streams[3], source, drawn, risks)

    branching = drawn[drawn["in_source"] & (drawn["first_year"] <= BRANCHING)]
    branching = branching[branching["birth_year"] + LAST_AGE > BRANCHING]
    futures = _futures(streams[2], branching, now)

    tables = {"careers": careers}
    truth = {
        "planted": planted,
        "process": _as_truth(process),
        "people": drawn.sort_values("person"),
        "futures": futures,
    }
    if number == 0:
        tables["context"] = _context()
        truth["parameters"] = _parameters()
    return Block(tables, truth)


def _people(rng: np.random.Generator) -> pd.DataFrame:
    """Return the candidates of a block, with what is theirs for life."""
    n = CANDIDATES
    first, last = BIRTHS
    spread = (rng.permutation(n) + rng.random(n)) / n
    birth = first + np.floor((last - first + 1) * spread).astype(int)
    country = rng.choice(len(COUNTRIES), n, p=COUNTRY_SHARES)
    skill = rng.standard_normal(n)
    attachment = 0.3 * skill + np.sqrt(1 - 0.3**2) * rng.standard_normal(n)
    usual = 17.8 + 0.075 * (birth - first)
    age = usual + 1.1 * skill + 1.5 * rng.standard_normal(n) + 0.8 * (country > 0)
    age = np.clip(np.rint(age), 15, 29).astype(int)
    # Skewed: a few are far above all others
    own = 0.40 * skill + 0.15 * attachment + 0.35 * rng.standard_normal(n)
    own = own + 0.85 * (rng.gamma(0.7, 1, n) - 0.7) / np.sqrt(0.7)
    return pd.DataFrame(
        {
            "birth_year": birth,
            "woman": rng.random(n) < 0.5,
            "country": country,
            "first_job_age": age,
            "first_year": birth + age,
            "school": np.clip((age - usual) / 2.5, -2, 2),
            "skill": skill,
            "attachment": attachment,
            "individual": CONSTANTS.individual * own,
            "growth": CONSTANTS.growth * rng.standard_normal(n),
            "transitory_sd": CONSTANTS.transitory
            * np.exp(CONSTANTS.transitory_spread * rng.standard_normal(n)),
        }
    )


class _Now(NamedTuple):
    """Where people stand at the end of a year: arrays of one length, -1 for no state yet."""

    state: np.ndarray
    years_in_state: np.ndarray
    worked: np.ndarray  # years that ended in a job
    insured: np.ndarray  # quarters
    persistent: np.ndarray
    transitory: np.ndarray  # the last shock
    category: np.ndarray  # of jobs in the private sector other than executives'
    sector: np.ndarray
    quota: np.ndarray  # of working time
    low: np.ndarray  # whether the job is paid the minimum

    def copy(self) -> "_Now":
        return _Now(*(one.copy() for one in self))

    def repeated(self, positions: np.ndarray, times: int) -> "_Now":
        return _Now(*(np.tile(one[positions], times) for one in self))


def _newborn(n: int) -> _Now:
    whole, zero = np.zeros(n, int), np.zeros(n)
    return _Now(
        *(whole - 1, whole, whole, whole, zero, zero, whole + 6, whole, zero + 1, whole > 0)
    )


def _live(
    rng: np.random.Generator, people: pd.DataFrame, now: _Now, first: int, last: int
) -> tuple[pd.DataFrame, _Now]:
    """Let people live through years; return what happens, by person and year, and where they are.

    `position` is that of the person among `people`.
    """
    columns = {name: people[name].to_numpy() for name in people}
    years = []  # arrays: a frame for each year costs more than all that is drawn in it
    for year in range(first, last + 1):
        row, now = _year(rng, columns, now, year)
        age = year - columns["birth_year"]
        alive = np.flatnonzero((year >= columns["first_year"]) & (age <= LAST_AGE))
        happened = {name: values[alive] for name, values in row.items()}
        years.append({"position": alive, "year": np.full(len(alive), year), **happened})
    lived = {name: np.concatenate([one[name] for one in years]) for name in years[0]}
    chances = lived.pop("chances")
    lived |= {f"chance_{state}": chances[:, code] for code, state in enumerate(STATES)}
    return pd.DataFrame(lived), now


def _year(
    rng: np.random.Generator, people: dict[str, np.ndarray], now: _Now, year: int
) -> tuple[dict[str, np.ndarray], _Now]:
    n = len(now.state)
    slack = OF_YEAR[year]["slack"]
    age = year - people["birth_year"]
    begins = year == people["first_year"]
    chances = np.where(begins[:, None], _first_chances(people), _chances(people, now, age, year))
    state = (rng.random(n)[:, None] > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
    state = np.where(year >= people["first_year"], state, -1)
    before = now.state
    works, worked = _in_job(state), _in_job(before)
    changes = works & (state != before)

    now = _jobs(rng, people, now, state, changes, age)
    persistent = _persistent(rng, now, age, works, worked, changes, begins, slack)
    shock = rng.standard_normal(n) * np.where(rng.random(n) < 0.03, 3.0, 1.0)
    # Pay of a year in which a job ends is that of the job. Without a job on either day, what days
    # there are come from a stopgap in the former category and sector.
    in_job = np.where(works, state, before)
    rate, transitory = _rate(people, now, in_job, age, year, persistent, shock)

    share = _share_of_year(rng, state, before, now, age, begins)
    quota = _quota(rng, people, now, age, works, changes)
    days = np.rint(FULL_YEAR * quota * share).astype(int)
    days = np.where(share > 0, np.maximum(days, 1), 0)
    gross = np.round(rate * days / FULL_YEAR, 2)
    category = np.select(
        [in_job == EXECUTIVE, in_job == CIVIL, in_job == SELF], [3, _grade(people), 2], now.category
    )
    quarters = quarters_of(gross, np.full(n, year))
    unpaid = np.isin(state, [UNEMPLOYED, SICK])
    same = state == before
    happens = {
        "state": state,
        "years_in_state": np.where(same, now.years_in_state + 1, 1),
        "rate": np.where(days > 0, rate, np.nan),
        "days": days,
        "gross": gross,
        "quarters": quarters,
        "share": share,
        "sector": np.where(days > 0, np.where(in_job == CIVIL, PUBLIC_SECTOR, now.sector), -1),
        "category": np.where(days > 0, category, -1),
        "persistent": persistent,
        "transitory": transitory,
        "left_job": worked & ~works,
        "chances": chances,
    }
    return happens, now._replace(
        state=state,
        years_in_state=happens["years_in_state"],
        worked=now.worked + works,
        insured=now.insured + np.where(unpaid, 4, quarters),
        persistent=persistent,
        transitory=shock,
        quota=quota,
    )


def _in_job(state: np.ndarray) -> np.ndarray:
    return (state >= 0) & (state < JOBS)


def _first_chances(people: dict[str, np.ndarray]) -> np.ndarray:
    school, skill = people["school"], people["skill"]
    odds = np.zeros((len(school), len(STATES)))
    odds[:, EXECUTIVE] = np.exp(-3.4 + 1.0 * school + 0.9 * skill)
    odds[:, OTHER] = 1
    odds[:, CIVIL] = np.exp(
        -1.8 + 0.2 * school + 0.3 * people["woman"] - 1.2 * (people["country"] > 0)
    )
    odds[:, SELF] = 0.025
    return odds / odds.sum(axis=1, keepdims=True)


def _chances(people: dict[str, np.ndarray], now: _Now, age: np.ndarray, year: int) -> np.ndarray:
    """Return the chances of each state of the year, people × states."""
    slack = OF_YEAR[year]["slack"]
    young = np.clip((30 - age) / 10, 0, 1.5)
    mother = people["woman"] * np.maximum(0, 1 - np.abs(age - 31) / 8)
    later = np.clip((people["birth_year"] - 1950) / 25, 0, 2)
    variables = {
        **{name: people[name] for name in ("school", "skill", "attachment", "woman")},
        "young": young,
        "old": np.clip((age - 52) / 8, 0, 2),
        "foreign": people["country"] > 0,
        "mother": mother,
        "mother_later": mother * later,
        "slack": np.full(len(age), slack),
        "slack_young": slack * young,
    }
    moving = np.where((now.state < 0) | (now.state == RETIRED), 0, now.state)
    utility = LOG_ODDS[moving]
    for name, effect in EFFECTS.items():
        utility = utility + np.asarray(variables[name], float)[:, None] * effect
    everyone = np.arange(len(age))
    years = np.clip(now.years_in_state, 1, 20)
    utility[everyone, moving] += HOLDS[moving] * np.log(years / 3)
    odds = np.exp(utility - utility.max(axis=1, keepdims=True))
    retires = np.where(now.state == RETIRED, 1.0, _retires(people, now, age))
    rest = odds / odds.sum(axis=1, keepdims=True) * (1 - retires)[:, None]
    return np.column_stack([rest, retires])


def _retires(people: dict[str, np.ndarray], now: _Now, age: np.ndarray) -> np.ndarray:
    """Return the chance of retiring, from age, quarters and state: a rough form of the rules.

    The legal age is 60 up to the cohort of 1950 and 62 from that of 1955; a full career takes 160
    to 172 quarters. Women count eight for children, whoever has some.
    """
    birth = people["birth_year"]
    legal = np.clip(60 + 0.4 * (birth - 1950), 60, 62)
    required = np.clip(160 + 0.5 * (birth - 1948), 160, 172)
    full = now.insured + 8 * people["woman"] >= required
    without = ~_in_job(now.state)
    past = np.where(full, 0.45, 0.16) + 0.15 * without
    at = np.where(full, 0.60, 0.20) + 0.15 * without
    early = np.where((age >= legal - 3) & full, 0.10, 0.0)
    early = early + np.where((age >= 55) & (now.state == CIVIL), 0.05, 0.0)
    early = early + np.where((age >= 57) & np.isin(now.state, [UNEMPLOYED, SICK]), 0.05, 0.0)
    return np.select([age >= 67, age > legal, age >= legal - 0.5], [0.75, past, at], early)


def _jobs(
    rng: np.random.Generator,
    people: dict[str, np.ndarray],
    now: _Now,
    state: np.ndarray,
    changes: np.ndarray,
    age: np.ndarray,
) -> _Now:
    """Return people with the category, sector and pay scheme of this year's job."""
    n = len(state)
    level = people["school"] + people["skill"]
    intermediate = 1 / (1 + np.exp(1.1 - 0.9 * level))
    clerk = np.where(people["woman"], 0.75, 0.28)
    dice = rng.random(n)
    fresh = np.where(dice < intermediate, 4, np.where(rng.random(n) < clerk, 5, 6))
    category = np.where(changes & (now.state < 0), fresh, now.category)
    promoted = (rng.random(n) < 0.03 * intermediate) & (state == OTHER)
    category = np.where((now.state == EXECUTIVE) & (state == OTHER), 4, category)
    category = np.where(promoted, 4, category)
    moves = rng.random(n) < np.where(changes, 0.45, 0.03)
    moves |= now.state < 0
    sector = np.searchsorted(np.cumsum(SECTOR_SHARES[:-1]), rng.random(n))
    redrawn = changes | (rng.random(n) < 0.10)
    risk = CONSTANTS.low * np.exp(-0.8 * level + 0.6 * (age < 26))
    low = np.where(redrawn, rng.random(n) < risk, now.low) & (state != EXECUTIVE)
    return now._replace(category=category, sector=np.where(moves, sector, now.sector), low=low)


def _persistent(
    rng: np.random.Generator,
    now: _Now,
    age: np.ndarray,
    works: np.ndarray,
    worked: np.ndarray,
    changes: np.ndarray,
    begins: np.ndarray,
    slack: float,
) -> np.ndarray:
    """Return the persistent part of the log premium this year."""
    c, n = CONSTANTS, len(age)
    youth = np.clip((35 - age) / 15, 0, 1)
    scale = c.shock + (c.shock_young - c.shock) * youth + c.shock_change * (changes & worked)
    value = c.persistence * now.persistent + scale * rng.standard_normal(n)
    value = np.where(begins, c.initial * rng.standard_normal(n), value)
    value = value - c.lost_a_year_out * ~works
    value = value - c.lost_at_return * (works & ~worked & ~begins)
    return value - c.lost_in_slack * slack * changes


def _rate(
    people: dict[str, np.ndarray],
    now: _Now,
    in_job: np.ndarray,
    age: np.ndarray,
    year: int,
    persistent: np.ndarray,
    shock: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return pay of a full-time year (EUR), and its transitory part in log points."""
    c = CONSTANTS
    experience = np.minimum(now.worked, 38)
    premium = (
        c.level
        + c.executive * (in_job == EXECUTIVE)
        + c.civil_service * (in_job == CIVIL)
        + c.self_employed * (in_job == SELF)
        + c.intermediate * ((in_job == EXECUTIVE) | ((in_job == OTHER) & (now.category == 4)))
        + (c.woman + c.woman_experience * experience) * people["woman"]
        + c.school * people["school"]
        + (c.experience + 0.006 * people["school"]) * experience
        + c.experience_squared * experience**2
        + np.where(in_job < CIVIL, SECTOR_PAY[now.sector], 0)
        + people["individual"]
        + people["growth"] * (experience - 10) / 10
        + persistent
    )
    scale = people["transitory_sd"] * (1 + c.transitory_young * np.clip((35 - age) / 15, 0, 1))
    scale = scale * np.where(in_job == SELF, c.transitory_self_employed, 1)
    transitory = scale * (shock + c.moving_average * now.transitory)
    level = OF_YEAR[year]["ceiling"] * OF_YEAR[year]["pay"]
    floor = c.floor * np.where(in_job == SELF, 0.5, 1)
    pay = level * (floor + np.exp(premium)) * np.exp(transitory)
    minimum = OF_YEAR[year]["minimum_pay"]
    lowest = np.where(now.low, minimum, np.maximum(pay, minimum))
    return np.where(in_job == SELF, pay, lowest), transitory


def _share_of_year(
    rng: np.random.Generator,
    state: np.ndarray,
    before: np.ndarray,
    now: _Now,
    age: np.ndarray,
    begins: np.ndarray,
) -> np.ndarray:
    """Return the share of the year in a job; the state is that of 31 December."""
    n = len(state)
    works, worked = _in_job(state), _in_job(before)
    broken = 0.03 + 0.13 * ((now.years_in_state <= 2) & (state == OTHER)) + 0.06 * (age < 27)
    broken = np.where(state == CIVIL, 0.01, broken)
    part = rng.uniform(0.05, 0.97, n)
    kept = np.where(rng.random(n) < broken, 0.3 + 0.7 * part, 1.0)
    stopgap = np.select([state == UNEMPLOYED, state == INACTIVE], [0.25, 0.03], 0.0)
    little = np.where(rng.random(n) < stopgap, 0.4 * part, 0.0)
    return np.select([begins, works & worked, works | worked], [part, kept, part], little)


def _quota(
    rng: np.random.Generator,
    people: dict[str, np.ndarray],
    now: _Now,
    age: np.ndarray,
    works: np.ndarray,
    changes: np.ndarray,
) -> np.ndarray:
    """Return working time over full time: part time lasts for years and is mostly women's."""
    n = len(age)
    mother = np.clip(1 - np.abs(age - 36) / 12, 0, 1)
    begins = np.where(people["woman"], 0.02 + 0.06 * mother, 0.008) + 0.06 * changes
    begins = begins * np.exp(-0.4 * people["attachment"])
    part = np.array([0.5, 0.6, 0.8])[rng.integers(0, 3, n)]
    dice = rng.random(n)
    starts = (now.quota == 1) & (dice < begins)
    ends = (now.quota < 1) & (dice < np.where(people["woman"], 0.13, 0.30))
    return np.where(works & starts, part, np.where(works & ends, 1.0, now.quota))


def _grade(people: dict[str, np.ndarray]) -> np.ndarray:
    """Return the category of civil servants, from schooling and skill."""
    level = people["school"] + 0.7 * people["skill"]
    return np.select([level > 0.7, level > -0.4], [3, 4], 5)


def quarters_of(gross, year) -> np.ndarray:
    """Return the quarters validated by a year's pay, at most 4.

    One takes the pay of 200 hours at the minimum wage of 1 January, of 150 since 2014. Quarters of
    unemployment, sickness and children are not counted. The rule stands for earlier ones before
    1972.

    Parameters
    ----------
    gross : array of shape (n,)
        EUR of the year.
    year : array of int of shape (n,)
        From 1957 to 2023.

    Raises
    ------
    KeyError
        If a year is another one.
    """
    hours = np.where(np.asarray(year) < 2014, QUARTER_HOURS, QUARTER_HOURS_SINCE_2014)
    place = YEARS.index.get_indexer(year)
    if (place < 0).any():
        raise KeyError(f"years are those from {FIRST_YEAR} to {LAST_YEAR}")
    one = hours * YEARS["minimum_wage"].to_numpy()[place]
    return np.minimum(np.floor(np.asarray(gross) / one + 1e-9), 4).astype(int)


def _coded(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the labels of codes, None where a code is -1."""
    return np.append(labels.astype(object), None)[codes]


def _categories(codes: np.ndarray) -> np.ndarray:
    return _coded(codes, np.array(["", "", "2", "3", "4", "5", "6"]))


def _record(
    rng: np.random.Generator, source: pd.DataFrame, people: pd.DataFrame, risks: dict[str, float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the source with their errors, and what each that carries one carries."""
    n = len(source)
    year, state = source["year"].to_numpy(), source["state"].to_numpy()
    true_days, paid = source["days"].to_numpy(), source["days"].to_numpy() > 0
    part_year = paid & (source["share"].to_numpy() < 1)

    severed = source["left_job"].to_numpy() & (rng.random(n) < SEVERANCE)
    late = paid & (rng.random(n) < BACK_PAY) & ~severed
    usual = np.where(paid, source["rate"], 0.0)
    extra = severed * usual * rng.uniform(0.1, 0.9, n) + late * usual * rng.uniform(0.1, 0.6, n)
    true_gross = np.round(source["gross"].to_numpy() + extra, 2)

    dice = rng.random(n)
    error = np.full(n, "", object)
    possible = {
        "lost_declaration": paid & (true_days > 30),
        "days_filled": paid & (true_days < 0.97 * FULL_YEAR) & (true_days > 60),
        "francs": paid & (year < 2002),
    }
    left = 0.0
    for name, risk in risks.items():
        error[possible[name] & (dice >= left) & (dice < left + risk)] = name
        left += risk
    lost = np.round(true_gross * (1 - rng.uniform(0.05, 0.35, n)), 2)
    gross = np.select(
        [error == "lost_declaration", error == "francs"],
        [lost, np.round(true_gross * FRANCS, 2)],
        true_gross,
    )
    days = np.where(error == "days_filled", FULL_YEAR, true_days)

    person = people.loc[source["position"].to_numpy()]
    careers = pd.DataFrame(
        {
            "person": source["person"],
            "sex": np.where(person["woman"], "2", "1"),
            "birth_year": person["birth_year"].to_numpy(),
            "birth_country": COUNTRIES[person["country"]],
            "first_job_age": person["first_job_age"].to_numpy(),
            "year": year,
            "state": STATES[state],
            "gross": gross,
            "days": days,
            "quarters": quarters_of(gross, year),
            "sector": _coded(source["sector"].to_numpy(), SECTORS),
            "category": _categories(source["category"].to_numpy()),
        }
    )
    wrong = error != ""
    type_ = np.select(
        [wrong, severed, late, part_year], [error, "severance", "back_pay", "part_year"], ""
    )
    safe = np.where(paid, true_gross, 1.0)
    factor = np.maximum(gross / safe, safe / np.where(paid, gross, 1.0))
    factor = np.where(error == "days_filled", days / np.maximum(true_days, 1), factor)
    over = np.where(part_year & ~severed & ~late, 1 / np.maximum(source["share"], 1e-9), 0)
    over = np.where(severed | late, safe / np.maximum(source["gross"], 0.01), over)
    severity = np.round(np.where(wrong, factor, over), 4)
    carried = np.flatnonzero(type_ != "")
    planted = pd.DataFrame(
        {
            "person": source["person"],
            "year": year,
            "kind": np.where(wrong, "error", "legitimate"),
            "type": type_,
            "severity": severity,
            "hard": wrong & (severity <= HARD_FACTOR),
            "true_gross": true_gross,
            "true_days": true_days,
            "true_quarters": quarters_of(true_gross, year),
        }
    )
    return careers, planted.iloc[carried]


def _as_truth(process: pd.DataFrame) -> pd.DataFrame:
    truth = process.rename(columns={"rate": "full_time_pay"})
    truth["in_source"] = truth["year"] >= truth["entry"]
    truth["state"] = STATES[truth["state"]]
    truth["sector"] = _coded(process["sector"].to_numpy(), SECTORS)
    truth["category"] = _categories(process["category"].to_numpy())
    return truth


def _futures(rng: np.random.Generator, people: pd.DataFrame, now: _Now) -> pd.DataFrame:
    """Return further courses of careers from the year after `BRANCHING`, by draw."""
    again = pd.concat([people] * DRAWS, ignore_index=True)
    courses, _ = _live(
        rng, again, now.repeated(people.index.to_numpy(), DRAWS), BRANCHING + 1, LAST_YEAR
    )
    position = courses["position"].to_numpy()
    return pd.DataFrame(
        {
            "draw": 1 + position // max(len(people), 1),
            "person": again["person"].to_numpy()[position],
            "year": courses["year"],
            "state": STATES[courses["state"]],
            "gross": courses["gross"],
            "days": courses["days"],
        }
    ).sort_values(["draw", "person", "year"], ignore_index=True)


def _context() -> pd.DataFrame:
    targets = pd.DataFrame([one.model_dump() for one in WORDS.targets])
    return targets.merge(YEARS, left_on="year", right_index=True, validate="1:1")


def _parameters() -> pd.DataFrame:
    """Return the constants of pay and of transitions, by name."""
    values = {f"pay.{name}": value for name, value in CONSTANTS._asdict().items()}
    for state, odds in WORDS.transitions.items():
        values |= {f"transition.{state}.{to}": value for to, value in odds.items()}
    for state, effects in WORDS.effects.items():
        values |= {
            f"effect.{state}.{name}": value
            for name, value in effects.model_dump().items()
            if value != 0
        }
    values |= {f"holds.{state}": value for state, value in WORDS.holds.items()}
    values |= {f"sector_pay.{sector.code}": sector.pay for sector in WORDS.sectors}
    for one in WORDS.years:
        values |= {f"slack.{one.year}": one.slack, f"pay_level.{one.year}": one.pay}
    return pd.DataFrame({"parameter": list(values), "value": list(values.values())})


def count_planted(tables: dict[str, pd.DataFrame]) -> dict[tuple[str, str], int]:
    """Return the rows of `careers` by kind and type of what they carry."""
    return tables["truth/planted"].groupby(["kind", "type"]).size().to_dict()


def net_of(gross) -> np.ndarray:
    """Return monthly pay of 2023 after employees' contributions and levies, before income tax.

    The schedule of a full-time employee, ceilings month by month. Health insurance and
    complementary schemes are assumptions, such that mean net over mean gross is as published.

    Parameters
    ----------
    gross : array of shape (n,)
        EUR/month, full-time equivalent.
    """
    gross = np.asarray(gross, float)
    below, above = np.minimum(gross, CEILING), np.clip(gross - CEILING, 0, 7 * CEILING)
    balance = np.where(gross > CEILING, np.minimum(gross, 8 * CEILING), 0)
    levied = gross - LEVIES_ALLOWANCE * np.minimum(gross, ALLOWANCE_CEILINGS * CEILING)
    return (
        gross
        - OLD_AGE * gross
        - (OLD_AGE_BELOW_CEILING + PENSION_BELOW) * below
        - PENSION_ABOVE * above
        - PENSION_BALANCE * balance
        - SOCIAL_LEVIES * levied
        - HEALTH
        - SCHEMES * np.minimum(gross, 4 * CEILING)
    )


def true_rows(twin: Block) -> pd.DataFrame:
    """Return the rows of `careers` with their true pay and days."""
    rows = twin.tables["careers"].merge(
        twin.truth["planted"], on=["person", "year"], how="left", validate="1:1"
    )
    for name in ("gross", "days", "quarters"):
        rows[name] = rows[f"true_{name}"].fillna(rows[name])
    return rows[list(twin.tables["careers"])]


def measure_margins(twin: Block, weights: np.ndarray | None = None) -> dict[str, float]:
    """Return the margins of pay in 2023 of private employees, by their name on the card.

    A row weighs its days; pay is that of a full-time month, true and not as recorded.

    Parameters
    ----------
    twin : Block
        A twin.
    weights : ndarray of float, optional
        Of each row of `careers`, for a bootstrap; 1 by default.
    """
    rows = true_rows(twin)
    chosen = (
        (rows["year"] == LAST_YEAR)
        & rows["state"].isin(STATES[[EXECUTIVE, OTHER]])
        & (rows["days"] > 0)
    ).to_numpy()
    weight = np.ones(len(rows)) if weights is None else np.asarray(weights, float)
    rows, weight = rows[chosen], weight[chosen] * rows["days"].to_numpy()[chosen]
    gross = (rows["gross"] / rows["days"]).to_numpy() * FULL_YEAR / 12
    net = net_of(gross)
    woman = (rows["sex"] == "2").to_numpy()
    order = np.argsort(net, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()

    def quantile(level: float) -> float:
        return net[order][np.searchsorted(share, level)]

    def mean(values: np.ndarray, among=slice(None)) -> float:
        return (weight[among] * values[among]).sum() / weight[among].sum()

    reached = {
        "mean gross": mean(gross),
        "mean net": mean(net),
        "median net": quantile(0.5),
        "D1 net": quantile(0.1),
        "D9 net": quantile(0.9),
        "P99 net": quantile(0.99),
        "women minus men": 100 * (mean(net, woman) / mean(net, ~woman) - 1),
    }
    return {name: float(value) for name, value in reached.items()}


def measure_years(twin: Block) -> pd.DataFrame:
    """Return the macro figures of each year, as the source would give them without its errors.

    Returns
    -------
    DataFrame
        By year: `unemployment`, the unemployed over them and all with a job on 31 December;
        `average_pay`, EUR/month of full-time private employment.
    """
    rows = true_rows(twin)
    active = rows[rows["state"].isin(STATES[: UNEMPLOYED + 1])]
    private = rows[rows["state"].isin(STATES[[EXECUTIVE, OTHER]])].groupby("year")
    return pd.DataFrame(
        {
            "unemployment": active["state"].eq("unemployed").groupby(active["year"]).mean(),
            "average_pay": private["gross"].sum() / private["days"].sum() * FULL_YEAR / 12,
        }
    )


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return what is planted, what there is to reproduce, and how a naive simulation fails.

    The naive simulation regresses true log pay, over the ceiling of the year, on that of the year
    before, on age, its square and sex, by least squares on employees up to 2003. From their pay of
    2003 it runs on to 2023 without drawing residuals, for employees who have pay in each of these
    years.

    Returns
    -------
    dict
        Of rows with pay: `prevalence` of errors, `hard_share` among these, `legitimate_share`,
        `part_year_share`, `minimum_share` of true pay at the minimum, of private employees, and
        `above_ceiling_share`. Of people: `truncated_share`, who had a job before the source began;
        `late_share`, who had one and are seen only later than its first year; `unseen_share`, whom
        it never sees, over all who were drawn; `full_career_share`, cohorts 1954 to 1963 with four
        quarters in each year from 25 to 55. Of log pay of employees: `variance_30` and
        `variance_50`, over ages 28 to 32 and 48 to 52, `autocorrelation_1` and
        `autocorrelation_10`. `unemployment_2007` and `unemployment_2010`. Of the naive simulation:
        `naive_variance_ratio`, the variance of log pay in 2023 over that observed;
        `naive_decile_ratio`, D9/D1 of the earnings of 2004 to 2023 in ceilings, over that observed.
    """
    rows, planted, people = true_rows(twin), twin.truth["planted"], twin.truth["people"]
    paid = rows[rows["days"] > 0]
    errors = planted[planted["kind"] == "error"]
    private = paid[paid["state"].isin(STATES[[EXECUTIVE, OTHER]])]
    full_time = private["gross"] / private["days"] * FULL_YEAR
    minimum = private["year"].map(YEARS["minimum_pay"])

    begun = people["first_year"] < SOURCE_START
    late = people["entry"] > SOURCE_START
    older = rows[rows["birth_year"].between(1954, 1963)]
    prime = older[(older["year"] - older["birth_year"]).between(25, 55)]
    whole = (prime["quarters"] == 4).groupby(prime["person"]).sum() == 31
    of_older = older["person"].nunique()

    pay = _log_pay(rows)
    spread = {
        age: pay.loc[(pay["age"] - age).abs() <= 2, "log_pay"].var(ddof=0) for age in (30, 50)
    }
    years = measure_years(twin)["unemployment"]
    naive = _naive_simulation(pay)
    reached = {
        "prevalence": len(errors) / len(paid),
        "hard_share": errors["hard"].mean(),
        "legitimate_share": (planted["kind"] == "legitimate").sum() / len(paid),
        "part_year_share": (planted["type"] == "part_year").sum() / len(paid),
        "minimum_share": (full_time < AT_MINIMUM * minimum).mean(),
        "above_ceiling_share": (paid["gross"] > paid["year"].map(YEARS["ceiling"])).mean(),
        "truncated_share": (begun & people["in_source"]).sum() / people["in_source"].sum(),
        "late_share": (begun & late).sum() / people["in_source"].sum(),
        "unseen_share": (~people["in_source"]).mean(),
        "full_career_share": whole.sum() / of_older,
        "variance_30": spread[30],
        "variance_50": spread[50],
        "autocorrelation_1": _autocorrelation(pay, 1),
        "autocorrelation_10": _autocorrelation(pay, 10),
        "unemployment_2007": years.loc[2007],
        "unemployment_2010": years.loc[2010],
        **naive,
    }
    return {name: float(value) for name, value in reached.items()}


def _log_pay(rows: pd.DataFrame) -> pd.DataFrame:
    """Return log pay of a full-time year over the ceiling, of employees with pay, by year."""
    rows = rows[(rows["days"] > 0) & rows["state"].isin(STATES[[EXECUTIVE, OTHER, CIVIL]])]
    ceiling = rows["year"].map(YEARS["ceiling"])
    return pd.DataFrame(
        {
            "person": rows["person"],
            "year": rows["year"],
            "age": rows["year"] - rows["birth_year"],
            "woman": rows["sex"] == "2",
            "log_pay": np.log(rows["gross"] / rows["days"] * FULL_YEAR / ceiling),
        }
    )


def _autocorrelation(pay: pd.DataFrame, lag: int) -> float:
    earlier = pay[["person", "year", "log_pay"]].assign(year=pay["year"] + lag)
    pairs = pay.merge(earlier, on=["person", "year"], suffixes=("", "_before"), validate="1:1")
    return pairs["log_pay"].corr(pairs["log_pay_before"])


def _naive_simulation(pay: pd.DataFrame) -> dict[str, float]:
    earlier = pay[["person", "year", "log_pay"]].assign(year=pay["year"] + 1)
    pairs = pay.merge(earlier, on=["person", "year"], suffixes=("", "_before"), validate="1:1")
    pairs = pairs[pairs["year"] <= BRANCHING]

    def design(before, age, woman) -> np.ndarray:
        age = np.asarray(age, float) / 10
        return np.column_stack([np.ones(len(age)), before, age, age**2, woman])

    regressors = design(pairs["log_pay_before"], pairs["age"], pairs["woman"])
    slopes = np.linalg.lstsq(regressors, pairs["log_pay"].to_numpy(), rcond=None)[0]
    start = pay[pay["year"] == BRANCHING].set_index("person")
    later = pay[pay["year"] >= BRANCHING]
    wide = later.pivot_table(index="person", columns="year", values="log_pay").dropna()
    start = start.loc[wide.index]
    simulated, observed = [start["log_pay"].to_numpy()], wide.to_numpy()
    for passed in range(1, LAST_YEAR - BRANCHING + 1):
        simulated.append(design(simulated[-1], start["age"] + passed, start["woman"]) @ slopes)
    simulated = np.column_stack(simulated)

    def deciles(log_pay: np.ndarray) -> float:
        low, high = np.quantile(np.exp(log_pay[:, 1:]).sum(axis=1), [0.1, 0.9])
        return high / low

    return {
        "naive_variance_ratio": simulated[:, -1].var() / observed[:, -1].var(),
        "naive_decile_ratio": deciles(simulated) / deciles(observed),
    }
