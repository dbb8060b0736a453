"""What a change reaches: nothing that it can touch is left out, and little else is run."""

import ast
import json
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from builders import code, markdown, notebook
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_kit import kit_facts

from ssplab.course import normal
from ssplab.course.naming import course_path, notebooks
from ssplab.course.paths import course_root
from ssplab.system.errors import SsplabError
from ssplab.verify import reach, suite
from ssplab.verify.reach import Reached, changed_files, reached_by

CARD = (course_root() / "datasets/payroll/card.yml").read_text(encoding="utf-8")
PAY, COUNT = "chapters/part/pay.ipynb", "chapters/part/staff.ipynb"
SOLUTION, EXERCISE = (f"{kind}/part/pay.ipynb" for kind in ("solutions", "exercises"))
ROOM = """from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(__name__, submod_attrs={exports})
"""
SOURCES = {
    "src/ssplab/__init__.py": ROOM.format(exports={"data": ["load"], "exercises": ["check"]}),
    "src/ssplab/_lazy.py": "",
    "src/ssplab/errors.py": "",
    "src/ssplab/data/__init__.py": ROOM.format(exports={"loading": ["load"]}),
    "src/ssplab/data/loading.py": "from ssplab import errors",
    "src/ssplab/data/checking.py": "from ssplab.data import load",
    "src/ssplab/data/twins.py": "",
    "src/ssplab/style.py": "def use():\n    SHEET = 'grey.css'",
    "src/ssplab/grey.css": "",
    "src/ssplab/lab.py": "",
    "src/ssplab/unused.py": "",
    "src/ssplab/cli.py": "def lab():\n    import ssplab.lab\n    import ssplab.verify.suite",
    "src/ssplab/verify/__init__.py": "",
    "src/ssplab/verify/suite.py": "LINT = 'ssplab.verify.lint'",
    "src/ssplab/verify/nbval_plugin.py": (
        "from ssplab.notebooks import figures\nfrom ssplab.verify.answers import answers\n"
        "SET_ASIDE = 'from ssplab.verify import namespace as _n'"
    ),
    "src/ssplab/verify/lint.py": "from ssplab.verify import rules",
    "src/ssplab/verify/rules.py": "",
    "src/ssplab/verify/answers.py": "",
    "src/ssplab/verify/namespace.py": "",
    "src/ssplab/verify/pace.py": "from ssplab import errors",
    "src/ssplab/__main__.py": "from ssplab.cli import main",
    "src/ssplab/exercises/__init__.py": ROOM.format(exports={"checking": ["check"]}),
    "src/ssplab/exercises/checking.py": "from .engine import shapes",
    "src/ssplab/exercises/engine.py": "",
    "src/ssplab/exercises/derivation.py": "",
    "src/ssplab/notebooks/__init__.py": "",
    "src/ssplab/notebooks/figures.py": "",
    "src/ssplab/notebooks/runs.py": "",
    "checks/part/pay.yml": "1: {expects: a number}",
    "checks/part/pay.py": "import ssplab\n\nssplab.load('payroll')",
    "datasets/payroll/generate.py": "from ssplab.data import twins",
    "datasets/census/generate.py": "",
    "tests/conftest.py": "",
    "tests/helper.py": "",
    "tests/chapters/conftest.py": "",
    "tests/chapters/test_another_seed.py": "from ssplab.notebooks.runs import run\n\nnotebooks()",
    "tests/test_chapters.py": "from ssplab.paths import course_root\n\ncourse_root()",
    "tests/test_cli.py": "import helper\n\nrun([python, '-m', 'ssplab', *words])",
    "tests/test_lint.py": "PROGRAM = 'from ssplab.verify import lint\\nlint.main()'",
    "tests/test_payroll.py": "def test():\n    from ssplab.data import twins",
    "tests/test_style.py": '"""Not `ssplab.lab`."""\nfrom ssplab import style',
    "tests/blind/pay.py": "",
}


@pytest.fixture
def small(course):
    """Two chapters, the first with an exercise, each on a data set of its own; code and tests."""
    for path, source in SOURCES.items():
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        (course / path).write_text(source, encoding="utf-8")
    for name in ("payroll", "census"):
        card = CARD.replace("name: payroll", f"name: {name}")
        (course / f"datasets/{name}").mkdir(exist_ok=True)
        (course / f"datasets/{name}/card.yml").write_text(card, encoding="utf-8")
    load = code("import ssplab\n\nssplab.load(data)\nssplab.style.use()")
    check = code("from ssplab import check\n\ncheck('pay/1', ssplab.load('payroll'))")
    normal.write(notebook(markdown("# Pay"), code('data = "payroll"'), load), course / PAY)
    normal.write(notebook(markdown("# Count"), code('data = "census"'), load), course / COUNT)
    normal.write(notebook(check), course / SOLUTION)
    normal.write(notebook(check), course / EXERCISE)
    return course


