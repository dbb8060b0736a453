"""What the practice web is like: calm, strict, flaky, or redesigned, wholly or in part."""

from dataclasses import dataclass
from datetime import date

from ssplab.system import SsplabError, nearest


@dataclass(frozen=True)
class Scenario:
    """How all sites behave, beside the manners of each."""

    name: str
    told: str
    """A sentence for people."""
    delay_factor: float = 1
    """Multiplies the crawl-delay of robots.txt."""
    rate_factor: float = 1
    """Multiplies the requests that a site allows; 0 lifts the limit."""
    refuse_default_agents: bool = False
    """Whether an HTTP library that does not say who uses it is refused (403)."""
    ban_trapped: bool = False
    """Whether who follows a trap link is refused for the rest of the day (403)."""
    burst_every: int = 0
    """Requests to a site of which one opens a burst of 503; 0 is never."""
    break_every: int = 0
    """Requests to a site of which one is answered by half a page."""
    slow: float = 0
    """Chance that an answer takes some seconds, beside what a site's manners say."""
    redesign: bool = False
    """Whether pages have their other layout, ids and class names."""
    look: str = ""
    """Another look, one of `LOOKS`, of the pages of some ads; none by default."""
    look_share: float = 1
    """Share of the ads of each site whose pages have it: always the same ads."""
    look_from: date | None = None
    """The first day on which they have it; from the beginning by default."""


LOOKS = {
    "pay-moved": "Pay stands under another class name and label.",
    "pay-in-text": "The field of pay says that nothing is told; the end of the text tells it.",
}
"""Looks and what is different in them. A site has those for which its templates have a folder, now
fleuve-emploi and interim-express; on the others nothing changes."""

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("calm", "Patient sites: generous limits, everything works."),
        Scenario(
            "strict",
            "Sites on their guard: longer pauses asked, lower limits, no anonymous robots.",
            delay_factor=5,
            rate_factor=0.2,
            refuse_default_agents=True,
            ban_trapped=True,
        ),
        Scenario(
            "flaky",
            "Sites in trouble: bursts of 503, slow answers, pages that break off.",
            burst_every=24,
            break_every=30,
            slow=0.1,
        ),
        Scenario(
            "redesign", "The same sites after a redesign: other layouts, ids and class names.",
            redesign=True,
        ),
        Scenario(
            "partial", "A redesign of some pages only: on two ads in five pay stands elsewhere.",
            look="pay-moved", look_share=0.4,
        ),
    )
}  # fmt: skip


def scenario_of(name: "str | Scenario") -> Scenario:
    """Return a scenario by its name.

    Raises
    ------
    SsplabError
        If there is none of that name, or if its look is none of `LOOKS`.
    """
    if isinstance(name, Scenario):
        if name.look and name.look not in LOOKS:
            raise SsplabError(f"There is no look called {name.look!r}. {nearest(name.look, LOOKS)}")
        return name
    if name not in SCENARIOS:
        raise SsplabError(f"There is no scenario called {name!r}. {nearest(name, SCENARIOS)}")
    return SCENARIOS[name]
