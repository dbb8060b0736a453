"""The benchmark of the practice web: that it runs and counts; what is fast is for people."""

import json

from scripts import run_script

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "web.py"
STORED = SCRIPT.with_suffix(".json")


def test_a_short_round_is_measured():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--requests", "400", "--rounds", "1")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    for kind in ("list", "ad"):
        assert found[kind]["pages/s"] > 0
        assert found[kind]["bytes/page"] > 1000
    assert found["memory MiB"] > 50  # Python with pandas takes more
    assert STORED.read_bytes() == before


def test_what_is_stored_names_the_machine():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "starlette", "uvicorn"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    assert stored["rounds"] * stored["requests a round"] >= 10_000
