"""Reports on drawn extracts: what is a fault, what is recorded, when a record is stale."""

import json
import shutil
from dataclasses import replace

import pytest
from builders import code, markdown, notebook
from nbformat import v4

from ssplab.course import is_draft, normal
from ssplab.course.cards import load_card, read_card
from ssplab.course.naming import notebooks
from ssplab.course.paths import course_root
from ssplab.system import SsplabError
from ssplab.verify import own_runs, suite
from ssplab.verify.live import live
from ssplab.verify.masked import masked_shown
from ssplab.verify.own_runs import Outcome, Record, problems, store
from ssplab.verify.shapes import Plan, odd_extract

FINISHED = [path for path in notebooks("chapters") if not is_draft(path)]
CARD = (course_root() / "datasets/payroll/card.yml").read_text(encoding="utf-8")
HOLDS = Outcome(["ties"], 1, "report", {"gap": "KeyError"})


@pytest.mark.parametrize("chapter", FINISHED, ids=lambda path: path.stem)
def test_reports_on_odd_extracts_are_as_they_must_be(chapter):
    found = problems(chapter)
    if found:
        pytest.fail("; ".join(found), pytrace=False)


def test_every_stored_record_is_of_a_chapter():
    stems = {path.stem for path in notebooks("chapters")}
    stored = {path.stem for path in (course_root() / "benchmarks/shapes").glob("*")}
    assert stored - stems == set()


# --- records


@pytest.fixture
def chapter(course):
    (course / "datasets/payroll/card.yml").write_text(CARD, encoding="utf-8")
    read_card.cache_clear()
    path = course / "chapters/part/pay.ipynb"
    normal.write(notebook(markdown("# Pay"), code('data = "payroll"', "parameters")), path)
    return path


def record(chapter, *extracts):
    outcomes = [*extracts, *[HOLDS] * (own_runs.STORED - len(extracts))]
    return Record(*own_runs.hashes(chapter), outcomes, marked=[])


def test_a_record_is_stored_and_read_and_says_nothing_where_all_holds(chapter):
    path = own_runs.record_path(chapter)
    told = record(chapter, Outcome(["few-units", "ties"], 2, "nothing to show", {"a": "KeyError"}))
    assert store(told, path)
    assert own_runs.read_record(path) == told
    content = json.loads(path.read_text(encoding="utf-8"))
    assert (content["number"], content["by_shape"]) == (20, {"few-units": 1, "ties": 20})
    assert problems(chapter) == []


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome(["ties"], 3, "KeyError", {}), "on ties (seed 3): the run raised KeyError"),
        (Outcome(["ties"], 3, "report", {}, ["gap shows nan"]), "on ties (seed 3): gap shows nan"),
    ],
)
def test_a_run_that_fails_or_shows_what_it_may_not_is_a_problem(chapter, outcome, told):
    store(record(chapter, outcome), own_runs.record_path(chapter))
    assert problems(chapter) == [f"benchmarks/shapes/pay.json: {told}"]


def test_a_record_may_be_missing_stale_or_of_too_few_extracts(chapter):
    again = "run `ssplab test --shapes 20 pay`"
    assert problems(chapter) == [f"benchmarks/shapes/pay.json is missing: {again}"]
    one = record(chapter)
    path = own_runs.record_path(chapter)
    store(Record(one.code, {"payroll": "sha256:0"}, one.extracts, []), path)
    [told] = problems(chapter)
    assert "is stale (the card of payroll is sha256:" in told
    assert told.endswith(again)
    store(Record("sha256:0", one.cards, one.extracts[:3], []), path)
    code_changed, few = problems(chapter)
    assert "the code cells of chapters/part/pay.ipynb are sha256:" in code_changed
    assert "20 extracts are asked, there are 3" in few


def test_a_record_without_a_run_on_marked_values_is_stale_and_what_it_found_is_told(chapter):
    one, path = record(chapter), own_runs.record_path(chapter)
    store(replace(one, marked=None), path)
    [told] = problems(chapter)
    assert "is stale (no run was on marked values)" in told
    store(replace(one, marked=["a mark is shown: 137.37"]), path)
    told = "benchmarks/shapes/pay.json: on marked values: a mark is shown: 137.37"
    assert problems(chapter) == [told]


def test_of_chapters_whose_records_hold_the_cheapest_of_a_data_set_is_run_anew(chapter):
    others = [chapter.with_stem(stem) for stem in ("bonus", "hours")]
    for path in others:
        shutil.copyfile(chapter, path)
    chapters = [chapter, *others]
    assert live(chapters, problems) == chapters, "they have no record"
    for path in chapters:
        store(record(path), own_runs.record_path(path))
    assert live(chapters, problems) == [chapter]
    store(record(others[1], Outcome(["ties"], 3, "KeyError", {})), own_runs.record_path(others[1]))
    assert live(chapters, problems) == [chapter, others[1]]