ALL = [PAY, COUNT, SOLUTION, EXERCISE]
TESTS = [f"tests/test_{name}.py" for name in ("chapters", "cli", "lint", "payroll", "style")]
CASES = {
    # what changed: notebooks executed, chapters on another seed, data sets, tests, and those of
    # notebooks only
    PAY: ([PAY], [PAY], [], [], ["chapters", "cli"]),
    COUNT: ([COUNT], [COUNT], [], [], ["chapters", "cli"]),
    SOLUTION: ([SOLUTION, EXERCISE], [], [], [], ["chapters", "cli"]),
    EXERCISE: ([SOLUTION, EXERCISE], [], [], [], ["chapters", "cli"]),
    "chapters/part/gone.ipynb": ([], [], [], [], ["chapters", "cli"]),
    "benchmarks/seeds/staff.json": ([COUNT], [COUNT], [], [], ["chapters", "cli"]),
    "benchmarks/shapes/staff.json": ([], [], [], [], ["chapters", "cli"]),
    "datasets/census/truth/people.parquet": ([COUNT], [COUNT], ["census"], [], ["chapters", "cli"]),
    "datasets/census/generate.py": ([COUNT], [COUNT], ["census"], [], ["chapters", "cli"]),
    "src/ssplab/data/twins.py": (
        [PAY, SOLUTION, EXERCISE],
        [PAY],
        ["payroll"],
        ["payroll"],
        ["chapters", "cli"],
    ),
    "checks/part/pay.yml": ([SOLUTION, EXERCISE], [], [], [], ["chapters", "cli"]),
    "checks/part/pay.py": ([SOLUTION, EXERCISE], [], [], [], ["chapters", "cli"]),
    "src/ssplab/exercises/engine.py": ([SOLUTION, EXERCISE], [], [], [], ["chapters", "cli"]),
    "src/ssplab/data/loading.py": (
        ALL,
        [PAY, COUNT],
        ["census", "payroll"],
        [],
        ["chapters", "cli"],
    ),
    "src/ssplab/style.py": ([PAY, COUNT], [PAY, COUNT], [], ["style"], ["chapters", "cli"]),
    "src/ssplab/notebooks/figures.py": (ALL, [PAY, COUNT], [], [], ["chapters", "cli"]),
    "src/ssplab/notebooks/runs.py": ([], [PAY, COUNT], [], [], []),
    "src/ssplab/verify/rules.py": ([], [], [], ["cli", "lint"], []),
    "src/ssplab/lab.py": ([], [], [], ["cli"], []),
    "tests/test_lint.py": ([], [], [], ["lint"], []),
    "tests/helper.py": ([], [], [], ["cli"], []),
    "tests/chapters/test_another_seed.py": ([], [PAY, COUNT], [], [], []),
    "tests/blind/pay.py": ([], [], [], ["chapters", "cli", "lint", "payroll", "style"], []),
    "book/welcome.md": ([], [], [], ["chapters", "cli", "lint", "payroll", "style"], []),
    "book/lab/events.yml": (
        [],
        [],
        [],
        ["chapters", "cli", "lint", "payroll", "style"],
        [],
    ),
    "_toc.yml": ([], [], [], ["chapters", "cli", "lint", "payroll", "style"], []),
}


@pytest.mark.parametrize("changed", CASES)
def test_a_change_reaches_what_uses_it_and_little_else(small, changed):
    executed, other_seed, data_sets, tests, of_notebooks = CASES[changed]
    reached = reached_by([changed])
    assert reached.everything is None
    assert reached.notebooks == executed
    assert reached.other_seed == other_seed
    assert reached.data_sets == data_sets
    assert reached.tests == [f"tests/test_{name}.py" for name in tests]
    assert reached.tests_of_notebooks == [f"tests/test_{name}.py" for name in of_notebooks]


