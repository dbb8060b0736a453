"""What was asked of the sites, and whether it was asked politely.

A visitor is a user agent: every machine that asks is this one, and sessions are the visitor's own
affair. In a workshop a visitor is a name, and has a journal alone, whatever user agents it sends.
The rules are judged site by site, since each has its robots.txt.
"""

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.robotparser import RobotFileParser

import pandas as pd

from ssplab.web.manners import Manners, is_anonymous, is_browser, names_contact


@dataclass(frozen=True)
class Entry:
    """A request and how it was answered."""

    number: int
    site: str
    visitor: str
    """The user agent, as sent; empty where none was. In a workshop, the visitor's name."""
    method: str
    path: str
    """With the query."""
    status: int
    elapsed: float
    """Seconds on the site's clock, which never go back."""
    at: datetime
    """Date and time on the site's clock."""
    size: int
    """Bytes of the answer's body."""
    etag: str | None = None
    holds: str | None = None
    """The ETags that the visitor holds, and wants no page again for (If-None-Match)."""
    retry_after: int | None = None
    """Seconds to wait that the answer asked for."""
    location: str | None = None
    """Where the answer sent the visitor."""
    identified: bool = False
    """Whether the request says who is behind it, and how to reach them."""
    free: bool = False
    """Whether it counts for no limit or delay: robots.txt, style sheets."""
    marks: frozenset[str] = frozenset()
    """What else there is to say: `trap`, `truncated`, `login failed`."""
    offers: frozenset[str] = frozenset()
    """References of the offers that a page, a list or the API showed."""

    @property
    def is_received(self) -> bool:
        """Whether the visitor holds the whole page now."""
        whole = self.status in (200, 304) and "truncated" not in self.marks
        return whole and self.method == "GET"


class Broken(NamedTuple):
    """A rule that was not kept."""

    rule: str
    count: int
    example: str
    """An address where it was not."""

    @property
    def times(self) -> str:
        """How often, in words."""
        return "once" if self.count == 1 else f"{self.count} times"


LEEWAY = 0.05  # of a pause: requests sent in time may arrive closer together than they were sent

RULES = {
    "identified": "says who it is, with an address or a page to write to",
    "robots.txt first": "reads robots.txt before any page",
    "allowed paths": "keeps away from what robots.txt closes",
    "crawl-delay": "leaves the pause that robots.txt asks for between two requests",
    "back-off": "after 429 or 503 waits as long as Retry-After says",
    "no repeats": "asks for a page that it holds only with If-None-Match, or not at all that day",
    "no trap": "follows no link that people do not see",
    "no guessing": "does not try one password after another",
}


@dataclass(frozen=True)
class Verdict:
    """Whether a visitor was polite, and why not."""

    visitor: str | None
    """None for all visitors together."""
    site: str | None
    """None for all sites together."""
    requests: int
    broken: tuple[Broken, ...]

    @property
    def polite(self) -> bool:
        """Whether something was asked, and no rule was broken."""
        return self.requests > 0 and not self.broken

    def __str__(self) -> str:
        who = "all visitors" if self.visitor is None else self.visitor or "(no user agent)"
        where = self.site or "all sites"
        if not self.requests:
            return f"{who} on {where}: no request."
        lines = [f"{who} on {where}: {'polite' if self.polite else 'not polite'}, "
                 f"{self.requests} requests."]  # fmt: skip
        lines += [
            f"- {fault.rule}: not kept {fault.times}, for instance {fault.example}"
            for fault in self.broken
        ]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(f"<div>{html.escape(line)}</div>" for line in str(self).splitlines())


class Collected(NamedTuple):
    """What came whole from a site, each page and each offer counted once."""

    pages: int
    offers: int


class Asked(NamedTuple):
    """What a site asks of its visitors."""

    manners: Manners
    robots: RobotFileParser


