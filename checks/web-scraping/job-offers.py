"""Checks and hints of the exercise `job-offers`.

What is collected is collected anew: a function of the trainee's is called on sites that the check
opens, and their journal is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ssplab.exercises import (
    Condition,
    Exercise,
    WrongAnswer,
    a_type,
    compare,
    exception_text,
    mistake,
)
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

    from ssplab.web import Site, Web

SITE = "interim-express"
HOME = f"http://{SITE}.example"
AGENT = "ssplab-course/1.0 (+mailto:stat@office.example)"
DAY = "2023-04-03"
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre"),
    *("octobre", "novembre", "décembre"),
)
TYPE, VALUES, TABLE, MANNERS = _("type"), _("values"), _("table"), _("manners")


def _timestamp(text: str) -> pd.Timestamp:
    import pandas as pd

    return pd.Timestamp(text)


# --- 1: what robots.txt leaves open

PATHS = (
    *("/missions", "/missions?page=2", "/missions/IE/738/096", "/missions-archivees"),
    *("/missions-archivees?n=3", "/inscription/IE/738/096", "/inscription", "/metiers"),
)


def _site() -> Site:
    from ssplab.web import site_named

    return site_named(SITE)


def _per_page() -> int:
    return _site().per_page


@cache
def _closed_beginnings() -> tuple[str, ...]:
    site = _site()
    return (*site.manners.disallow, site.manners.trap)


def _by_path(is_open: Callable[[str], bool]) -> pd.Series:
    import pandas as pd

    return pd.Series([is_open(path) for path in PATHS], pd.Index(PATHS, name="path"))


def _allowed() -> pd.Series:
    return _by_path(lambda path: not path.startswith(_closed_beginnings()))


ALLOWED = Exercise(
    expects=_("a Series of true and false, labelled by path"),
    answer=_allowed,
    conditions=compare.series(
        _allowed,
        key="path",
        values="booleans",
        mistakes=[
            mistake(
                "equal-lines-only",
                lambda: _by_path(lambda path: path not in _closed_beginnings()),
                "Only paths that are the very text of a line are closed in your answer. A line "
                "closes whatever begins with it.",
            ),
            mistake(
                "text-of-the-file",
                lambda: _by_path(lambda path: not any(path in one for one in _closed_beginnings())),
                "A path was looked for in the text of robots.txt. The other way round is meant: "
                "does the path begin with a line?",
            ),
            mistake(
                "first-part-only",
                lambda: _by_path(lambda path: not path.startswith(("/missions-", "/inscription"))),
                "The slash at the end of a line belongs to it: the line closes what is below, "
                "and the path without the slash stays open.",
            ),
            mistake(
                "beginning-too-short",
                lambda: _by_path(lambda path: path == "/metiers" or path == "/inscription"),
                "The list itself is closed in your answer: a path is closed if it begins with the "
                "whole line, not if the two begin alike.",
            ),
            mistake(
                "text-for-lines",
                lambda: _by_path(lambda path: True),
                "All came out open: `parse` takes a list of lines, `robots.splitlines()`, and "
                "`can_fetch` the agent first.",
            ),
            mistake(
                "nothing-read",
                lambda: _by_path(lambda path: False),
                "All came out closed: nothing was read yet, and such a parser closes everything.",
            ),
        ],
        advice=_("Read the lines of robots.txt beside it, letter by letter."),
    ),
    praise=_("A line closes what begins with it, and nothing else."),
    hints=_(
        """
Python's library has a parser of robots.txt: `urllib.robotparser.RobotFileParser`.

`rules = RobotFileParser()`, then `rules.parse(robots.splitlines())` reads the text that you have.

