"""What the deployment takes: that it is measured and named, and that the README tells what is."""

import json
import re

from scripts import run_script

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "deployment.py"
STORED = SCRIPT.with_suffix(".json")
README = course_root() / "deploy" / "README.md"


def test_a_kernel_is_measured():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--kernels-only", "first-table")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["kernels"]["first-table"]
    assert found["memory MiB"] > 30 and found["seconds"] > 0  # Python with pandas takes more
    assert STORED.read_bytes() == before


def test_the_readme_tells_what_is_stored():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert all(stored["machine"].values())
    text = README.read_text(encoding="utf-8")
    measured = {f"a kernel, `{stem}`": one for stem, one in stored["kernels"].items()}
    measured |= {
        "a trainee's server": stored["server"],
        "the practice web, 20 visitors": stored["practice web"],
        "the board, two processes that score": stored["board"],
        "the book, nginx with two workers": stored["nginx"],
    }
    for what, one in measured.items():
        row = f"| {what} | {one['memory MiB']:.0f} | {one['seconds']:.1f} |"
        assert row in text, row
    # What is planned for is above what was seen.
    highest = max(one["memory MiB"] for one in stored["kernels"].values())
    hub = (course_root() / "deploy" / "hub" / "values.yaml").read_text(encoding="utf-8")
    limit = int(re.search(r"limit: (\d+)G\b", hub)[1]) * 1e9 / 2**20
    assert highest + stored["server"]["memory MiB"] < limit