class Journal:
    """The log of all sites.

    Parameters
    ----------
    manners : mapping
        Of each site, under the scenario.
    """

    def __init__(self, manners: Mapping[str, Manners]):
        self.entries: list[Entry] = []
        self._asked = {name: Asked(rules, rules.robots()) for name, rules in manners.items()}

    def admit(self, site: str, manners: Manners) -> None:
        """Take in a site that was not there at the beginning."""
        self._asked[site] = Asked(manners, manners.robots())

    def write(self, **what: object) -> None:
        """Add an entry; it is numbered here."""
        self.entries.append(Entry(number=len(self.entries) + 1, **what))

    def frame(self) -> pd.DataFrame:
        """Return the log.

        Returns
        -------
        DataFrame
            One row a request, in the order of arrival: `at` (date and time), `site`, `visitor`,
            `method`, `path`, `status`, `size` (bytes), `conditional`, `retry_after` (seconds),
            `marks` (text).
        """
        rows = [
            (entry.number, entry.at, entry.site, entry.visitor, entry.method, entry.path,
             entry.status, entry.size, entry.holds is not None, entry.retry_after,
             ", ".join(sorted(entry.marks)))
            for entry in list(self.entries)
        ]  # fmt: skip
        columns = ["number", "at", "site", "visitor", "method", "path", "status", "size"]
        columns += ["conditional", "retry_after", "marks"]
        log = pd.DataFrame(rows, columns=columns)
        return log.astype({"at": "datetime64[us]", "retry_after": "Int64"}).set_index("number")

    def visits(self) -> list[tuple[str, str]]:
        """Return visitors and the sites that each was on, in the order of their first request."""
        return list(dict.fromkeys((entry.visitor, entry.site) for entry in list(self.entries)))

    def collected(self) -> dict[str, Collected]:
        """Return what came whole, of each site from which anything did."""
        received = [entry for entry in list(self.entries) if entry.is_received and not entry.free]
        return {
            site: Collected(
                len({entry.path for entry in received if entry.site == site}),
                len(set().union(*(entry.offers for entry in received if entry.site == site))),
            )
            for site in dict.fromkeys(entry.site for entry in received)
        }

    def record(self) -> dict[str, list[dict]]:
        """Return the whole log and its verdicts, ready for JSON.

        Returns
        -------
        dict
            `verdicts`, one a visitor and site, as `Verdict` with `polite`; `requests`, as `Entry`,
            dates in ISO 8601, `marks` and `offers` in alphabetical order.
        """
        verdicts = [self.verdict(visitor, site) for visitor, site in self.visits()]
        return {
            "verdicts": [
                {**asdict(verdict), "broken": [broken._asdict() for broken in verdict.broken],
                 "polite": verdict.polite}
                for verdict in verdicts
            ],
            "requests": [
                {**asdict(entry), "at": entry.at.isoformat(), "marks": sorted(entry.marks),
                 "offers": sorted(entry.offers)}
                for entry in list(self.entries)
            ],
        }  # fmt: skip

    def verdict(self, visitor: str | None = None, site: str | None = None) -> Verdict:
        """Return what is to be said of a visitor, or of all; on a site, or on all.

        Parameters
        ----------
        visitor : str, optional
            The user agent, whole.
        site : str, optional
            The site's name, such as `fleuve-emploi`.
        """
        broken: dict[str, Broken] = {}
        requests = 0
        for who, where in self.visits():
            if visitor not in (None, who) or site not in (None, where):
                continue
            theirs = [
                entry for entry in list(self.entries) if (entry.visitor, entry.site) == (who, where)
            ]
            theirs.sort(key=lambda entry: entry.elapsed)  # slow answers end after later requests
            requests += len(theirs)
            for rule, faults in _faults(theirs, self._asked[where]):
                if faults:
                    example = f"http://{where}.example{faults[0].path}"
                    former = broken.get(rule, Broken(rule, 0, example))
                    broken[rule] = former._replace(count=former.count + len(faults))
        return Verdict(
            visitor, site, requests, tuple(broken[rule] for rule in RULES if rule in broken)
        )

    def verdicts(self) -> pd.DataFrame:
        """Return the verdicts rule by rule.

        Returns
        -------
        DataFrame
            One row a visitor, site and rule: `kept` (bool), `count` (times that it was not kept),
            `example` (an address, else empty).
        """
        rows = []
        for visitor, site in self.visits():
            broken = {fault.rule: fault for fault in self.verdict(visitor, site).broken}
            for rule in RULES:
                fault = broken.get(rule, Broken(rule, 0, ""))
                rows.append((visitor, site, rule, fault.count == 0, fault.count, fault.example))
        return pd.DataFrame(
            rows, columns=["visitor", "site", "rule", "kept", "count", "example"]
        ).astype({"kept": bool, "count": int})