`rules.can_fetch(AGENT, path)` is true or false for one path; make a Series of them with the index
`paths`.
"""
    ),
)


# --- 2: dates that depend on the day of reading


def _published(
    text: str,
    day: pd.Timestamp,
    *,
    hours: int = 0,
    weeks: int = 7,
    before_yesterday: int = 2,
    past: bool = True,
    months_only: bool = False,
    midnight: bool = False,
) -> pd.Timestamp:
    import pandas as pd

    words = text.replace("’", "'").split()
    if words[0] == "le":
        number, month = int(words[1].removesuffix("er")), MONTHS.index(words[2]) + 1
        later = (month, number) > (day.month, 31 if months_only else day.day)
        return pd.Timestamp(day.year - (later and past), month, number)
    days = {"aujourd'hui": 0, "hier": 1, "avant-hier": before_yesterday}.get(words[0])
    if days is None:
        ones = {"une": 1, "deux": 2, "trois": 3}
        number = ones.get(words[3]) or int(words[3])
        if midnight and words[4].startswith("heure"):
            return day - pd.Timedelta(hours=number)
        days = number * {"heure": hours, "jour": 1, "semaine": weeks}[words[4].removesuffix("s")]
    return day - pd.Timedelta(days=days)


def _read(**changed: object) -> Callable[[], Callable]:
    return lambda: lambda text, day: _published(text, day, **changed)


def _read_on(fixed: str) -> Callable[[], Callable]:
    """Return a maker of a function that takes a day of its own for the one that it is given."""
    return lambda: lambda text, day: _published(text, _timestamp(fixed))


def _day_unused(answer: Callable) -> str | None:
    days = (_timestamp(DAY), _timestamp("2023-05-17"))
    try:
        results = [answer("il y a 3 jours", day) for day in days]
    except Exception:  # the conditions before say it
        return None
    if results[0] != results[1]:
        return None
    return _(
        "The same text gives the same date for pages read on two days: `day` is not used. The "
        "clock of your machine knows when the page is parsed, not when it was read."
    )


def _future(answer: Callable) -> str | None:
    for text in ("le 28 avril", "le 26 février", "le 20 décembre"):
        day = _timestamp(DAY)
        try:
            later = answer(text, day) > day
        except Exception:  # the conditions before say it
            return None
        if later:
            return _(
                "A date without a year came out in the future: it is never later than the day of "
                "reading. Its year is the year of `day`, not of today, or the one before."
            )
    return None


def _said_on(text: str, day: str = DAY) -> compare.Case:
    words = _("“{text}” read on {day}").format(text=" ".join(text.split()), day=day)
    return compare.Case(words, lambda: (text, _timestamp(day)))


PUBLISHED = Exercise(
    expects=_("a function published(text, day) that returns a date, a pd.Timestamp"),
    answer=_read(),
    conditions=compare.function(
        _read(),
        [
            _said_on("hier"),
            _said_on("il y a 3\u00a0jours"),
            _said_on("il y a 12 jours"),
            _said_on("aujourd’hui"),
            _said_on("aujourd'hui"),
            _said_on("avant-hier"),
            _said_on("il y a 1\u00a0heure"),
            _said_on("il y a 5\u00a0heures"),
            _said_on("il y a une semaine"),
            _said_on("il y a trois semaines"),
            _said_on("le 26\u00a0février"),
            _said_on("le 1er\u00a0mars"),
            _said_on("hier", "2023-03-01"),
            _said_on("le 20\u00a0décembre", "2023-01-23"),
            _said_on("le 28\u00a0avril"),
            _said_on("le 3\u00a0avril", "2023-04-28"),
            _said_on("le 26\u00a0décembre", "2024-01-10"),
        ],
        mistakes=[
            Condition(
                VALUES,
                _day_unused,
                [
                    WrongAnswer("another-clock", _read_on("2024-11-18"), "`day` is not used"),
                    WrongAnswer("first-day", _read_on(DAY), "`day` is not used"),
                ],
            ),
            mistake(
                "hours-as-days",
                _read(hours=1),
                "Hours are counted as days: an offer of some hours ago is of the day itself.",
            ),
            mistake(
                "weeks-as-days",
                _read(weeks=1),
                "Weeks are counted as days: a week has seven.",
            ),
            mistake(
                "avant-hier-is-hier",
                _read(before_yesterday=1),
                "“Avant-hier” contains “hier”, and is a day earlier: which of the two is looked "
                "for first?",
            ),
            mistake(
                "hours-from-midnight",
                _read(midnight=True),
                "Hours were taken from midnight: `day` has no time, so the result falls on the day "
                "before.",
            ),
            Condition(
                VALUES,
                _future,
                [
                    WrongAnswer("year-of-the-day", _read(past=False), "came out in the future"),
                    WrongAnswer("months-only", _read(months_only=True), "came out in the future"),
                ],
            ),
        ],
        advice=_("Work this one out on a calendar."),
        without=("printed", "changed"),
    ),
    praise=_("The text, and the day on which it was read: both are needed, and no clock."),
    hints=_(
        """
Cut the text into words with `split()`, which knows no-break spaces too, and treat the forms one
by one: a single word, `le …`, `il y a …`.

`day - pd.Timedelta(days=3)` is three days earlier. A small dictionary turns words into numbers:
`{"aujourd'hui": 0, "hier": 1}`. The apostrophe may be ’ or '.

