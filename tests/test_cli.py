"""The command line: helps, sentences, exit codes.

Words are handed to the command in this process: a new one, which loads all that a verb needs, for
each sentence would take a minute. Both ways to start it, `python -m ssplab` and the installed
script, are processes of their own.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ssplab.cli import app, main
from ssplab.verify import suite


def ssplab(*words):
    return subprocess.run(
        [sys.executable, "-m", "ssplab", *words], capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def said(monkeypatch, capsys):
    """A way to the exit code of the command, and to what it says of an error."""

    def said(*words):
        monkeypatch.setattr(sys, "argv", ["ssplab", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, capsys.readouterr().err

    return said


def test_help_names_every_verb():
    shown = ssplab("--help")
    assert shown.returncode == 0
    for verb in (
        "lab",
        "book",
        "test",
        "run",
        "refresh",
        "data",
        "progress",
        "doctor",
        "web",
        "new",
    ):
        assert verb in shown.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["data", "show", "payrol"], "Did you mean payroll"),
        (["data", "template", "payrol", "--out", "x"], "Did you mean payroll"),
        (["data", "template", "payroll"], "--out"),
        (["data", "template", "payroll", "--out", "src"], "outside with --out"),
        (["data", "build", "payroll", "--scale", "0", "--out", "x"], "above 0"),
        (["data", "build", "payroll", "--scale=-1", "--out", "x"], "above 0"),
        (["data", "build", "payroll"], "--out DIR"),
        (["data", "build", "payroll", "--sample", "--seed", "3"], "leave --seed"),
        (["data", "build", "wagepan", "--out", "x"], "real data"),
        (["run", "payrol-anomalies"], "payroll-anomalies"),
        (["run", "payroll-anomalies", "-p", "sed", "3"], "seed"),
        (["test", "no-such-notebook"], "no-such-notebook"),
        (["test", "--changed", "payroll-anomalies"], "leave their names out"),
        (["test", "--changed", "--seeds", "20"], "leave --changed out"),
        (["test", "--changed", "--contracts"], "leave --changed out"),
        (["test", "--shapes", "20", "--contracts"], "--shapes and --contracts are 2 runs"),
        (["test", "--quick", "--contracts"], "leave the other option out"),
        (["test", "--changed", "--quick"], "leave the other option out"),
        (["test", "--quick", "--seeds", "2"], "leave the other option out"),
        (["test", "--seeds", "2", "--shapes", "2"], "leave one of them out"),
        (["test", "--stage", "brwser"], "Did you mean browser"),
        (["test", "--stage", "quick", "--shard", "4/3"], "write K/N"),
        (["test", "--stage", "quick", "payroll-anomalies"], "--stage splits everything"),
        (["book", "--serve", "--changes", "HEAD"], "leave one of them out"),
        (["book", "--changes", "no-such-revision"], "Name a revision that it knows"),
        (["test", "--changed", "--shapes", "2"], "--shapes runs chapters as they are"),
        (["test", "--quick", "--shapes", "2"], "leave the other option out"),
        (["test", "--shapes", "2", "office-files"], "none is named"),
        (["test", "--since", "HEAD"], "add --changed"),
        (["test", "--changed", "--since", "no-such-revision"], "no-such-revision"),
        (["test", "--seeds", "21"], "equal to 20"),
        (["test", "--shard", "4/3"], "--shard is '4/3': write K/N"),
        (["test", "--shard", "1/3", "--quick"], "leave names and other options out"),
        (["test", "--seeds", "2", "no-such-notebook"], "no-such-notebook"),
        (["run", "payroll-anomalies", "-p", "seed"], "-p seed 7"),
        (["new", "chapter", "toy"], "PART/SLUG"),
        (["new", "data", "payroll"], "payroll already"),
        (["new", "project", "1-toy"], "no number in front"),
        (["fly"], "fly"),
    ],
)
def test_wrong_use_is_a_sentence_and_exit_code_2(said, words, told):
    code, text = said(*words)
    assert code == 2, text
    assert told in text
    assert "Traceback" not in text


def test_a_template_names_the_files_that_it_wrote(tmp_path):
    shown = CliRunner().invoke(app, ["data", "template", "naf", "--out", str(tmp_path / "own")])
    assert shown.exit_code == 0
    assert shown.stdout.split() == [
        str(tmp_path / "own" / name) for name in ("columns.yml", "activities.csv", "subclasses.csv")
    ]


@pytest.mark.parametrize(
    "words", [["-p", "seed", "7"], ["-p", "seed=7"], ["--parameter", "seed", "7"]]
)
def test_run_hands_its_parameters_on(words, monkeypatch):
    from ssplab.notebooks import runs

    def record(notebook, parameters, out):
        handed.append((notebook, parameters, out))
        return runs.RunResult("a.ipynb", "a.html")

    handed = []
    monkeypatch.setattr(runs, "run", record)
    CliRunner().invoke(app, ["run", "x", *words, "-p", "data", "x=y"], catch_exceptions=False)
    assert handed == [("x", {"seed": "7", "data": "x=y"}, None)]


@pytest.mark.parametrize(
    ("words", "called"),
    [
        ([], ("run", [], {"only_quick": False})),
        (["--quick"], ("run", [], {"only_quick": True})),
        (["pay", "other-pay"], ("run", ["pay", "other-pay"], {"only_quick": False})),
        (["--changed"], ("run_changed", "HEAD", {})),
        (["--changed", "--since", "origin/main"], ("run_changed", "origin/main", {})),
        (["--seeds", "20"], ("run_seeds", [], 20, {})),
        (["pay", "--seeds", "3"], ("run_seeds", ["pay"], 3, {})),
        (["--shapes", "20"], ("run_shapes", [], 20, {})),
        (["pay", "--shapes", "3"], ("run_shapes", ["pay"], 3, {})),
        (["--shard", "2/3"], ("run_part", [], "2/3", {})),
        (["--stage", "browser"], ("run_part", "browser", [], {})),
        (["--stage", "browser", "--shard", "2/3"], ("run_part", "browser", "2/3", {})),
    ],
)
def test_test_hands_its_words_on_and_ends_with_its_code(words, called, monkeypatch):
    def record(name):
        return lambda *given, **options: calls.append((name, *given, options)) or 1

    calls = []
    for name in ("run", "run_changed", "run_seeds", "run_shapes", "run_part"):
        monkeypatch.setattr(suite, name, record(name))
    assert CliRunner().invoke(app, ["test", *words]).exit_code == 1
    [call] = calls
    assert tuple([] if word is None else word for word in call) == called


@pytest.mark.parametrize(
    ("words", "told"), [(["data", "show", "payrol"], "Did you mean payroll"), (["fly"], "fly")]
)
@pytest.mark.parametrize(
    "command",
    [[Path(sys.executable).with_name("ssplab")], [sys.executable, "-m", "ssplab"]],
    ids=["installed", "module"],
)
def test_the_command_as_it_is_started_says_errors_in_a_sentence(command, words, told):
    shown = subprocess.run([*command, *words], capture_output=True, text=True, timeout=120)
    assert shown.returncode == 2
    assert told in shown.stderr
    assert "Traceback" not in shown.stderr


def test_importing_the_package_stays_light():
    code = (
        "import sys; from ssplab import check; import ssplab.cli;"
        "print([name for name in ('pandas', 'sklearn', 'matplotlib') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


IRI = """
import sys
import ssplab, nbformat
from jsonschema import Draft202012Validator

def loaded():
    return "rfc3987_syntax.syntax_helpers" in sys.modules

schema = {"format": "iri"}
validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
print(loaded(), *map(validator.is_valid, ["http://é.example/à", "no address"]), loaded())
"""


def test_what_judges_addresses_is_loaded_where_one_is_judged_and_not_to_read_notebooks():
    shown = subprocess.run([sys.executable, "-c", IRI], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "True", "False", "True"]
