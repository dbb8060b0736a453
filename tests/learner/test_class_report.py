"""The report on a class: what fails most comes first, and what cannot be read is named."""

import json
import re

import pytest
from class_of_twenty import (
    EXERCISES,
    HARD,
    SHOWN,
    TRAINEES,
    collect,
    done,
    export,
    invented,
    report_shown,
    shown,
)
from typer.testing import CliRunner

from ssplab.cli import app
from ssplab.course import course_root
from ssplab.exercises import misunderstandings
from ssplab.learner import achievements, class_report, read_class
from ssplab.system.errors import SsplabError

CHECKED = list(achievements.checked_exercises())


@pytest.fixture(autouse=True)
def course_read_once(monkeypatch):
    """Reading all chapters for their titles takes longer than all else that a report does."""
    monkeypatch.setattr(class_report, "checked_exercises", lambda: CHECKED)


@pytest.fixture
def folder(tmp_path):
    """Where exports are collected."""
    (tmp_path / "class").mkdir()
    return tmp_path / "class"


def flat(text):
    """Return a text without the line ends and the rules of a terminal."""
    return " ".join(re.sub(r"[│┃]", " ", text).split())


# --- twenty invented exports


@pytest.fixture
def twenty(folder):
    collect(folder, *invented())
    return read_class(folder)


def test_the_exercise_that_fails_most_comes_first_with_what_the_check_told(twenty):
    first, *others = twenty.exercises
    assert (twenty.trainees, first.name) == (TRAINEES, HARD)
    assert first.not_yet > max(one.not_yet for one in others)
    assert len(first.attempts) == first.tried == first.right + first.not_yet
    known = misunderstandings("first-table")[4][0]
    [(line, sentence), *_more] = twenty.explained()
    assert sentence == known.told and first.most_met[0] == known.name
    assert line == f"{HARD}, {known.name}, told to {first.most_met[1]} trainees:"
    assert twenty.headline() == (
        f"Fails most: {HARD} (not right yet for {first.not_yet} of the {first.tried} who tried)."
    )


def test_the_book_shows_what_the_command_shows_today():
    stored = (course_root() / SHOWN).read_text(encoding="utf-8")
    assert stored == report_shown(), "store it anew: python tests/class_of_twenty.py"


def test_what_is_counted_is_what_the_exports_say(folder):
    told = [
        export("a", done("first-table/1", attempts=1), done("first-table/2", right=False)),
        export("b", done("first-table/1", attempts=4, mistakes=["x"], hints=2, solution=True)),
        export("c", done("first-table/1", right=False, attempts=2, mistakes=["x", "y"], hints=1)),
        export("d", done("first-table/1", right=False, attempts=0, hints=1)),
        export("e", done("first-table/1", right=False, attempts=0, day=None)),
    ]
    collect(folder, *told)
    report = read_class(folder)
    one, two = report.exercises
    assert (one.name, one.tried, one.right, one.not_yet) == ("first-table/1", 3, 2, 1)
    assert (one.median_attempts, one.hints, one.solutions) == (2, 3, 1)
    assert one.mistakes == {"x": 2, "y": 1} and one.most_met == ("x", 2)
    assert (two.name, two.tried, two.not_yet, two.most_met) == ("first-table/2", 1, 1, None)
    checked = sum(len(numbers) for _, _, numbers in CHECKED)
    assert report.untouched == checked - 2


@pytest.mark.parametrize("width", [80, 120])
def test_in_a_terminal_all_fits_and_nothing_is_cut(twenty, width):
    text = shown(twenty, width)
    assert max(map(len, text.splitlines())) <= width
    table = text.partition("told to")[0]
    assert "…" not in table
    for one in twenty.exercises:
        counts = f"{one.not_yet} +{one.tried} +{one.right}"
        assert re.search(rf"^ ?{one.name} +{counts} ", table, re.MULTILINE)
    for told in [twenty.headline(), "no shares", "other exercises that have a check"]:
        assert told in flat(text)


def test_the_report_names_no_trainee_and_has_no_percentage(twenty):
    text = shown(twenty)
    assert "heron" not in text and "%" not in text


