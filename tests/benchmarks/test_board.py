"""The benchmark of the board: that it runs and counts; what is fast is for people."""

import json

import pytest
from scripts import run_script

from ssplab.course import course_root

SCRIPT = course_root() / "benchmarks" / "board.py"
STORED = SCRIPT.with_suffix(".json")


@pytest.mark.slow
def test_a_short_round_is_measured():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--files", "10", "--rounds", "1")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["SQLite"]["submissions/s"] > 0
    assert STORED.read_bytes() == before


def test_what_is_stored_names_the_machine_and_both_databases():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "sqlalchemy", "psycopg"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    assert stored["rows"] == 2_000
    for database in ("SQLite", "PostgreSQL"):
        of_board, of_script = stored[database]["submissions/s"], stored["script: submissions/s"]
        assert of_board > of_script
