"""What an instructor needs, written from the chapters and their checks when the book is built.

Directives: `{plans} PART` writes three plans of sessions on a part, `{chapter-facts}` the table of
all chapters that plans are made of, `{misunderstandings} PART` the mistakes that are recorded with
the exercises of a part. `PART` is the folder of its chapters: `machine-learning`.
"""

from collections.abc import Iterable, Iterator
from functools import cache

from ssplab.book.extensions.contents import Generated, grid
from ssplab.book.plans import (
    HALF_DAY,
    SECTIONS,
    SESSION,
    TWO_DAYS,
    Plan,
    Planner,
    Step,
    in_class,
    numbered,
    timetable,
)
from ssplab.course import Page, parts
from ssplab.exercises import first_hints, misunderstandings

LENGTHS = {"Ninety minutes": SESSION, "Half a day": HALF_DAY, "Two days": TWO_DAYS}


@cache
def planner() -> Planner:
    """Return the one that all plans of a build come from."""
    return Planner()


def chapters_of(part: str) -> list[Page]:
    """Return the chapters of the part whose folder is called so, in order."""
    found = [page for one in parts() for page in one.chapters if page.file.split("/")[1] == part]
    if not found:
        raise ValueError(f"no chapter is in chapters/{part}")
    return found


def plans(part: str, done: str = "") -> str:
    """Return plans of ninety minutes, half a day and two days on a part, in Markdown.

    `done` is the part that trainees have done before; without one they are new to the course.
    """
    pool = [page.stem for page in chapters_of(part)]
    before = {page.stem for page in chapters_of(done)} if done else set()
    lines = []
    for name, days in LENGTHS.items():
        one = planner().longest_plan(pool, days, before, setting_up=days != SESSION)
        rows = timetable(one, _name, _exercise)
        lines += _before(one)
        lines.append(grid(f"{name}: {_names(one.chapters)}", ("From", "What"), rows))
        lines += _after(one)
    return "\n\n".join(lines)


def chapter_facts() -> str:
    """Return for each part a table of its chapters: level, minutes, questions, needs."""
    tables = []
    for part in parts():
        rows = [_facts(page) for page in part.chapters]
        if rows:
            head = ("Chapter", "Level", "Alone", "In class", "Exercise alone", "Questions", "Needs")
            tables.append(
                grid(f"{part.caption}: minutes, questions, and what comes before", head, rows)
            )
    return "\n\n".join(tables)


def mistakes(part: str) -> str:
    """Return the recorded mistakes of a part, question by question, in Markdown."""
    return "\n\n".join(piece for page in chapters_of(part) for piece in _mistakes_of(page))


def _mistakes_of(page: Page) -> Iterator[str]:
    if page.exercise is None:
        return
    yield f"## {page.name}"
    yield f"Chapter: [{page.title}]({page.link}) · [its exercise]({page.exercise.link})"
    hints, recorded = first_hints(page.stem), misunderstandings(page.stem)
    for question in page.exercise.questions:
        known = recorded.get(question.number)
        if known:
            lines = [
                f"::::{{dropdown}} Exercise {question.number} {'★' * question.stars} "
                f"{question.title}: {len(known)}",
                ":class-container: mistakes",
                "",
                f"A direction to give: {hints[question.number]}",
                "",
                *(f"- **{_words(one.name)}.** {one.told}" for one in known),
                "::::",
            ]
            yield "\n".join(lines)


def _words(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _before(one: Plan) -> list[str]:
    if not one.must_have_done:
        return []
    return [f"Trainees must have done: {_names(one.must_have_done)}."]


def _after(one: Plan) -> list[str]:
    """Return what a plan leaves for home; a sentence, or none."""
    left = [step for step in one.at_home if step.kind == SECTIONS]
    if left:
        page = planner().chapter(one.chapters[0])
        return [
            f"The rest of [{page.name}]({page.link}), from *{left[0].titles[0]}* on, and its "
            "exercise are for home."
        ]
    if one.at_home:
        return [f"For home: {_told_questions(one.at_home)}, and the open questions."]
    return ["For home: the open questions."]


def _told_questions(steps: Iterable[Step]) -> str:
    """Return questions by chapter: `question 4 of First programs, questions 4 and 5 of …`."""
    by_chapter: dict[str, list[int]] = {}
    for step in steps:
        by_chapter.setdefault(step.chapter, []).append(step.number)
    return ", ".join(
        f"{numbered(numbers)} of {_name(slug)}" for slug, numbers in by_chapter.items()
    )


def _names(slugs: Iterable[str]) -> str:
    return ", ".join(map(_name, slugs))


def _name(slug: str) -> str:
    page = planner().chapter(slug)
    return f"[{page.name}]({page.link})"


def _exercise(slug: str) -> str:
    page = planner().chapter(slug)
    return f"[Exercise]({page.exercise.link}) of {page.name}"


def _facts(page: Page) -> tuple[str, ...]:
    exercise = page.exercise
    minutes = [str(page.minutes), str(in_class(page))]
    asked = "none"
    if exercise:
        checked = len(misunderstandings(page.stem))
        asked = f"{checked} and {len(exercise.questions) - checked} open"
    level = page.strip.get("Level", "").partition(" ")[0]
    return (
        f"[{page.name}]({page.link})",
        level,
        *minutes,
        str(exercise.minutes) if exercise else "none",
        asked,
        _names(page.needs) or "nothing",
    )


class Plans(Generated):
    required_arguments = 1
    option_spec = {"done": str}  # noqa: RUF012

    def markdown(self):
        return plans(self.arguments[0], self.options.get("done", ""))


class ChapterFacts(Generated):
    def markdown(self):
        return chapter_facts()


class Misunderstandings(Generated):
    required_arguments = 1

    def run(self):
        return self.parse_text_to_nodes(mistakes(self.arguments[0]), allow_section_headings=True)


def setup(app):
    app.add_directive("plans", Plans)
    app.add_directive("chapter-facts", ChapterFacts)
    app.add_directive("misunderstandings", Misunderstandings)
