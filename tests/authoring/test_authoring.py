"""`ssplab new`, in a copy of the course: what is written is registered and green, or is not there.

The copy is made once; its data sets are those of the course, by links.
"""

import ast
import os
import re
import shutil

import pytest
import yaml
from docutils import nodes
from typer.testing import CliRunner

from ssplab import authoring
from ssplab.authoring import affiliated, chapters, data_sets
from ssplab.book.extensions import contents as book_lists
from ssplab.book.extensions import draft_marks
from ssplab.cli import app
from ssplab.course import (
    MARK,
    course_path,
    course_root,
    drafts,
    find,
    is_draft,
    load_card,
    normal,
    parts,
    places_to_fill,
    sibling,
    tags,
)
from ssplab.data import check_data_set, load
from ssplab.exercises import exercises
from ssplab.exercises.engine import contract
from ssplab.kits import build
from ssplab.system import CheckFailed, SsplabError
from ssplab.verify import lint, pace, suite
from ssplab.verify.answers import answers

pytestmark = pytest.mark.slow  # executes notebooks

ORIGINAL = course_root()
COPIED = ("_toc.yml", "pyproject.toml", "book/parts", "chapters", "checks")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("copy") / "course"
    (root / "datasets").mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ORIGINAL / name).is_dir() else shutil.copy
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ORIGINAL / name, root / name)
    (root / "src").symlink_to(ORIGINAL / "src")  # what imports are the course's own
    for card in (ORIGINAL / "datasets").glob("*/card.yml"):
        (root / "datasets" / card.parent.name).symlink_to(card.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSPLAB_ROOT", str(root))
        for name in [name for name in os.environ if name.startswith("PYTEST_XDIST")]:
            patch.delenv(name)  # the notebooks that are tested are of another run than these tests
        patch.chdir(root)
        yield root


@pytest.fixture(scope="module")
def chapter(course):
    """A chapter in a new part."""
    return authoring.new_chapter("new-part/toy", title="Who is paid what?", progress=False)


@pytest.fixture(scope="module")
def twin(course):
    return authoring.new_data("toy_firms")


@pytest.fixture(scope="module")
def session(course):
    return authoring.new_session("toy-paper", progress=False)


@pytest.fixture(scope="module")
def kit(course):
    return authoring.new_kit("toy-kit", progress=False)


def snapshot(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def passes(step):
    outcome = suite._run_step(step)
    assert outcome.ok, outcome.output


# --- a chapter


def test_a_chapter_is_four_files_and_its_part_one_more(course, chapter):
    assert [course_path(path) for path in chapter.files] == [
        "book/parts/new-part.md",
        "chapters/new-part/toy.ipynb",
        "checks/new-part/toy.yml",
        "exercises/new-part/toy.ipynb",
        "solutions/new-part/toy.ipynb",
    ]
    assert [course_path(path) for path in chapter.changed] == ["_toc.yml"]
    marked = {path: count for path, count in drafts().items() if path in chapter.files}
    assert chapter.places == sum(marked.values()) > 20


def test_it_passes_as_a_draft(chapter):
    steps = {step.name: step for step in suite.steps(["toy"])}
    assert steps.keys() >= {"lint", "exercises as derived", "stored outputs"}
    for step in steps.values():
        if not any(one.startswith("tests/") for one in step.arguments):  # none is in the copy
            passes(step)


def test_the_contract_of_its_exercises_holds(chapter):
    assert [one.is_open for one in exercises("toy").values()] == [False, True]
    for exercise in exercises("toy").values():
        assert contract.problems(exercise) == []


def test_the_book_lists_it_with_its_exercise_and_solution(chapter):
    captions = [part.caption for part in parts()]
    assert captions.index("New part") == captions.index("Web scraping") + 1
    part = parts()[captions.index("New part")]
    opening, page = part.pages
    assert (opening.file, page.name, page.title) == (
        "book/parts/new-part",
        "Toy",
        "Who is paid what?",
    )
    assert [section.name for section in page.sections] == ["Exercise", "Solution"]
    listed = book_lists.part_list("book/parts/new-part")
    assert "Level 1 of 3 · 75 minutes" in listed and "(/exercises/new-part/toy.ipynb)" in listed
    assert "```{part}" in opening.path.read_text(encoding="utf-8")


def test_what_guards_the_course_is_out_of_sight(chapter):
    [cell] = [cell for cell in normal.read(find("toy")).cells if "guard" in tags(cell)]
    assert "remove-cell" in tags(cell) and cell.metadata.jupyter.source_hidden
    assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source)))