@pytest.mark.parametrize(
    ("changed", "paced"),
    {
        PAY: True,
        "chapters/part/gone.ipynb": True,
        "_toc.yml": True,
        "src/ssplab/verify/pace.py": True,
        "src/ssplab/errors.py": True,
        SOLUTION: False,
        "src/ssplab/verify/rules.py": False,
        "book/welcome.md": False,
    }.items(),
)
def test_the_pace_is_measured_where_it_may_have_changed(small, changed, paced):
    assert reached_by([changed]).paced is paced


@pytest.mark.parametrize("changed", ["answers", "namespace"])
def test_what_tries_answers_reaches_the_notebooks_that_are_compared(small, changed):
    assert (
        reached_by([f"src/ssplab/verify/{changed}.py"]).notebooks
        == reached_by(["src/ssplab/verify/nbval_plugin.py"]).notebooks
    )


def test_what_a_module_reads_reaches_its_users_and_every_test(small):
    reached = reached_by(["src/ssplab/grey.css"])
    assert reached.notebooks == [PAY, COUNT]
    assert reached.tests == TESTS


def test_what_a_command_writes_from_is_read_even_where_it_is_python(small):
    path = "src/ssplab/authoring/skeletons/kit/metric.py"
    (small / path).parent.mkdir(parents=True)
    (small / path).touch()
    reached = reached_by([path])
    assert (reached.everything, reached.notebooks) == (None, [])
    assert reached.tests + reached.tests_of_notebooks == TESTS


def test_a_notebook_of_a_kit_is_reached_by_what_it_reads_and_its_page_by_none(small):
    path = "kits/pay/baseline.ipynb"
    normal.write(notebook(code("import ssplab\n\nssplab.load('census')")), small / path)
    assert reached_by(["datasets/census/generate.py"]).notebooks == [COUNT, path]
    assert reached_by([path]).notebooks == [path]
    reached = reached_by(["kits/pay/brief.md"])
    assert (reached.everything, reached.notebooks) == (None, [])


def test_what_a_kit_is_made_of_reaches_its_baseline_and_every_test(small):
    normal.write(notebook(code("print(1)")), small / "kits/pay/baseline.ipynb")
    (small / "kits/pay/kit.yml").write_text(kit_facts(data="census"), encoding="utf-8")
    for path in ("kits/pay/metric.py", "kits/pay/organiser/edition.py", "kits/pay/kit.yml"):
        reached = reached_by([path])
        assert (reached.everything, reached.notebooks) == (None, ["kits/pay/baseline.ipynb"])
        assert reached.tests + reached.tests_of_notebooks == TESTS
    reached = reached_by(["datasets/census/generate.py"])
    assert reached.notebooks == [COUNT, "kits/pay/baseline.ipynb"]
    reached = reached_by(["benchmarks/kits/pay.json"])
    assert (reached.everything, reached.notebooks) == (None, [])
    assert reached.tests + reached.tests_of_notebooks == TESTS


def test_timings_reach_the_chapter_that_reads_them(small):
    nb = normal.read(small / COUNT)
    nb.cells[-1].source += "\n\nopen(root / 'benchmarks' / 'joins.json')"
    normal.write(nb, small / COUNT)
    assert reached_by(["benchmarks/joins.json"]).notebooks == [COUNT]


def test_a_chapter_reaches_those_that_use_what_it_has_taught(small):
    uses = code("import ssplab\n\nnet = ssplab.taught('pay', 'net')")
    normal.write(notebook(markdown("# Count"), code('data = "census"'), uses), small / COUNT)
    reached = reach.reached_by([PAY])
    assert reached.notebooks == [PAY, COUNT]
    assert reached.other_seed == [PAY, COUNT]


def test_conftest_reaches_every_test(small):
    reached = reached_by(["tests/conftest.py"])
    assert reached.tests == TESTS
    assert reached.other_seed == [PAY, COUNT]


def test_the_conftest_of_a_folder_reaches_its_tests(small):
    reached = reached_by(["tests/chapters/conftest.py"])
    assert (reached.tests, reached.other_seed) == ([], [PAY, COUNT])


@pytest.mark.parametrize(
    "changed",
    [
        "pyproject.toml",
        "requirements.txt",
        "requirements-text.txt",
        "src/ssplab/verify/suite.py",
        "src/ssplab/verify/reach.py",
        "src/ssplab/brand_new.py",
        "src/ssplab/unused.py",
        "elsewhere/grey.css",
        "benchmarks/unread.json",
        ".ci/run",
        "what.ever",
        "datasets/README.md",
        "chapters/part/map.png",
    ],
)
def test_what_may_change_everything_and_what_no_rule_knows_reach_everything(small, changed):
    assert reached_by([PAY, changed]) == Reached(everything=changed)
    assert suite.steps_reached(reached_by([changed])) == suite.steps()