def _faults(entries: list[Entry], site: Asked) -> Iterable[tuple[str, list[Entry]]]:
    """Yield each rule with the requests of one visitor to one site that break it."""
    for rule, examine in EXAMINED.items():
        yield rule, examine(entries, site)


def _unidentified(entries: list[Entry], site: Asked) -> list[Entry]:
    return [entry for entry in entries if not entry.identified]


def _before_robots(entries: list[Entry], site: Asked) -> list[Entry]:
    before = []
    for entry in entries:
        if entry.path == "/robots.txt":
            break
        if not entry.free:
            before.append(entry)
    return before


def _closed(entries: list[Entry], site: Asked) -> list[Entry]:
    return [
        entry
        for entry in entries
        if not entry.free and not site.robots.can_fetch(entry.visitor or "*", entry.path)
    ]


def _steps(entries: list[Entry]) -> list[tuple[Entry | None, Entry]]:
    """Return each request that counts, with the one before; a redirect's target is no new one."""
    steps = []
    before = None
    for entry in entries:
        if entry.free:
            continue
        if before is None or before.location != entry.path:
            steps.append((before, entry))
        before = entry
    return steps


def _too_fast(entries: list[Entry], site: Asked) -> list[Entry]:
    delay = site.manners.crawl_delay
    return [
        entry
        for before, entry in _steps(entries)
        if before is not None and entry.elapsed - before.elapsed < delay * (1 - LEEWAY)
    ]


def _impatient(entries: list[Entry], site: Asked) -> list[Entry]:
    until = 0.0
    faults = []
    for entry in entries:
        if entry.free:
            continue
        if entry.elapsed < until:
            faults.append(entry)
        if entry.retry_after is not None:
            until = max(until, entry.elapsed + entry.retry_after)
    return faults


def _repeated(entries: list[Entry], site: Asked) -> list[Entry]:
    held: dict[str, Entry] = {}
    faults = []
    for _, entry in _steps(entries):
        if not entry.is_received:
            continue
        former = held.get(entry.path)
        if (
            former is not None
            and (former.etag is None or former.etag not in (entry.holds or ""))
            and (former.etag is not None or former.at.date() == entry.at.date())
        ):
            faults.append(entry)
        held[entry.path] = entry
    return faults


def _trapped(entries: list[Entry], site: Asked) -> list[Entry]:
    return [entry for entry in entries if "trap" in entry.marks]


def _guessing(entries: list[Entry], site: Asked) -> list[Entry]:
    return [entry for entry in entries if "login failed" in entry.marks][site.manners.logins :]


EXAMINED: dict[str, Callable[[list[Entry], Asked], list[Entry]]] = dict(
    zip(
        RULES,
        (_unidentified, _before_robots, _closed, _too_fast, _impatient, _repeated, _trapped,
         _guessing),
        strict=True,
    )
)  # fmt: skip


def is_identified(agent: str, sender: str) -> bool:
    """Whether a user agent or a header From says whom to write to.

    A browser's user agent says nothing of who is behind a robot.
    """
    if is_browser(agent):
        return False
    return names_contact(agent) or (not is_anonymous(agent) and names_contact(sender))