def test_what_sets_it_up_and_what_measures_its_claims_is_out_of_sight(chapter):
    cells = {cell.id: cell for cell in normal.read(find("toy")).cells}
    hidden = {name: tags(cell) for name, cell in cells.items() if cell.metadata.get("jupyter")}
    assert hidden == {
        "parameters": ["parameters", "remove-cell"],
        "set-up": ["remove-cell"],
        "better-guard": ["guard", "remove-cell"],
        "answer": ["aggregate", "remove-input"],
        "claims": ["claims", "remove-input"],
    }
    assert all(cells[name].source.startswith("# ") for name in hidden)
    assert cells["set-up"].source.endswith("ssplab.set_up(data, seed=seed, scale=scale)")
    assert cells["claims"].outputs
    for kind in ("solutions", "exercises"):
        _title, first, *_ = normal.read(sibling(find("toy"), kind)).cells
        assert first.source.endswith("ssplab.set_up()") and "remove-cell" in tags(first)
        assert first.metadata.jupyter.source_hidden


def test_its_answers_hold(chapter):
    path = find("toy")
    boxes = [cell.source for cell in normal.read(path).cells if cell.cell_type == "markdown"]
    assert any(map(answers, boxes))
    passes(suite.Step("stored outputs", ("pytest", course_path(path), "--nbval", *suite.NBVAL)))