def test_the_longest_names_of_the_course_fit(folder):
    names = [f"{stem}/{number}" for stem, _title, numbers in CHECKED for number in numbers]
    long = {
        name: max(
            (one.name for one in misunderstandings(name.partition("/")[0])[int(name[-1])]),
            key=len,
            default="x",
        )
        for name in names
    }
    collect(
        folder,
        export("a", *(done(name, right=False, mistakes=[one]) for name, one in long.items())),
    )
    text = shown(read_class(folder))
    assert max(map(len, text.splitlines())) <= 80
    for name in long:
        assert re.search(rf"^ ?{name}  ", text, re.MULTILINE), "a name is broken in two"
    assert "…" not in text.partition("told to")[0]
    for mistake in long.values():
        assert f"{mistake}:1" in re.sub(r"\s", "", text)


def test_equals_are_told_as_equals(folder):
    fails = [done(name, right=False) for name in EXERCISES]
    collect(folder, export("a", *fails[:2]))
    assert read_class(folder).headline() == (
        "Fails most: first-table/1 (not right yet for 1 of the 1 who tried), "
        "first-table/2 (not right yet for 1 of the 1 who tried)."
    )
    collect(folder, export("a", *fails))
    assert "No exercise fails more than others: 8 are" in read_class(folder).headline()


def test_a_class_that_gets_all_right_or_has_not_begun_is_told_so(folder):
    collect(folder, export("a", done("first-table/1")))
    assert read_class(folder).headline() == "Whoever tried an exercise got it right."
    collect(folder, export("a"))
    report = read_class(folder)
    assert report.headline() == "Nobody has tried an exercise yet."
    assert "Attempts" not in shown(report)


# --- several exports, formats, versions

EARLY = [done("first-table/1", right=False, attempts=2, day="2026-03-02")]
LATE = [
    done("first-table/1", attempts=3, day="2026-03-02"),
    done("first-table/2", day="2026-03-04"),
]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("later", [LATE, LATE[:1]], ids=["another day", "the same day"])
def test_of_two_exports_of_one_trainee_the_newer_counts(folder, order, later):
    both = [export("heron-7", *EARLY), export(" Heron-7", *later)]
    collect(folder, *both[::order])
    report = read_class(folder)
    newer = "02.json" if order == 1 else "01.json"
    assert report.trainees == 1 and report.exercises[-1].not_yet == 0
    assert f"{newer} is the newer" in report.notes[0]


def test_two_exports_that_cannot_be_of_one_trainee_are_told(folder):
    one = [done("first-table/1", attempts=5, day="2026-03-02")]
    collect(folder, export("heron-7", *one), export("heron-7", *LATE))
    report = read_class(folder)
    assert report.exercises[0].attempts == (3,)
    assert "two trainees may have taken one pseudonym" in report.notes[0]
    assert "02.json counts" in report.notes[0]


def test_the_first_format_counts_and_the_report_says_what_it_lacks(folder):
    old = export("a", done("first-table/1"))
    del old["format"], old["exercises"][0]["mistakes"]
    collect(folder, old, export("b", done("first-table/1")))
    report = read_class(folder)
    assert report.exercises[0].tried == 2
    assert report.notes == ["1 export has an older format, which does not say what the check told."]


def test_what_the_course_itself_exports_is_read(folder, tmp_path, monkeypatch):
    from ssplab.system import diary

    monkeypatch.setenv(diary.VARIABLE, str(tmp_path / "progress.jsonl"))
    diary.record("first-table/2", diary.WRONG, "bonus-kept")
    diary.record("first-table/2", diary.HINT)
    achievements.export_progress(folder / "mine.json", "heron-7")
    [one] = read_class(folder).exercises
    assert (one.name, one.attempts, one.mistakes) == ("first-table/2", (1,), {"bonus-kept": 1})


def test_another_version_and_exercises_that_are_gone_are_told(folder):
    collect(folder, export("a", done("gone/1"), done("first-table/1"), course_version="0.0.1"))
    report = read_class(folder)
    assert [one.name for one in report.exercises] == ["first-table/1"]
    assert "of version 0.0.1 of the course" in report.notes[0]
    assert "gone/1" in report.notes[1]


# --- what cannot be read