def test_several_changes_reach_what_each_does(small):
    reached = reached_by(["src/ssplab/lab.py", COUNT])
    assert reached.notebooks == [COUNT]
    assert reached.tests == ["tests/test_cli.py"]
    assert reached.tests_of_notebooks == ["tests/test_chapters.py"]


def test_code_that_cannot_be_read_is_always_reached(small):
    (small / "src/ssplab/style.py").write_text("def (", encoding="utf-8")
    reached = reached_by(["src/ssplab/lab.py"])
    assert reached.notebooks == [PAY, COUNT]
    assert "tests/test_style.py" in [*reached.tests, *reached.tests_of_notebooks]


def test_a_deleted_module_reaches_what_still_imports_it(small):
    (small / "src/ssplab/data/twins.py").unlink()
    assert reached_by(["src/ssplab/data/twins.py"]).notebooks == [PAY, SOLUTION, EXERCISE]


def test_a_deleted_data_set_reaches_what_still_names_it(small):
    for path in (small / "datasets/census").iterdir():
        path.unlink()
    assert reached_by(["datasets/census/card.yml"]).notebooks == [COUNT]


# --- the graph


@st.composite
def graphs(draw):
    nodes = draw(st.integers(1, 8))
    edges = draw(st.sets(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))))
    return {str(a): {str(b) for c, b in edges if c == a} for a in range(nodes)}


@settings(deadline=None)
@given(graphs())
def test_nothing_reachable_is_left_out(graph):
    linked = {(a, b) for a in graph for b in graph if a == b or b in graph[a]}
    for through, a, b in product(graph, repeat=3):  # Warshall's closure
        if (a, through) in linked and (through, b) in linked:
            linked.add((a, b))
    for start in graph:
        assert reach.reachable(graph, start) == {b for a, b in linked if a == start}


