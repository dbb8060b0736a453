"""Plans of sessions, computed from what the chapters say of themselves.

A chapter says how many minutes somebody alone needs for it, and which chapters come before it; so
does its exercise. A `Planner` puts chapters, questions and breaks into the time that there is, and
never begins what no longer fits. What nobody has measured stands here as a constant, and the book
says so: the pace of a class (`SLOWER`), and how the minutes of a page are divided.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from ssplab.course import Page, chapters, headings
from ssplab.exercises import misunderstandings
from ssplab.system import SsplabError, nearest

SLOWER = Fraction(4, 3)
"""A class needs a third more than somebody alone: a convention, which nobody has timed."""
STRETCH = 90
"""Minutes of work without a break, at most, unless one section alone is longer."""
BREAK, WELCOME, RECALL, CLOSING = 15, 10, 5, 5
"""Minutes of a break, of the first welcome, of a later day's, and of the last words of a day."""
SETTING_UP = 15
"""Minutes in which all machines are tried, where that was not done before."""
PIECE = 10
"""Minutes of the shortest piece of a chapter, since nobody begins one for less."""
LINE = 10
"""Words of prose that a line of code counts as, where a chapter's minutes are divided."""
LEAST_SHARE = Fraction(2, 5)
"""Of a chapter, that a plan of this chapter alone must hold; the rest is then read at home."""
RESERVE = 10
"""Minutes left at the end of a sitting from which on the plan names them."""
LONG = 240
"""Minutes of a day from beyond which it has two sittings, and lunch between them."""
BEGINNINGS = (9 * 60, 13 * 60 + 30)
"""When the sittings of a day begin, in minutes after midnight."""

SECTIONS, QUESTION, PAUSE, OPENING, END, FREE = (
    *("sections", "question", "break", "welcome", "closing", "reserve"),
)
Days = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Step:
    """What is done without a break: a few sections of a chapter, a question of its exercise.

    Parameters
    ----------
    kind : str
        `SECTIONS` or `QUESTION`; in a plan also `PAUSE`, `OPENING`, `END` or `FREE`.
    minutes : int
        In class.
    chapter : str
        Its slug; empty where it is of no chapter.
    titles : tuple of str
        Of the sections, in order, or of the question.
    number : int
        Of the question, or of the first of the sections, from 1.
    """

    kind: str
    minutes: int
    chapter: str = ""
    titles: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class Row:
    """A line of a plan: steps of one kind and one chapter that follow each other.

    Parameters
    ----------
    begins : int
        Minutes after the sitting's beginning.
    steps : tuple of Step
        In order, one at least.
    """

    begins: int
    steps: tuple[Step, ...]

    @property
    def kind(self) -> str:
        return self.steps[0].kind

    @property
    def chapter(self) -> str:
        return self.steps[0].chapter

    @property
    def ends(self) -> int:
        """Minutes after the sitting's beginning."""
        return self.begins + sum(step.minutes for step in self.steps)


@dataclass(frozen=True)
class Plan:
    """What is done when.

    Parameters
    ----------
    days : sequence of sequence of sequence of Row
        Days, their sittings, and what is done in each.
    chapters : tuple of str
        Slugs, in the order in which they are done.
    must_have_done : tuple of str
        Slugs of all the chapters that these build on and the plan does not hold, in the order of
        the course.
    at_home : tuple of Step
        Sections and questions with a check, of the plan's chapters, for which there is no time.
    """

    days: Sequence[Sequence[Sequence[Row]]]
    chapters: tuple[str, ...]
    must_have_done: tuple[str, ...]
    at_home: tuple[Step, ...]


