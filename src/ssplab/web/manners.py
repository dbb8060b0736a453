"""How a site treats its visitors: what robots.txt asks, how much is too much, what is remembered.

`Manners` says it, `Doorkeeper` keeps the count for one site and says when a visitor is sent away.
"""

import math
import re
from dataclasses import dataclass, field, replace
from urllib.robotparser import RobotFileParser

from ssplab.web.clock import SimulatedClock
from ssplab.web.scenarios import Scenario
from ssplab.web.world import World

LIBRARY = re.compile(
    r"^(python-requests|python-httpx|python-urllib|aiohttp|python/|scrapy|curl|wget|libcurl|java|"
    r"go-http-client|okhttp|axios|node-fetch|httpie|mechanize|perl|libwww|apache-httpclient)",
    re.IGNORECASE,
)
CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|https?://[^\s)]+", re.IGNORECASE)
PRESET = re.compile(
    r"https?://(www\.)?scrapy\.org", re.IGNORECASE
)  # the library's page, not a visitor's
BROWSER = re.compile(r"^Mozilla/|HeadlessChrome")
BURST = 20  # simulated seconds that a burst of 503 lasts
SLOW = (3, 12)  # seconds that a slow answer takes, from … to …


@dataclass(frozen=True)
class Manners:
    """What a site asks of its visitors, and how it answers those who do not heed it."""

    disallow: tuple[str, ...] = ()
    """Beginnings of paths that robots.txt closes to robots, the trap apart."""
    crawl_delay: float = 1
    """Seconds between two requests that robots.txt asks for; 0 asks for none."""
    trap: str | None = None
    """A path that no person sees a link to; it is closed in robots.txt."""
    sitemap: str | None = None
    """Path of the sitemap that robots.txt names."""
    per_second: float = 2
    """Requests a second that are allowed in the long run, whoever asks; 0 is without limit."""
    burst: int = 40
    """Requests that may come at once."""
    retry_after: int = 5
    """Seconds for which who asked too much is sent away (429)."""
    retry_after_as_date: bool = False
    """Whether Retry-After is an HTTP date instead of seconds."""
    etag: bool = True
    """Whether pages have an ETag, so that If-None-Match is answered by 304."""
    slow: float = 0
    """Chance that an answer takes some seconds."""
    consent: bool = False
    """Whether a banner asks about cookies; POST /consentement answers it."""
    logins: int = 3
    """Failed logins of a visitor that are a mistake; more are guessing."""
    unlimited: tuple[str, ...] = field(default=("/static/", "/robots.txt", "/favicon.ico"))
    """Beginnings of paths that count for no limit, delay or burst."""

    def under(self, scenario: Scenario) -> "Manners":
        """Return the manners in a scenario."""
        return replace(
            self,
            crawl_delay=self.crawl_delay * scenario.delay_factor,
            per_second=self.per_second * scenario.rate_factor,
            burst=max(1, round(self.burst * scenario.rate_factor)),
            retry_after=round(self.retry_after * max(1, scenario.delay_factor)),
            slow=min(1, self.slow + scenario.slow),
        )

    def robots_txt(self, origin: str) -> str:
        """Return robots.txt; `origin` is the site's address without a path."""
        lines = ["User-agent: *"]
        closed = [*self.disallow, *([self.trap] if self.trap else [])]
        lines += [f"Disallow: {path}" for path in closed] or ["Disallow:"]
        if self.crawl_delay:
            lines.append(f"Crawl-delay: {self.crawl_delay:g}")
        if self.sitemap:
            lines += ["", f"Sitemap: {origin}{self.sitemap}"]
        return "\n".join(lines) + "\n"

    def robots(self) -> RobotFileParser:
        """Return the rules of robots.txt as Python's own parser understands them."""
        parser = RobotFileParser()
        parser.parse(self.robots_txt("").splitlines())
        return parser


def names_contact(text: str) -> bool:
    """Whether a header holds an address or a page of who is behind a robot."""
    return bool(CONTACT.search(PRESET.sub("", text)))


def is_anonymous(agent: str) -> bool:
    """Whether a user agent is empty, or a library's own that names nobody."""
    return not agent or (bool(LIBRARY.match(agent)) and not names_contact(agent))


def is_browser(agent: str) -> bool:
    """Whether a user agent is that of a person's browser."""
    return bool(BROWSER.search(agent)) and not names_contact(agent)


@dataclass
class Refusal:
    """Why a visitor is sent away."""

    status: int
    retry_after: int | None = None
    """Seconds."""


class Doorkeeper:
    """Counts the requests to one site and says who is sent away, and for how long.

    Everyone who asks from the same machine shares one allowance, as sites that count by address
    do: another user agent does not get round it.
    """

    def __init__(
        self, site: str, manners: Manners, scenario: Scenario, world: World, clock: SimulatedClock
    ):
        self.site, self.manners, self.scenario = site, manners, scenario
        self.world, self.clock = world, clock
        self.requests = 0
        self._allowance, self._counted_at = float(manners.burst), 0.0
        self._sent_away_until = 0.0
        self._burst_until = 0.0
        self._banned: dict[str, float] = {}

    def refuses(self, agent: str, visitor: str | None = None) -> Refusal | None:
        """Count a request, and say whether it is refused; the visitor is the agent by default."""
        self.requests += 1
        at = self.clock.elapsed
        if self.scenario.refuse_default_agents and is_anonymous(agent):
            return Refusal(403)
        if self._banned.get(agent if visitor is None else visitor, 0) > at:
            return Refusal(403)
        if wait := self._too_many(at):
            return Refusal(429, wait)
        if wait := self._in_trouble(at):
            return Refusal(503, wait)
        return None

    def ban(self, visitor: str) -> None:
        """Refuse a visitor until tomorrow, where the scenario says so."""
        if self.scenario.ban_trapped:
            self._banned[visitor] = self.clock.elapsed + 15 * 3600

    def seconds_slow(self) -> float:
        """Return how long the site takes over its present answer."""
        if self.world.draw(self.site, "slow", self.requests) >= self.manners.slow:
            return 0
        low, high = SLOW
        return low + math.floor(
            (high - low) * self.world.draw(self.site, "how slow", self.requests)
        )

    def breaks_off(self) -> bool:
        """Say whether the present answer breaks off in the middle."""
        return self._is_one_in(self.scenario.break_every, "break")

    def _too_many(self, at: float) -> int:
        if not self.manners.per_second:
            return 0
        if at < self._sent_away_until:
            return math.ceil(self._sent_away_until - at)
        gained = (at - self._counted_at) * self.manners.per_second
        self._allowance = min(float(self.manners.burst), self._allowance + gained)
        self._counted_at = at
        if self._allowance >= 1:
            self._allowance -= 1
            return 0
        self._sent_away_until = at + self.manners.retry_after
        return self.manners.retry_after

    def _in_trouble(self, at: float) -> int:
        if at < self._burst_until:
            return math.ceil(self._burst_until - at)
        if not self._is_one_in(self.scenario.burst_every, "burst"):
            return 0
        self._burst_until = at + BURST
        return BURST

    def _is_one_in(self, every: int, what: str) -> bool:
        """Say whether the present request is the one, drawn in the first half of `every`."""
        if not every:
            return False
        block, position = divmod(self.requests - 1, every)
        return position == int(self.world.draw(self.site, what, block) * every / 2)