For `le 26 février` try the year of `day`; if the date is later than `day`, it is the year before.
"""
    ),
)


# --- 3: pay in ten spellings


@cache
def _texts() -> pd.Series:
    return _offers()["salary"].dropna()


@cache
def _offers() -> pd.DataFrame:
    """Return the offers that stand on the site on `DAY`, with their truth, by reference."""
    import ssplab

    ads = ssplab.load("job_offers")
    there = ads["site"].eq(SITE) & ads["first_seen"].le(DAY) & ads["last_seen"].ge(DAY)
    planted = ssplab.truth("job_offers")
    return ads[there].merge(planted, on="ad_id", validate="1:1").set_index("reference")


def _lowest() -> pd.Series:
    return _offers().loc[_texts().index, "salary_low"]


def _stating(pattern: str) -> pd.Series:
    """Return which texts hold a pattern, whatever its capitals."""
    return _texts().str.contains(pattern, regex=True, flags=re.IGNORECASE)


def _amounts() -> pd.Series:
    """Return the first amount of each text as it stands, missing where there is none."""
    plain = _texts().str.split().str.join(" ").str.replace(",", ".")
    found = plain.str.findall(r"\d+(?: \d{3})*\.?\d*")
    return found.map(lambda numbers: float(numbers[0].replace(" ", "")) if numbers else math.nan)


HOURLY, THIRTEEN, THOUSANDS = r"/\s?h|heure|horaire", r"(?:x|sur)\s13\b", r"\d\s?k"
NET, UP_TO, SMIC = r"\bnets?\b", r"^jusqu", r"smic"
MONTHLY = rf"^(?!.*(?:{THIRTEEN}|{UP_TO}|{HOURLY}|{NET})).*(?:mois|mensuel)"
RANGES = r"\d.*(?:\sà\s|\s-\s|\d-\d|\d/\d).*\d"


def _misread(
    name: str, pattern: str, spoil: Callable[[pd.Series], pd.Series], told: str
) -> Condition:
    """Return a condition: most texts with a pattern are not read as a mistake reads them.

    Other mistakes may stand beside it, so the rest of the answer is not looked at.
    """

    def fault(answer: pd.Series) -> str | None:
        of_kind = _stating(pattern)
        right = _lowest()[of_kind]
        given, wrong = answer.reindex(right.index), spoil(right)
        as_spoilt = (given - wrong).abs().le(1) | (given.isna() & wrong.isna())
        differs = ~((given - right).abs().le(1) | (given.isna() & right.isna()))
        if (as_spoilt & differs).mean() <= 0.5:
            return None
        label = (as_spoilt & differs).idxmax()
        return _("{told} Look at {label}.").format(told=told, label=label)

    def make() -> pd.Series:
        answer = _lowest()
        of_kind = _stating(pattern)
        answer[of_kind] = spoil(answer[of_kind])
        return answer

    return Condition(VALUES, fault, [WrongAnswer(name, make, told)])


LOWEST = Exercise(
    expects=_("a Series of numbers, euros a year, labelled by reference"),
    answer=_lowest,
    conditions=compare.series(
        _lowest,
        key="reference",
        unit=_("gross euros a year, at full time"),
        mistakes=[
            _misread(
                "hours-as-stated",
                HOURLY,
                lambda right: right / 1820,
                _(
                    "Pay by the hour was left as it stands, or its comma was lost on the way: a "
                    "year at full time has 1,820 hours."
                ),
            ),
            _misread(
                "extras-decide-the-unit",
                r"^\d.*/\s?h.*mois",
                lambda right: right / 1820 * 12,
                _(
                    "A premium by the month stands beside pay by the hour, and was taken for its "
                    "unit."
                ),
            ),
            _misread(
                "thousands-as-stated",
                THOUSANDS,
                lambda right: right / 1000,
                _("k stands for a thousand: pay in k€ came out far too small."),
            ),
            _misread(
                "months-as-stated",
                MONTHLY,
                lambda right: right / 12,
                _("Pay by the month was left by the month: a year is asked for."),
            ),
            _misread(
                "net-as-gross",
                NET,
                lambda right: right * 0.78,
                _("Net pay was taken for gross: gross is net divided by 0.78."),
            ),
            _misread(
                "net-times-rate",
                NET,
                lambda right: right * 0.78**2,
                _("Net pay was multiplied by 0.78 where gross is asked for: gross is the larger."),
            ),
            _misread(
                "thirteenth-forgotten",
                THIRTEEN,
                lambda right: right / 13 * 12,
                _("Where 13 months are told, 12 were taken."),
            ),
            _misread(
                "thirteen-as-amount",
                THIRTEEN,
                lambda right: right * 0 + 13,
                _("The 13 of “x 13” is a number of months, not an amount."),
            ),
            _misread(
                "highest-for-lowest",
                RANGES,
                lambda right: _offers().loc[right.index, "salary_high"],
                _("Of two bounds the higher was taken; the lowest pay is asked for."),
            ),
            _misread(
                "up-to-as-lowest",
                UP_TO,
                lambda right: _amounts()[right.index] * 12,
                _("“Jusqu'à” states the highest pay; the lowest stays missing."),
            ),
            _misread(
                "smic-without-figure",
                SMIC,
                lambda right: right * math.nan,
                _("SMIC is a figure too, though no digit stands there."),
            ),
        ],
        advice=_("Read the text of {label} aloud: by what, gross or net, which of its numbers?"),
        without=("rounded", "sign", "factor", "unit"),
    ),
    praise=_("By hour, month or year, gross or net, in one unit."),
    hints=_(
        """
Bring the text to one form first: small letters, a point for the comma, one plain space for every
kind of space. `" ".join(text.split())` does the last.