def a_day(minutes: int) -> tuple[int, ...]:
    """Return the sittings of a day, in minutes; lunch, between two, is not in them."""
    return (minutes,) if minutes <= LONG else (minutes // 2, minutes - minutes // 2)


SESSION, HALF_DAY, TWO_DAYS = (a_day(90),), (a_day(210),), (a_day(360), a_day(360))


def clock(minutes: int) -> str:
    """Return a time of day, given in minutes after midnight, to five minutes: `9:05`."""
    hours, rest = divmod(5 * round(minutes / 5), 60)
    return f"{hours}:{rest:02}"


def numbered(numbers: Sequence[int]) -> str:
    """Return which questions are meant: `question 1`, `questions 1 to 3`, `questions 1 and 4`."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return f"question {first}"
    if len(numbers) > 2 and list(numbers) == list(range(first, last + 1)):
        return f"questions {first} to {last}"
    return f"questions {', '.join(map(str, numbers[:-1]))} and {last}"


def what(row: Row, chapter: Callable[[str], str], exercise: Callable[[str], str]) -> str:
    """Return in words what is done in a row of a plan, in Markdown.

    Parameters
    ----------
    row : Row
    chapter, exercise : callable
        Take a slug and return how the chapter, and its exercise, are called.
    """
    match row.kind:
        case "sections":
            titles = [title for step in row.steps for title in step.titles]
            span = f"*{titles[0]}*" if len(titles) == 1 else f"from *{titles[0]}* to *{titles[-1]}*"
            return f"{chapter(row.chapter)}: {span}"
        case "question":
            return f"{exercise(row.chapter)}: {numbered([step.number for step in row.steps])}"
        case "welcome" if row.steps[0].minutes == RECALL:
            return "What was done yesterday, and what was left open"
        case "welcome" if row.steps[0].minutes > WELCOME:
            return "Welcome; all machines are tried with `ssplab doctor`"
        case "welcome":
            return "Welcome"
        case "reserve":
            return "Reserve: what took longer, and the open questions"
        case "closing":
            return "What somebody here will do differently"
    return "Break"


def timetable(
    plan: Plan, chapter: Callable[[str], str], exercise: Callable[[str], str]
) -> list[tuple[str, str]]:
    """Return when what is done, a pair a line; a new day and lunch have no time of their own.

    Parameters are those of `what`.
    """
    lines = []
    for number, day in enumerate(plan.days, 1):
        if len(plan.days) > 1:
            lines.append(("", f"**Day {number}**"))
        for place, sitting in enumerate(day):
            if place:
                lines.append(("", "Lunch"))
            for row in sitting:
                begins = clock(BEGINNINGS[place] + row.begins)
                lines.append((begins, what(row, chapter, exercise)))
    return lines


class Planner:
    """What plans are made of: the chapters, read once.

    Raises
    ------
    SsplabError
        If `_toc.yml` cannot be read.
    """

    def __init__(self) -> None:
        self.chapters = {page.stem: page for page in chapters()}
        self._pieces: dict[str, tuple[list[Step], list[Step]]] = {}

    def chapter(self, slug: str) -> Page:
        """Return the chapter of a slug.

        Raises
        ------
        SsplabError
            If there is none; the nearest are offered.
        """
        if slug not in self.chapters:
            raise SsplabError(f"No chapter is called {slug!r}. {nearest(slug, self.chapters)}")
        return self.chapters[slug]

    def needed(self, slugs: Iterable[str]) -> list[str]:
        """Return the chapters that some build on, near and far, without themselves.

        In the order of the course.

        Raises
        ------
        SsplabError
            If there is no such chapter.
        """
        asked = set(slugs)
        found, left = set(), sorted(asked)
        while left:
            new = set(self.chapter(left.pop()).needs) - found
            found |= new
            left += sorted(new)
        return [slug for slug in self.chapters if slug in found - asked]

    def plan(self, wanted: Sequence[str], days: Days, *, setting_up: bool = False) -> Plan:
        """Return a plan of certain chapters, with as many of their questions as there is time for.

        Each chapter comes after those that it needs, else as it is wanted. Chapters are done whole
        and with their one-star questions, or with their first where none has one star; then one
        question more of each in turn, as long as one fits. A plan of a single chapter may have
        fewer questions, and may end before the chapter's end: then there are none, since questions
        need the whole chapter.

        Parameters
        ----------
        wanted : sequence of str
            Slugs.
        days : sequence of sequence of int
            The minutes of each sitting of each day, such as `HALF_DAY`.
        setting_up : bool
            Whether the machines are tried at the beginning.

        Raises
        ------
        SsplabError
            If nothing is wanted, if there is no such chapter, if chapters ask for each other, or if
            there is not enough time.
        """
        if not wanted:
            raise SsplabError("A plan needs a chapter: name one at least.")
        if not days or not all(days) or min(map(min, days)) <= 0:
            raise SsplabError("A plan needs days, and each of them minutes: 90, for example.")
        slugs = self._in_order(wanted)
        whole = [self.pieces(slug) for slug in slugs]
        counts = [self._fewest(slug) for slug in slugs]
        laid_out = _laid_out(_steps(whole, counts), days, setting_up)
        while laid_out is None and len(slugs) == 1 and counts[0]:
            counts[0] -= 1
            laid_out = _laid_out(_steps(whole, counts), days, setting_up)
        if laid_out is None and len(slugs) == 1:
            return self._of_the_beginning(slugs[0], days, setting_up)
        if laid_out is None:
            minutes = sum(step.minutes for step in _steps(whole, counts))
            raise SsplabError(
                f"{len(slugs)} chapters with their first questions take about {minutes} minutes in "
                f"class, and do not fit between the breaks of the {sum(map(sum, days))} minutes "
                "that there are: take fewer chapters, or more time."
            )
        growing = [place for place, count in enumerate(counts) if count < len(whole[place][1])]
        while growing:
            place = growing.pop(0)
            more = [*counts[:place], counts[place] + 1, *counts[place + 1 :]]
            longer = _laid_out(_steps(whole, more), days, setting_up)
            if longer is not None:
                counts, laid_out = more, longer
                if counts[place] < len(whole[place][1]):
                    growing.append(place)
        at_home = [
            step for (_, asked), count in zip(whole, counts, strict=True) for step in asked[count:]
        ]
        return Plan(laid_out, tuple(slugs), tuple(self.needed(slugs)), tuple(at_home))

    def longest_plan(
        self, pool: Sequence[str], days: Days, done: Iterable[str] = (), *, setting_up: bool = False
    ) -> Plan:
        """Return the plan of as many chapters of a pool as there is time for, from its first on.

        What a chapter needs and trainees have not done comes into the plan before it. The plan ends
        before the first chapter that, with what it needs, no longer fits.

        Parameters
        ----------
        pool : sequence of str
            Slugs, in the order in which they are wanted.
        days, setting_up
            As for `plan`.
        done : iterable of str
            Slugs of the chapters that trainees have done.

        Raises
        ------
        SsplabError
            As `plan`, if the first chapter does not fit with what it needs.
        """
        done, chosen, best = set(done), [], None
        for slug in pool:
            more = [one for one in [*self.needed([slug]), slug] if one not in {*done, *chosen}]
            try:
                best = self.plan([*chosen, *more], days, setting_up=setting_up)
            except SsplabError:
                if best is None:
                    raise
                return best
            chosen += more
        return best or self.plan([], days)

    def pieces(self, slug: str) -> tuple[list[Step], list[Step]]:
        """Return the pieces of a chapter, and the questions of its exercise that have a check.

        The minutes that the chapter announces are divided by length: each section's words of prose,
        and `LINE` words for a line of code. What stands before the first heading is of the first
        section; sections of less than `PIECE` minutes go with their neighbours. The minutes of the
        exercise are divided by the stars of the questions that have a check; the open one is left
        for later, since nobody can say when it is done. Minutes are whole, and add up to those that
        the page announces, in class.

        Raises
        ------
        SsplabError
            If there is no such chapter, or if a page does not say its minutes.
        """
        if slug not in self._pieces:
            chapter = self.chapter(slug)
            self._pieces[slug] = (_sections(chapter), _questions(chapter))
        return self._pieces[slug]

    def _in_order(self, wanted: Sequence[str]) -> list[str]:
        """Return slugs, each once, as wanted but each after those of them that it needs."""
        left, ordered = list(dict.fromkeys(wanted)), []
        while left:
            ready = [slug for slug in left if not {*self.needed([slug])} & {*left}]
            if not ready:
                raise SsplabError(f"Each of {', '.join(left)} asks for another of them before it.")
            ordered.append(ready[0])
            left.remove(ready[0])
        return ordered

    def _fewest(self, slug: str) -> int:
        """Return how many questions a chapter is done with, at least, beside others."""
        _, asked = self.pieces(slug)
        if not asked:
            return 0
        stars = {one.number: one.stars for one in self.chapter(slug).exercise.questions}
        return max(sum(stars[step.number] == 1 for step in asked), 1)

    def _of_the_beginning(self, slug: str, days: Days, setting_up: bool) -> Plan:
        """Return the plan of a chapter as far as there is time for it, without questions."""
        parts, asked = self.pieces(slug)
        needs = sum(step.minutes for step in parts)
        for count in range(len(parts), 0, -1):
            laid_out = _laid_out(parts[:count], days, setting_up)
            if sum(step.minutes for step in parts[:count]) < LEAST_SHARE * needs:
                break
            if laid_out is not None:
                at_home = (*parts[count:], *asked)
                return Plan(laid_out, (slug,), tuple(self.needed([slug])), at_home)
        raise SsplabError(
            f"{slug} takes about {needs} minutes in class, without its exercise, and not enough "
            f"of it fits into {sum(map(sum, days))} minutes: take more time."
        )


def in_class(page: Page) -> int:
    """Return the minutes that a page takes in class.

    Raises
    ------
    SsplabError
        If it does not say its minutes.
    """
    if page.minutes is None:
        raise SsplabError(f"{page.file} does not say how many minutes it takes, under its title.")
    return round(page.minutes * SLOWER)


def _sections(chapter: Page) -> list[Step]:
    titles, lengths = [], [0]
    for kind, source in chapter.cells:
        if kind == "code":
            lengths[-1] += LINE * len(source.splitlines())
            continue
        for _level, line in (one for one in headings(source) if one[0] == 2):
            titles.append(line.removeprefix("## ").strip())
            lengths += [0] * (len(titles) > 1)
        lengths[-1] += len(source.split())
    titles = titles or [chapter.title]
    minutes = _divided(in_class(chapter), lengths)
    together: list[list[int]] = [[]]
    for place in range(len(titles)):
        if sum(minutes[one] for one in together[-1]) >= PIECE:
            together.append([])
        together[-1].append(place)
    if len(together) > 1 and sum(minutes[one] for one in together[-1]) < PIECE:
        short = together.pop()
        together[-1] += short
    return [
        Step(
            SECTIONS,
            sum(minutes[one] for one in places),
            chapter.stem,
            tuple(titles[one] for one in places),
            places[0] + 1,
        )
        for places in together
    ]


def _questions(chapter: Page) -> list[Step]:
    if chapter.exercise is None:
        return []
    checked = misunderstandings(chapter.stem)
    asked = [question for question in chapter.exercise.questions if question.number in checked]
    minutes = _divided(in_class(chapter.exercise), [question.stars for question in asked])
    return [
        Step(QUESTION, needed, chapter.stem, (question.title,), question.number)
        for question, needed in zip(asked, minutes, strict=True)
    ]


def _divided(minutes: int, weights: Sequence[int]) -> list[int]:
    """Return whole minutes in proportion to weights; they add up."""
    total, reached, shares = sum(weights) or 1, 0, []
    for position in range(1, len(weights) + 1):
        until = round(Fraction(minutes * sum(weights[:position]), total))
        shares.append(until - reached)
        reached = until
    return shares


def _steps(whole: Sequence[tuple[list[Step], list[Step]]], counts: Sequence[int]) -> list[Step]:
    """Return the sections of each chapter, and so many of its questions."""
    return [
        step
        for (parts, asked), count in zip(whole, counts, strict=True)
        for step in [*parts, *asked[:count]]
    ]


def _laid_out(steps: Sequence[Step], days: Days, setting_up: bool) -> list[list[list[Row]]] | None:
    """Return the rows of each sitting of each day; None if the steps do not all fit."""
    left = list(steps)
    laid_out = []
    for number, day in enumerate(days):
        sittings = []
        for position, minutes in enumerate(day):
            begun = [] if position else [_opening(number, setting_up)]
            closing = [Step(END, CLOSING)] if position == len(day) - 1 else []
            done = _filled(begun, left, minutes - sum(step.minutes for step in closing))
            free = minutes - sum(step.minutes for step in [*done, *closing])
            if free < 0:
                return None
            if free >= RESERVE:
                done.append(Step(FREE, free))
            sittings.append(list(_rows([*done, *closing])))
        laid_out.append(sittings)
    return None if left else laid_out


def _opening(day: int, setting_up: bool) -> Step:
    if day:
        return Step(OPENING, RECALL)
    return Step(OPENING, WELCOME + SETTING_UP * setting_up)


def _filled(begun: list[Step], left: list[Step], minutes: int) -> list[Step]:
    """Take from what is left as much as fits into a sitting, with breaks; change `left`."""
    done, worked = list(begun), sum(step.minutes for step in begun)
    while left:
        pause = [Step(PAUSE, BREAK)] if worked and worked + left[0].minutes > STRETCH else []
        longer = [*done, *pause, left[0]]
        if sum(step.minutes for step in longer) > minutes:
            break
        worked = left[0].minutes + (0 if pause else worked)
        done = longer
        left.pop(0)
    return done


def _rows(steps: Sequence[Step]) -> Iterator[Row]:
    begins = 0
    for _, same in groupby(steps, key=lambda step: (step.kind, step.chapter)):
        row = Row(begins, tuple(same))
        yield row
        begins = row.ends
