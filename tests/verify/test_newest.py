"""What the weekly run's issue says: what moved, what failed, within what an issue holds."""

import subprocess
import sys
from runpy import run_path

import pytest

from ssplab.course import course_root

SCRIPT = course_root() / ".ci/newest.py"
NEWEST = run_path(str(SCRIPT))
BEFORE = """\
# made by make lock
pandas==3.1.1 \\
    --hash=sha256:aa
numpy==2.4.6 ; python_full_version >= '3.11' \\
    --hash=sha256:bb
    # via pandas
old-one==1.0
"""
AFTER = BEFORE.replace("3.1.1", "3.2.0").replace("old-one==1.0", "new_one==0.1")
LOG = """\
failed tests (12 s)
E   a long story
                  What must hold
┏━━━━━━━┳━━━━━━━━┓
│ tests │ \x1b[1;31mfailed\x1b[0m │
tests: tests.test_pay::test_mean: assert 1 == 2
3 passed, 1 failed, 0 skipped
"""


@pytest.fixture
def told(tmp_path):
    """The issue that the script prints, of two locks and some logs."""

    def told(after=AFTER, **logs):
        (tmp_path / "before.txt").write_text(BEFORE, encoding="utf-8")
        if after is not None:
            (tmp_path / "after.txt").write_text(after, encoding="utf-8")
        (tmp_path / "logs").mkdir()
        for name, text in logs.items():
            (tmp_path / "logs" / f"{name}.log").write_text(text, encoding="utf-8")
        words = [
            tmp_path / "before.txt",
            tmp_path / "after.txt",
            tmp_path / "logs",
            "https://run/7",
        ]
        done = subprocess.run(
            [sys.executable, "-S", SCRIPT, *words],  # -S: no package but Python's own
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return told


def test_what_moved_is_told_first_what_pyproject_names(told):
    lines = told(quick=LOG).splitlines()
    first = lines.index("## What moved") + 2
    assert lines[first : first + 3] == [
        "- **pandas**: 3.1.1 → 3.2.0",
        "- new_one: new, 0.1",
        "- old-one: gone, was 1.0",
    ]
    assert "numpy" not in "\n".join(lines)
    assert "https://run/7" in lines[0]


def test_what_failed_is_told_by_the_closing_table_without_colours(told):
    text = told(quick=LOG)
    assert "### quick" in text and "│ tests │ failed │" in text
    assert "test_mean: assert 1 == 2" in text and "3 passed, 1 failed" in text
    assert "a long story" not in text and "\x1b" not in text


def test_a_log_without_a_closing_table_is_told_by_its_end(told):
    text = told(resolving="\n".join(f"line {number}" for number in range(100)), after=None)
    assert "No package moved, or none could be resolved." in text
    assert "line 99" in text and "line 60" in text and "line 59\n" not in text


def test_a_fence_in_a_log_does_not_end_its_block(told):
    text = told(quick="````\nnot the end\n````")
    assert "`````text\n````\nnot the end\n````\n`````" in text


def test_without_logs_the_run_is_named(told):
    assert "No log was left" in told()


def test_an_issue_is_no_longer_than_one_may_be():
    logs = {f"shard {number}": "x" * 500 + "\n" for number in range(1, 300)}
    text = NEWEST["issue"]({}, set(), logs, "https://run/7")
    assert len(text) < 65_536 and "Cut here" in text


def test_what_pyproject_names_is_read_from_all_its_groups():
    project = {
        "project": {"dependencies": ["pandas>=3.0,<4", "pandera[pandas]>=0.26"]},
        "dependency-groups": {"test": [{"include-group": "board"}, "Pytest>=8"]},
    }
    assert NEWEST["asked_for"](project) == {"pandas", "pandera", "pytest"}
