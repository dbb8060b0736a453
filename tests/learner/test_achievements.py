"""Progress: nothing is lost, nothing leaves, nothing stops an exercise; and what it comes to."""

import errno
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from builders import code, markdown, notebook
from filelock import FileLock
from rich.console import Console
from typer.testing import CliRunner

import ssplab
from ssplab.cli import app
from ssplab.course import normal
from ssplab.course.paths import course_root
from ssplab.exercises import Condition, Exercise, Mistake, check, checking, hint
from ssplab.learner import achievements
from ssplab.notebooks.kernel import environment
from ssplab.notebooks.runs import run
from ssplab.notebooks.solutions import solution
from ssplab.system import diary
from ssplab.system.errors import SsplabError
from ssplab.verify import suite
from ssplab.verify.suite import Step

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PAY, WORK = "pay", "work"
ANSWER = 42
NUMBER = Exercise(
    expects="a number",
    hints=["Look.", "Count."],
    answer=lambda: ANSWER,
    conditions=[Condition("values", lambda answer: None if answer == ANSWER else "Not that one.")],
    praise="Well done.",
)
posix_only = pytest.mark.skipif(os.name == "nt", reason="limits and users as on Linux and macOS")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A file for the progress, that is not there yet; each event comes a day after the other."""
    path = tmp_path / "data" / "progress.jsonl"
    days = iter(range(10_000))
    monkeypatch.setenv(diary.VARIABLE, str(path))
    monkeypatch.setattr(diary, "_now", lambda: START + timedelta(days=next(days)))
    restart(monkeypatch)
    monkeypatch.setattr(diary, "_waiting", [])
    monkeypatch.setattr(diary, "_told", set())
    return path


def restart(monkeypatch):
    """Forget what a kernel forgets when it is restarted."""
    monkeypatch.setattr(checking, "_hints_given", Counter())
    monkeypatch.setattr(checking, "_attempted", set())


@pytest.fixture
def chapters(course, monkeypatch):
    """Two chapters of three exercises, the last of each open, and a chapter without exercises."""
    for stem in (WORK, PAY, "prose"):
        nb = notebook(markdown(f"# The question of {stem}?\n\n**Level** 1"))
        normal.write(nb, course / f"chapters/part/{stem}.ipynb")
    (course / "_toc.yml").write_text(
        "format: jb-book\nroot: book/welcome\nparts:\n- caption: A part\n  chapters:\n"
        f"  - file: chapters/part/{WORK}\n    sections:\n    - file: exercises/part/{WORK}\n"
        f"  - file: chapters/part/{PAY}\n  - file: chapters/part/prose\n"
        "  - file: chapters/part/not-written\n",
        encoding="utf-8",
    )
    rubric = Exercise(expects="your own table", hints=["Start.", "Go on."])

    def exercises(stem):
        if stem not in (PAY, WORK):
            raise SsplabError(f"No chapter with exercises is called {stem!r}.")
        return {1: NUMBER, 2: NUMBER, 3: rubric}

    monkeypatch.setattr(checking, "exercises", exercises)
    return course


def right(name):
    assert check(name, ANSWER)


def wrong(name):
    assert not check(name, ANSWER + 1)


def line(exercise="pay/1", happened="right", time="2026-03-02T09:30:00+00:00"):
    event = {"time": time, "exercise": exercise, "happened": happened}
    return (json.dumps(event) + "\n").encode()


def written(path):
    """Return the exercises and what happened to them, as they stand in the file."""
    events = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [(event["exercise"], event["happened"]) for event in events]


def started(program, *arguments, **variables):
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


# --- nothing is lost

MANY = """
import sys
from ssplab.system import diary
print("ready", flush=True)
sys.stdin.readline()
for _ in range(50):
    diary.record(f"many/{sys.argv[1]}", "wrong")
