"""What a class finds hard: the exports that trainees handed over, read exercise by exercise.

The report counts people and shows none of them: a pseudonym stands in it only where two exports
bear it. Nothing is sent, and nothing is written.
"""

from __future__ import annotations

import json
import re
import statistics
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    NonNegativeInt,
    ValidationError,
    model_validator,
)

from ssplab import __version__
from ssplab.learner.achievements import COURSE, FORMAT, NONE, checked_exercises
from ssplab.system import SsplabError, _, model_faults, ngettext

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

MOST_EXPLAINED = 3
"""Exercises of which the report says what the check told most, the first of its order."""
MOST_FAULTS = 3
"""Of a file that is refused, places that are named; one fault often brings a hundred."""
WIDTH = 27
"""Of the column of exercises, at most, unless a name is longer: a terminal has 80."""
UNBROKEN = "\N{NO-BREAK SPACE}"
EXPORTING = "ssplab progress --export FILE --pseudonym NAME"


@dataclass(frozen=True)
class Export:
    """What one trainee handed over.

    Parameters
    ----------
    file : str
        Its path from the folder of the class.
    pseudonym : str
        As the trainee wrote it.
    format, version : int, str
        Of the export, and of the course that made it.
    done : mapping of str to Done
        By exercise: `payroll-anomalies/1`.
    """

    file: str
    pseudonym: str
    format: int
    version: str
    done: Mapping[str, Done]

    @property
    def last(self) -> date:
        """The day of its last event; the first day there is without any."""
        return max((one.last_day for one in self.done.values() if one.last_day), default=date.min)

    def grew_from(self, other: Export) -> bool:
        """Whether the other may be an earlier export of the same diary, which only grows."""
        return all(
            name in self.done and self.done[name].grew_from(one) for name, one in other.done.items()
        )


@dataclass(frozen=True)
class Done:
    """What an export says of one exercise: see `achievements.ExerciseProgress`."""

    right: bool
    attempts: int
    mistakes: tuple[str, ...]
    hints: int
    solution_opened: bool
    last_day: date | None

    def grew_from(self, other: Done) -> bool:
        """Whether nothing that the other counts is missing."""
        counts = zip(self._counts(), other._counts(), strict=True)
        return all(now >= then for now, then in counts)

    def _counts(self) -> tuple[int, ...]:
        return self.right, self.attempts, self.hints, self.solution_opened


@dataclass(frozen=True)
class ExerciseOfClass:
    """What a class did in one exercise.

    Parameters
    ----------
    name : str
        Such as `payroll-anomalies/1`.
    right : int
        Trainees who got it right.
    attempts : tuple of int
        Of each trainee who tried, up to the first right answer, or so far.
    hints, solutions : int
        Trainees who took a hint, and who opened the solution.
    mistakes : mapping of str to int
        Trainees who were told each recorded mistake, by its name.
    """

    name: str
    right: int
    attempts: tuple[int, ...]
    hints: int
    solutions: int
    mistakes: Mapping[str, int]

    @property
    def tried(self) -> int:
        """How many gave an answer to the check."""
        return len(self.attempts)

    @property
    def not_yet(self) -> int:
        """How many of them never got it right."""
        return self.tried - self.right

    @property
    def median_attempts(self) -> float:
        """Of those who tried; 0 if nobody did."""
        return statistics.median(self.attempts or [0])

    @property
    def most_met(self) -> tuple[str, int] | None:
        """The mistake that most trainees were told, and how many; None where none was told."""
        return max(self.mistakes.items(), key=lambda item: item[1], default=None)