Take the first amount, `\\d+(?: \\d{3})*\\.?\\d*`, then find by what it is: hour before thousand,
thousand before month, month before year. A regular expression for each is enough.

`texts.map(lowest_pay)` applies a function to each text. Where “jusqu'à” stands, or no amount and
no SMIC, it returns `float("nan")`.
"""
    ),
)


# --- 4: the whole list, politely

COLUMNS = ("reference", "title", "place", "published")
CHECKED_ON, TROUBLED_ON = "2023-05-15", "2023-04-16"


@dataclass(frozen=True)
class _Visit:
    """What calling a function on the practice web came to."""

    result: Any
    error: str
    requests: int
    broken: tuple[tuple[str, int, str], ...]
    """Rule, times that it was not kept, an address."""


_visits: dict[tuple[Callable, str], _Visit] = {}


def _visit(answer: Callable, scenario: str = "calm") -> _Visit:
    """Call a function on sites opened for it, once until `_callable` is examined again."""
    from ssplab.web import scenario_of, serve

    if (answer, scenario) not in _visits:
        day, manners = CHECKED_ON, scenario_of(scenario)
        if scenario != "calm":  # so few requests are allowed that a polite robot too gets 429
            day, manners = TROUBLED_ON, replace(manners, rate_factor=0.1)
        result, error = None, ""
        with serve(_world(), date=day, scenario=manners) as web:
            try:
                result = answer(web)
            except KeyboardInterrupt:
                raise
            except BaseException as raised:  # a trainee's function may raise anything
                error = exception_text(raised)
            entries = web.journal()
            verdict = web.verdict(site=SITE)
        broken = tuple((one.rule, one.count, one.example) for one in verdict.broken)
        requests = int(entries["site"].eq(SITE).sum())
        _visits[answer, scenario] = _Visit(result, error, requests, broken)
    return _visits[answer, scenario]


@cache
def _world():
    from ssplab.web import World

    return World.load("job_offers")


@cache
def _on_site(day: str) -> pd.DataFrame:
    """Return what the site lists on a day, as a right answer gives it."""
    import pandas as pd

    shown = _world().ads_on(SITE, pd.Timestamp(day).date())
    rows = [
        (ad.reference, " ".join(ad.title.split()), " ".join(ad.location.split()), ad.published)
        for ad in shown
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"published": "datetime64[us]"})


def _ask(web: Web, client, address: str, pause: float, patience: str) -> str:
    """Return a page's text; `patience` is waits, at once, not caught or none."""
    import httpx

    while True:
        web.sleep(pause)
        try:
            page = client.get(address)
        except httpx.TransportError:
            if patience in ("none", "not caught"):
                raise
            continue
        if page.status_code == 200 or patience == "none":
            return page.text
        if patience != "at once":
            web.sleep(float(page.headers.get("retry-after", 60)))


def _collector(
    *,
    agent: str = AGENT,
    robots: bool = True,
    pause: float = 1,
    patience: str = "waits",
    stray: Sequence[str] = (),
    most: int | None = None,
    change: Callable[[pd.DataFrame], Any] = lambda table: table,
    year: int | None = None,
    offers: bool = False,
) -> Callable[[Web], Any]:
    """Return a function that collects the list, with or without a fault."""

    def collect(web: Web) -> Any:
        import pandas as pd
        from selectolax.lexbor import LexborHTMLParser

        client = web.client(agent, base_url=HOME)
        day = pd.Timestamp(web.date) if year is None else pd.Timestamp(web.date).replace(year=year)
        if robots:
            client.get("/robots.txt")
        rows, address, number = [], "/missions", 0
        while address and number != most:
            number += 1
            page = LexborHTMLParser(_ask(web, client, address, pause, patience))
            for line in page.css("li.ix-ligne"):
                texts = [line.css_first(f".ix-{name}").text() for name in ("mission", "ville")]
                squashed = [" ".join(text.split()) for text in texts]
                date = _published(line.css_first(".ix-quand").text(), day)
                rows.append((line.attributes["data-ref"], *squashed, date))
                if offers:
                    _ask(web, client, line.css_first("a").attributes["href"], pause, patience)
            following = page.css_first("a[rel=next]")
            address = following.attributes["href"] if following else None
        for path in stray:
            _ask(web, client, path, pause, "none")
        return change(pd.DataFrame(rows, columns=list(COLUMNS)))

    return collect


