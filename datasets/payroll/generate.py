"""The synthetic twin of payroll declarations (DSN): private sector, 2023.

A year of pay is simulated month by month for every post (an employee in an establishment); the
annual file is its sum, the declarations are its months of April, May and June. Errors are then
planted in the declarations and the truth is kept apart. The model, its sources and its limits are
told on the data set's card.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from pydantic import model_validator
from scipy.special import ndtri

from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.geography import departments
from ssplab.data.twins.words import Odds, Positive, Share, Text, Words, load_words

ESTABLISHMENTS_PER_BLOCK = 200

HARD_FACTOR = 1.3
REVIEW_BUDGET = 0.02

YEAR_START = np.datetime64("2023-01-01")
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MONTH_START = np.concatenate([[0], np.cumsum(MONTH_DAYS)[:-1]])
YEAR_DAYS = 365
DECLARED = (3, 4, 5)  # April, May, June: around the minimum wage's rise and the June bonuses

# Minimum wage, ceiling and employees' contribution rates: parameters of openfisca-france 176.1.8.
MINIMUM_WAGE = np.where(np.arange(12) < 4, 11.27, 11.52)  # EUR/h, by month
FULL_TIME_HOURS = 151.67  # h/month, 35 hours a week
LONG_WEEK_HOURS = 17.33  # h/month beyond it, of a 39-hour week, paid as overtime
CEILING = 3666.0  # EUR/month, the social security ceiling
OLD_AGE, OLD_AGE_BELOW_CEILING = 0.004, 0.069
PENSION_BELOW, PENSION_ABOVE = 0.0315 + 0.0086, 0.0864 + 0.0108
PENSION_BALANCE = 0.0014  # on all pay, once it passes the ceiling
PENSION_CEILINGS = 8
SOCIAL_LEVIES, LEVIES_ALLOWANCE, ALLOWANCE_CEILINGS = 0.092 + 0.005, 0.0175, 4
OVERTIME_RELIEF = 0.1131

CATEGORIES = np.array(["3", "4", "5", "6"])
CATEGORY_COLUMNS = ["executives", "intermediate", "clerks", "workers"]
ILE_DE_FRANCE = "11"  # official code of the region

QUOTAS = np.array([0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
QUOTA_SHARES = np.array([0.06, 0.10, 0.24, 0.12, 0.10, 0.30, 0.08])
PART_TIME = {"1": np.array([0.04, 0.05, 0.14, 0.06]), "2": np.array([0.14, 0.20, 0.34, 0.27])}
AT_MINIMUM = np.array([0.0, 0.03, 0.16, 0.13])
FIXED_TERM = np.array([0.05, 0.09, 0.20, 0.14])
BONUS_AMOUNTS = np.array([300.0, 500.0, 800.0, 1000.0, 1500.0, 2000.0, 3000.0])
BONUS_SHARES = np.array([0.10, 0.18, 0.17, 0.26, 0.15, 0.08, 0.06])
BONUS_MONTHS = np.array([9, 6, 9, 4, 5, 9, 5, 2, 6, 7, 10, 28]) / 100
THIRTEENTH = np.array(["none", "december", "june_december"])


class Calibration(NamedTuple):
    """Constants fitted by simulation, once, so that the true margins meet the published ones.

    `datasets/payroll/calibrate.py` fits them; the generator never does.
    """

    # By category: median premium over the minimum wage, standard deviation of its logarithm
    premium: tuple[float, ...] = (1.0225, 0.7507, 0.4749, 0.4508)
    spread: tuple[float, ...] = (0.3593, 0.5504, 0.5693, 0.5287)
    tail: float = 2.3173  # Pareto exponent of executives' pay
    floor: float = 0.0773  # premium below which one is paid the minimum
    women: float = -0.2178  # log points of the premium, other things equal
    overtime: float = 0.1308  # share of posts and months
    schemes: float = 0.0292  # contribution rate of complementary schemes


CALIBRATION = Calibration()

# Rates of error are assumptions: none is published.
RISKS = {
    # type: chance (%) in a declaration where it is possible, of software that is as prone as most
    "below_minimum": 1.40,
    "net_above_gross": 0.12,
    "gross_net_swapped": 0.14,
    "hours_in_days": 0.11,
    "hours_in_hundredths": 0.09,
    "annual_hours": 0.10,
    "decimal_shift": 0.16,
    "hours_without_pay": 0.10,
    "pay_without_hours": 0.11,
    "duplicate": 0.10,
}
PERSISTENT = (  # half of them stand in all three months of a post
    *("below_minimum", "gross_net_swapped", "hours_in_days"),
    *("hours_in_hundredths", "annual_hours", "pay_without_hours"),
)
PART_TIME_AS_FULL = 0.034  # chance of a part-time post, times its quota cubed
FAULTY_PER_BLOCK = 2  # establishments wrong as a whole
FAULTY_SIZES = (4, 14)  # small enough not to make a sample's prevalence
FAULTS = np.array(["weeks", "taxable_net", "days", "decimal"])
FAULT_SHARES = np.array([0.48, 0.36, 0.08, 0.08])


class Activity(Words):
    """Establishments of an activity."""

    a38: Text
    """Its section of A38, then of A17."""
    a17: Text
    share: Positive
    """Of establishments, up to their sum."""
    executives: Share
    """Shares of the occupational categories among posts, which add up to 1."""
    intermediate: Share
    clerks: Share
    workers: Share
    women: Share
    """Share of women among posts."""
    pay: float
    """Log points."""

    @model_validator(mode="after")
    def _whole(self):
        if abs(sum(getattr(self, column) for column in CATEGORY_COLUMNS) - 1) > 1e-6:
            raise ValueError(f"the shares of {self.a38}'s categories do not add up to 1")
        return self


class Software(Words):
    """A payroll software, invented."""

    name: Text
    share: Share
    """Of establishments; all add up to 1."""
    fault_prone: Positive
    """How often establishments are wrong as a whole, up to a factor."""
    prone: Odds
    """How often each error of `RISKS` stands in a declaration, up to a factor."""

    @model_validator(mode="after")
    def _every_risk(self):
        if set(self.prone) != set(RISKS):
            raise ValueError(f"{self.name} is prone to {list(self.prone)}, not to {list(RISKS)}")
        return self


class PayrollWords(Words):
    """`datasets/payroll/words.yml`."""

    activities: tuple[Activity, ...]
    departments: Odds
    """Of establishments, by code."""
    software: tuple[Software, ...]


WORDS = load_words("payroll", PayrollWords)
ACTIVITIES = pd.DataFrame([activity.model_dump() for activity in WORDS.activities])
SPORT = int(np.flatnonzero(ACTIVITIES["a38"] == "RZ")[0])
TEMPORARY_WORK = int(np.flatnonzero(ACTIVITIES["a38"] == "NZ")[0])
DEPARTMENTS = pd.Series(WORDS.departments)
SOFTWARE = np.array([software.name for software in WORDS.software])
SOFTWARE_SHARES = np.array([software.share for software in WORDS.software])
FAULT_PRONE = np.array([software.fault_prone for software in WORDS.software])

PLAN = BlockPlan("payroll", at_scale_1=8, most=5000, streams=5)
n_blocks = PLAN.count


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each of 200 establishments and their posts.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives about 20,000 posts, 10 ten times as many.
    harder : bool, default False
        Divide by four the planted errors that change a value by a large factor, and plant three
        times as many below the minimum wage instead.

    Yields
    ------
    Block
        Tables `declarations`, `posts`, `establishments`; truth `declarations`, `posts`.
    """
    for number, streams in PLAN.draw(seed, scale):
        yield _block(number, streams, harder)