@dataclass(frozen=True)
class ClassReport:
    """What a class did; shows itself in a terminal, what fails most first.

    Parameters
    ----------
    trainees : int
        Exports that count.
    exercises : sequence of ExerciseOfClass
        Those that somebody tried or took help for: first those that most trainees tried and did not
        get right, among equals those that took most attempts, then in the order of the course.
    untouched : int
        Exercises of the course, with a check, of which nobody's export tells anything.
    notes : sequence of str
        What a reader of the numbers must know of the exports.
    refused : sequence of str
        The files that could not be read, each with the reason.
    """

    trainees: int
    exercises: Sequence[ExerciseOfClass]
    untouched: int
    notes: Sequence[str]
    refused: Sequence[str]

    def headline(self) -> str:
        """Return the sentence that says what fails most."""
        failing = [one for one in self.exercises if one.not_yet]
        if not self.exercises:
            return _("Nobody has tried an exercise yet.")
        if not failing:
            return _("Whoever tried an exercise got it right.")
        most = failing[0].not_yet
        named = [
            _("{exercise} (not right yet for {not_yet} of the {tried} who tried)").format(
                exercise=one.name, not_yet=one.not_yet, tried=one.tried
            )
            for one in failing
            if one.not_yet == most
        ]
        if len(named) > MOST_EXPLAINED:
            return _(
                "No exercise fails more than others: {count} are not right yet for {not_yet} of "
                "those who tried."
            ).format(count=len(named), not_yet=most)
        return _("Fails most: {exercises}.").format(exercises=", ".join(named))

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        from rich.box import SIMPLE_HEAD
        from rich.markdown import Markdown
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        title = ngettext(
            "A class of {number} trainee", "A class of {number} trainees", self.trainees
        )
        yield Text(title.format(number=self.trainees), style="bold")
        yield Text(self.headline())
        if self.exercises:
            table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
            table.add_column(_("Exercise"), no_wrap=True)
            for head in _heads():
                table.add_column(head, justify="right", no_wrap=True)
            for one in self.exercises:
                table.add_row(_named(one), *_cells(one))
            yield table
        for line, sentence in self.explained():
            yield Text(line)
            yield Padding(Markdown(sentence), (0, 0, 0, 2))
        for line in [*self.closing(), *self.notes]:
            yield Text(line)
        if self.refused:
            told = ngettext(
                "{number} file could not be read:",
                "{number} files could not be read:",
                len(self.refused),
            )
            yield Text(told.format(number=len(self.refused)), style="bold")
            yield from (Padding(Text(line), (0, 0, 0, 2)) for line in self.refused)

    def explained(self) -> Iterator[tuple[str, str]]:
        """Yield what the check told most in the exercises that fail most.

        Yields
        ------
        tuple of str, str
            A line that names exercise, mistake and number of trainees, and the sentence.
        """
        failing = [one for one in self.exercises if one.not_yet and one.most_met]
        for one in failing[:MOST_EXPLAINED]:
            mistake, number = one.most_met
            sentence = _told(one.name).get(mistake)
            if sentence:
                line = ngettext(
                    "{exercise}, {mistake}, told to {number} trainee:",
                    "{exercise}, {mistake}, told to {number} trainees:",
                    number,
                )
                yield line.format(exercise=one.name, mistake=mistake, number=number), sentence

    def closing(self) -> list[str]:
        """Return the sentences that say how to read the numbers."""
        lines = []
        if self.exercises:
            lines.append(
                _(
                    "Numbers are trainees, and no shares: where few have tried, one more changes "
                    "the order. Attempts are those of the middle trainee among those who tried, up "
                    "to the first right answer, or so far."
                )
            )
        if self.untouched:
            told = ngettext(
                "Nobody has tried {number} other exercise that has a check.",
                "Nobody has tried {number} other exercises that have a check.",
                self.untouched,
            )
            lines.append(told.format(number=self.untouched))
        return lines


def read_class(folder: Path) -> ClassReport:
    """Return what the exports in a folder, and in its subfolders, come to.

    Every file that ends in `.json` is taken for an export; hidden ones are passed over. One that
    cannot be read is named in the report, and the others count. Of two exports under one pseudonym
    the newer counts: the one that counts everything that the other does, since a trainee's record
    only grows. Where neither does, the one with the later last day counts, and the report says that
    two people, or two machines, may stand behind them.

    Parameters
    ----------
    folder : Path
        Where the exports were collected, each under a name of its own.

    Raises
    ------
    SsplabError
        If there is no such folder, no export in it, or none that can be read.
    """
    if not folder.is_dir():
        raise SsplabError(
            _("{folder} is no folder: give the one in which you collected the exports.").format(
                folder=folder
            )
        )
    inside = (path.relative_to(folder) for path in folder.rglob("*"))
    files = sorted(
        path
        for path in inside
        if path.suffix.lower() == ".json" and not any(part[0] == "." for part in path.parts)
    )
    if not files:
        raise SsplabError(
            _(
                "There is no export in {folder}: trainees write one with `{command}`, and its name "
                "ends in .json."
            ).format(folder=folder, command=EXPORTING)
        )
    exports, refused = [], []
    for file in files:
        try:
            exports.append(_read(folder, file))
        except SsplabError as error:
            refused.append(f"{file.as_posix()}: {error}")
    if not exports:
        lines = "\n".join(f"- {line}" for line in refused)
        raise SsplabError(
            _("No export in {folder} can be read:").format(folder=folder) + f"\n{lines}"
        )
    counted, notes = _newest(exports)
    return _report(counted, notes, refused)


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("it must be a text that can be printed")
    return text