"""


def test_ten_processes_at_once_lose_nothing_even_of_a_damaged_file(tmp_path):
    path = tmp_path / "progress.jsonl"
    path.write_bytes(line() + b"damag")
    processes = [started(MANY, str(number), **{diary.VARIABLE: str(path)}) for number in range(10)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    told = "".join(process.communicate(timeout=60)[1] for process in processes)
    counts = Counter(exercise for exercise, _ in written(path))
    assert counts == {"pay/1": 1} | {f"many/{number}": 50 for number in range(10)}
    assert told.count("ssplab:") == 1 and "damaged" in told
    assert len(list(tmp_path.glob("*damaged*"))) == 1


DAMAGES = {
    "no-event": b"what is this?\n",
    "not-utf-8": '{"time": "hélas"}\n'.encode("latin-1"),
    "truncated": line("pay/2")[:-20],
    "zeros": bytes(4096),
    "binary": bytes(range(256)) * 3,
    "json-but-no-event": b'[1]\n"right"\n{"time": 3}\nnull\n',
    "nested": b"[" * 100_000,
    "another-word": line(happened="cheated"),
    "no-number": line(exercise="pay"),
    "time-without-zone": line(time="2026-03-02T09:30:00"),
    "no-time": line(time="yesterday"),
    "two-on-a-line": line().strip() + line(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside_and_rebuilt_from_what_can_be_read(store, damage, capsys):
    store.parent.mkdir()
    good = line("pay/1"), line("pay/2", "wrong")
    content = good[0] + DAMAGES[damage] + (b"" if damage == "truncated" else b"\n" + good[1])
    store.write_bytes(content)
    kept = 1 if damage == "truncated" else 2
    assert len(diary.events()) == kept
    aside = store.with_name("progress.damaged-2026-03-02.jsonl")
    assert aside.read_bytes() == content
    assert store.read_bytes() == b"".join(good[:kept])
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"{store} was damaged" in told and str(aside) in told
    assert re.search(rf"\b{kept} lines? could be read", told)
    assert len(diary.events()) == kept
    assert capsys.readouterr().err == ""


def test_a_second_damage_of_the_day_does_not_replace_the_first(store, monkeypatch):
    monkeypatch.setattr(diary, "_now", lambda: START)
    store.parent.mkdir()
    for content in (b"one\n", b"two\n", b"three\n"):
        store.write_bytes(content)
        assert diary.events() == []
    aside = sorted(path.read_bytes() for path in store.parent.glob("*.damaged-2026-03-02*"))
    assert aside == [b"one\n", b"three\n", b"two\n"]


def test_an_event_after_a_truncated_line_does_not_continue_it(store, capsys):
    store.parent.mkdir()
    store.write_bytes(line("pay/1") + line("pay/2")[:30])
    diary.record("pay/3", diary.HINT)
    assert written(store) == [("pay/1", "right"), ("pay/3", "hint")]
    assert "was damaged: 1 line" in capsys.readouterr().err


@pytest.mark.parametrize(
    "edited",
    [
        line().strip(),
        b"\xef\xbb\xbf" + line(),
        line().replace(b"\n", b"\r\n"),
        b"\n" + line() + b"\n",
    ],
    ids=["no-end", "mark-at-the-start", "windows", "blank-lines"],
)
def test_what_an_editor_does_to_the_file_is_no_damage(store, edited, capsys):
    store.parent.mkdir()
    store.write_bytes(edited)
    diary.record("pay/2", diary.WRONG)
    assert [event.exercise for event in diary.events()] == ["pay/1", "pay/2"]
    assert capsys.readouterr().err == ""
    assert not list(store.parent.glob("*damaged*"))


FULL_DISK = """
import resource, sys
from ssplab.system import diary
path = diary.store()
diary.record("pay/1", "right")
one = path.stat().st_size
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (one + one // 2, hard))
diary.record("pay/2", "wrong")
diary.record("pay/3", "wrong")
print(path.stat().st_size == one)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
diary.record("pay/4", "wrong")
"""


@posix_only
def test_what_was_done_when_chapters_had_numbers_counts(store, chapters):
    store.parent.mkdir()
    store.write_bytes(line(f"01-{PAY}/1"))
    assert [event.exercise for event in diary.events()] == [f"{PAY}/1"]
    assert achievements.read_progress().right == 1
    assert check(f"01-{PAY}/2", ANSWER)


def test_a_full_disk_leaves_no_half_line_and_what_waited_is_written_once_there_is_room(store):
    process = started(FULL_DISK)
    half, told = process.communicate(timeout=60)
    assert half == "True\n"
    assert told.count("\n") == 1 and "not being kept" in told
    assert [exercise for exercise, _ in written(store)] == [f"pay/{n}" for n in range(1, 5)]


def test_a_lock_that_another_holds_is_told_once_and_what_waited_is_written_later(
    store, chapters, monkeypatch, capsys
):
    monkeypatch.setattr(diary, "PATIENCE", 0.02)
    monkeypatch.setattr(diary, "HASTE", 0.02)
    wrong("pay/1")
    with FileLock(f"{store}.lock"):
        wrong("pay/2")
        right("pay/2")
        assert [event.exercise for event in diary.events()] == ["pay/1"]
        assert store.read_bytes().count(b"\n") == 1
        told = capsys.readouterr().err
        assert told.count("\n") == 1 and "another program is using it" in told
    wrong("pay/1")
    assert written(store)[1:] == [
        ("pay/2", "wrong"),
        ("pay/2", "right"),
        ("pay/1", "wrong"),
    ]
    assert capsys.readouterr().err == ""


# --- nothing stops an exercise

READ_ONLY = """
import os
import filelock
from ssplab.exercises import Condition, Exercise, check, checking
from ssplab.system import diary
task = Exercise("a number", "Look.", conditions=[Condition("values", lambda _: None)])
checking.exercises = lambda stem: {1: task}
if os.geteuid() == 0:
    os.seteuid(65534)  # what is read-only for others is not for root
for _ in range(3):
    assert check("pay/1", 1)
print(checking.attempted("pay/1"), [event.exercise for event in diary.events()])
"""


@posix_only
@pytest.mark.parametrize(
    "content", [None, line(), line() + b"damaged\n"], ids=["empty", "whole", "damaged"]
)
def test_a_read_only_folder_stops_no_check(store, content):
    store.parent.mkdir()
    if content:
        store.write_bytes(content)
    above = itertools.takewhile(
        lambda folder: folder != Path(tempfile.gettempdir()), store.parent.parents
    )
    for folder in above:  # pytest keeps its folders to its own user
        folder.chmod(0o755)
    store.parent.chmod(0o555)
    process = started(READ_ONLY)
    read, told = process.communicate(timeout=60)
    assert read == f"True {['pay/1'] if content else []}\n", told
    sentences = told.splitlines()
    assert "not being kept" in sentences[0] and "Permission denied" in sentences[0]
    assert len(sentences) == (2 if content and b"damaged" in content else 1)
    assert (store.read_bytes() if content else None) == content


@pytest.mark.parametrize("place", ["a file for a folder", "a folder for a file"])
def test_a_place_where_no_file_can_be_stops_no_check(store, chapters, place, capsys):
    store.mkdir(parents=True) if place.endswith("file") else store.parent.touch()
    for name in ("pay/1", "pay/2"):
        wrong(name)
        hint(name), hint(name), hint(name)
    right("pay/1")
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and str(store) in told and "ssplab doctor" in told


def test_a_course_newer_than_its_packages_stops_no_check(store, chapters, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "filelock", None)
    wrong("pay/1")
    right("pay/1")
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "filelock" in told
    assert achievements.read_progress().right == 0


def test_views_say_why_a_file_cannot_be_read(store, chapters):
    store.mkdir(parents=True)
    with pytest.raises(SsplabError, match=r"progress\.jsonl cannot be read .*SSPLAB_PROGRESS"):
        ssplab.progress()


def test_a_home_that_nobody_has_stops_no_check(chapters, store, monkeypatch, capsys):
    monkeypatch.chdir(store.parents[1])
    monkeypatch.setenv(diary.VARIABLE, "~nobody-of-that-name/progress.jsonl")
    wrong("pay/1")
    assert checking.attempted("pay/1")


# --- what is recorded, and what is not


def test_answers_hints_and_solutions_are_recorded(store, chapters, monkeypatch):
    answers = {"solutions": [code("# Your turn\nmean = 1", "solution")]}
    for kind in ("solutions", "exercises"):
        cells = [markdown("## Exercise 1 ★ Pay"), *answers.get(kind, [])]
        normal.write(notebook(*cells), chapters / f"{kind}/part/pay.ipynb")
    check("pay/1", ...)
    assert not solution("pay/1").cells
    assert not store.exists()
    wrong("pay/1")
    hint("pay/1")
    right("pay/01")
    solution("pay/1")
    assert written(store) == [("pay/1", one) for one in ("wrong", "hint", "right", "solution")]


def test_an_open_exercise_has_nothing_to_record_but_its_hints(store, chapters):
    check("pay/3", "a table")
    hint("pay/3")
    assert written(store) == [("pay/3", "hint")]


def test_an_event_is_a_time_an_exercise_and_a_word_and_only_its_user_reads_the_file(
    store, chapters
):
    check("pay/1", "the trainee's own words")
    [event] = map(json.loads, store.read_text().splitlines())
    assert event == {"time": START.isoformat(), "exercise": "pay/1", "happened": "wrong"}
    if os.name != "nt":
        assert store.stat().st_mode & 0o077 == 0
        store.write_bytes(store.read_bytes() + b"damaged\n")
        diary.events()
        assert store.stat().st_mode & 0o077 == 0


def test_a_mistake_that_the_check_recognised_is_recorded_by_its_name(store, chapters, monkeypatch):
    mistake = Mistake(lambda answer: "The other way." if answer == -ANSWER else None, (), "sign")
    monkeypatch.setattr(
        checking, "exercises", lambda stem: {1: replace(NUMBER, mistakes=[mistake])}
    )
    check("pay/1", -ANSWER)
    wrong("pay/1")
    diary.record("pay/1", diary.HINT)
    lines = [json.loads(one) for one in store.read_text().splitlines()]
    assert [one.get("mistake") for one in lines] == ["sign", None, None]
    assert [event.mistake for event in diary.events()] == ["sign", "", ""]


@pytest.mark.parametrize("mistake", [3, ["sign"], "a whole sentence of theirs", None])
def test_what_is_no_name_of_a_mistake_is_damage(store, mistake, capsys):
    store.parent.mkdir()
    event = json.loads(line(happened="wrong")) | {"mistake": mistake}
    store.write_text(json.dumps(event) + "\n")
    assert diary.events() == []
    assert "was damaged: 1 line" in capsys.readouterr().err


def test_the_solution_opens_after_a_restart(store, chapters, monkeypatch):
    wrong("pay/1")
    restart(monkeypatch)
    assert checking.attempted("pay/1")
    assert not checking.attempted("pay/2")


def test_a_hint_asked_for_again_after_a_restart_is_not_another(store, chapters, monkeypatch):
    hint("pay/1")
    restart(monkeypatch)
    assert "Hints: 1 of 2" in repr(hint("pay/1"))
    assert written(store) == [("pay/1", "hint")]
    for _ in range(3):
        hint("pay/1")
    assert len(written(store)) == 2


@pytest.mark.parametrize("place", ["course", "solutions/of-my-own"])
def test_a_solution_that_is_run_is_nobodys_progress(store, chapters, monkeypatch, place):
    for kind, recorded in [("solutions", False), ("exercises", True)]:
        folder = chapters.parent / place / kind / "part"
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(folder)
        right("pay/1")
        assert store.exists() == recorded


@pytest.mark.parametrize("word", ["off", "OFF", " off "])
def test_off_records_nothing(store, chapters, monkeypatch, word, capsys):
    monkeypatch.setenv(diary.VARIABLE, word)
    right("pay/1")
    assert achievements.read_progress().right == 0
    assert "SSPLAB_PROGRESS is off" in repr(ssplab.progress())
    assert not store.exists() and capsys.readouterr().err == ""


def test_versions_of_the_course_are_apart(store, chapters, tmp_path, monkeypatch):
    monkeypatch.delenv(diary.VARIABLE)
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "home"))
    right("pay/1")
    assert (tmp_path / "home" / f"progress-{ssplab.__version__}.jsonl").is_file()
    monkeypatch.setattr(diary, "__version__", "9.0")
    assert achievements.read_progress().right == 0
    wrong("pay/1")
    assert len(list((tmp_path / "home").glob("progress-*.jsonl"))) == 2


# --- our own executions


def test_tests_record_nothing():
    assert diary.store() is None


def test_a_step_of_make_test_cannot_write_into_the_users_file(store):
    command = (
        "timeit",
        "-n1",
        "-r1",
        "import ssplab.system.diary as d; d.record('pay/1', 'right')",
    )
    assert suite._run_step(Step("records", command)).ok
    assert not store.exists()
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    assert store.exists(), "the step would not have written in any case"


def test_kernels_whose_outputs_are_stored_or_compared_record_nothing(store):
    assert os.environ[diary.VARIABLE] != diary.OFF
    assert environment()[diary.VARIABLE] == diary.OFF


def test_a_run_records_nothing(store, chapters, tmp_path):
    cell = code(
        "from ssplab.system import diary; diary.record('pay/1', 'right'); print(diary.store())"
    )
    path = chapters / "chapters/part/run-it.ipynb"
    normal.write(notebook(code("seed = 1", "parameters"), cell), path)
    result = run("run-it", out=tmp_path / "out", progress=False)
    assert normal.read(result.notebook).cells[-1].outputs[0].text == "None\n"
    assert not store.exists()
    assert os.environ[diary.VARIABLE] == str(store)


# --- what it comes to


def next_exercise():
    step = achievements.read_progress().next_step
    return step and f"{step.stem}/{step.number}"


def test_the_next_step_is_in_the_chapter_last_worked_on_else_in_the_first_not_complete(
    store, chapters
):
    assert next_exercise() == "work/1"  # the first of the contents
    wrong("pay/2")
    assert next_exercise() == "pay/1"
    right("pay/1")
    assert next_exercise() == "pay/2"
    hint("work/2")
    assert next_exercise() == "work/1"
    right("pay/2")
    assert next_exercise() == "work/1"  # the chapter last worked on is complete
    right("work/1")
    wrong("work/1")  # once right, it stays so
    assert next_exercise() == "work/2"
    right("work/2")
    assert next_exercise() is None
    assert "Every exercise with a check is right." in repr(ssplab.progress())


@pytest.fixture
def some(store, chapters):
    """Some progress: two right of four, one of them after two attempts and a hint."""
    wrong("pay/1")
    hint("pay/1")
    right("pay/1")
    wrong("pay/1")
    wrong("work/2")
    right("work/1")
    hint("work/3")
    diary.record("work/1", diary.SOLUTION)
    diary.record("gone/1", diary.RIGHT)
    return ssplab.progress()


def test_chapters_stand_in_the_order_of_the_contents_with_what_was_done(some):
    work, pay = some.chapters
    assert (work.stem, pay.stem) == (WORK, PAY)
    assert pay.title == "The question of pay?"
    assert (pay.exercises, pay.right, pay.tried, pay.not_yet) == ([1, 2], [1], [1], [])
    assert (pay.hints, pay.solutions) == (1, [])
    assert (work.right, work.tried, work.not_yet, work.hints) == ([1], [1, 2], [2], 0)
    assert work.solutions == [1]
    assert (some.right, some.total) == (2, 4)
    first, untouched = pay.details
    assert first.attempts == 2  # what comes after the right one is none
    assert (first.first, first.last) == (START.date(), START.date() + timedelta(days=3))
    assert (untouched.first, untouched.last) == (None, None)


def as_rich(progress, width=80):
    console = Console(width=width, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    with console.file:
        console.print(progress)
    return console.export_text()


def test_as_text_each_chapter_has_a_bar_and_words(some):
    assert repr(some).splitlines()[:6] == [
        f"Your progress in version {ssplab.__version__}: 2 of 4 exercises right",
        "The question of work? (work)",
        "  [#.] 1 of 2",
        "  Not yet: 2",
        "  Solutions: 1",
        "  Last day: 2026-03-09",
    ]
    assert "Next: exercise 2 of work" in repr(some)
    assert "Open exercises have no check and are not counted." in repr(some)


def test_a_path_that_is_shown_does_not_name_the_user(some, store, monkeypatch):
    assert str(store) in repr(some)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(store.parents[1]))
    assert f"in ~/data/{store.name}" in repr(some)
    assert "~/data/" in some._repr_html_() and str(store.parent) not in some._repr_html_()


def test_in_a_terminal_the_table_fits_and_cuts_nothing(some):
    shown = as_rich(some)
    assert "…" not in shown
    assert all(len(one) <= 80 for one in shown.splitlines())
    for text in ["1 of 2", "2026-03-09", "work", "Next: exercise 2", "not counted"]:
        assert text in shown


def test_in_a_notebook_it_is_a_table_whose_headers_say_what_they_head(some):
    page = BeautifulSoup(some._repr_html_(), "html.parser")
    heads = page.select("thead th")
    assert {head["scope"] for head in heads} == {"col"} and all(head.text for head in heads)
    rows = page.select("tbody tr")
    assert [row.th["scope"] for row in rows] == ["row", "row"]
    assert all(len(row.select("th, td")) == len(heads) for row in rows)
    assert [row.td.text.strip() for row in rows] == ["1 of 2", "1 of 2"]  # a bar is text too
    assert all(bar["aria-hidden"] == "true" for bar in page.select("td > span"))


def test_a_title_is_shown_and_not_run(some):
    chapter = replace(some.chapters[0], title="<script>[bold]alert(1)[/]</script>")
    shown = replace(some, chapters=[chapter])
    assert "<script" not in shown._repr_html_() and "&lt;script&gt;[bold]" in shown._repr_html_()
    assert "[bold]" in as_rich(shown, width=200)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_in_the_table(some, window, mode):
    page = window.new_page(color_scheme=mode)
    page.set_content(
        "<!doctype html><html lang='en'><head><title>Progress</title><style>"
        ":root{color-scheme:light dark}</style></head><body><main><h1>Progress</h1>"
        f"{some._repr_html_()}</main></body></html>"
    )
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    page.close()
    assert [(rule["id"], rule["help"]) for rule in found] == []


def test_every_text_passes_through_the_catalogue(some, monkeypatch):
    monkeypatch.setattr(achievements, "_", lambda text: f"⟦{text}⟧")
    monkeypatch.setattr(achievements, "ngettext", lambda one, many, number: f"⟦{many}⟧")
    for text in repr(some).splitlines():
        left = re.sub(r"⟦[^⟦⟧]*⟧", "", text)
        left = re.sub(r"The question of [\w-]+\? \([\w-]+\)", "", left)
        assert not any(letter.isalpha() for letter in left), text


def test_asking_for_progress_loads_nothing_heavy():
    program = (
        "import sys; from ssplab import progress, check; print(repr(progress())[:4]);"
        "print(sorted({'pandas', 'sklearn', 'matplotlib', 'numpy', 'nbformat', 'rich', 'filelock'}"
        " & {*sys.modules}))"
    )
    process = started(program)
    assert process.communicate(timeout=60)[0].split("\n")[:2] == ["Your", "[]"]


# --- the export


def test_an_export_holds_days_and_counts_under_a_pseudonym_and_nothing_else(some, tmp_path):
    path = tmp_path / "out" / "mine.json"
    content = achievements.export_progress(path, "heron-7")
    assert json.loads(path.read_text(encoding="utf-8")) == content
    assert set(content) == {"course", "format", "course_version", "pseudonym", "exercises"}
    assert content["format"] == 2
    assert (content["course_version"], content["pseudonym"]) == (ssplab.__version__, "heron-7")
    told = {one["exercise"]: one for one in content["exercises"]}
    assert list(told) == ["work/1", "work/2", "pay/1", "pay/2"]
    assert told["pay/1"] == {
        "exercise": "pay/1",
        "right": True,
        "attempts": 2,
        "mistakes": [],
        "hints": 1,
        "solution_opened": False,
        "first_day": "2026-03-02",
        "last_day": "2026-03-05",
    }
    assert told["work/1"]["solution_opened"]
    assert told["pay/2"]["first_day"] is None
    assert not re.search(r"\d\d:\d\d", path.read_text(encoding="utf-8")), "a time of day"
    assert str(tmp_path) not in path.read_text(encoding="utf-8")


def test_an_export_names_each_mistake_once_up_to_the_first_right_answer(store, chapters, tmp_path):
    for mistake in ("sign", "", "unit", "sign"):
        diary.record("pay/1", diary.WRONG, mistake)
    diary.record("pay/1", diary.RIGHT)
    diary.record("pay/1", diary.WRONG, "later")
    told = {
        one["exercise"]: one["mistakes"]
        for one in achievements.export_progress(tmp_path / "mine.json", "heron-7")["exercises"]
    }
    assert told["pay/1"] == ["sign", "unit"]
    assert told["pay/2"] == []


@pytest.mark.parametrize("pseudonym", [None, "", "  "])
def test_an_export_needs_a_pseudonym(some, tmp_path, pseudonym):
    with pytest.raises(SsplabError, match=r"needs a pseudonym.*--pseudonym"):
        achievements.export_progress(tmp_path / "mine.json", pseudonym)
    assert not (tmp_path / "mine.json").exists()


def test_an_export_overwrites_nothing(some, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text("my thesis")
    with pytest.raises(SsplabError, match=r"is there already.*another name"):
        achievements.export_progress(path, "heron-7")
    assert path.read_text() == "my thesis"


def test_an_export_is_written_whole_or_not_at_all(some, tmp_path, monkeypatch):
    def fill(path, text, **_):
        path.write_bytes(text[:10].encode())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fill)
    folder = tmp_path / "out"
    with pytest.raises(SsplabError, match="No space left"):
        achievements.export_progress(folder / "mine.json", "heron-7")
    assert list(folder.iterdir()) == []


# --- the command


def command(*words):
    return CliRunner().invoke(app, ["progress", *words], catch_exceptions=True)


def test_the_command_shows_the_table(some):
    done = command()
    assert done.exit_code == 0
    assert "2 of 4 exercises right" in done.output and "Next: exercise 2 of work" in done.output


def test_the_command_says_where_the_file_is(store, monkeypatch):
    assert command("--file").output == f"{store}\n"
    monkeypatch.setenv(diary.VARIABLE, "off")
    assert "SSPLAB_PROGRESS is off" in command("--file").output


def test_the_command_says_what_an_export_holds_and_that_nothing_was_sent(some, tmp_path):
    path = tmp_path / "mine.json"
    done = command("--export", str(path), "--pseudonym", "heron-7")
    assert done.exit_code == 0, done.output
    assert path.is_file()
    for text in ["sent nowhere", "heron-7", "4 exercises", "attempts", "no answer"]:
        assert text in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--export", "mine.json"], "needs a pseudonym"),
        (["--pseudonym", "heron-7"], "add --export FILE"),
    ],
)
def test_the_command_refuses_in_a_sentence(words, told, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "ssplab", "progress", *words],
        cwd=tmp_path,
        env=os.environ | {"SSPLAB_ROOT": str(course_root())},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert told in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
