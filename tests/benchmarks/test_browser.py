"""The benchmark of the browser: that it runs and counts; what is fast is for people."""

import json

import pytest
from browser import chromium_path
from scripts import run_script

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "browser.py"
STORED = SCRIPT.with_suffix(".json")


@pytest.mark.slow  # drives a browser
def test_a_short_round_is_measured():
    chromium_path()  # skipped where there is none
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--rounds", "1")
    assert (done.returncode, done.stderr) == (0, "")
    ways = json.loads(done.stdout)["ways"]
    client, lean, whole = ways.values()
    # A page and its script before the API; style sheets only where nothing is left out.
    assert (lean["requests"], whole["requests"]) == (client["requests"] + 2, lean["requests"] + 1)
    assert client["kilobytes"] < lean["kilobytes"] < whole["kilobytes"]
    assert lean["memory MiB"] > client["memory MiB"] > 20
    assert STORED.read_bytes() == before


def test_what_is_stored_names_the_machine():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "httpx", "playwright"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    assert stored["browser"].startswith("Chromium ")
    assert stored["rounds"] >= 5
