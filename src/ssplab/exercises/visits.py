"""Functions that collect from the practice web: each is called on sites of its own and judged.

What it returns is compared as any answer is; how it behaved is read in the sites' journal, so that
a right table that was collected rudely can be told from one that was not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ssplab.exercises.engine.exercise import Condition
from ssplab.exercises.engine.words import a_type, exception_text
from ssplab.system import _

if TYPE_CHECKING:  # the practice web is loaded when a function is called on it
    from ssplab.web import World

MOST = 600  # requests of a visit; a loop that does not end would ask for ever
TYPE, MANNERS = _("type"), _("manners")


class EndlessVisitError(RuntimeError):
    """A visit has asked for more than any answer needs."""


@dataclass(frozen=True)
class Visit:
    """What calling a function on the practice web came to."""

    result: Any
    error: str
    """What it raised, in words; empty if nothing."""
    asked: Mapping[str, int]
    """Requests to each of the sites that it is judged on."""
    broken: tuple[tuple[str, int, str], ...]
    """Rule, times that it was not kept, an address; site by site."""

    @property
    def requests(self) -> int:
        """To all of these sites."""
        return sum(self.asked.values())

    def rules_not_kept(self, *only: str) -> str | None:
        """Return in words which rules, of these or of all, were not kept; None if there is none."""
        return _not_kept([broken for broken in self.broken if not only or broken[0] in only])


def _not_kept(broken: Sequence[tuple[str, int, str]]) -> str | None:
    """Return rules, how often they were not kept and an address in words; None if there is none."""
    from ssplab.web import RULES

    told = [
        _("“{rule}” ({meaning}), {count} times, for instance {example}").format(
            rule=rule, meaning=RULES[rule], count=count, example=example
        )
        for rule, count, example in broken
    ]
    return "; ".join(told) or None


@cache
def job_offers() -> World:
    """Return what the sites show by default, loaded once."""
    from ssplab.web import World

    return World.load("job_offers")


def visit(answer: Callable, sites: Sequence[str], day: str, scenario: Any = "calm") -> Visit:
    """Call a function on a practice web that is opened for it, and closed whatever happens.

    Parameters
    ----------
    answer : callable
        Takes the web, as `ssplab.web.serve` gives it.
    sites : sequence of str
        The names of the sites that it is judged on, such as `petites-annonces`.
    day : str
        The sites' day, such as `2023-05-15`.
    scenario : str or Scenario
        What the sites are like.
    """
    from ssplab.web import serve

    result, error = None, ""
    with serve(job_offers(), date=day, scenario=scenario) as web:
        web.client = _counting(web.client)
        try:
            result = answer(web)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # a trainee's function may raise anything
            error = exception_text(raised)
        verdicts = [web.verdict(site=site) for site in sites]
    asked = {verdict.site: verdict.requests for verdict in verdicts}
    faults = [fault for verdict in verdicts for fault in verdict.broken]
    broken = tuple((fault.rule, fault.count, fault.example) for fault in faults)
    return Visit(result, error, asked, broken)


def _counting(client: Callable) -> Callable:
    """Return a maker of clients that raise once they have asked too often, all together."""
    asked = 0

    def count(request: object) -> None:
        nonlocal asked
        asked += 1
        if asked > MOST:
            raise EndlessVisitError(
                _("after {most} requests it still asks: does its loop end?").format(most=MOST)
            )

    def make(*arguments: Any, **options: Any) -> Any:
        made = client(*arguments, **options)
        made.event_hooks["request"].append(count)
        return made

    return make


class Judge:
    """Judges a function that takes the practice web and returns what it has collected there.

    Parameters
    ----------
    *sites : str
        The names of the sites that it collects from.
    day : str
        On which the patient sites are opened.
    """

    def __init__(self, *sites: str, day: str):
        self.sites, self.day = sites, day
        self._visits: dict[str, Visit] = {}
        """By day, of the function that is being examined."""

    def visit(
        self, answer: Callable, day: str = "", scenario: Callable[[], Any] | None = None
    ) -> Visit:
        """Call the function, once a day until another is examined.

        Parameters
        ----------
        answer : callable
            The function.
        day : str
            Another than that of the patient sites.
        scenario : callable, optional
            Returns what the sites are like on that day: a name, or a Scenario.
        """
        day = day or self.day
        if day not in self._visits:
            self._visits[day] = visit(answer, self.sites, day, scenario() if scenario else "calm")
        return self._visits[day]

    def conditions(self, of_result: Sequence[Condition]) -> list[Condition]:
        """Return that it is a function, that it does not raise, that it asks the site that it was
        given, and these conditions on what it returns on the patient sites.
        """
        return [
            Condition(TYPE, self._is_function),
            Condition(TYPE, self._raises),
            Condition(TYPE, self._asks_nobody),
            *map(self._on_sites, of_result),
        ]

    def rude(self, answer: Callable) -> str | None:
        """Say what the journal of the patient sites finds rude."""
        rules = self.visit(answer).rules_not_kept()
        if rules is None:
            return None
        return _(
            "The table is right, and is refused: the journal finds the robot rude. Not kept: "
            "{rules}."
        ).format(rules=rules)

    def rude_to_strict(self, day: str) -> Callable[[Callable], str | None]:
        """Return what says that the function is rude, or fails, where sites allow less.

        Parameters
        ----------
        day : str
            On which the strict sites are opened; another than that of the patient ones.
        """

        def fault(answer: Callable) -> str | None:
            visit = self.visit(answer, day, lambda: "strict")
            if visit.error:
                return _("On sites that allow less, the function raises {error}").format(
                    error=visit.error
                )
            rules = visit.rules_not_kept()
            if rules is None:
                return None
            return _(
                "On the patient sites all is well; on sites that ask for a longer pause the "
                "journal finds the robot rude. Is the pause read from robots.txt, or does it stand "
                "in your function? Not kept: {rules}."
            ).format(rules=rules)

        return fault

    def heavy(self, answer: Callable, enough: int, spare: int) -> str | None:
        """Say that many more requests were made than would do."""
        asked = self.visit(answer).requests
        if asked <= enough + spare:
            return None
        return _(
            "{asked} requests where {enough} do: robots.txt once, and each page of the list, where "
            "everything asked for stands. As light a burden as possible."
        ).format(asked=asked, enough=enough)

    def _is_function(self, answer: Any) -> str | None:
        self._visits.clear()  # they were another's, or what this one calls has changed since
        if callable(answer):
            return None
        return _(
            "You give {this}; the function itself is asked for, its name without parentheses: the "
            "check calls it on sites of its own."
        ).format(this=a_type(answer))

    def _raises(self, answer: Callable) -> str | None:
        error = self.visit(answer).error
        if not error:
            return None
        return _("Called on the sites of {day}, the function raises {error}").format(
            day=self.day, error=error
        )

    def _asks_nobody(self, answer: Callable) -> str | None:
        asked = self.visit(answer).asked
        if all(asked.values()):
            return None
        if any(asked.values()):
            left = ", ".join(site for site, requests in asked.items() if not requests)
            return _("No request reached {sites}.").format(sites=left)
        return _(
            "No request reached the site that the function was given. Make the client from its "
            "argument, web.client(…), not from the `web` of the notebook."
        )

    def _on_sites(self, condition: Condition) -> Condition:
        """Return a condition on a result as one on the function, with its wrong answers."""

        def returns(result: Callable[[], Any]) -> Callable:
            def collect(web: Any) -> Any:
                for site in self.sites:
                    web.client("tester").get(f"http://{site}.example/robots.txt")
                return result()

            return collect

        def fault(answer: Callable) -> str | None:
            message = condition.fault(self.visit(answer).result)
            if message is None:
                return None
            return _(
                "Called on the sites of {day}, the function returns what is not right. {why}"
            ).format(day=self.day, why=message)

        wrong = [
            replace(wrong, make=partial(returns, wrong.make)) for wrong in condition.wrong_answers
        ]
        return Condition(condition.aspect, fault, wrong)


class CrawlJudge:
    """Judges a function that takes a scenario and a day and returns a crawl of Scrapy.

    Parameters
    ----------
    *sites : str
        The names of the sites that it crawls.
    """

    def __init__(self, *sites: str):
        self.sites = sites
        self._runs: dict[tuple[str, str], tuple[Any, str]] = {}
        """By scenario and day, of the function that is being examined."""

    def crawl(self, answer: Callable, where: tuple[str, str]) -> Any:
        """Return what the function gives for a scenario and a day, None if it raises."""
        return self._run(answer, where)[0]

    def is_function(self, answer: Any) -> str | None:
        """Say that no function is given; what is examined after it is called anew."""
        self._runs.clear()  # they were another's, or what this one calls has changed since
        if callable(answer):
            return None
        return _(
            "You give {this}; the function itself is asked for, its name without parentheses: the "
            "check calls it for sites of its own choice."
        ).format(this=a_type(answer))

    def gives_a_crawl(self, where: tuple[str, str]) -> Callable[[Callable], str | None]:
        """Return what says that the function gives no crawl of these sites on that day."""
        scenario, day = where

        def fault(answer: Callable) -> str | None:
            from ssplab.web import Crawl

            crawl, error = self._run(answer, where)
            called = _("Called with {scenario} and {day}, the function").format(
                scenario=repr(scenario), day=repr(day)
            )
            if error:
                return _("{called} raises {error}").format(called=called, error=error)
            if not isinstance(crawl, Crawl):
                return _("{called} gives {this}; what run_spider returns is asked for.").format(
                    called=called, this="None" if crawl is None else a_type(crawl)
                )
            if str(crawl.date) != day:
                return _("{called} gives a crawl of another day, {date}: hand `date` on.").format(
                    called=called, date=crawl.date
                )
            if crawl.scenario != scenario:
                return _(
                    "{called} gives no crawl of the scenario that it was called with, but of "
                    "{other}: hand `scenario` on."
                ).format(called=called, other=repr(crawl.scenario))
            asked = set(crawl.journal()["site"])
            for site in self.sites:
                if site not in asked:
                    return _("{called} gives a crawl that has asked {site} for nothing.").format(
                        called=called, site=f"{site}.example"
                    )
            return None

        return fault

    def is_polite(self, where: tuple[str, str], why: str) -> Callable[[Callable], str | None]:
        """Return what says, with these words before it, that the journal finds the spider rude."""

        def fault(answer: Callable) -> str | None:
            crawl = self.crawl(answer, where)
            broken = [one for site in self.sites for one in crawl.verdict(site=site).broken]
            rules = _not_kept([(one.rule, one.count, one.example) for one in broken])
            return rules and _("{why} Not kept: {rules}.").format(why=why, rules=rules)

        return fault

    def _run(self, answer: Callable, where: tuple[str, str]) -> tuple[Any, str]:
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