def test_its_report_on_own_data_would_show_no_single_value(chapter):
    """A median, a quantile or an extreme is somebody's value; `tests/owndata` runs each chapter."""
    cells = [cell for cell in normal.read(find("toy")).cells if "aggregate" in tags(cell)]
    tree = ast.parse("\n".join(cell.source for cell in cells))
    printed = [
        node
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("print", "safe")
        for node in ast.walk(call)
        if isinstance(node, ast.Name)
    ]
    single = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and re.search(r"\b(median|quantile|min|max)\b", ast.unparse(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert printed and not {node.id for node in printed} & single


def test_its_page_says_in_its_strip_that_it_is_a_draft(course, chapter):
    title = nodes.title("", "Who is paid what?")
    level = nodes.definition_list_item("", nodes.term("", "Level"))
    strip = nodes.definition_list("", level, classes=["strip"])
    page = draft_page(find("toy"), title, strip)
    assert page.next_node(nodes.definition_list).astext().split("\n\n")[:2] == [
        "Draft",
        f"{places_to_fill(find('toy'))} places to fill",
    ]
    without_strip = draft_page(course / "book/parts/new-part.md", nodes.title("", "New part"))
    assert without_strip.next_node(nodes.definition_list).astext() == "Draft\n\n1 place to fill"
    finished = draft_page(find("payroll-anomalies"), nodes.title("", "Which?"))
    assert finished.next_node(nodes.definition_list) is None


def draft_page(path, *children):
    class Environment:
        docname = "page"

        def doc2path(self, name):
            return str(path)

    class App:
        env = Environment()

    page = nodes.section("", *children)
    draft_marks.say_draft(App, page)
    return page


def test_the_last_mark_gone_brings_the_rules_of_finished_chapters_back(course, chapter, capsys):
    assert lint.main(["toy"]) == pace.main(["toy"]) == 0
    told = capsys.readouterr().out
    assert "chapters/new-part/toy.ipynb: a draft," in told
    assert re.search(r"^chapters/new-part/toy\.ipynb, level \d: not held to this$", told, re.M)
    kept = snapshot(course / "solutions") | snapshot(course / "exercises")
    for path in [find("toy"), course / "solutions/new-part/toy.ipynb"]:
        kept[path] = path.read_bytes()
        path.write_text(path.read_text(encoding="utf-8").replace(MARK, "Filled."), encoding="utf-8")
    try:
        assert lint.main(["toy"]) == 1
        told = capsys.readouterr().out
        assert "1 figures; a chapter has 3 to 8" in told
        assert "2 headings `## Exercise N`; there must be 4 to 6" in told
        assert not is_draft(course / "exercises/new-part/toy.ipynb")
        pace.main(["toy"])
        told = capsys.readouterr().out
        assert re.search(r"^chapters/new-part/toy\.ipynb, level \d: held to this$", told, re.M)
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


@pytest.mark.parametrize(
    ("place", "options", "told"),
    [
        ("toy-two", {}, "write PART/SLUG"),
        ("machine-learning/01-toy", {}, "no number in front"),
        ("machine-learning/Toy", {}, "must be lower-case"),
        ("machine-learning/toy_two", {}, "must be lower-case"),
        ("machine-learning/a/b", {}, "must be lower-case"),
        ("../toy-two", {}, "The part '..'"),
        ("web-scraping/payroll-anomalies", {}, "a slug names one chapter"),
        ("web-scraping/toy-two", {"data": "payrol"}, "Did you mean payroll"),
        ("web-scraping/toy-two", {"data": "wagepan"}, "no variable of few codes"),
        ("web-scraping/toy-two", {"data": "employers"}, "no numeric variable"),
        ("web-scraping/toy-two", {"data": "office_files"}, "consists of files"),
        ("web-scraping/toy-two", {"level": 4}, "must be 1, 2 or 3"),
    ],
)
def test_what_cannot_be_a_chapter_is_refused_with_the_reason(course, place, options, told):
    before = snapshot(course)
    with pytest.raises(SsplabError, match=told):
        authoring.new_chapter(place, progress=False, **options)
    assert snapshot(course) == before


@pytest.mark.parametrize("end", [KeyboardInterrupt, CheckFailed])
def test_a_chapter_that_is_interrupted_or_raises_leaves_nothing(course, monkeypatch, end):
    def stop(names, progress):
        (course / "exercises/another-part/toy-two.ipynb").parent.mkdir(parents=True)
        (course / "exercises/another-part/toy-two.ipynb").touch()
        raise end("stop")

    monkeypatch.setattr(chapters, "refresh", stop)
    before = snapshot(course)
    with pytest.raises(end):
        authoring.new_chapter("another-part/toy-two", progress=False)
    assert snapshot(course) == before
    assert not list(course.glob("*/another-part"))


def test_an_interruption_after_the_contents_changed_puts_them_back(course, monkeypatch):
    monkeypatch.setattr(chapters, "refresh", lambda names, progress: None)
    before = snapshot(course)

    def change_and_interrupt(self, path, text, change=chapters.NewFiles.change):
        change(self, path, text)
        raise KeyboardInterrupt

    monkeypatch.setattr(chapters.NewFiles, "change", change_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        authoring.new_chapter("another-part/toy-two", progress=False)
    assert snapshot(course) == before


# --- a data set


def test_a_new_twin_is_what_its_card_says(twin):
    check_data_set("toy_firms")
    card = load_card("toy_firms")
    assert card.tables["firms"].rows == len(load("toy_firms")) == 2000
    assert {one.type for one in card.planted} == {"wrong_unit", "last_year"}
    assert card.difficulty.measures["hard_share"] >= 1 / 3
    assert card.difficulty.measures["naive_precision"] < 0.6
    assert is_draft(card.folder / "card.yml")


def test_another_seed_gives_another_twin_and_a_larger_one_begins_with_it(
    twin, monkeypatch, tmp_path
):
    monkeypatch.setenv("SSPLAB_CACHE", str(tmp_path))
    small = load("toy_firms")
    large = load("toy_firms", scale=2)
    assert large[: len(small)].equals(small)
    assert not load("toy_firms", seed=1).equals(small)


def test_its_page_is_listed(twin):
    [part] = [part for part in parts() if part.caption == "Data sets"]
    assert "book/datasets/toy_firms" in [page.file for page in part.pages]


def test_the_command_says_what_it_made_and_what_comes_next(course):
    done = CliRunner().invoke(app, ["new", "data", "told_firms"], catch_exceptions=False)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert "new      datasets/told_firms/card.yml" in lines
    assert "changed  _toc.yml" in lines
    assert re.search(r"^\d+ places to fill, each marked FILL IN:$", done.output, re.MULTILINE)
    assert "then:    ssplab data check told_firms" in lines


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("payroll", {}, "payroll already"),
        ("Firms", {}, "must be lower-case"),
        ("2_firms", {}, "a letter first"),
        ("new-firms", {}, "joined by underscores"),
        ("new_firms", {"origin": "real"}, "build.py"),
    ],
)
def test_what_cannot_be_a_data_set_is_refused_with_the_reason(course, name, options, told):
    before = snapshot(course)
    with pytest.raises(SsplabError, match=told):
        authoring.new_data(name, **options)
    assert snapshot(course) == before


def test_a_data_set_that_is_interrupted_leaves_nothing(course, monkeypatch):
    def stop(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(data_sets, "check_data_set", stop)
    before = snapshot(course)
    with pytest.raises(KeyboardInterrupt):
        authoring.new_data("new_firms")
    assert snapshot(course) == before
    assert not (course / "datasets/new_firms").exists()


# --- a session, a kit, a project


def test_a_session_is_executed_tagged_for_slides_and_listed(course, session):
    nb = normal.read(course / "reading-groups/toy-paper/toy-paper.ipynb")
    kinds = [cell.metadata.slideshow.slide_type for cell in nb.cells]
    assert set(kinds) == {"slide", "fragment", "notes", "skip"}
    shown = [cell for cell, kind in zip(nb.cells, kinds, strict=True) if kind == "fragment"]
    assert all(cell.outputs for cell in shown)
    [part] = [part for part in parts() if part.caption == "Reading groups"]
    assert part.pages[0].file == "book/parts/reading-groups"
    assert part.pages[-1].file == "reading-groups/toy-paper/session"
    assert part.pages[-1].sections[0].path.is_file()


def test_notebooks_of_sessions_and_kits_are_compared_with_what_they_store(session, kit):
    [step] = [step for step in suite.steps() if step.name == "stored outputs"]
    theirs = ["reading-groups/toy-paper/toy-paper.ipynb", "kits/toy-kit/baseline.ipynb"]
    assert set(theirs) <= set(step.arguments)
    *_, compared, other = [one.name for one in suite.steps(theirs)]
    assert (compared, other) == ("stored outputs", "another seed")
    passes(suite.Step("stored outputs", ("pytest", *theirs, "--nbval", *suite.NBVAL)))


def test_a_kit_brings_a_metric_whose_test_passes_and_runs_with_the_others(course, kit):
    [step] = [step for step in suite.steps() if step.name == "tests"]
    assert "kits/toy-kit/test_metric.py" in step.arguments
    passes(suite.Step("tests", ("pytest", "kits/toy-kit/test_metric.py", "-n", "0")))
    text = (course / "kits/toy-kit/requirements.txt").read_text(encoding="utf-8")
    assert "pandas" in text and "ssplab" not in text


def test_a_new_kit_can_be_built_for_teams_and_its_baseline_beats_the_trivial_answer(kit, tmp_path):
    built = build("toy-kit", seed=8_472_950_183_340_571_629, out=tmp_path)
    assert [path.name.count("organiser") for path in built.archives] == [0, 1]
    name = "precision at the budget"
    assert built.baseline[name] > 2 * built.trivial[name] > 0


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("wagepan", "does not say which rows of panel are in error"),
        ("office_files", "consists of files"),
    ],
)
def test_a_kit_needs_a_twin_whose_errors_are_known(course, data, told):
    with pytest.raises(SsplabError, match=told):
        authoring.new_kit("another-kit", data=data, progress=False)
    assert not (course / "kits/another-kit").exists()


