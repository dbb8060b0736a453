"""The benchmark of double machine learning: that it runs, and that what it stored is whole."""

import json

import pytest
from scripts import as_module, run_script

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "double_ml.py"
STORED = SCRIPT.with_suffix(".json")
SCORES = ("naive", "orthogonal")
ESTIMATES = [f"{score}, {rows} rows" for rows in ("same", "other") for score in SCORES]


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return as_module(SCRIPT)


@pytest.mark.slow
def test_a_split_and_a_sample_come_back_as_they_were_stored():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--splits", "1", "--samples", "1")
    assert done.returncode == 0
    split, sample = (json.loads(line) for line in done.stdout.splitlines())
    stored = json.loads(before)
    kept = stored["splits"][0]
    assert split["splits"]["number"] == kept["number"]
    for model in ("PLR", "IRM"):
        for name, value in split["splits"][model].items():
            assert value == pytest.approx(kept[model][name], rel=0.02)
    assert sample["planted"] == pytest.approx(stored["planted"][0], abs=0.02)
    assert STORED.read_bytes() == before


def test_another_size_is_not_stored():
    done = run_script(SCRIPT, "--samples", "1", "--store")
    assert (done.returncode, done.stdout) == (2, "")
    assert "leave --splits and --samples out" in done.stderr


def test_what_is_stored_names_the_machine_and_has_the_usual_sizes(benchmark):
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", *benchmark.PACKAGES} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    for part, size in (("splits", benchmark.SPLITS), ("planted", benchmark.SAMPLES)):
        numbers = [one["number"] for one in stored[part]]
        assert numbers == list(range(benchmark.FIRST, benchmark.FIRST + size))
    for one in stored["splits"]:
        for model in benchmark.MODELS:
            assert 0 < one[model]["standard error"] < one[model]["estimate"]
    assert all(list(one) == ["number", *ESTIMATES] for one in stored["planted"])