def _block(number: int, streams: list[np.random.Generator], harder: bool) -> Block:
    establishments = _establishments(streams[0], number)
    posts = _posts(streams[1], number, establishments)
    year = _year(streams[2], posts)
    true = _declarations(posts, year)
    declared, planted = _plant(streams[3], true, posts, establishments, harder)
    declared["declaration_id"] = _identifiers("D", number, streams[4].permutation(len(declared)))
    planted["declaration_id"] = declared["declaration_id"]

    annual = pd.DataFrame(
        {
            "post_id": posts["post_id"],
            "true_work_time": posts["work_time"],
            "true_quota": posts["quota"],
            "true_gross": year.gross.sum(axis=1).round(2),
            "true_net": year.net.sum(axis=1).round(2),
            "true_bonus": year.bonus.sum(axis=1).round(2),
            "true_hours": year.hours.sum(axis=1).round(2),
        }
    )
    posts["days"] = year.days
    posts = _as_declared(posts, annual, declared, true)
    # Sorted by identifiers drawn at random: order tells nothing
    posts = posts.sort_values(["siret", "post_id"])
    annual = annual.loc[posts.index]
    declared = declared.sort_values(["siret", "post_id", "month", "declaration_id"])
    planted = planted.loc[declared.index]
    return Block(
        {
            "declarations": declared.drop(columns="post"),
            "posts": posts,
            "establishments": establishments[
                [
                    *["siret", "siren", "a38", "a17", "department", "size"],
                    *["weekly_hours", "thirteenth", "software"],
                ]
            ],
        },
        {"declarations": planted[planted["kind"] != ""], "posts": annual},
    )


def _identifiers(letter: str, block: int, ranks) -> np.ndarray:
    return np.char.add(f"{letter}{block:04d}", np.char.zfill(np.asarray(ranks).astype(str), 6))


