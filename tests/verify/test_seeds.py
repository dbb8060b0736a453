"""Claims over seeds: measured on other twins, stored, stale when what they depend on changes."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import code, markdown, notebook
from processes import LIMIT, alive, started, wait_for_text

import ssplab
from ssplab.course import is_draft, normal
from ssplab.course.cards import load_card, read_card
from ssplab.course.naming import notebooks
from ssplab.course.paths import course_root
from ssplab.system.errors import SsplabError
from ssplab.verify import seeds, suite

CARD = (course_root() / "datasets/payroll/card.yml").read_text(encoding="utf-8")
UNCHANGED = {
    name: (course_root() / "datasets" / name / "card.yml").read_text(encoding="utf-8")
    for name in ("office_files", "wagepan")
}
"""The cards of files as they were delivered, and of real data."""
PARAMETERS = 'data = "payroll"\nseed = 0\nscale = 1'
CLAIMS = """
import ssplab
claims = {
    "Even seeds": ssplab.claim(0.5 - seed % 2),
    "Any seed": ssplab.claim(10.0 * seed, "EUR", at_least=10),
}
"""
EVEN = seeds.Measured("", None, None, [-0.5, 0.5, -0.5])
ANY = seeds.Measured("EUR", 10, None, [10.0, 20.0, 30.0])


FINISHED = [path for path in notebooks("chapters") if not is_draft(path)]


@pytest.mark.parametrize("chapter", FINISHED, ids=lambda path: path.stem)
def test_claims_hold_on_the_scored_seeds(chapter):
    problems = seeds.problems(chapter)
    if problems:
        pytest.fail("; ".join(problems), pytrace=False)


def test_every_stored_record_is_of_a_chapter():
    stems = {path.stem for path in notebooks("chapters")}
    stored = {path.stem for path in (course_root() / "benchmarks/seeds").glob("*")}
    assert stored - stems == set()


# --- on small chapters, and on seeds that are scored for none


@pytest.fixture
def course(course, monkeypatch):
    (course / "datasets/payroll/card.yml").write_text(CARD, encoding="utf-8")
    monkeypatch.setattr(seeds, "SCORED", range(1, 4))
    return course


@pytest.fixture
def chapter(course):
    return write(course)


def write(course, *more, claims=CLAIMS, parameters=PARAMETERS, name="pay"):
    cells = [code(parameters, "parameters"), *more, code(claims, "claims")]
    path = course / f"chapters/part/{name}.ipynb"
    normal.write(notebook(markdown("# Pay"), *cells), path)
    return path


def stored(chapter):
    return json.loads(seeds.record_path(chapter).read_text(encoding="utf-8"))


def test_claims_are_measured_and_stored_with_hashes_and_nothing_of_the_moment(chapter, capfd):
    assert suite.run_seeds([], 3) == 1
    assert stored(chapter) == {
        "seeds": [1, 2, 3],
        "claims": {
            "Even seeds": {
                "unit": "",
                "at_least": None,
                "at_most": None,
                "values": [-0.5, 0.5, -0.5],
            },
            "Any seed": {
                "unit": "EUR",
                "at_least": 10,
                "at_most": None,
                "values": [10.0, 20.0, 30.0],
            },
        },
        "raised": {},
        "twins": {"payroll": load_card("payroll").content_hash},
        "code": seeds.code_hash(normal.read(chapter)),
    }
    told = capfd.readouterr().out
    assert "'Even seeds' holds on 1 of 3 twins, and not on those of seed 1, 3" in told
    assert "'Any seed'" not in told
    assert re.search(r"Any seed\W+3 of 3\W+20 EUR\W+10 to 30", told)
    assert re.search(r"Even seeds\W+1 of 3\W+-0\.5\W+-0\.5 to 0\.5\W+1, 3", told)
    assert seeds.problems(chapter) == [
        "benchmarks/seeds/pay.json: 'Even seeds' holds on 1 of 3 twins, and not on those of "
        "seed 1, 3"
    ]


def test_claims_that_hold_end_with_0(course, chapter, capfd):
    write(
        course,
        claims='import numpy as np, ssplab\nclaims = {"It holds": ssplab.claim(np.mean([seed]))}',
    )
    assert suite.run_seeds(["pay"], 3) == 0
    assert seeds.problems(chapter) == []
    assert "ssplab refresh pay" in capfd.readouterr().out


def test_a_run_that_raises_holds_nothing_and_says_where(course):
    path = write(course, code("assert seed != 2, 'two'"))
    record = seeds.measure(path, [1, 2], progress=False)
    assert record.raised == {"2": "In [2] (id cell-2) raised AssertionError: two"}
    assert record.claims["Any seed"] == seeds.Measured("EUR", 10, None, [10, None])
    assert record.failed("Any seed") == [2]
    assert record.failed("Even seeds") == [1, 2]


def test_where_every_run_raises_nothing_is_claimed(course, capfd):
    path = write(course, code("1 / 0"))
    assert suite.run_seeds([], 3) == 1
    assert "no run came as far as its claims" in capfd.readouterr().out
    assert seeds.problems(path) == ["benchmarks/seeds/pay.json: no run came as far as its claims"]


def test_what_is_not_scored_and_what_is_not_claimed_do_not_hold(course):
    path = write(
        course,
        claims="""