@pytest.mark.slow
def test_what_importing_a_module_loads_is_in_the_graph():
    root = course_root()
    names = [
        ".".join(path.relative_to(root / "src").with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((root / "src/ssplab").rglob("*.py"))
        if path.stem != "__main__" and "skeletons" not in path.parts  # text, which nobody imports
    ]
    program = (
        "import importlib, json, sys\n"
        "loaded = {}\n"
        "for name in sys.argv[1:]:\n"
        "    for old in [one for one in sys.modules if one.partition('.')[0] == 'ssplab']:\n"
        "        del sys.modules[old]\n"
        "    importlib.import_module(name)\n"
        "    ours = [one for one in sys.modules if one.partition('.')[0] == 'ssplab']\n"
        "    loaded[name] = [sys.modules[one].__file__ for one in ours]\n"
        "print(json.dumps(loaded))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    graph = reach.course_graph()
    for name, files in json.loads(done.stdout).items():
        place = root / "src" / name.replace(".", "/")
        home = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        loaded = {course_path(Path(file)) for file in files}
        assert loaded - reach.reachable(graph, course_path(home)) == set(), name


@pytest.mark.slow
def test_every_data_set_and_check_that_a_notebook_of_the_course_calls_is_in_its_graph():
    graph = reach.course_graph()
    for path in notebooks():
        sources = [cell.source for cell in normal.read(path).cells if cell.cell_type == "code"]
        calls = [
            node
            for node in ast.walk(ast.parse("\n".join(sources)))
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        ]
        needed = {
            f"datasets/{call.args[0].value}"
            for call in calls
            if ast.unparse(call.func) in ("ssplab.load", "ssplab.truth")
        }
        if any(ast.unparse(call.func) == "check" for call in calls):
            needed.add("src/ssplab/exercises/checking.py")
        assert needed <= reach.reachable(graph, course_path(path))


# --- the steps


def test_only_what_is_reached_runs(small):
    steps = {step.name: step.arguments for step in suite.steps_reached(reached_by([COUNT]))}
    assert list(steps) == [
        "ruff check",
        "ruff format",
        "lint",
        "pace",
        "exercises as derived",
        "tests of notebooks",
        "stored outputs",
        "another seed",
    ]
    assert steps["stored outputs"][1:3] == (COUNT, "--nbval")
    assert steps["another seed"] == (
        "pytest",
        "tests/chapters/test_another_seed.py::test_another_seed[staff]",
    )
    assert steps["tests of notebooks"][-2:] == ("-k", "not (pay)")


def test_a_stem_that_is_part_of_a_reached_one_is_not_passed_over(small):
    longer = "chapters/part/staff-again.ipynb"
    normal.write(notebook(code("a = 1")), small / longer)
    assert reached_by([longer]).passed_over == ["pay"]


def test_a_notebook_that_links_to_a_reached_one_is_not_passed_over(small):
    assert reached_by([COUNT]).passed_over == ["pay"]
    nb = normal.read(small / PAY)
    nb.cells[0].source = "# Pay\n\nSee [the staff](staff.ipynb#who-counts)."
    normal.write(nb, small / PAY)
    assert reached_by([COUNT]).passed_over == []
    assert reached_by([COUNT]).notebooks == [COUNT]


def test_data_are_checked_where_they_changed(small):
    steps = suite.steps_reached(reached_by(["datasets/census/card.yml"]))
    assert steps[0].arguments == ("ssplab", "data", "check", "census")


def test_what_is_left_out_is_counted(small):
    (small / "tests/test_lint.py").write_text("def test_a(): ...\n\n\ndef test_b(): ...\n")
    assert suite.left_out(reached_by(["datasets/census/generate.py"])) == (
        "Left out, since no change reaches them: tests (3), notebooks (3), lessons on another "
        "seed (1), data sets (1)."
    )
    assert suite.left_out(reached_by(["pyproject.toml"])) == (
        "Nothing is left out: pyproject.toml may change everything."
    )


def test_a_step_without_tests_is_well_where_they_were_left_out(small):
    (small / "five.py").write_text("raise SystemExit(5)  # as pytest ends without tests\n")
    assert suite._run_step(suite.Step("tests of notebooks", ("five",), may_be_empty=True)).ok
    assert not suite._run_step(suite.Step("tests", ("five",))).ok


# --- git


@pytest.fixture
def repository(small, monkeypatch):
    """The small course under git, one commit on `main`."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    (small / ".gitignore").write_text("*.log\n")
    git(small, "init", "--quiet", "--initial-branch=main")
    git(small, "add", ".")
    commit(small, "start")
    return small


def git(folder, *words):
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def commit(folder, message):
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    git(folder, *author, "commit", "--quiet", "--all", "--message", message)


def test_changes_are_those_not_committed_and_new_files(repository):
    assert changed_files() == []
    (repository / "tests/test_lint.py").write_text("a = 1\n")
    (repository / "book").mkdir()
    (repository / "book/été 1.md").write_text("# Summer\n", encoding="utf-8")
    (repository / "a.log").touch()
    git(repository, "mv", "tests/helper.py", "tests/helpers.py")
    assert changed_files() == [
        "book/été 1.md",
        "tests/helper.py",
        "tests/helpers.py",
        "tests/test_lint.py",
    ]


def test_changes_of_a_branch_count_from_where_it_left(repository):
    git(repository, "switch", "--quiet", "--create", "branch")
    (repository / "tests/test_lint.py").write_text("a = 1\n")
    commit(repository, "mine")
    git(repository, "switch", "--quiet", "main")
    (repository / "tests/test_style.py").write_text("a = 1\n")
    commit(repository, "theirs")
    git(repository, "switch", "--quiet", "branch")
    assert changed_files() == []
    assert changed_files("main") == ["tests/test_lint.py"]


def test_an_unknown_revision_is_a_sentence(repository):
    with pytest.raises(SsplabError, match=r"since no-such.*--since.*ssplab test"):
        changed_files("no-such")


def test_without_git_it_is_a_sentence(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SsplabError, match="git cannot say what changed since HEAD"):
        changed_files()


def test_nothing_changed_ends_with_0(repository, capfd):
    assert suite.run_changed() == 0
    assert capfd.readouterr().out == "Nothing changed since HEAD: nothing to run.\n"


def test_a_run_of_what_changed_names_it_and_what_was_left_out(repository, monkeypatch, capfd):
    (repository / "src/ssplab/lab.py").write_text("PORT = 8888\n")
    monkeypatch.setattr(
        suite,
        "_run_step",
        lambda step: suite.StepOutcome(step.name, True, 1, "", [], [], Counter(passed=1), {}),
    )
    assert suite.run_changed() == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[:2] == ["Files changed since HEAD: 1", "  src/ssplab/lab.py"]
    assert any(line.startswith("Left out, since no change reaches them: ") for line in lines)
    assert any("stored outputs" in line and "not reached" in line for line in lines)