def test_a_second_kit_of_that_name_is_refused_and_the_first_stays(course, kit):
    before = snapshot(course)
    with pytest.raises(SsplabError, match="there already"):
        authoring.new_kit("toy-kit", progress=False)
    assert snapshot(course) == before


def test_a_session_that_raises_leaves_nothing(course, monkeypatch):
    def stop(names, progress):
        raise CheckFailed("In [1] raised")

    monkeypatch.setattr(affiliated, "refresh", stop)
    before = snapshot(course)
    with pytest.raises(CheckFailed):
        authoring.new_session("another-paper", progress=False)
    assert snapshot(course) == before
    assert not (course / "reading-groups/another-paper").exists()


def test_a_project_begins_outside_the_course(course, tmp_path, monkeypatch):
    done = authoring.new_project("toy-project")
    folder = course.parent / "toy-project"  # the working directory is the course
    assert {path.parent for path in done.files} == {folder}
    nb = normal.read(folder / "notebook.ipynb")
    assert all(cell.outputs for cell in nb.cells if cell.cell_type == "code")
    assert done.places > 20 and done.changed == []
    with pytest.raises(SsplabError, match="there already"):
        authoring.new_project("toy-project")


def test_what_the_contents_held_before_they_still_hold(course, chapter, twin, session, kit):
    contents = yaml.safe_load((course / "_toc.yml").read_text(encoding="utf-8"))
    before = yaml.safe_load((ORIGINAL / "_toc.yml").read_text(encoding="utf-8"))
    kept = [part for part in before["parts"] if part in contents["parts"]]
    changed = [part["caption"] for part in before["parts"] if part not in kept]
    assert changed == ["Reading groups", "Hackathons", "Data sets"]