import ssplab
claims = {
    "Unscored": None,
    f"Seed {seed}": ssplab.claim(1),
    "Odd": ssplab.claim(1, "errors") if seed % 2 else None,
}
""",
    )
    record = seeds.measure(path, [1, 2], progress=False)
    assert {sentence: record.failed(sentence) for sentence in record.claims} == {
        "Unscored": [1, 2],
        "Seed 1": [2],
        "Odd": [2],
        "Seed 2": [1],
    }
    assert record.claims["Odd"] == seeds.Measured("errors", None, None, [1, None])
    assert record.shown("Unscored") == ("0 of 2", "", "")


def test_where_a_run_scores_nothing_its_claims_do_not_hold(course):
    path = write(course, claims=f"{CLAIMS}\nclaims = claims if seed == 1 else None")
    record = seeds.measure(path, [1, 2], progress=False)
    assert record.claims["Any seed"] == seeds.Measured("EUR", 10, None, [10, None])
    assert record.failed("Any seed") == [2]


def test_a_bound_that_changes_with_the_seed_is_refused(course):
    path = write(
        course, claims='import ssplab\nclaims = {"Much": ssplab.claim(9, "errors", at_least=seed)}'
    )
    with pytest.raises(SsplabError, match=r"pay\.ipynb: unit and bounds of 'Much' differ"):
        seeds.measure(path, [1, 2], progress=False)


def test_each_run_has_the_seed_its_other_defaults_and_a_cache_that_goes(course, tmp_path):
    trace = tmp_path / "trace"
    trace.mkdir()
    note = (
        "import os, pathlib\n"
        f"note = pathlib.Path({str(trace)!r}, str(seed))\n"
        "note.write_text(f\"{data} {scale} {os.environ['SSPLAB_CACHE']}\")"
    )
    seeds.measure(write(course, code(note)), [5, 6], progress=False)
    told = {path.name: path.read_text().split() for path in trace.iterdir()}
    assert told.keys() == {"5", "6"}
    assert told["5"] == told["6"]
    data, scale, cache = told["5"]
    assert (data, scale) == ("payroll", "1")
    assert cache != os.environ.get("SSPLAB_CACHE")
    assert not Path(cache).parent.exists()


def test_fewer_seeds_are_shown_and_not_stored(chapter, capfd):
    assert suite.run_seeds(["pay"], 2) == 1
    assert not seeds.record_path(chapter).exists()
    assert "not stored" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"claims": "sentences = {}"}, "In [2] (id cell-2): the cell does not bind `claims`"),
        ({"parameters": "data = 1"}, "has no `seed` among its parameters"),
    ],
    ids=["unbound", "no-seed"],
)
def test_a_chapter_without_claims_or_seed_is_named_and_fails(course, capfd, change, told):
    path = write(course, **change)
    assert suite.run_seeds([], 3) == 1
    assert not seeds.record_path(path).exists()
    [problem] = seeds.problems(path)
    assert problem.startswith("chapters/part/pay.ipynb")
    assert told in problem
    assert problem in capfd.readouterr().out


def test_a_chapter_without_a_claims_cell_says_what_to_write(course):
    path = course / "chapters/part/pay.ipynb"
    normal.write(notebook(code(PARAMETERS, "parameters")), path)
    assert seeds.problems(path) == [
        "chapters/part/pay.ipynb has 0 cells tagged `claims`; there must be one, which binds "
        '`claims` and shows ssplab.over_seeds(claims, "pay")'
    ]


@pytest.fixture(params=UNCHANGED)
def unchanged(course, request):
    """The parameters of a chapter on data that no seed changes, in a course with their card."""
    (course / "datasets" / request.param).mkdir()
    card = course / "datasets" / request.param / "card.yml"
    card.write_text(UNCHANGED[request.param], encoding="utf-8")
    return PARAMETERS.replace("payroll", request.param)


def test_a_chapter_on_data_that_no_seed_changes_makes_no_claims(course, capfd, unchanged):
    path = course / "chapters/part/pay.ipynb"
    normal.write(notebook(markdown("# Pay"), code(unchanged, "parameters")), path)
    assert seeds.problems(path) == []
    assert suite.run_seeds(["pay"], 3) == 0
    assert not seeds.record_path(path).exists()
    assert "pay.ipynb reads data that no seed changes" in capfd.readouterr().out


def test_claims_on_data_that_no_seed_changes_are_refused(course, capfd, unchanged):
    path = write(course, parameters=unchanged)
    assert suite.run_seeds(["pay"], 3) == 1
    [problem] = seeds.problems(path)
    assert "In [2] (id cell-2)" in problem and "remove the cell tagged `claims`" in problem
    assert problem in capfd.readouterr().out


def test_a_record_of_a_chapter_without_claims_is_to_be_deleted(course, unchanged):
    path = course / "chapters/part/pay.ipynb"
    normal.write(notebook(markdown("# Pay"), code(unchanged, "parameters")), path)
    seeds.store(seeds.Record([1], {"Any seed": ANY}, {}, {}, ""), seeds.record_path(path))
    assert seeds.problems(path) == [
        "benchmarks/seeds/pay.json is of a chapter without claims: delete it"
    ]


def test_only_chapters_make_claims(course):
    path = course / "solutions/part/pay.ipynb"
    normal.write(notebook(code("a = 1")), path)
    with pytest.raises(SsplabError, match="chapters make claims"):
        suite.run_seeds([str(path)], 3)


# --- stale


@pytest.fixture
def fresh(course, chapter):
    code_hash, twins = seeds.hashes(chapter)
    held = {"Any seed": ANY, "Few": seeds.Measured("%", None, 5, [1.0, 2.0, 4.25])}
    record = seeds.Record([1, 2, 3], held, {}, twins, code_hash)
    seeds.store(record, seeds.record_path(chapter))
    assert seeds.problems(chapter) == []
    return chapter


def test_changed_code_is_stale_and_changed_prose_is_not(course, fresh):
    nb = normal.read(fresh)
    nb.cells[0].source = "# Wages"
    normal.write(nb, fresh)
    assert seeds.problems(fresh) == []
    before = seeds.code_hash(nb)
    nb.cells[1].source += "  # the same"
    normal.write(nb, fresh)
    assert seeds.problems(fresh) == [
        "benchmarks/seeds/pay.json is stale (the code cells of chapters/part/pay.ipynb are "
        f"{seeds.code_hash(nb)}, there {before}): run `ssplab test --seeds 3 pay`"
    ]


def test_what_a_chapter_takes_from_another_is_its_code(course, fresh):
    other = fresh.with_name("basics.ipynb")
    normal.write(notebook(code("def net(pay):\n    return pay - 1")), other)
    nb = normal.read(fresh)
    before = seeds.code_hash(nb)
    nb.cells[-1].source += "\nssplab.taught('basics', 'net')"
    hashes = {before, seeds.code_hash(nb)}
    normal.write(notebook(code("def net(pay):\n    return pay - 2")), other)
    hashes.add(seeds.code_hash(nb))
    normal.write(notebook(code("def net(pay):\n    return pay - 2\n\n\nrank = 1")), other)
    hashes.add(seeds.code_hash(nb))
    assert len(hashes) == 3, "what else the other chapter holds does not count"


def test_a_changed_twin_is_stale(course, fresh):
    now = "sha256:" + 64 * "0"
    then = load_card("payroll").content_hash
    card = course / "datasets/payroll/card.yml"
    card.write_text(CARD.replace(then, now), encoding="utf-8")
    read_card.cache_clear()
    assert seeds.problems(fresh) == [
        f"benchmarks/seeds/pay.json is stale (the data set payroll is {now}, there {then}): "
        "run `ssplab test --seeds 3 pay`"
    ]


def test_other_seeds_are_stale(fresh, monkeypatch):
    monkeypatch.setattr(seeds, "SCORED", range(1, 5))
    [problem] = seeds.problems(fresh)
    assert "the seeds are 1 to 4, there [1, 2, 3]" in problem


def test_a_missing_record_is_told_with_the_command(fresh):
    seeds.record_path(fresh).unlink()
    assert seeds.problems(fresh) == [
        "benchmarks/seeds/pay.json is missing: run `ssplab test --seeds 3 pay`"
    ]


SHORT = (
    '{"seeds": [1, 2], "claims": {"a": {"unit": "", "at_least": 1, "at_most": null, "values": [1]}'
    '}, "raised": {}, "twins": {}, "code": ""}'
)


@pytest.mark.parametrize("text", ["{", "[]", '{"claims": {"a": 1}}', '{"claims": {}}', SHORT])
def test_a_broken_record_is_a_sentence(fresh, text):
    seeds.record_path(fresh).write_text(text, encoding="utf-8")
    with pytest.raises(SsplabError, match=r"pay\.json is no record of claims .*--seeds 3 pay"):
        seeds.problems(fresh)
    shown = ssplab.over_seeds({"Any seed": ssplab.claim(1)}, "pay")  # so that it can be made anew
    assert shown["other twins"].to_list() == ["not run"]


def test_eighteen_of_twenty_are_needed():
    def record(held):
        values = [-1.0] * (20 - held) + [1.0] * held
        claims = {"It holds": seeds.Measured("", None, None, values)}
        return seeds.Record(list(range(20)), claims, {}, {}, "")

    assert record(18).broken() == []
    assert record(17).broken() == [
        "'It holds' holds on 17 of 20 twins, and not on those of seed 0, 1, 2"
    ]


def test_what_is_reported_need_not_hold_and_its_count_is_shown(course):
    path = write(
        course,
        claims="""
