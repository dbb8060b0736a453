"""What a trainee has achieved: the diary's events, read chapter by chapter, shown and exported.

Only exercises with a check count; an open one is judged by its reader.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ssplab import __version__
from ssplab.course import chapters
from ssplab.system import SsplabError, _, diary, ngettext

if TYPE_CHECKING:  # loaded where it draws, which a notebook never asks for
    from rich.console import Console, ConsoleOptions, RenderableType

NONE = "-"
COURSE = "Python for Official Statistics"
FORMAT = 2
"""Of an export; the first had no number, and did not say which mistakes were met."""


@dataclass(frozen=True)
class ExerciseProgress:
    """What was done in one exercise.

    Parameters
    ----------
    number : int
        In its chapter.
    right : bool
        Whether an answer ever was right; it stays so.
    attempts : int
        Answers examined, up to the first right one: running a notebook again is no attempt.
    hints : int
        Hints taken.
    solution_opened : bool
        Whether the solution was looked at.
    first, last : datetime.date or None
        Days (UTC) of the first and the last event; None without any.
    mistakes : tuple of str
        Names of the recorded mistakes that the check told, up to the first right answer, in the
        order in which they were met, each once.
    """

    number: int
    right: bool
    attempts: int
    hints: int
    solution_opened: bool
    first: date | None
    last: date | None
    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChapterProgress:
    """What was done in the exercises of a chapter that have a check.

    Parameters
    ----------
    stem : str
        Such as `payroll-anomalies`.
    title : str
        The chapter's first heading.
    details : sequence of ExerciseProgress
        In the order of their numbers.
    """

    stem: str
    title: str
    details: Sequence[ExerciseProgress]

    @property
    def exercises(self) -> list[int]:
        """Numbers of all."""
        return [one.number for one in self.details]

    @property
    def right(self) -> list[int]:
        """Numbers of those that are right."""
        return [one.number for one in self.details if one.right]

    @property
    def tried(self) -> list[int]:
        """Numbers of those that were answered, right or wrong."""
        return [one.number for one in self.details if one.attempts]

    @property
    def not_yet(self) -> list[int]:
        """Numbers of those that were answered and are not right."""
        return [one.number for one in self.details if one.attempts and not one.right]

    @property
    def hints(self) -> int:
        """Hints taken."""
        return sum(one.hints for one in self.details)

    @property
    def solutions(self) -> list[int]:
        """Numbers of those whose solution was opened."""
        return [one.number for one in self.details if one.solution_opened]

    @property
    def last(self) -> date | None:
        """The day (UTC) of the last event; None without any."""
        return max((one.last for one in self.details if one.last), default=None)

    @property
    def is_complete(self) -> bool:
        """Whether all are right."""
        return self.right == self.exercises

    @property
    def share(self) -> str:
        """How many are right, in words."""
        return _("{right} of {all}").format(right=len(self.right), all=len(self.exercises))


@dataclass(frozen=True)
class NextExercise:
    """The exercise to do next.

    Parameters
    ----------
    stem : str
        Of its chapter.
    title : str
        Of its chapter.
    number : int
        Its number.
    """

    stem: str
    title: str
    number: int


@dataclass(frozen=True)
class Progress:
    """What was done in this version of the course; shows itself in a notebook and in a terminal.

    Parameters
    ----------
    chapters : sequence of ChapterProgress
        Those with an exercise that has a check, in the order of `_toc.yml`.
    next_step : NextExercise or None
        The first exercise that is not right: of the chapter last worked on, else of the first that
        is not complete. None where all are right.
    """

    chapters: Sequence[ChapterProgress]
    next_step: NextExercise | None

    @property
    def right(self) -> int:
        """How many exercises are right."""
        return sum(len(chapter.right) for chapter in self.chapters)

    @property
    def total(self) -> int:
        """How many exercises have a check."""
        return sum(len(chapter.exercises) for chapter in self.chapters)

    def __repr__(self) -> str:
        lines = [f"{_title()}: {self._headline()}"]
        for chapter in self.chapters:
            done = "#" * len(chapter.right)
            bar = done.ljust(len(chapter.exercises), ".")
            lines += [f"{chapter.title} ({chapter.stem})", f"  [{bar}] {chapter.share}"]
            lines += [f"  {head}: {cell}" for head, cell in _more(chapter) if cell != NONE]
        return "\n".join([*lines, *self._closing()])

    def _repr_html_(self) -> str:
        from ssplab.exercises import PLAIN, box

        heads = [_("Chapter"), _("Right"), *(head for head, _cell in _more(None))]
        style = "text-align:left;vertical-align:top"
        head = "".join(f'<th scope="col" style="{style}">{html.escape(one)}</th>' for one in heads)
        rows = "".join(_row_as_html(chapter, style) for chapter in self.chapters)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        closing = "".join(f"<p>{html.escape(line)}</p>" for line in self._closing())
        return box(PLAIN, _title(), self._headline(), f"{table}{closing}")

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        heads = [_("Chapter"), _("Right"), *(head for head, _cell in _more(None))]
        table = Table(title=f"{_title()}: {self._headline()}")
        for head in heads:
            table.add_column(head, no_wrap=head != heads[0], overflow="fold")
        for chapter in self.chapters:
            bar = ProgressBar(len(chapter.exercises), len(chapter.right), width=10)
            cells = (Text(cell) for _head, cell in _more(chapter))
            name = Text.assemble(chapter.title, "\n", (chapter.stem, "dim"))
            table.add_row(name, Group(Text(chapter.share), bar), *cells)
        yield table
        yield from map(Text, self._closing())

    def _headline(self) -> str:
        return ngettext(
            "{right} of {all} exercise right", "{right} of {all} exercises right", self.total
        ).format(right=self.right, all=self.total)

    def _closing(self) -> list[str]:
        """Return the sentences under the table."""
        path = diary.store()
        if path is None:
            where = _("Nothing is recorded here: SSPLAB_PROGRESS is off.")
        else:
            where = _("Kept on this machine only, in {path}").format(path=_from_home(path))
        uncounted = _("Open exercises have no check and are not counted.")
        return [_told_next(self.next_step), uncounted, where]


def progress() -> Progress:
    """Return your progress: what is right, what was tried, what comes next.

    It is read from one file on this machine, which `ssplab progress --file` names; nothing is sent
    anywhere.

    Returns
    -------
    Progress
        Shows itself as a table.

    Raises
    ------
    SsplabError
        If the file, or `_toc.yml`, cannot be read.
    """
    return read_progress()


def read_progress() -> Progress:
    """Return what the events of `ssplab.system.diary` come to, chapter by chapter.

    Raises
    ------
    SsplabError
        As `progress`.
    """
    events = diary.events()
    chapters = [
        ChapterProgress(stem, title, [_exercise(stem, number, events) for number in numbers])
        for stem, title, numbers in checked_exercises()
    ]
    return Progress(chapters, _next_step(chapters, events))


def export_progress(path: Path, pseudonym: str | None) -> dict:
    """Write one JSON file of the progress, for an instructor, and return what it holds.

    Parameters
    ----------
    path : Path
        A new file, written whole or not at all.
    pseudonym : str
        Whom the trainee wants to be in it.

    Returns
    -------
    dict
        Course and version, the format's number, pseudonym and, for each exercise with a check:
        right or not, attempts, the names of the mistakes that the check told, hints, whether the
        solution was opened, first and last day (UTC; no times of day).

    Raises
    ------
    SsplabError
        Without a pseudonym, if there is a file of that name, or if it cannot be written.
    """
    from ssplab.system import whole_file

    pseudonym = (pseudonym or "").strip()
    if not pseudonym:
        raise SsplabError(
            _(
                "An export needs a pseudonym, such as --pseudonym heron-7: agree on one with your "
                "instructor, and do not take your name."
            )
        )
    if path.exists():
        raise SsplabError(
            _("{path} is there already, and is not overwritten: give another name.").format(
                path=path
            )
        )
    content = {
        "course": COURSE,
        "format": FORMAT,
        "course_version": __version__,
        "pseudonym": pseudonym,
        "exercises": [
            {
                "exercise": f"{chapter.stem}/{one.number}",
                "right": one.right,
                "attempts": one.attempts,
                "mistakes": list(one.mistakes),
                "hints": one.hints,
                "solution_opened": one.solution_opened,
                "first_day": one.first and one.first.isoformat(),
                "last_day": one.last and one.last.isoformat(),
            }
            for chapter in read_progress().chapters
            for one in chapter.details
        ],
    }
    with whole_file(path) as temporary:
        text = json.dumps(content, indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    return content


def checked_exercises() -> Iterator[tuple[str, str, list[int]]]:
    """Yield a chapter's slug, title and the numbers of its exercises with a check, if any."""
    from ssplab.exercises import exercises

    for chapter in chapters():
        try:
            tasks = exercises(chapter.stem)
        except SsplabError:  # a chapter without exercises
            continue
        numbers = [number for number, task in tasks.items() if not task.is_open]
        if numbers:
            yield chapter.stem, chapter.title, numbers


