"""The benchmark of reading: that it runs and counts; what is fast is for people to judge."""

import json

import pytest
from scripts import run_script

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "reading.py"
STORED = SCRIPT.with_suffix(".json")
FORMS = ["Parquet", "CSV", "French CSV", "large CSV"]


@pytest.mark.slow
def test_a_short_extract_is_measured_in_every_form():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--rows", "2000")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found["reading"]) == list(found["megabytes"]) == FORMS
    rows = [one["rows"] for one in found["reading"].values()]
    assert rows[:3] == [2000] * 3 and rows[3] > 2000 and rows[3] % 2000 == 0
    for form, one in found["reading"].items():
        assert one["times Parquet"] > 0 and one["peak GB"] > 0.05  # Python with pandas takes more
        assert found["megabytes"][form] > 0
    assert found["reading"]["Parquet"]["times Parquet"] == 1
    assert STORED.read_bytes() == before


def test_another_size_is_not_stored():
    done = run_script(SCRIPT, "--rows", "2000", "--store")
    assert done.returncode == 2
    assert "leave --rows out" in done.stderr


def test_what_is_stored_names_the_machine_and_the_usual_size():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "numpy", "pandas", "pyarrow"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    assert list(stored["reading"]) == FORMS
    assert list(stored["whole run"]) == FORMS[:3]
    assert stored["reading"]["CSV"]["rows"] == 1_600_000
    assert stored["megabytes"]["large CSV"] >= 200


def test_csv_is_read_within_twice_the_time_of_parquet():
    reading = json.loads(STORED.read_text(encoding="utf-8"))["reading"]
    assert max(reading[form]["times Parquet"] for form in ("CSV", "French CSV")) <= 2