import ssplab
claims = {
    "It holds": ssplab.claim(seed),
    "Odd seeds": ssplab.claim(seed % 2 - 0.5, "EUR", reported=True),
}
ssplab.over_seeds(claims, "pay")
""",
    )
    record = seeds.measure(path, [1, 2, 3], progress=False)
    seeds.store(record, seeds.record_path(path))
    assert seeds.read_record(seeds.record_path(path)) == record
    assert seeds.problems(path) == []
    assert "reported" not in stored(path)["claims"]["It holds"]
    claims = {"Odd seeds": ssplab.claim(-1, "EUR", reported=True)}
    shown = ssplab.over_seeds(claims, "pay").loc["Odd seeds"]
    assert shown.to_list() == ["no, -1 EUR", "2 of 3, reported", "0.5 EUR", "-0.5 to 0.5"]


def test_the_scored_seeds_are_those_that_no_author_looks_at():
    assert list(seeds.SCORED) == list(range(121, 141))


# --- a claim is a number


@pytest.mark.parametrize(
    ("bound", "values"),
    [
        ({}, {-1: False, 0: False, 0.1: True}),
        ({"at_least": 64}, {63.9: False, 64: True, 65: True}),
        ({"at_most": 1.5}, {1.6: False, 1.5: True, -3: True}),
        ({"at_least": 0}, {-1: False, 0: True}),
    ],
)
def test_a_claim_holds_above_zero_or_from_its_bound_on(bound, values):
    assert {value: ssplab.claim(value, **bound).holds for value in values} == values


def test_what_processors_differ_in_decides_nothing():
    assert ssplab.claim(0.1 + 0.2, at_most=0.3).holds
    assert ssplab.claim(123456.78).value == 123457


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), np.float64("nan")])
def test_what_is_no_finite_number_is_not_scored(value):
    assert ssplab.claim(value, "errors") == seeds.Claim(None, "errors")
    assert ssplab.claim(value).holds is None


@pytest.mark.parametrize("value", [1, 1.0, np.int64(1), np.float32(1), pd.Series([1]).sum()])
def test_a_number_may_be_of_any_library(value):
    assert json.dumps(seeds.as_json({"One": ssplab.claim(value)})["One"]["value"]) == "1.0"


@pytest.mark.parametrize("value", [True, np.True_, "1", pd.Series([1])])
def test_a_bool_is_no_claim(value):
    with pytest.raises(SsplabError, match="the number that the sentence speaks of"):
        ssplab.claim(value)


def test_a_claim_has_one_bound():
    with pytest.raises(SsplabError, match="and not both"):
        ssplab.claim(1, at_least=0, at_most=2)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234.5, "1,234 errors"), (-99.96, "-100 errors"), (12.345, "12.3 errors"), (7.0, "7 errors")],
)
def test_numbers_are_rounded_for_readers(value, shown):
    assert seeds.rounded(value, "errors") == shown


# --- shown in the chapter


def test_claims_are_shown_with_those_of_other_twins(fresh):
    claims = {
        "Few": ssplab.claim(6.5, "%", at_most=5),
        "Any seed": None,
        "New": ssplab.claim(1234.5, "errors"),
    }
    shown = ssplab.over_seeds(claims, "pay")
    assert shown.index.name == "claim"
    assert shown.T.to_dict("list") == {
        "Few": ["no, 6.5 %", "3 of 3", "2 %", "1 to 4.25"],
        "Any seed": ["not scored", "3 of 3", "20 EUR", "10 to 30"],
        "New": ["yes, 1,234 errors", "not run", "", ""],
    }


def test_before_any_run_the_other_twins_are_not_run(chapter):
    shown = ssplab.over_seeds({"Any seed": ssplab.claim(1)}, "pay")
    assert shown.loc["Any seed"].to_list() == ["yes, 1", "not run", "", ""]


def test_where_nothing_is_scored_the_stored_claims_are_shown(fresh):
    shown = ssplab.over_seeds(None, "pay")
    assert shown["here"].to_dict() == {"Any seed": "not scored", "Few": "not scored"}
    assert shown["other twins"].to_list() == ["3 of 3", "3 of 3"]


def test_where_nothing_is_scored_nor_stored_no_claim_is_shown(chapter):
    assert ssplab.over_seeds(None, "pay").empty


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ([], "dictionary"),
        ({}, "at least one"),
        ({1: None}, "1 is no sentence"),
        ({"Pay": True}, "'Pay' is True: a claim is the number that the sentence speaks of"),
        ({"Pay": 1.5}, "'Pay' is 1.5: a claim is"),
    ],
)
def test_claims_of_another_form_are_refused(chapter, claims, told):
    with pytest.raises(SsplabError, match=told):
        ssplab.over_seeds(claims, "pay")


def test_a_mistyped_chapter_is_answered_with_near_ones(chapter):
    with pytest.raises(SsplabError, match="Did you mean pay"):
        ssplab.over_seeds({"Any seed": ssplab.claim(1)}, "01-pey")


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_an_interrupt_ends_the_kernels_and_leaves_what_was_stored(course, fresh, tmp_path):
    before = seeds.record_path(fresh).read_bytes()
    note = (
        "import os, pathlib, time\n"
        f"pathlib.Path({str(tmp_path)!r}, str(seed)).write_text(str(os.getpid()))\n"
        "time.sleep(300)"
    )
    write(course, code(note))
    program = (
        "from ssplab.verify import seeds, suite\nseeds.SCORED = range(1, 3)\nsuite.run_seeds([], 2)"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with started(
        [sys.executable, "-c", program],
        env=os.environ | {"TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        kernel = int(wait_for_text(tmp_path / "1", process))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT)
    assert "KeyboardInterrupt" in errors
    assert not alive(kernel)
    assert list(temporary.iterdir()) == []
    assert seeds.record_path(fresh).read_bytes() == before
    assert os.listdir(seeds.record_path(fresh).parent) == ["pay.json"]