Plain = Annotated[str, Field(max_length=100), AfterValidator(_printable)]
Name = Annotated[str, Field(pattern=r"^[\w'-]+$", max_length=100)]


class _Exercise(BaseModel):
    """What `achievements.export_progress` writes of one exercise, in either format."""

    exercise: Annotated[str, Field(pattern=r"^[\w-]+/\d+$", max_length=100)]
    right: bool
    attempts: NonNegativeInt
    mistakes: tuple[Name, ...] = ()
    hints: NonNegativeInt
    solution_opened: bool
    first_day: date | None
    last_day: date | None

    @model_validator(mode="after")
    def _is_possible(self) -> _Exercise:
        if self.right and not self.attempts:
            raise ValueError("right without an attempt")
        return self


class _Export(BaseModel):
    """What `achievements.export_progress` writes, in either format."""

    format: Annotated[int, Field(ge=1)] = 1
    course_version: Plain
    pseudonym: Plain
    exercises: list[_Exercise]

    @model_validator(mode="after")
    def _names_each_once(self) -> _Export:
        names = Counter(one.exercise for one in self.exercises)
        twice = next((name for name, number in names.items() if number > 1), None)
        if twice:
            raise ValueError(f"{twice} stands twice")
        return self


def _read(folder: Path, file: Path) -> Export:
    """Return the export in a file.

    Raises
    ------
    SsplabError
        If it is none that this course can read; the sentence says why, and what to do.
    """
    again = _("Ask for a new one: {command}.").format(command=EXPORTING)
    try:
        text = (folder / file).read_text(encoding="utf-8-sig")
        content = json.loads(text)
    except OSError as error:
        raise SsplabError(
            _("it cannot be opened ({error}). Make it readable for your user.").format(
                error=error.strerror or error
            )
        ) from error
    except (ValueError, RecursionError) as error:  # a wrong encoding is a ValueError too
        raise SsplabError(_("it is no JSON, or was cut short.") + f" {again}") from error
    if not isinstance(content, dict) or content.get("course") != COURSE:
        raise SsplabError(_("it is JSON, but no export of this course. Take it out of the folder."))
    form = content.get("format", 1)
    if type(form) is int and form > FORMAT:
        raise SsplabError(
            _(
                "it has the format {number}, which is newer than this course knows ({known}). "
                "Update the course on this machine."
            ).format(number=form, known=FORMAT)
        )
    return _validated(text, file, again)


def _validated(text: str, file: Path, again: str) -> Export:
    try:
        found = _Export.model_validate_json(text.encode(), strict=True)
    except ValidationError as error:
        faults = model_faults(error, _("export"))
        more = len(faults) - MOST_FAULTS
        named = [
            *faults[:MOST_FAULTS],
            *([_("and {number} more").format(number=more)] * (more > 0)),
        ]
        raise SsplabError(
            _("it was changed by hand, or damaged ({faults}).").format(faults="; ".join(named))
            + f" {again}"
        ) from error
    done = {
        one.exercise: Done(
            one.right, one.attempts, one.mistakes, one.hints, one.solution_opened, one.last_day
        )
        for one in found.exercises
    }
    pseudonym = found.pseudonym.strip()
    return Export(file.as_posix(), pseudonym, found.format, found.course_version, done)


