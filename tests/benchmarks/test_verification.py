"""The benchmark of the verification: what it stores, and when it refuses to."""

import json
import shutil
from runpy import run_path

import pytest

from ssplab.course.paths import course_root
from ssplab.verify import suite

FOLDER = course_root() / "benchmarks"
STORED = FOLDER / "verification.json"
NAMES = [step.name for step in suite.steps()]
RUN = {
    "steps": dict.fromkeys(NAMES, 2.0),
    "rooms": {"tests/data": 5.0, "tests": 7.0},
    "files": {"tests/test_cli.py": 7.0},
    "notebooks": {"pay": 3.0},
    "chapters": {"pay": 4.0},
}


@pytest.fixture
def benchmark(course, monkeypatch):
    """The script's `main`, beside an empty course."""
    (course / "benchmarks").mkdir()
    for name in ("verification.py", "machine.py"):
        shutil.copy(FOLDER / name, course / "benchmarks")
    monkeypatch.syspath_prepend(course / "benchmarks")
    return run_path(str(course / "benchmarks/verification.py"))["main"]


def left(course, run):
    (course / "_build").mkdir()
    (course / "_build/verification.json").write_text(json.dumps(run), encoding="utf-8")


def test_a_whole_run_is_stored_with_the_machine(course, benchmark, capsys):
    left(course, RUN)
    benchmark(["--store"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines.index(["7.0", "tests"]) < lines.index(["5.0", "tests/data"]), "dearest first"
    stored = json.loads((course / "benchmarks/verification.json").read_text(encoding="utf-8"))
    assert stored["machine"]["processor"]
    assert stored["measured"]["chapters"] == {"pay": 4.0}
    assert stored["shards"]["files"] == {"tests/test_cli.py": 7.0}
    assert "tests" not in stored["shards"]["steps"] and "lint" in stored["shards"]["steps"]


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (None, "run `ssplab test`, whole"),
        ({**RUN, "steps": {"lint": 1.0}}, "left out ruff check"),
    ],
)
def test_a_run_that_is_not_there_or_not_whole_is_not_stored(course, benchmark, run, told, capsys):
    if run:
        left(course, run)
    with pytest.raises(SystemExit):
        benchmark(["--store"])
    assert told in " ".join(capsys.readouterr().err.split())
    assert not (course / "benchmarks/verification.json").exists()


@pytest.mark.skipif(not STORED.is_file(), reason="no whole run was stored yet")
def test_what_is_stored_names_the_machine_and_measures_each_part():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert all(stored["machine"].values())
    assert stored["measured"].keys() == {"steps", "rooms", "chapters"}
    for costs in stored["measured"].values():
        assert costs and all(cost >= 0 for cost in costs.values())