def _exercise(stem: str, number: int, events: Iterable[diary.Event]) -> ExerciseProgress:
    of_it = [event for event in events if event.exercise == f"{stem}/{number}"]
    answers = [event.happened for event in of_it if event.is_answer]
    right = diary.RIGHT in answers
    attempts = answers.index(diary.RIGHT) + 1 if right else len(answers)
    met = [event.mistake for event in of_it if event.is_answer][:attempts]
    happened = [event.happened for event in of_it]
    days = [datetime.fromisoformat(event.time).date() for event in of_it]
    return ExerciseProgress(
        number,
        right,
        attempts,
        happened.count(diary.HINT),
        diary.SOLUTION in happened,
        min(days, default=None),
        max(days, default=None),
        tuple(dict.fromkeys(filter(None, met))),
    )


def _next_step(
    chapters: Sequence[ChapterProgress], events: Sequence[diary.Event]
) -> NextExercise | None:
    by_stem = {chapter.stem: chapter for chapter in chapters}
    worked_on = [event.exercise.partition("/")[0] for event in reversed(events)]
    last = next((by_stem[stem] for stem in worked_on if stem in by_stem), None)
    for chapter in [*([last] if last else []), *chapters]:
        if not chapter.is_complete:
            left = (number for number in chapter.exercises if number not in chapter.right)
            return NextExercise(chapter.stem, chapter.title, next(left))
    return None


