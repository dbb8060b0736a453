"""The benchmark of the twins: that it runs and counts; what is fast is for people to judge."""

import json

from scripts import run_script

from ssplab.course.cards import card_names, load_card
from ssplab.course.paths import course_root
from ssplab.data import generation

SCRIPT = course_root() / "benchmarks" / "twins.py"
STORED = SCRIPT.with_suffix(".json")


def twins():
    return [name for name in card_names() if load_card(name).is_twin]


def test_a_small_twin_is_measured_both_ways():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "payroll", "--scales", "0.125", "0.25")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [line[:3] for line in lines] == [
        ["payroll", way, scale] for way in ("blocks", "build") for scale in ("0.125", "0.25")
    ]
    card = load_card("payroll")
    for line in lines:
        tables = generation.generate(card, card.seed, float(line[2])).named()
        counts = len(tables[card.main_table]), sum(map(len, tables.values()))
        assert tuple(int(text.replace(",", "")) for text in line[3:5]) == counts
        assert int(line[7].replace(",", "")) > 50  # MiB: Python with pandas takes more
    assert STORED.read_bytes() == before


def test_wrong_use_is_refused():
    assert "no twin is called wagepan" in run_script(SCRIPT, "wagepan").stderr
    assert "leave twins and --scales out" in run_script(SCRIPT, "payroll", "--store").stderr


def test_what_is_stored_names_the_machine_and_has_all_twins():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "numpy"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    assert {one["twin"] for one in stored["measured"]} == set(twins())
    for one in stored["measured"]:
        if one["scale"] == 1:
            card = load_card(one["twin"])
            assert one["rows"] == card.tables[card.main_table].rows