def _newest(exports: Iterable[Export]) -> tuple[list[Export], list[str]]:
    """Return an export for each pseudonym, and a sentence for each that was left out."""
    counted: dict[str, Export] = {}
    notes = []
    for export in exports:
        name = export.pseudonym.casefold()
        if name not in counted:
            counted[name] = export
            continue
        older, newer = sorted([counted[name], export], key=lambda one: one.last)
        if not newer.grew_from(older) and older.grew_from(newer):
            older, newer = newer, older
        told = (
            _("Two exports are of {pseudonym}: {newer} is the newer and counts, {older} does not.")
            if newer.grew_from(older)
            else _(
                "Two exports are of {pseudonym}, and neither can be the other grown: two trainees "
                "may have taken one pseudonym, or one has worked on two machines. {newer} counts, "
                "which has the later day; {older} does not. Ask them."
            )
        )
        notes.append(told.format(pseudonym=newer.pseudonym, newer=newer.file, older=older.file))
        counted[name] = newer
    return list(counted.values()), notes


def _report(exports: Sequence[Export], notes: Sequence[str], refused: Sequence[str]) -> ClassReport:
    course = [
        f"{stem}/{number}" for stem, _title, numbers in checked_exercises() for number in numbers
    ]
    place = {name: position for position, name in enumerate(course)}
    by_name: dict[str, list[Done]] = {}
    for export in exports:
        for name, one in export.done.items():
            if one.attempts or one.hints or one.solution_opened:
                by_name.setdefault(name, []).append(one)
    unknown = sorted(by_name.keys() - place.keys())
    exercises = [_of_class(name, done) for name, done in by_name.items() if name in place]
    exercises.sort(key=lambda one: (-one.not_yet, -one.median_attempts, place[one.name]))
    return ClassReport(
        len(exports),
        exercises,
        len(course) - len(exercises),
        [*notes, *_notes_on(exports, unknown)],
        refused,
    )


def _of_class(name: str, done: Sequence[Done]) -> ExerciseOfClass:
    return ExerciseOfClass(
        name,
        sum(one.right for one in done),
        tuple(one.attempts for one in done if one.attempts),
        sum(one.hints > 0 for one in done),
        sum(one.solution_opened for one in done),
        Counter(mistake for one in done for mistake in dict.fromkeys(one.mistakes)),
    )


def _notes_on(exports: Sequence[Export], unknown: Sequence[str]) -> Iterator[str]:
    others = Counter(one.version for one in exports if one.version != __version__)
    for version, number in sorted(others.items()):
        told = ngettext(
            "{number} export is of version {version} of the course, and this is {own}: a question "
            "may have changed since.",
            "{number} exports are of version {version} of the course, and this is {own}: questions "
            "may have changed since.",
            number,
        )
        yield told.format(number=number, version=version, own=__version__)
    silent = sum(one.format == 1 for one in exports)
    if silent:
        told = ngettext(
            "{number} export has an older format, which does not say what the check told.",
            "{number} exports have an older format, which does not say what the check told.",
            silent,
        )
        yield told.format(number=silent)
    if unknown:
        told = ngettext(
            "{number} exercise in the exports is not in this course and is left out: {names}.",
            "{number} exercises in the exports are not in this course and are left out: {names}.",
            len(unknown),
        )
        yield told.format(number=len(unknown), names=", ".join(unknown))


def _told(exercise: str) -> dict[str, str]:
    """Return the sentences of an exercise's recorded mistakes, by name."""
    from ssplab.exercises import misunderstandings

    stem, _slash, number = exercise.partition("/")
    return {one.name: one.told for one in misunderstandings(stem).get(int(number), ())}


def _heads() -> list[str]:
    return [_("Not yet"), _("Tried"), _("Right"), _("Attempts"), _("Hints"), _("Solution")]


def _cells(one: ExerciseOfClass) -> list[str]:
    attempts = re.sub(r"\.0$", "", str(one.median_attempts)) if one.tried else NONE
    counts = [one.not_yet, one.tried, one.right]
    return [*map(str, counts), attempts, str(one.hints or NONE), str(one.solutions or NONE)]


def _named(one: ExerciseOfClass):
    """Return an exercise's name, and below it the mistake that most were told."""
    from rich.text import Text

    if one.most_met is None:
        return Text(one.name)
    mistake, number = one.most_met
    told = textwrap.fill(f"{mistake}:{UNBROKEN}{number}", WIDTH - 2).replace(UNBROKEN, " ")
    return Text.assemble(one.name, "\n", (textwrap.indent(told, "  "), "dim"))