def _title() -> str:
    return _("Your progress in version {version}").format(version=__version__)


def _from_home(path: Path) -> str:
    """Return a path without the user's name, since a notebook that shows it may be handed on."""
    home = Path(os.path.expanduser("~"))  # which never raises, as Path.home may in a container
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else str(path)


def _told_next(step: NextExercise | None) -> str:
    if step is None:
        return _("Every exercise with a check is right.")
    return _("Next: exercise {number} of {stem}, {title}").format(
        number=step.number, stem=step.stem, title=step.title
    )


def _more(chapter: ChapterProgress | None) -> list[tuple[str, str]]:
    """Return heads and cells of what is said beside what is right; of no chapter, heads only."""
    tried = solutions = hints = last = ""
    if chapter:
        tried, solutions = _listed(chapter.not_yet), _listed(chapter.solutions)
        hints, last = str(chapter.hints or NONE), str(chapter.last or NONE)
    return [
        (_("Not yet"), tried),
        (_("Hints"), hints),
        (_("Solutions"), solutions),
        (_("Last day"), last),
    ]


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or NONE


def _row_as_html(chapter: ChapterProgress, style: str) -> str:
    from ssplab.exercises import RIGHT

    filled = 100 * len(chapter.right) // len(chapter.exercises)
    bar = (
        '<span aria-hidden="true" style="display:inline-block;width:6em;height:0.6em;'
        f'border:1px solid currentColor"><span style="display:block;height:100%;'
        f'width:{filled}%;background:{RIGHT}"></span></span>'
    )
    cells = [f"{bar} {html.escape(chapter.share)}"]
    cells += [html.escape(cell) for _head, cell in _more(chapter)]
    return (
        f'<tr><th scope="row" style="{style}">{html.escape(chapter.title)}<br>'
        f"<small>{html.escape(chapter.stem)}</small></th>"
        + "".join(f'<td style="{style}">{cell}</td>' for cell in cells)
        + "</tr>"
    )