def _spread_uniform(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return n uniform numbers, one in each of n equal intervals, in random order."""
    return (rng.permutation(n) + rng.random(n)) / n


def _establishments(rng: np.random.Generator, block: int) -> pd.DataFrame:
    n = ESTABLISHMENTS_PER_BLOCK
    shares = np.cumsum(ACTIVITIES["share"].to_numpy())
    activity = np.searchsorted(shares / shares[-1], _spread_uniform(rng, n))
    activity[rng.integers(n)] = SPORT
    club = np.zeros(n, bool)
    club[np.flatnonzero(activity == SPORT)[0]] = True
    size = np.ceil(np.exp(1.84 + 1.12 * ndtri(_spread_uniform(rng, n))))
    size = np.clip(size, 1, 250).astype(int)
    size[club] = np.maximum(size[club], 8)
    department = rng.choice(len(DEPARTMENTS), n, p=DEPARTMENTS.to_numpy() / DEPARTMENTS.sum())
    official = departments()
    in_paris_region = np.array(
        [official[code].region == ILE_DE_FRANCE for code in DEPARTMENTS.index]
    )
    software = rng.choice(len(SOFTWARE), n, p=SOFTWARE_SHARES)
    first = np.arange(n)  # of the establishment's enterprise
    for i in np.flatnonzero(rng.random(n) < 0.12):
        first[i] = first[max(i - 1, 0)]
    software = software[first]
    thirteenth = rng.choice(3, n, p=[0.62, 0.24, 0.14])
    pays_bonus = rng.random(n) < np.where(size < 10, 0.25, np.where(size < 50, 0.335, 0.395))
    siren = np.char.add("SYN", np.char.zfill((block * n + first).astype(str), 6))
    return pd.DataFrame(
        {
            "siren": siren,
            "siret": np.char.add(siren, np.char.zfill((np.arange(n) - first + 1).astype(str), 5)),
            "a38": ACTIVITIES["a38"].to_numpy()[activity],
            "a17": ACTIVITIES["a17"].to_numpy()[activity],
            "department": DEPARTMENTS.index.to_numpy()[department],
            "size": size,
            "weekly_hours": np.where(rng.random(n) < 0.16, 39, 35),
            "thirteenth": THIRTEENTH[thirteenth],
            "software": SOFTWARE[software],
            # What follows is never published
            "activity": activity,
            "paris": in_paris_region[department],
            "club": club,
            "product": software,
            "pay": rng.normal(0, 0.20, n),
            "bonus": pays_bonus * rng.choice(BONUS_AMOUNTS, n, p=BONUS_SHARES),
            "bonus_month": rng.choice(12, n, p=BONUS_MONTHS / BONUS_MONTHS.sum()),
            "holiday_bonus": (rng.random(n) < 0.25) * rng.uniform(150, 700, n),
            "raise_month": rng.integers(0, 12, n),
            "overtime": rng.gamma(1.5, 1 / 1.5, n),
            "health": rng.uniform(18, 62, n),
            "schemes": rng.uniform(0.2, 1.8, n),
            "risk": rng.gamma(0.7, 1 / 0.7, n),
        }
    )


def _posts(rng: np.random.Generator, block: int, establishments: pd.DataFrame) -> pd.DataFrame:
    home = np.repeat(np.arange(len(establishments)), establishments["size"])
    firm = establishments.iloc[home].reset_index(drop=True)
    activity = firm["activity"].to_numpy()
    n = len(firm)

    shares = ACTIVITIES[CATEGORY_COLUMNS].to_numpy()[activity]
    shares[:, 0] *= np.where(firm["paris"], 2.4, 0.79)
    bounds = np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True)
    category = (rng.random(n)[:, None] > bounds[:, :3]).sum(axis=1)
    women = ACTIVITIES["women"].to_numpy()[activity]
    odds = women / (1 - women) * np.array([0.75, 1.1, 2.9, 0.40])[category]
    woman = rng.random(n) < odds / (1 + odds)
    age = np.floor(18 + 49 * rng.beta(2.2, 2.4, n)).astype(int)

    temporary = (activity == TEMPORARY_WORK) & (category == 3) & (rng.random(n) < 0.5)
    fixed = rng.random(n) < FIXED_TERM[category]
    contract = np.where(temporary, "03", np.where(fixed, "02", "01"))
    part_time = rng.random(n) < np.where(
        woman, PART_TIME["2"][category], PART_TIME["1"][category]
    ) * np.where(np.isin(firm["a17"], ["IZ", "MN", "OQ"]), 1.3, 0.9)
    quota = np.where(part_time, rng.choice(QUOTAS, n, p=QUOTA_SHARES), 1.0)

    permanent = contract == "01"
    enters = rng.random(n) < np.where(permanent, 0.15, 0.65)
    first = np.where(enters, rng.integers(0, YEAR_DAYS, n), 0)
    before = rng.exponential(np.where(permanent, 2600, 100), n)
    tenure = np.minimum(1 + before, 365 * (age - 17)).astype(int)
    length = 5 + rng.exponential(np.where(contract == "02", 190, 90), n).astype(int)
    length_permanent = np.where(rng.random(n) < 0.13, rng.integers(0, YEAR_DAYS, n), YEAR_DAYS)
    last = first + np.where(permanent, length_permanent, length)

    constants = CALIBRATION
    rank = firm.groupby(home).cumcount().to_numpy()
    player = firm["club"].to_numpy() & (rank < 3)
    excess = np.exp(
        np.log(constants.premium)[category]
        + np.array(constants.spread)[category] * rng.standard_normal(n)
        + (category == 0) * rng.exponential(1 / constants.tail, n)
        + np.array([0.013, 0.009, 0.007, 0.007])[category] * (np.minimum(age, 58) - 41)
        + np.array([1.0, 0.8, 0.5, 0.5])[category] * ACTIVITIES["pay"].to_numpy()[activity]
        + np.where(firm["paris"], 0.26, -0.08)
        + constants.women * woman
        + firm["pay"]
    )
    low_pay = ACTIVITIES["pay"].to_numpy()[activity] + firm["pay"] + 0.3 * firm["paris"]
    lowest = rng.random(n) < AT_MINIMUM[category] * np.exp(-1.5 * low_pay)
    premium = np.where(lowest, 0, np.maximum(excess - constants.floor, 0))
    rate = MINIMUM_WAGE[0] * (1 + premium)
    day_rate = (category == 0) & permanent & ~part_time & ~player & (rng.random(n) < 0.50)
    sells = np.isin(firm["a17"], ["GZ", "KZ", "LZ", "JZ"])
    variable = rng.random(n) < np.where(
        category == 0, 0.25, np.where((category == 1) & sells, 0.3, 0)
    )
    yearly = (category == 0) & (rng.random(n) < 0.35)

    posts = pd.DataFrame(
        {
            "post_id": _identifiers("P", block, rng.permutation(n)),
            "siret": firm["siret"],
            "a17": firm["a17"],
            "department": firm["department"],
            "sex": np.where(woman, "2", "1"),
            "age": age,
            "pcs": CATEGORIES[category],
            "contract": contract,
            "work_time": np.where(part_time, "20", "10"),
            "quota": quota,
            "home": home,
            "first": first,
            "last": np.minimum(last, YEAR_DAYS - 1),
            "leaves": last < YEAR_DAYS,
            "tenure": np.where(enters, 0, tenure),
            "rate": rate,
            "day_rate": day_rate,
            "player": player,
            "variable": variable * rng.uniform(0.04, 0.30, n),
            "yearly": yearly * rng.uniform(0.3, 2.0, n),
            "yearly_month": rng.choice([1, 2, 3], n, p=[0.25, 0.45, 0.30]),
            "monthly_pay": np.exp(rng.normal(9.6, 0.6, n)),
        }
    )
    posts.loc[player, ["pcs", "contract", "work_time"]] = ["4", "02", "20"]
    posts.loc[player, "quota"] = rng.choice([0.3, 0.4, 0.5], n)[player]
    posts.loc[player, "age"] = rng.integers(19, 35, n)[player]
    posts.loc[player, ["first", "tenure", "last"]] = [0, 400, YEAR_DAYS - 1]
    posts.loc[player, "leaves"] = False
    latent = establishments.drop(columns=["siren", "siret", "a38", "a17", "department", "size"])
    return posts.join(latent.add_prefix("firm_"), on="home")


class _Year(NamedTuple):
    """Twelve months of true pay, posts in rows; events by name, as euros or as flags."""

    present: np.ndarray
    gross: np.ndarray
    net: np.ndarray
    hours: np.ndarray
    bonus: np.ndarray
    usual: np.ndarray
    active: np.ndarray
    days: np.ndarray
    events: dict[str, np.ndarray]


def _column(posts: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column of posts that broadcasts over months."""
    return posts[name].to_numpy()[:, None]


def _monthly(rng: np.random.Generator, share, amount: np.ndarray) -> np.ndarray:
    """Return the amounts in a random share of posts and months, 0 elsewhere."""
    return (rng.random(amount.shape) < share) * amount


def _year(rng: np.random.Generator, posts: pd.DataFrame) -> _Year:
    present, active, sick, late = _attendance(rng, posts)
    whole = present == 1
    player, by_hour = _column(posts, "player"), ~_column(posts, "day_rate")

    rate = _hourly_rates(posts)
    hours_due = _column(posts, "quota") * FULL_TIME_HOURS
    base = np.where(player, _column(posts, "monthly_pay"), rate * hours_due)
    full_time = _column(posts, "work_time") == "10"
    long_week = full_time & by_hour & ~player & (_column(posts, "firm_weekly_hours") == 39)
    prone = CALIBRATION.overtime * _column(posts, "firm_overtime")
    extra_hours = _monthly(rng, prone, rng.gamma(1.6, 6.0, present.shape)).round(2)
    extra_hours *= by_hour & ~player & ~long_week & (active > 0.5)
    extra_hours *= np.where(full_time, 1.0, 0.6 * _column(posts, "quota"))
    overtime_pay = rate * (
        1.25 * LONG_WEEK_HOURS * long_week * active + np.where(full_time, 1.25, 1.10) * extra_hours
    )
    usual = base + rate * 1.25 * LONG_WEEK_HOURS * long_week
    kept_pay = base * sick * rng.uniform(0.2, 0.9, (len(posts), 1))
    extras = _supplements(rng, posts, base, present, active)
    leave, severance = _exit_pay(rng, posts, base, active)
    bonus = _bonus(posts, usual, present, active).round(2)

    gross = base * active + overtime_pay + kept_pay + sum(extras.values()) + leave + severance
    gross = gross.round(2)
    net = (_net(gross, overtime_pay, posts) + bonus).round(2)
    hours = active * (hours_due + LONG_WEEK_HOURS * long_week) + extra_hours
    events = {
        "footballer": player & whole,
        "severance": severance > 0,
        "negative_correction": late,
        "back_pay": extras["back_pay"] > 0,
        "thirteenth_month": extras["thirteenth"] > 0,
        "sick_leave": (active == 0) & (kept_pay > 0) & whole,
        "variable_pay": extras["commission"] + extras["yearly"] > 0.3 * base,
        "purchasing_power_bonus": bonus > 0,
        "day_rate": ~by_hour & whole,
    }
    days = np.rint((active * MONTH_DAYS).sum(axis=1)).astype(int)
    return _Year(present, gross, net, hours.round(2), bonus, usual, active, days, events)


def _attendance(rng: np.random.Generator, posts: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Return shares of each month: under contract, paid for, on sick leave; and late deductions.

    A late deduction takes the absence of the months before off this month's pay: what is paid for
    may be negative.
    """
    shape = (len(posts), 12)
    first = np.maximum(_column(posts, "first"), MONTH_START)
    last = np.minimum(_column(posts, "last"), MONTH_START + MONTH_DAYS - 1)
    present = np.maximum(last - first + 1, 0) / MONTH_DAYS
    whole = present == 1
    player = _column(posts, "player")

    unpaid = _monthly(rng, 0.015, rng.uniform(0.03, 0.6, shape))
    sick = _monthly(rng, 0.03, np.minimum(rng.uniform(0.1, 1.1, shape), 1))
    late = np.zeros(shape, bool)
    late[:, 2:] = rng.random((len(posts), 10)) < 0.0022
    late[:, 2:] &= whole[:, :-2] & whole[:, 1:-1] & whole[:, 2:] & ~player
    deducted = late * rng.uniform(0.5, 1.6, shape)
    absent = np.where(late | player, 0, np.minimum(unpaid + sick, 1))
    absent[:, :-1][late[:, 1:]] = 0
    return present, present * (1 - absent) - deducted, np.minimum(sick, absent), late


def _hourly_rates(posts: pd.DataFrame) -> np.ndarray:
    """Return gross hourly rates by month; all rise with the minimum wage, others once a year."""
    raised = np.where(np.arange(12) >= _column(posts, "firm_raise_month"), 1.02, 1.0)
    at_minimum = _column(posts, "rate") <= MINIMUM_WAGE[0]
    return np.maximum(_column(posts, "rate") * np.where(at_minimum, 1.0, raised), MINIMUM_WAGE)


def _supplements(
    rng: np.random.Generator,
    posts: pd.DataFrame,
    base: np.ndarray,
    present: np.ndarray,
    active: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return the pay that comes in some months only, in euros by post and month."""
    month = np.arange(12)
    eligible = (present > 0) & ~_column(posts, "player") & (_column(posts, "contract") != "03")
    active_enough = active > 0.5
    worked = np.cumsum(np.maximum(active, 0), axis=1)
    practice = _column(posts, "firm_thirteenth")
    share = np.where(practice == "none", 0, np.where(practice == "december", 1.0, 0.5))
    thirteenth = np.where(month == 11, share * worked / 12, 0)
    thirteenth += np.where((month == 5) & (practice == "june_december"), 0.5 * worked / 6, 0)

    noise = np.exp(rng.normal(0, 0.4, present.shape))
    commission = 3 * _column(posts, "variable") * base * noise * active  # of a quarter
    yearly = _column(posts, "yearly") * base * (month == _column(posts, "yearly_month"))
    holiday = _column(posts, "firm_holiday_bonus") * _column(posts, "quota") * (month == 5)
    back_pay = _monthly(rng, 0.0035, base * rng.uniform(0.25, 2.5, present.shape))
    return {
        "thirteenth": thirteenth * base * eligible,
        "commission": commission * (month % 3 == 2) * active_enough,
        "yearly": yearly * (_column(posts, "tenure") > 180) * eligible,
        "holiday": holiday * (present == 1) * eligible,
        "back_pay": back_pay * eligible * active_enough,
    }


def _exit_pay(
    rng: np.random.Generator, posts: pd.DataFrame, base: np.ndarray, active: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the last month adds: leave not taken and precarity bonus, severance pay."""
    last = _column(posts, "last")
    exits = _column(posts, "leaves") & (last >= MONTH_START) & (last < MONTH_START + MONTH_DAYS)
    permanent = _column(posts, "contract") == "01"
    worked = np.cumsum(np.maximum(active, 0), axis=1)
    one_each = (len(posts), 1)
    # The end of a fixed-term contract gives a tenth for leave and a tenth for precarity
    leave = base * np.where(permanent, rng.uniform(0.05, 0.8, one_each), 0.21 * worked)
    severed = permanent & (rng.random(one_each) < 0.25) & (_column(posts, "tenure") > 300)
    months_paid = np.minimum(0.5 + rng.gamma(1.4, 1.1, one_each), 6)
    return exits * leave, exits * severed * base * months_paid


def _bonus(
    posts: pd.DataFrame, usual: np.ndarray, present: np.ndarray, active: np.ndarray
) -> np.ndarray:
    """Return the purchasing-power bonus, for those below three times the minimum wage."""
    month = np.arange(12)
    quota = _column(posts, "quota")
    below = usual < 3 * MINIMUM_WAGE * FULL_TIME_HOURS * quota
    eligible = (present > 0) & ~_column(posts, "player") & (_column(posts, "contract") != "03")
    worked = np.cumsum(np.maximum(active, 0), axis=1)
    amount = _column(posts, "firm_bonus") * (month == _column(posts, "firm_bonus_month"))
    return amount * below * eligible * quota * np.minimum(worked / (month + 1), 1)


def _net(gross: np.ndarray, overtime_pay: np.ndarray, posts: pd.DataFrame) -> np.ndarray:
    """Return pay after employees' contributions and levies, before income tax.

    The ceilings are taken month by month, without the yearly settlement.
    """
    below = np.minimum(gross, CEILING)
    above = np.clip(gross - CEILING, 0, (PENSION_CEILINGS - 1) * CEILING)
    contributions = (
        OLD_AGE * gross
        + OLD_AGE_BELOW_CEILING * below
        + PENSION_BELOW * below
        + PENSION_ABOVE * above
        + PENSION_BALANCE
        * np.where(gross > CEILING, np.minimum(gross, PENSION_CEILINGS * CEILING), 0)
    )
    levied = gross - LEVIES_ALLOWANCE * np.minimum(gross, ALLOWANCE_CEILINGS * CEILING)
    insured = (gross > 600) & (_column(posts, "contract") == "01")
    health = np.where(insured, _column(posts, "firm_health"), 0)
    schemes = CALIBRATION.schemes * _column(posts, "firm_schemes")
    schemes = schemes * np.where(_column(posts, "pcs") == "3", 1.5, 1.0)
    complementary = schemes * np.minimum(gross, 4 * CEILING)
    relief = OVERTIME_RELIEF * overtime_pay
    return gross - contributions - SOCIAL_LEVIES * levied - health - complementary + relief


def _declarations(posts: pd.DataFrame, year: _Year) -> pd.DataFrame:
    """Return the true declarations, one row a post and month, and their legitimate events."""
    post, position = np.nonzero(year.present[:, DECLARED] > 0)
    month = np.array(DECLARED)[position]
    cells = (post, month)
    of_post = posts.iloc[post].reset_index(drop=True)
    day_rate = of_post["day_rate"].to_numpy()
    start = np.maximum(of_post["first"], MONTH_START[month])
    end = np.minimum(of_post["last"], MONTH_START[month] + MONTH_DAYS[month] - 1)
    event = np.full(len(post), "", dtype=object)
    for name, flags in reversed(year.events.items()):
        event[flags[cells]] = name
    return pd.DataFrame(
        {
            **{name: of_post[name] for name in ("post_id", "siret")},
            "month": np.array([f"2023-{m + 1:02d}" for m in range(12)])[month],
            "period_start": YEAR_START + start.to_numpy(),
            "period_end": YEAR_START + end.to_numpy(),
            **{name: of_post[name] for name in ("pcs", "contract", "work_time", "quota")},
            "gross": year.gross[cells],
            "net": year.net[cells],
            "bonus": year.bonus[cells],
            "hours": np.where(day_rate, np.nan, year.hours[cells]),
            "days": np.where(day_rate, np.rint(year.active[cells] * 21.67 * 2) / 2, np.nan),
            "unit": np.where(day_rate, "20", "10"),
            "post": post,
            "event": event,
            "usual": year.usual[cells],
        }
    )


def _plant(
    rng: np.random.Generator,
    true: pd.DataFrame,
    posts: pd.DataFrame,
    establishments: pd.DataFrame,
    harder: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the declarations with their errors, and what each row carries, row by row."""
    n = len(true)
    post = true["post"].to_numpy()
    home = posts["home"].to_numpy()[post]
    hourly = (true["hours"] > 0).to_numpy()
    paid = (true["gross"] > 20).to_numpy() & (true["net"] > 20).to_numpy()
    rate = np.divide(true["gross"], true["hours"], out=np.zeros(n), where=hourly)
    minimum = np.where(true["month"] == "2023-04", MINIMUM_WAGE[3], MINIMUM_WAGE[4])
    possible = {
        "below_minimum": hourly & paid & (true["hours"] > 15) & (rate < 1.2 * minimum),
        "net_above_gross": paid & (true["bonus"] == 0),
        "gross_net_swapped": paid & (true["bonus"] == 0),
        "hours_in_days": hourly & paid,
        "hours_in_hundredths": hourly & paid,
        "annual_hours": hourly & paid,
        "decimal_shift": paid,
        "hours_without_pay": hourly & paid,
        "pay_without_hours": hourly & paid,
        "duplicate": paid,
    }
    error = np.full(n, "", dtype=object)

    weights = FAULT_PRONE[establishments["product"]] * establishments["size"].between(*FAULTY_SIZES)
    faulty = rng.choice(
        len(establishments), FAULTY_PER_BLOCK, replace=False, p=weights / weights.sum()
    )
    fault = np.full(len(establishments), "", dtype=object)
    fault[faulty] = rng.choice(FAULTS, FAULTY_PER_BLOCK, p=FAULT_SHARES)
    since = np.where(rng.random(len(establishments)) < 0.6, "2023-04", "2023-05")
    fault = fault[home]
    by_fault = np.where(np.isin(fault, ["weeks", "days"]), hourly & paid, paid)
    error[(fault != "") & by_fault & (true["month"] >= since[home])] = "establishment_software"

    part_time = (posts["work_time"] == "20").to_numpy() & ~posts["player"].to_numpy()
    nearly_full = (posts["quota"] ** 3).to_numpy()  # such a quota is miscoded more easily
    miscoded = part_time & (rng.random(len(posts)) < PART_TIME_AS_FULL * nearly_full)
    miscoded[post[~hourly | (fault != "")]] = False  # the code is wrong in all months or in none
    error[miscoded[post]] = "part_time_as_full"

    chances = _chances(posts, harder)
    lasting = np.isin(list(RISKS), PERSISTENT)
    by_row = _draw(rng.random(n), chances[post] * np.where(lasting, 0.5, 1.0))
    by_post = _draw(rng.random(len(posts)), chances * np.where(lasting, 0.5, 0.0))[post]
    for number, name in enumerate(RISKS):
        hit = ((by_row == number) | (by_post == number)) & np.asarray(possible[name])
        error[hit & (error == "")] = name

    declared = _corrupt(rng, true, error, fault, rate, minimum)
    carried = _truth(true, declared, error)
    copies = np.flatnonzero(error == "duplicate")
    extra = carried.iloc[copies].copy()
    extra[["true_gross", "true_net", "true_hours"]] = np.nan
    # The copy is the error, not its original
    carried.iloc[copies] = _truth(true, declared, np.full(n, "", dtype=object)).iloc[copies]
    declared = pd.concat([declared, declared.iloc[copies]], ignore_index=True)
    return declared, pd.concat([carried, extra], ignore_index=True)


def _chances(posts: pd.DataFrame, harder: bool) -> np.ndarray:
    """Return the chance of each individual error in a declaration, posts × types."""
    level = np.array(list(RISKS.values())) / 100
    if harder:
        mild = np.array([name == "below_minimum" for name in RISKS])
        level = level * np.where(mild, 3.0, 0.25)
    prone = np.array([[software.prone[name] for software in WORDS.software] for name in RISKS])
    prone = prone / (prone * SOFTWARE_SHARES).sum(axis=1, keepdims=True)
    return level * prone.T[posts["firm_product"]] * posts["firm_risk"].to_numpy()[:, None]


def _draw(uniform: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Return the position of the drawn error in each row, the number of types for none."""
    return (uniform[:, None] >= np.cumsum(chances, axis=1)).sum(axis=1)


def _corrupt(
    rng: np.random.Generator,
    true: pd.DataFrame,
    error: np.ndarray,
    fault: np.ndarray,
    rate: np.ndarray,
    minimum: np.ndarray,
) -> pd.DataFrame:
    n = len(true)
    declared = true.drop(columns=["event", "usual"])
    gross, net = true["gross"].to_numpy(), true["net"].to_numpy()
    quota = true["quota"].to_numpy()
    whole = error == "establishment_software"

    def multiply(name: str, rows: np.ndarray, factor) -> None:
        declared.loc[rows, name] = (true[name] * factor)[rows]

    def write(name: str, rows: np.ndarray, values) -> None:
        declared.loc[rows, name] = np.broadcast_to(values, n)[rows]

    multiply("hours", whole & (fault == "weeks"), 48 / 52)
    write("net", whole & (fault == "taxable_net"), net + 0.029 * gross + 0.01 * gross)
    multiply("hours", whole & (fault == "days"), 1 / 7)
    for name in ("gross", "net"):
        multiply(name, whole & (fault == "decimal"), 0.1)

    miscoded = error == "part_time_as_full"
    multiply("hours", miscoded, 1 / quota)
    write("work_time", miscoded, "10")
    write("quota", miscoded, 1.0)

    below = np.divide(rng.uniform(0.84, 0.985, n) * minimum, rate, out=np.ones(n), where=rate > 0)
    # The rise of May was missed
    late_rise = (rng.random(n) < 0.25) & (rate < 1.005 * minimum) & (minimum > MINIMUM_WAGE[0])
    below = np.where(late_rise, MINIMUM_WAGE[3] / MINIMUM_WAGE[4], below)
    by_hours = (rng.random(n) < 0.5) & ~late_rise
    multiply("hours", (error == "below_minimum") & by_hours, 1 / below)
    for name in ("gross", "net"):
        multiply(name, (error == "below_minimum") & ~by_hours, below)

    above = error == "net_above_gross"
    in_net = rng.random(n) < 0.6  # expenses paid back, counted as net pay; or gross is incomplete
    write("net", above & in_net, gross * rng.uniform(1.002, 1.15, n))
    write("gross", above & ~in_net, net * rng.uniform(0.75, 0.995, n))
    write("gross", error == "gross_net_swapped", net)
    write("net", error == "gross_net_swapped", gross)

    multiply("hours", error == "hours_in_days", 1 / 7)
    multiply("hours", error == "hours_in_hundredths", 100)
    write("hours", error == "annual_hours", np.where(rng.random(n) < 0.7, 1820, 1607) * quota)
    shift = rng.choice([10.0, 0.1, 100.0], n, p=[0.45, 0.40, 0.15])
    which = rng.choice(3, n)
    for number, name in enumerate(("gross", "net")):
        multiply(name, (error == "decimal_shift") & (which != 1 - number), shift)
    for name in ("gross", "net", "bonus"):
        write(name, error == "hours_without_pay", 0.0)
    write("hours", error == "pay_without_hours", 0.0)
    declared[["gross", "net", "hours"]] = declared[["gross", "net", "hours"]].round(2)
    return declared


def _truth(true: pd.DataFrame, declared: pd.DataFrame, error: np.ndarray) -> pd.DataFrame:
    """Return what each declaration carries: an error, a legitimate event, or nothing."""
    amounts = ["gross", "net", "hours"]
    before, after = true[amounts].to_numpy(), declared[amounts].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((before == after) | np.isnan(before), 1.0, after / before)
        factor = np.where(ratio > 0, np.maximum(ratio, 1 / ratio), np.nan).max(axis=1)
        pay = (true["gross"] + true["bonus"]).to_numpy() / true["usual"].to_numpy()
    wrong = error != ""
    kind = np.where(wrong, "error", np.where(true["event"] != "", "legitimate", ""))
    type_ = np.where(wrong, error, true["event"])
    return pd.DataFrame(
        {
            "kind": kind,
            "type": type_,
            "severity": np.where(wrong, factor, pay).round(4),
            "hard": wrong & (error != "duplicate") & (factor <= HARD_FACTOR),
            **{f"true_{name}": true[name] for name in amounts},
        }
    )


def _as_declared(
    posts: pd.DataFrame, annual: pd.DataFrame, declared: pd.DataFrame, true: pd.DataFrame
) -> pd.DataFrame:
    """Return the annual file: the year's sums with the errors of the declared months in them."""
    amounts = ["gross", "net", "bonus", "hours"]
    sums = [frame.groupby("post")[amounts].sum() for frame in (declared, true)]
    drift = sums[0].sub(sums[1], fill_value=0).reindex(posts.index, fill_value=0)
    coded = declared.drop_duplicates("post").set_index("post")[["work_time", "quota"]]
    coded = coded.reindex(posts.index).fillna(posts[["work_time", "quota"]])
    as_full = (coded["quota"] != posts["quota"]).to_numpy()
    drift.loc[as_full, "hours"] = annual["true_hours"] * (1 / posts["quota"] - 1)
    start = np.where(posts["tenure"] > 0, -posts["tenure"], posts["first"])
    last = (YEAR_START + posts["last"].to_numpy()).astype("datetime64[us]")
    return pd.DataFrame(
        {
            **{name: posts[name] for name in ("post_id", "siret", "a17", "department")},
            **{name: posts[name] for name in ("sex", "age", "pcs", "contract")},
            "work_time": coded["work_time"],
            "quota": coded["quota"],
            "start": YEAR_START + start,
            "end": np.where(posts["leaves"], last, np.datetime64("NaT")),
            "days": posts["days"],
            "fte": (coded["quota"] * posts["days"] / YEAR_DAYS).round(4),
            **{name: (annual[f"true_{name}"] + drift[name]).round(2) for name in amounts},
        }
    )


def measure_margins(twin: Block, weights: np.ndarray | None = None) -> dict[str, float]:
    """Return the published margins, measured on a twin's true annual values.

    Parameters
    ----------
    twin : Block
        Its annual file and the truth of it.
    weights : ndarray of shape (n_posts,), optional
        Multiplies each post's weight, for instance by the times that a bootstrap drew it.

    Returns
    -------
    dict
        By the name of the margin on the card. A post weighs its full-time equivalent volume (true
        work-time quota × paid days / 365) in the monthly figures, its paid hours in the hourly one.
    """
    posts = twin.tables["posts"].merge(twin.truth["posts"], on="post_id", validate="one_to_one")
    times = np.ones(len(posts)) if weights is None else weights
    volume = (times * posts["true_quota"] * posts["days"] / YEAR_DAYS).to_numpy()
    months = 12 * volume
    gross, net, hours, bonus = (
        posts[f"true_{name}"].to_numpy() for name in ("gross", "net", "hours", "bonus")
    )
    woman = (posts["sex"] == "2").to_numpy()

    def monthly_mean(pay: np.ndarray, rows=slice(None)) -> float:
        return (times * pay)[rows].sum() / months[rows].sum()

    counts = volume > 0
    wage = net[counts] / (12 * (posts["true_quota"] * posts["days"] / YEAR_DAYS)[counts])
    order = np.argsort(wage.to_numpy(), kind="stable")
    share = np.cumsum(volume[counts][order]) / volume.sum()

    def quantile(level: float) -> float:
        return wage.to_numpy()[order][np.searchsorted(share, level)]

    reached = {
        "mean gross": monthly_mean(gross),
        "mean net": monthly_mean(net),
        "median net": quantile(0.5),
        "D1 net": quantile(0.1),
        "D9 net": quantile(0.9),
        "P99 net": quantile(0.99),
        "women minus men": 100 * (monthly_mean(net, woman) / monthly_mean(net, ~woman) - 1),
        "mean net hourly": (times * net).sum() / (times * hours).sum(),
        "bonus share": 100 * times[bonus > 0].sum() / times.sum(),
        "mean bonus": (times * bonus).sum() / times[bonus > 0].sum(),
    }
    return {name: float(value) for name, value in reached.items()}


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how hard the planted errors are to find, with a naive ranking as the yardstick.

    The naive ranking takes declarations by the distance of the logarithm of net pay per hour from
    the median of their category and work time, in median absolute deviations. Where net pay or
    hours are not positive, it is silent.

    Returns
    -------
    dict
        `prevalence` of errors among declarations; `hard_share` among errors; `legitimate_share`,
        extremes that are true among declarations, day-rate contracts apart; and, at a review
        budget of 2 % of declarations, `naive_precision`, `naive_recall` and
        `naive_legitimate_share`, the true extremes among the declarations reviewed.
    """
    rows = twin.tables["declarations"].merge(
        twin.truth["declarations"], on="declaration_id", how="left", validate="one_to_one"
    )
    error = (rows["kind"] == "error").to_numpy()
    legitimate = ((rows["kind"] == "legitimate") & (rows["type"] != "day_rate")).to_numpy()
    usable = ((rows["net"] > 0) & (rows["hours"] > 0)).to_numpy()
    hourly = np.log((rows["net"] / rows["hours"]).where(usable))
    cell = [rows["pcs"], rows["work_time"]]
    distance = (hourly - hourly.groupby(cell).transform("median")).abs()
    # Rounded, so that equal declarations stay tied on every processor
    score = (distance / distance.groupby(cell).transform("median")).round(9)
    budget = round(REVIEW_BUDGET * len(rows))
    reviewed = score.sort_values(ascending=False, kind="stable").index[:budget]
    return {
        "prevalence": float(error.mean()),
        "hard_share": float(rows["hard"].eq(True).sum() / error.sum()),
        "legitimate_share": float(legitimate.mean()),
        "naive_precision": float(error[reviewed].mean()),
        "naive_recall": float(error[reviewed].sum() / error.sum()),
        "naive_legitimate_share": float(legitimate[reviewed].mean()),
    }