WHOLE = export("b", done("first-table/1"))
BAD = {
    "empty": ("", "no JSON, or was cut short.*ssplab progress --export"),
    "cut": (json.dumps(WHOLE)[:60], "no JSON, or was cut short"),
    "nested": ("[" * 100_000, "no JSON"),
    "a list": ("[1]", "no export of this course"),
    "another course": (WHOLE | {"course": "Knitting"}, "no export of this course"),
    "a newer format": (WHOLE | {"format": 9}, "format 9, which is newer.*Update the course"),
    "a format in words": (WHOLE | {"format": "two"}, "changed by hand.*format"),
    "no exercises": ({k: v for k, v in WHOLE.items() if k != "exercises"}, "exercises"),
    "attempts in words": (export("b", done("x/1", attempts="three")), "exercises.0.attempts"),
    "fewer than none": (export("b", done("x/1", attempts=-1)), "exercises.0.attempts"),
    "right by itself": (export("b", done("x/1", attempts=0)), "right without an attempt"),
    "no day": (export("b", done("x/1", day="Monday")), "exercises.0.first_day"),
    "twice": (export("b", done("x/1"), done("x/1")), "x/1 stands twice"),
    "nobody": (export("  "), "pseudonym"),
    "colours": (export("\x1b[31mred"), "pseudonym"),
    "a sentence": (export("b", done("x/1", mistakes=["my answer was 3"])), "mistakes"),
    "many": (export("b", *(done(f"x/{n}", attempts=-1) for n in range(9))), "and 6 more"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_is_no_export_is_named_and_the_others_are_read(folder, kind):
    content, told = BAD[kind]
    collect(folder, export("a", done("first-table/1")), content)
    report = read_class(folder)
    assert report.trainees == 1 and len(report.exercises) == 1
    [line] = report.refused
    assert line.startswith("02.json: ") and re.search(told, line), line
    assert "errors.pydantic.dev" not in line and "\x1b" not in line
    assert "1 file could not be read" in flat(shown(report))


def test_a_file_in_another_encoding_is_named(folder):
    collect(folder, WHOLE)
    (folder / "latin.json").write_bytes('{"pseudonym": "héron"}'.encode("latin-1"))
    (folder / "marked.json").write_text(json.dumps(export("c")), encoding="utf-8-sig")
    report = read_class(folder)
    assert report.trainees == 2 and "latin.json: it is no JSON" in report.refused[0]


def test_folders_are_entered_and_hidden_or_other_files_passed_over(folder):
    for place in ("heron-1/mine.json", "__MACOSX/._mine.json", ".git/x.json", "notes.txt"):
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_text(json.dumps(WHOLE), encoding="utf-8")
    report = read_class(folder)
    assert (report.trainees, report.refused) == (1, [])


def test_nothing_to_read_is_an_error_that_says_what_to_do(folder):
    with pytest.raises(SsplabError, match=r"is no folder"):
        read_class(folder / "other")
    with pytest.raises(SsplabError, match=r"no export in .*ssplab progress --export FILE"):
        read_class(folder)
    collect(folder, "", "[]")
    with pytest.raises(SsplabError, match=r"(?s)can be read:\n- 01\.json: .*\n- 02\.json: "):
        read_class(folder)


# --- the command


def test_the_command_shows_the_report_and_refuses_what_contradicts_it(folder):
    collect(folder, *invented(3))
    shown_by = CliRunner().invoke(app, ["progress", "--class", str(folder)])
    assert shown_by.exit_code == 0 and "A class of 3 trainees" in shown_by.output
    done_by = CliRunner().invoke(app, ["progress", "--class", str(folder), "--file"])
    assert isinstance(done_by.exception, SsplabError)


def test_every_text_of_the_report_passes_through_the_catalogue(twenty, monkeypatch):
    monkeypatch.setattr(class_report, "_", lambda text: f"⟦{text}⟧")
    monkeypatch.setattr(class_report, "ngettext", lambda one, many, number: f"⟦{many}⟧")
    for text in [twenty.headline(), *twenty.closing(), *class_report._heads()]:
        assert re.fullmatch(r"⟦[^⟦⟧]*(⟦[^⟦⟧]*⟧)?[^⟦⟧]*⟧", text), text