@cache
def _collects(fault: str = "") -> Callable[[Web], Any]:
    """Return the collector with a fault by its name, always the same function."""
    browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
    faults: dict[str, dict[str, Any]] = {
        "": {},
        "as a browser": {"agent": browser},
        "robots.txt not read": {"robots": False},
        "no pause": {"pause": 0},
        "sign-up pages": {"stray": ["/inscription/IE/738/096"]},
        "hidden link": {"stray": ["/missions-archivees"]},
        "first page again": {"stray": ["/missions"]},
        "one page": {"most": 1},
        "last page lost": {
            "change": lambda table: table.iloc[: len(table) // _per_page() * _per_page()]
        },
        "twice": {"change": lambda table: _twice(table)},
        "more than offers": {"change": lambda table: _with_archive(table)},
        "list of rows": {"change": lambda table: table.to_dict("records")},
        "column lost": {"change": lambda table: table.drop(columns="published")},
        "nothing returned": {"change": lambda table: None},
        "dates as text": {"change": lambda table: table.astype({"published": "str"})},
        "spaces kept": {"change": lambda table: table.assign(title=" " + table["title"] + "\n")},
        "another year": {"year": 2024},
        "titles moved": {
            "change": lambda table: table.assign(title=table["title"].to_numpy()[::-1])
        },
        "no patience": {"patience": "none"},
        "at once": {"patience": "at once"},
        "not caught": {"patience": "not caught"},
        "offers too": {"offers": True},
    }
    return _collector(**faults[fault])


def _twice(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([table, table.iloc[: _per_page()]], ignore_index=True)


def _with_archive(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([table, table.iloc[:1].assign(reference="IE/000/000")], ignore_index=True)


def _in_trouble(change: Callable[[pd.DataFrame], Any]) -> Callable[[Web], Any]:
    """Return a collector whose table is changed on the day when the site is in trouble."""

    def collect(web: Web) -> Any:
        table = _collects()(web)
        return change(table) if str(web.date) == TROUBLED_ON else table

    return collect


def _elsewhere(web: Web) -> pd.DataFrame:
    return _on_site(CHECKED_ON)


def _fails(web: Web) -> pd.DataFrame:
    raise ValueError("no such element")


def _callable(answer: Any) -> str | None:
    _visits.clear()  # what the function calls may have changed since
    if callable(answer):
        return None
    return _(
        "You give {this}; the function itself is asked for, its name without parentheses: the "
        "check calls it on sites of its own."
    ).format(this=a_type(answer))


def _raises(answer: Callable) -> str | None:
    visit = _visit(answer)
    if not visit.error:
        return None
    return _("Called on the sites of {day}, the function raises {error}").format(
        day=CHECKED_ON, error=visit.error
    )


def _reaches(answer: Callable) -> str | None:
    if _visit(answer).requests:
        return None
    return _(
        "No request reached the site that the function was given. Make the client from its "
        "argument, web.client(…), not from the `web` of the notebook."
    )


def _is_table(answer: Callable) -> str | None:
    import pandas as pd

    result = _visit(answer).result
    if isinstance(result, pd.DataFrame):
        return None
    return _("The function returns {this}; a table, a DataFrame, is asked for.").format(
        this=a_type(result)
    )


def _has_columns(answer: Callable) -> str | None:
    result = _visit(answer).result
    lacking = [name for name in COLUMNS if name not in result]
    if not lacking:
        return None
    return _("The table has no column {name}.").format(name=lacking[0])


def _doubled(answer: Callable) -> str | None:
    references = _visit(answer).result["reference"]
    if references.is_unique:
        return None
    return _(
        "{number:,} offers stand in the table more than once: a page was read twice. Identify "
        "offers by their reference."
    ).format(number=references.duplicated().sum())


def _unknown(answer: Callable) -> str | None:
    references = _visit(answer).result["reference"]
    unknown = references[~references.isin(_on_site(CHECKED_ON)["reference"])]
    if unknown.empty:
        return None
    return _("{label} is no reference of an offer on the list of that day.").format(
        label=unknown.iloc[0]
    )


def _complete(answer: Callable) -> str | None:
    result, right = _visit(answer).result, _on_site(CHECKED_ON)
    if len(result) == len(right):
        return None
    if len(result) <= _per_page():
        return _("Only the first page of the list was read, or less: follow the link to the next.")
    return _(
        "Not all offers are there: compare with the number that the site tells. How does your "
        "function know which page is the last?"
    )


def _aligned(answer: Callable) -> tuple[pd.DataFrame, pd.DataFrame]:
    right = _on_site(CHECKED_ON).set_index("reference")
    return _visit(answer).result.set_index("reference").loc[right.index], right


def _dated(answer: Callable) -> str | None:
    given, right = _aligned(answer)
    if given["published"].dtype.kind != "M":
        return _("`published` is of type {dtype}; dates are asked for.").format(
            dtype=given["published"].dtype
        )
    wrong = given["published"].ne(right["published"])
    if not wrong.any():
        return None
    return _(
        "`published` is not right, for instance that of {label}. The day of the site is web.date."
    ).format(label=wrong.idxmax())


def _worded(answer: Callable) -> str | None:
    given, right = _aligned(answer)
    for name in ("title", "place"):
        squashed = given[name].astype("str").str.split().str.join(" ")
        if squashed.ne(right[name]).any():
            label = squashed.ne(right[name]).idxmax()
            return _("The column {name} is not right, for instance of {label}.").format(
                name=name, label=label
            )
        if given[name].ne(right[name]).any():
            return _("The column {name} has spaces or line ends that belong to the HTML.").format(
                name=name
            )
    return None


def _not_kept(visit: _Visit, *, only: Sequence[str] = ()) -> str | None:
    """Return which rules a visitor did not keep; None if there is none."""
    from ssplab.web import RULES

    broken = [
        _("“{rule}” ({meaning}), {count} times, for instance {example}").format(
            rule=rule, meaning=RULES[rule], count=count, example=example
        )
        for rule, count, example in visit.broken
        if not only or rule in only
    ]
    return "; ".join(broken) or None


def _polite(answer: Callable) -> str | None:
    rules = _not_kept(_visit(answer))
    if rules is None:
        return None
    return _(
        "The table is right, and is refused: the journal finds the robot rude. Not kept: {rules}."
    ).format(rules=rules)


def _light(answer: Callable) -> str | None:
    asked, enough = _visit(answer).requests, math.ceil(len(_on_site(CHECKED_ON)) / _per_page()) + 1
    if asked <= enough + 3:  # a redirect, or the rules once more
        return None
    return _(
        "{asked} requests where {enough} do: robots.txt once, and each page of the list, where "
        "everything asked for stands. As light a burden as possible."
    ).format(asked=asked, enough=enough)


def _patient(answer: Callable) -> str | None:
    import pandas as pd

    visit = _visit(answer, "flaky")
    right = _on_site(TROUBLED_ON)
    if visit.error:
        return _(
            "On a day when the site is in trouble the function raises {error} A page that breaks "
            "off, or is answered by 503 or 429, is to be asked for again, after a pause."
        ).format(error=visit.error)
    if not isinstance(visit.result, pd.DataFrame) or "reference" not in visit.result:
        return _(
            "On a day when the site is in trouble the function returns {this}, not a table with "
            "the column reference."
        ).format(this=a_type(visit.result))
    if set(visit.result["reference"]) != set(right["reference"]):
        return _(
            "On a day when the site is in trouble offers are lost: a page with status 503 or 429 "
            "is no list page. Look at `status_code` before you parse."
        )
    if not visit.result["reference"].is_unique:
        return _("On a day when the site is in trouble offers stand in the table twice.")
    # the calm day has told of the others, in words of their own
    rules = _not_kept(visit, only=("back-off", "crawl-delay"))
    if rules is None:
        return None
    return _(
        "On a day when the site is in trouble the robot does not wait. Not kept: {rules}."
    ).format(rules=rules)


def _collecting(aspect: str, fault: Callable[[Any], str | None], **wrong: str) -> Condition:
    """Return a condition with its wrong answers: the name of a fault, and what it is told."""
    names = {name: name.replace("_", " ") for name in wrong}
    return Condition(
        aspect,
        fault,
        [
            WrongAnswer(name.replace("_", "-"), lambda name=name: _collects(names[name]), told)
            for name, told in wrong.items()
        ],
    )


COLLECT = Exercise(
    expects=_("a function collect(web) that returns a table, a row an offer"),
    answer=_collects,
    conditions=[
        Condition(
            TYPE,
            _callable,
            [WrongAnswer("table-itself", lambda: _on_site(CHECKED_ON), "the function itself")],
        ),
        Condition(TYPE, _raises, [WrongAnswer("raises", lambda: _fails, "the function raises")]),
        Condition(
            TYPE, _reaches, [WrongAnswer("elsewhere", lambda: _elsewhere, "No request reached")]
        ),
        _collecting(
            TYPE, _is_table, nothing_returned="returns None", list_of_rows="returns a list"
        ),
        _collecting(TABLE, _has_columns, column_lost="no column"),
        _collecting(TABLE, _doubled, twice="more than once"),
        _collecting(TABLE, _unknown, more_than_offers="no reference of an offer"),
        _collecting(
            TABLE, _complete, one_page="Only the first page", last_page_lost="Not all offers"
        ),
        _collecting(
            TABLE, _dated, dates_as_text="dates are asked for", another_year="is not right, for"
        ),
        _collecting(
            TABLE, _worded, titles_moved="The column title is not right", spaces_kept="belong to"
        ),
        Condition(
            MANNERS,
            _polite,
            [
                WrongAnswer(name.replace(" ", "-"), lambda name=name: _collects(name), told)
                for name, told in {
                    "as a browser": "“identified”",
                    "robots.txt not read": "“robots.txt first”",
                    "no pause": "“crawl-delay”",
                    "sign-up pages": "http://interim-express.example/inscription",
                    "hidden link": "“no trap”",
                    "first page again": "“no repeats”",
                }.items()
            ],
        ),
        _collecting(MANNERS, _light, offers_too="As light a burden"),
        Condition(
            MANNERS,
            _patient,
            [
                WrongAnswer("no-patience", lambda: _collects("no patience"), "offers are lost"),
                WrongAnswer("at-once", lambda: _collects("at once"), "does not wait"),
                WrongAnswer("not-caught", lambda: _collects("not caught"), "that breaks off"),
                WrongAnswer(
                    "other-rows",
                    lambda: _in_trouble(lambda table: table.assign(reference=range(len(table)))),
                    "offers are lost",
                ),
                WrongAnswer(
                    "returns-none-then",
                    lambda: _in_trouble(lambda table: None),
                    "in trouble the function returns None",
                ),
                WrongAnswer(
                    "twice-then", lambda: _in_trouble(_twice), "offers stand in the table twice"
                ),
            ],
        ),
    ],
    praise=_("All offers of the day, and the site would have you back."),
    hints=_(
        """
Write it in the order of the chapter: robots.txt first, then the list page by page, with a pause
before each. The chapter's `fetch` pauses, and waits after 429 and 503; it may be yours, with
`pause = 1` above it, as robots.txt asks.

`for line in page.css("li.ix-ligne")` runs over the offers of a page; `line.attributes["data-ref"]`
is a reference, `line.css_first(".ix-mission").text()` a title. Your `published` makes the date.

`while address:` goes on as long as there is a next page: `address` becomes the `href` of
`a[rel=next]`, or None where `css_first` finds none. `web.sleep(pause)` before each request.
"""
    ),
)


# --- 5: may the table be published?


def _trusted(
    table: pd.DataFrame,
    told: int | None,
    *,
    distinct: bool = True,
    untold: bool = False,
    empty: bool = False,
    fields: Sequence[str] = ("title", "place", "published"),
    counted: bool = True,
    together: bool = False,
    anywhere: bool = False,
    single: bool = False,
    fewer: int = 0,
    more: int = 0,
    most: float = 0.05,
) -> bool:
    if told is None:
        return untold
    if table.empty:
        return empty and not told
    number = table["reference"].nunique() if distinct else len(table)
    missing = table[list(fields)].isna().mean()
    lost = missing.mean() if together else missing.max() if len(missing) else 0
    if anywhere:
        lost = table[list(fields)].isna().any(axis=1).mean()
    if single and not table["reference"].is_unique:
        return False
    return bool((-fewer <= number - told <= more or not counted) and lost <= most)


def _trusts(**changed: Any) -> Callable[[], Callable]:
    return lambda: lambda table, told: _trusted(table, told, **changed)


def _collected(
    rows: int = 40,
    *,
    lost: str = "",
    share: float = 1.0,
    without_pay: float = 0.3,
    twice: int = 0,
    renewed: bool = False,
    spread: int = 0,
) -> pd.DataFrame:
    """Return a day's table of which a share of a field is lost, and some rows stand twice.

    `renewed` says that those have another date; `spread` is how many values each of three fields
    lacks, on different rows.
    """
    import pandas as pd

    number = pd.RangeIndex(rows)
    table = pd.DataFrame(
        {
            "reference": [f"IE/{one:03}/{one * 7 % 1000:03}" for one in number],
            "title": "Cariste (F/H)",
            "place": "44000 NANTES",
            "published": pd.Timestamp(DAY),
            "pay": "12,50 €/h",
        }
    )
    table["pay"] = table["pay"].where(number >= without_pay * rows)
    if lost:
        table[lost] = table[lost].where(number >= share * rows)
    for place, name in enumerate(("title", "place", "published")):
        table[name] = table[name].mask((number >= place * spread) & (number < (place + 1) * spread))
    again = table.iloc[:twice]
    if renewed:
        again = again.assign(published=pd.Timestamp(DAY) - pd.Timedelta(days=1))
    return pd.concat([table, again], ignore_index=True)


def _day(words: str, told: int | None = 40, **made: Any) -> compare.Case:
    return compare.Case(words, lambda: (_collected(**made), told))


def _decides(
    case: compare.Case, name: str, message: str, make: Callable[[], Callable]
) -> Condition:
    """Return a condition: the function decides a case as it is to be decided."""

    def fault(answer: Callable) -> str | None:
        try:
            decided = answer(*case.arguments())
        except Exception:  # the conditions before say it
            return None
        return None if bool(decided) == _trusted(*case.arguments()) else message

    return Condition(VALUES, fault, [WrongAnswer(name, make, message)])


TRUSTED = Exercise(
    expects=_("a function trusted(table, told) that returns True or False"),
    answer=_trusts(),
    conditions=compare.function(
        _trusts(),
        [
            _day(_("a table with nothing missing"), without_pay=0.0),
            _day(_("an empty table, and a site that told offers"), rows=0),
            _day(_("a day on which the site's own number was not found"), told=None),
            _day(_("a table in which an offer stands twice"), twice=1),
        ],
        mistakes=[
            _decides(
                _day("", without_pay=0.0),
                "nothing-trusted",
                _("A table with all offers and all fields is refused."),
                lambda: lambda table, told: False,
            ),
            _decides(
                _day("", without_pay=0.3),
                "pay-required",
                _(
                    "A good table is refused because some offers do not tell their pay: only "
                    "title, place and published are required."
                ),
                _trusts(fields=("title", "place", "published", "pay")),
            ),
            _decides(
                _day("", lost="place", share=0.025),
                "no-missing-at-all",
                _("A good table is refused because one value is missing: some are allowed."),
                _trusts(most=0.0),
            ),
            _decides(
                _day("", told=52),
                "number-ignored",
                _("The site's own number is not compared: half a list would be published."),
                _trusts(counted=False),
            ),
            _decides(
                _day("", twice=12, told=52),
                "rows-counted",
                _(
                    "Rows were counted, not references: an offer that stands twice hides one that "
                    "is lost."
                ),
                _trusts(distinct=False),
            ),
            _decides(
                _day("", lost="title"),
                "number-only",
                _(
                    "The number of offers is right even where a selector finds nothing: look at "
                    "the fields too. `isna().mean()` is a share, so that 5 % is 0.05."
                ),
                _trusts(fields=()),
            ),
            _decides(
                _day("", lost="published"),
                "date-not-looked-at",
                _("A table without any date is trusted: three fields are required, not two."),
                _trusts(fields=("title", "place")),
            ),
            _decides(
                _day("", lost="place"),
                "place-not-looked-at",
                _("A table without any place is trusted: three fields are required, not two."),
                _trusts(fields=("title", "published")),
            ),
            _decides(
                _day("", lost="title", share=0.1),
                "fields-together",
                _(
                    "The missing values of all fields were averaged, or too many are allowed: a "
                    "field that is lost hides among the others. Look at each."
                ),
                _trusts(together=True),
            ),
            _decides(
                _day("", rows=200, told=200, lost="place", share=0.055),
                "six-percent",
                _("A field of which more than 5 % is missing is trusted: too many are allowed."),
                _trusts(most=0.06),
            ),
            _decides(
                _day("", rows=20, told=20, lost="place", share=0.05),
                "five-percent-refused",
                _("A table is refused that lacks just 5 % of a field: 5 % at most may be missing."),
                _trusts(most=0.049),
            ),
            _decides(
                _day("", rows=50, told=50, spread=2),
                "rows-with-anything-missing",
                _(
                    "A good table is refused: the 5 % hold for each field by itself, not for the "
                    "rows on which anything is missing."
                ),
                _trusts(anywhere=True),
            ),
            _decides(
                _day("", rows=41),
                "more-than-told",
                _(
                    "A table with one reference more than the site told is trusted: as many as it "
                    "told are asked for."
                ),
                _trusts(more=1),
            ),
            _decides(
                _day("", rows=199, told=200),
                "nearly-as-many",
                _(
                    "A table that lacks one of the references is trusted: as many as the site told "
                    "are asked for."
                ),
                _trusts(fewer=1),
            ),
            _decides(
                _day("", twice=1, renewed=True),
                "twice-refused",
                _(
                    "Rows were counted, or a table is refused because an offer stands twice in it: "
                    "only different references count."
                ),
                _trusts(single=True),
            ),
            _decides(
                _day("", told=None),
                "untold-is-fine",
                _(
                    "Without the site's own number the table was trusted: that it is not found is "
                    "the first sign of a redesign."
                ),
                _trusts(untold=True),
            ),
            _decides(
                _day("", rows=0, told=0),
                "empty-is-fine",
                _(
                    "A table without rows was trusted. A list that is empty may be a selector that "
                    "finds nothing."
                ),
                _trusts(empty=True),
            ),
        ],
        without=("printed", "value"),
    ),
    praise=_("It refuses what is lost, and not what employers leave unsaid."),
    hints=_(
        """
Three rules: a number to compare with is there, as many different references as it says, and three
fields that are nearly always found. Write them one by one.

`table["reference"].nunique()` counts different references; `isna().mean()` of several columns gives
the share missing of each, and `(shares <= 0.05).all()` asks it of all.

An empty table and `told` None are best sent away at the top: `if …: return False`. `bool(…)` makes
a plain True or False of NumPy's.
"""
    ),
)


# --- 6: an open exercise

OWN_COLLECTION = Exercise(
    expects=_("a collection of your own, its first day"),
    hints=_(
        """
Read robots.txt and the conditions of use, and write down in a sentence each what they ask, before
you write any code.

Look at the bytes: `page.content[:400]`. Does the header `content-type` name the encoding that the
head of the page names? `page.content.decode("iso-8859-1")` decodes by yourself.
"""
    ),
)

EXERCISES = {
    1: ALLOWED,
    2: PUBLISHED,
    3: LOWEST,
    4: COLLECT,
    5: TRUSTED,
    6: OWN_COLLECTION,
}