def test_a_card_in_other_words_is_the_same_and_another_code_is_not(chapter):
    card = load_card("payroll")
    assert own_runs.card_hash(card.model_copy(update={"summary": "other"})) == own_runs.card_hash(
        card
    )
    table = card.tables["posts"]
    sex = table.variables["sex"].model_copy(update={"codes": {"1": "man"}})
    other = table.model_copy(update={"variables": {**table.variables, "sex": sex}})
    changed = card.model_copy(update={"tables": {**card.tables, "posts": other}})
    assert own_runs.card_hash(changed) != own_runs.card_hash(card)


@pytest.mark.parametrize("spoilt", ["{}", "[", '{"number": 1}'])
def test_a_spoilt_record_is_told_in_a_sentence(chapter, spoilt):
    path = own_runs.record_path(chapter)
    path.parent.mkdir(parents=True)
    path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(SsplabError, match=r"pay\.json is no record of extracts"):
        problems(chapter)


def test_only_a_whole_record_is_stored(chapter, monkeypatch, capsys):
    bad = Outcome(["ties"], 3, "KeyError", {})
    monkeypatch.setattr(own_runs, "measure", lambda path, number: record(path, bad))
    assert suite.run_shapes([], 19) == 1
    told = capsys.readouterr().out
    assert "Fewer than 20 extracts: not stored." in told
    assert "chapters/part/pay.ipynb: on ties (seed 3): the run raised KeyError" in told
    assert not own_runs.record_path(chapter).exists()
    monkeypatch.setattr(own_runs, "measure", lambda path, number: record(path))
    assert suite.run_shapes([], 20) == 0
    assert problems(chapter) == []


# --- what is a fault


def showing(**data):
    output = v4.new_output("display_data", {k.replace("_", "/"): v for k, v in data.items()})
    return v4.new_notebook(cells=[v4.new_code_cell("1", id="gap", outputs=[output])])


@pytest.mark.parametrize(
    ("shown", "is_masked"),
    {
        "It is 12,346 euros.": True,
        "It is 12\u202f345.7 euros.": True,
        "It is 12345.68 euros.": True,
        "It is 45.7% of them.": True,
        "It is 45.7 of them.": False,
        "It is 12,345 euros.": False,
        "It is 12 of 46.": False,  # too short to be recognised
        "It is 777 euros.": False,  # the author wrote it
    }.items(),
)
def test_a_masked_value_is_recognised_as_it_is_rounded(shown, is_masked):
    source = v4.new_notebook(cells=[v4.new_markdown_cell("At most 777 euros.")])
    report = showing(text_markdown=shown)
    found = masked_shown(source, report, report, [12345.678, 0.4568, 777.0, 12.0, 46.0])
    assert found == (["gap shows a masked value"] if is_masked else [])


def test_in_a_table_what_the_author_wrote_is_no_excuse():
    source = v4.new_notebook(cells=[v4.new_markdown_cell("At most 777 euros.")])
    report = showing(text_html="<table><td>777</td></table>")
    assert masked_shown(source, report, report, [777.0]) == ["gap shows a masked value"]


SHOWS = """
import ssplab
from IPython.display import Markdown
posts = ssplab.load(data)
mean = float("nan") if len(posts) == 1 else posts["gross"].mean()
Markdown(f"The mean is {'nan' if len(posts) == 1 else 'known'}.")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shapes", "cell", "ends", "faults"),
    [
        (["few-units"], SHOWS, "report", []),
        (["single-row"], SHOWS, "report", ["cell-2 shows nan"]),
        (["single-row"], "1 / 0", "nothing to show", []),
        (["single-row"], "import os\nos._exit(1)", "CheckFailed", []),
    ],
)
def test_a_run_is_examined(tmp_path, shapes, cell, ends, faults):
    path = tmp_path / "pay.ipynb"
    shown = v4.new_code_cell(cell, id="cell-2", metadata={"tags": ["aggregate"]})
    nb = notebook(markdown("# Pay"), code('data = "payroll"', "parameters"))
    nb.cells.append(shown)
    normal.write(nb, path)
    odd_extract("payroll", shapes, tmp_path / "own")
    outcome = own_runs.examined(path, tmp_path / "own", Plan(tuple(shapes), 0))
    assert (outcome.ends, outcome.faults) == (ends, faults)
    assert outcome.holds is (ends != "CheckFailed" and not faults)
    assert outcome.cells == ({"cell-2": "ZeroDivisionError"} if ends == "nothing to show" else {})
