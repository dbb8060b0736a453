"""The pipelines of GitHub and GitLab: valid, alike, and of commands that there are.

Neither can run here. What can be known without them is that their files are what each service
reads, that each command parses, that all stages with all their shares run, and that they ask for no
more rights than they need. Each check is tried on a pipeline that is spoilt.
"""

import re
import shlex
import shutil
import subprocess
import tomllib
from functools import cache
from itertools import pairwise, product

import pytest
import typer
import yaml
from check_jsonschema import main as check_schema
from click.testing import CliRunner
from yamllint import linter
from yamllint.config import YamlLintConfig

from ssplab.cli import app
from ssplab.course import course_root
from ssplab.verify import stages

ROOT = course_root()
CI, WEEKLY, GITLAB = ".github/workflows/ci.yml", ".github/workflows/newest.yml", ".gitlab-ci.yml"
SET_UP = ".github/actions/set-up/action.yml"
SCHEMAS = {
    CI: ["vendor.github-workflows", "custom.github-workflows-require-timeout"],
    WEEKLY: ["vendor.github-workflows", "custom.github-workflows-require-timeout"],
    SET_UP: ["vendor.github-actions"],
    GITLAB: ["vendor.gitlab-ci"],
}
OF_GITLAB = {"stages", "workflow", "variables", "default", "include"}  # keys that are no job
WRITES = {"publish": {"pages", "id-token"}, "tell": {"issues"}}
"""What jobs may write, whose names say what for."""
UsageError = typer.BadParameter.__base__  # typer carries a click of its own
PLAIN = {"mkdir", "rm", "set", "test", "git", "python", "python3"}  # of the system


@pytest.fixture
def texts():
    """The pipelines' files as they are."""
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in SCHEMAS}


# --- what a pipeline says, whichever service it is for


@cache
def loaded(text):
    return yaml.safe_load(text)


@cache
def read_by_tests():
    """The variables by which tests, and what they run, are told that nothing may be missing."""
    paths = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "src").rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return {name for text in texts for name in re.findall(r"\"(SSPLAB_REQUIRE_\w+)\"", text)}


@cache
def github_jobs(text):
    """Return jobs by name: commands and images with the matrix filled in, and the job as it is."""
    jobs = {}
    for name, job in loaded(text)["jobs"].items():
        rows = rows_of(job.get("strategy", {}).get("matrix", {}))
        lines = [line for step in job["steps"] for line in step.get("run", "").splitlines()]
        if any(step.get("uses") == "./.github/actions/set-up" for step in job["steps"]):
            lines.insert(0, "bash .ci/system")
        commands = [filled(line, row, r"\$\{\{ matrix\.%s \}\}") for row in rows for line in lines]
        image = job.get("container", "")
        jobs[name] = {
            "commands": commands,
            "images": {filled(image, row, r"\$\{\{ matrix\.%s \}\}") for row in rows} - {""},
            "raw": job,
        }
    return jobs


@cache
def gitlab_jobs(text):
    """Return the same of GitLab, what a job extends filled in; hidden ones left out."""
    told = loaded(text)
    jobs = {}
    for name in told:
        if name.startswith(".") or name in OF_GITLAB:
            continue
        job = extended(told, name)
        parallel = job.get("parallel", 1)
        if isinstance(parallel, int):
            rows = [
                {"CI_NODE_INDEX": number + 1, "CI_NODE_TOTAL": parallel}
                for number in range(parallel)
            ]
        else:
            rows = [row for one in parallel["matrix"] for row in rows_of(listed(one))]
        variables = told["variables"] | job.get("variables", {})
        lines = [*job.get("before_script", []), *job.get("script", [])]
        rows = [variables | row for row in rows]
        jobs[name] = {
            "commands": [filled(line, row, r"\$%s\b") for row in rows for line in lines],
            "images": {filled(job.get("image", ""), row, r"\$%s\b") for row in rows} - {""},
            "raw": job,
        }
    return jobs


def extended(told, name):
    job = told[name]
    if "extends" not in job:
        return job
    below = extended(told, job["extends"])
    return below | job | {"variables": below.get("variables", {}) | job.get("variables", {})}


def listed(row):
    return {key: value if isinstance(value, list) else [value] for key, value in row.items()}


def rows_of(matrix):
    """Return the rows of a matrix: each a value by name."""
    included = matrix.get("include", [])
    axes = {key: values for key, values in matrix.items() if key != "include"}
    crossed = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    return [*(crossed if axes or not included else []), *included]


def filled(line, row, pattern):
    for key, value in row.items():
        line = re.sub(pattern % re.escape(key), str(value).replace("\\", r"\\"), line)
    return line


def pipelines(texts):
    yield CI, github_jobs(texts[CI])
    yield WEEKLY, github_jobs(texts[WEEKLY])
    yield GITLAB, gitlab_jobs(texts[GITLAB])


def is_weekly(file, name):
    return file == WEEKLY or "newest" in name


# --- checks, each a list of sentences


def faults_of_schemas(texts, folder):
    found = []
    for name, text in texts.items():
        path = folder / name.replace("/", "-")
        path.write_text(text, encoding="utf-8")
        for schema in SCHEMAS[name]:
            words = ["--builtin-schema", schema, str(path)]
            words += ["--data-transform", "gitlab-ci"] if name == GITLAB else []
            done = CliRunner().invoke(check_schema, words)
            found += [f"{name}: {done.output}"] if done.exit_code else []
        rules = YamlLintConfig(file=str(ROOT / ".ci/yamllint.yml"))
        found += [f"{name}:{one.line}: {one.desc}" for one in linter.run(text, rules)]
    return found


def faults_of_commands(texts):
    """Commands that there are not: verbs and options of `ssplab` and make, scripts, stages."""
    found = []
    for file, jobs in pipelines(texts):
        for name, job in jobs.items():
            for command in job["commands"]:
                found += [f"{file}, {name}: {fault}" for fault in faults_of(command)]
    for script in sorted((ROOT / ".ci").glob("*")):
        text = script.read_text(encoding="utf-8")
        for line in re.findall(
            r'^\s*((?:make|"\$ssplab") (?!_with|")[^\n|&>]*)', text, re.MULTILINE
        ):
            words = line.replace('"$ssplab"', "ssplab").replace(
                "${chapters[0]}", "chapters/a.ipynb"
            )
            found += [f"{script.name}: {fault}" for fault in faults_of(words)]
    return found


def faults_of(command):
    command = re.sub(r"\s*(\||2>|>).*", "", command.strip())
    words = shlex.split(command.replace("\\", "/"))
    if not words or words[0] == "export":
        return []
    program = words[0].rpartition("/")[2]
    if program == "ssplab":
        return faults_of_words(words[1:])
    if program == "make":
        return faults_of_make(words[1:])
    if program == "bash" or words[1:2] == [".ci/newest.py"]:
        there = (ROOT / words[1]).is_file() and words[1].startswith(".ci/")
        return [] if there else [f"there is no script {words[1]}"]
    return [] if program in PLAIN else [f"{program} is no command of the project or the system"]


def faults_of_words(words):
    """What the command line itself says of its words; nothing is run."""
    group = typer.main.get_command(app)
    words = [word for word in words if word != "--help"]  # which a context would print
    if not words:
        return []
    try:
        with group.make_context("ssplab", list(words)) as context:
            name, verb, rest = group.resolve_command(context, [*words])
            verb.make_context(name, rest, parent=context)
    except UsageError as error:
        return [f"ssplab {' '.join(words)}: {error.format_message()}"]
    stage = dict(pairwise(words)).get("--stage")
    return [] if stage in (None, *stages.STAGES) else [f"there is no stage {stage}"]


def faults_of_make(words):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    given = dict(word.partition("=")[::2] for word in words if "=" in word)
    called = [word for word in words if "=" not in word]
    found = [f"make has no target {word}" for word in called if word not in targets]
    found += [f"make knows no variable {name}" for name in given if f"$({name})" not in makefile]
    if given.get("STAGE", "quick") not in stages.STAGES:
        found.append(f"there is no stage {given['STAGE']}")
    return found


def faults_of_stages(texts):
    """Stages, or shares of them, that a pipeline leaves out or runs twice on one Python."""
    found = []
    for file, jobs in pipelines(texts):
        ran = [
            dict(word.partition("=")[::2] for word in command.split() if "=" in word)
            for name, job in jobs.items()
            if not is_weekly(file, name)
            for command in job["commands"]
            if command.startswith("make test ")
        ]
        if file == WEEKLY:
            continue
        for stage in stages.STAGES:
            shares = [one.get("SHARD", "1/1") for one in ran if one.get("STAGE") == stage]
            if stage == stages.QUICK:
                shares = sorted(set(shares))  # once a Python
            number = shares[0].partition("/")[2] if shares else "0"
            if not shares or shares != [f"{one + 1}/{number}" for one in range(int(number))]:
                found.append(f"{file}: of {stage}, the shares {shares} run")
    return found


def faults_of_pythons(texts):
    bounds = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "requires-python"
    ]
    first, beyond = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", bounds).groups())
    supported = {f"python:3.{minor}-trixie" for minor in range(first, beyond)}
    found = []
    for file, jobs in pipelines(texts):
        for name, job in jobs.items():
            if any("make " in command for command in job["commands"]):
                strange = job["images"] - supported
                found += [f"{file}, {name}: {strange} for {bounds}"] if strange else []
        if "quick" in jobs and jobs["quick"]["images"] != supported:
            found.append(f"{file}: quick on {jobs['quick']['images']}, not on {supported}")
        if "book" in jobs and jobs["book"]["images"] != {f"python:3.{first}-trixie"}:
            found.append(f"{file}: the book is not built on the oldest Python")
    return found


def faults_of_requirements(texts):
    """Tests that could be skipped unseen: what .ci/run demands of a machine, both do as well."""
    demanded = set(re.findall(r"SSPLAB_REQUIRE_\w+(?==1)", (ROOT / ".ci/run").read_text("utf-8")))
    found = []
    for file in (CI, WEEKLY, GITLAB):
        told = loaded(texts[file])
        given = told.get("env") or told["variables"]
        on = {name for name, value in given.items() if str(value) == "1"}
        missing = (demanded | read_by_tests()) - on
        found += [f"{file} does not demand {sorted(missing)}"] if missing else []
    return found


def faults_of_packages(texts):
    """System packages that are not from the one list, or jobs that go without."""
    found = []
    for file, jobs in pipelines(texts):
        for name, job in jobs.items():
            commands = job["commands"]
            if any("apt" in command.split() or "apt-get" in command for command in commands):
                found.append(f"{file}, {name}: installs packages beside .ci/packages")
            tests = [at for at, command in enumerate(commands) if command.startswith("make test")]
            if tests and "bash .ci/system" not in commands[: tests[0]]:
                found.append(f"{file}, {name}: tests without the packages of .ci/packages")
    return found


def faults_of_rights(texts):
    """More rights than are needed, no limit of time, actions that somebody could exchange."""
    found = []
    for file in (CI, WEEKLY):
        told = loaded(texts[file])
        if told.get("permissions") != {"contents": "read"}:
            found.append(f"{file}: may do more than read")
        if "concurrency" not in told:
            found.append(f"{file}: two runs of one branch go on side by side")
        if "pull_request_target" in told[True] or "secrets." in texts[file]:  # `on` is YAML's true
            found.append(f"{file}: strangers' code could reach a secret")
        for name, job in told["jobs"].items():
            writes = {key for key, right in job.get("permissions", {}).items() if right == "write"}
            if writes - WRITES.get(name, set()):
                found.append(f"{file}, {name}: may write {sorted(writes)}")
            if "timeout-minutes" not in job:
                found.append(f"{file}, {name}: no limit of time")
    for name, job in gitlab_jobs(texts[GITLAB]).items():
        found += [] if "timeout" in job["raw"] else [f"{GITLAB}, {name}: no limit of time"]
    for file in (CI, WEEKLY, SET_UP):
        for line in re.findall(r"uses: (.+)", texts[file]):
            if not re.fullmatch(r"\./\S+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line):
                found.append(f"{file}: {line} is not pinned by commit, with its version beside it")
        checkouts = texts[file].count("uses: actions/checkout@")
        if texts[file].count("persist-credentials: false") != checkouts:
            found.append(f"{file}: a checkout leaves its token behind")
    return found


def faults_of_caches(texts):
    """Environments that a later run would find: only downloads and twins may be kept."""
    found = []
    kept = [step["with"]["path"] for step in loaded(texts[SET_UP])["runs"]["steps"][1:]]
    if kept != ["~/.cache/pip", "~/.cache/ssplab"]:
        found.append(f"{SET_UP}: keeps {kept}")
    for name, job in gitlab_jobs(texts[GITLAB]).items():
        caches = job["raw"].get("cache", [])
        for one in caches if isinstance(caches, list) else [caches]:
            if one["paths"][0] not in (".cache/pip", ".cache/twins") or "files" not in one["key"]:
                found.append(f"{GITLAB}, {name}: keeps {one['paths']}, by {one['key']}")
    return found


CHECKS = (
    faults_of_commands,
    faults_of_stages,
    faults_of_pythons,
    faults_of_requirements,
    faults_of_packages,
    faults_of_rights,
    faults_of_caches,
)


def test_both_services_can_read_their_pipelines(texts, tmp_path):
    assert not faults_of_schemas(texts, tmp_path)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_pipelines_are_as_they_should_be(check, texts):
    assert not check(texts)


SPOILT = [
    (CI, "runs-on: ubuntu-latest", "runs_on: ubuntu-latest", "runs_on"),
    (CI, "    timeout-minutes: 30\n", "", "timeout"),
    (WEEKLY, "cron:", "chron:", "chron"),
    (SET_UP, "using: composite", "using: shell", "using"),
    (
        GITLAB,
        "script:\n    - make test STAGE=quick",
        "scrpt:\n    - make test STAGE=quick",
        "quick",
    ),
    (GITLAB, "  stage: book\n", "  stage: book\n  stage: book\n", "duplication"),
    (CI, "make test STAGE=deploy", "make tests STAGE=deploy", "no target tests"),
    (CI, "make test STAGE=deploy", "make test STGE=deploy", "no variable STGE"),
    (CI, "make test STAGE=deploy", "make test STAGE=deployment", "no stage deployment"),
    (CI, "ssplab test --stage quick", "ssplab test --stages quick", "--stages"),
    (CI, "ssplab test --stage quick", "ssplab try --stage quick", "try"),
    (GITLAB, "ssplab test --stage quick", "ssplab test --stage fast", "no stage fast"),
    (GITLAB, "bash .ci/trainee", "bash .ci/trainees", "no script .ci/trainees"),
    (CI, "STAGE=browser SHARD", "STAGE=book SHARD", "of browser, the shares []"),
    (CI, "shard: [1, 2, 3, 4]", "shard: [1, 2, 4]", "of notebooks, the shares"),
    (GITLAB, "CI_NODE_TOTAL\n\n# On", "CI_NODE_INDEX\n\n# On", "of notebooks, the shares"),
    (CI, '"3.11", "3.12", "3.13"', '"3.11", "3.13"', "quick on"),
    (GITLAB, '"3.11", "3.12", "3.13"', '"3.12", "3.13", "3.14"', "3.14"),
    (CI, "container: python:3.11-trixie", "container: python:3.12-trixie", "oldest Python"),
    (CI, "  SSPLAB_REQUIRE_SPARK: 1\n", "", "SSPLAB_REQUIRE_SPARK"),
    (GITLAB, 'SSPLAB_REQUIRE_POSTGRES: "1"', 'SSPLAB_REQUIRE_POSTGRES: "0"', "POSTGRES"),
    (CI, "- run: make install", "- run: apt-get install make", "beside .ci/packages"),
    (GITLAB, "- bash .ci/system", "- set -e", "without the packages"),
    (CI, "  contents: read", "  contents: write", "more than read"),
    (CI, "  pull_request:", "  pull_request_target:", "strangers"),
    (
        WEEKLY,
        "  run:\n    name:",
        "  run:\n    permissions: {issues: write}\n    name:",
        "may write",
    ),
    (CI, "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "not pinned"),
    (CI, "          persist-credentials: false\n", "", "leaves its token"),
    (GITLAB, "  timeout: 15 minutes\n", "", "no limit of time"),
    (SET_UP, "path: ~/.cache/pip", "path: .venv", "keeps"),
    (GITLAB, "paths: [.cache/twins]", "paths: [.venv]", "keeps"),
]


@pytest.mark.parametrize(("file", "good", "bad", "told"), SPOILT)
def test_what_is_spoilt_is_told(file, good, bad, told, texts, tmp_path):
    assert good in texts[file]
    texts[file] = texts[file].replace(good, bad, 1)
    found = [fault for check in CHECKS for fault in check(texts)]
    if not any(told in fault for fault in found):  # what a service would say of it
        found += faults_of_schemas(texts, tmp_path)
    assert any(told in fault for fault in found), found


# --- the scripts that both share


@pytest.fixture
def made(tmp_path):
    """A way to run a script in a folder of its own, where programs are stubs."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not here")
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "bin").mkdir()

    def made(script, *words, stubs=None, **environment):
        for name, text in (stubs or {}).items():
            path = tmp_path / "bin" / name
            path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            path.chmod(0o755)
        path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
        return subprocess.run(
            ["bash", f".ci/{script}", *words],
            cwd=tmp_path,
            env={"PATH": path, "HOME": str(tmp_path), **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return made


def test_packages_are_installed_where_one_is_missing_and_the_caches_made(made, tmp_path):
    stubs = {
        "dpkg": "exit 1",
        "apt-get": 'echo "apt-get $*"',
        "sudo": '"$@"',
        "git": 'echo "git $*"',
    }
    done = made("system", stubs=stubs, CI="true")
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if "apt-get install" in line]
    wanted = {"make", "python3-venv", "chromium", "postgresql", "default-jre-headless", "git"}
    assert wanted <= set(line.split()) and "#" not in line
    assert f"safe.directory {tmp_path}" in done.stdout
    assert (tmp_path / ".cache/pip").is_dir()


def test_packages_that_are_here_are_left_as_they_are(made, tmp_path):
    done = made("system", stubs={"dpkg": "exit 0", "apt-get": "exit 1"})
    assert done.returncode == 0 and not done.stdout
    assert not (tmp_path / ".cache").exists()


@pytest.mark.parametrize(
    ("words", "known", "since"),
    [(["origin/main"], "exit 0", "origin/main"), (["0000"], "exit 1", "HEAD^"), ([], "", "HEAD^")],
)
def test_changes_are_since_a_revision_that_git_knows(words, known, since, made, tmp_path):
    (tmp_path / "_build").mkdir()
    (tmp_path / "_build/changes.md").write_text("# What changed\n", encoding="utf-8")
    stubs = {"git": known, "make": 'echo "make $*"'}
    done = made("changes", *words, stubs=stubs, GITHUB_STEP_SUMMARY=str(tmp_path / "summary"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"make changes SINCE={since}\n"
    assert (tmp_path / "summary").read_text(encoding="utf-8") == "# What changed\n"


GH = """case "$1 $2" in "issue list") echo "{number}";; *) echo "gh $*";; esac"""
CURL = (
    """cat >"$HOME/given"; case "$*" in *state=opened*) echo '{found}';; *) echo "curl $*";; esac"""
)


@pytest.mark.parametrize(
    ("number", "called"),
    [("", ["label create", "issue create"]), ("7", ["issue edit 7"])],
    ids=["none is open", "one is open"],
)
def test_github_has_one_open_issue(number, called, made, tmp_path):
    (tmp_path / "issue.md").write_text("It fails.", encoding="utf-8")
    done = made("open-issue", "github", "issue.md", stubs={"gh": GH.format(number=number)})
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(called)
    for line, words in zip(lines, called, strict=True):
        assert line.startswith(f"gh {words}")
    assert "--body-file issue.md" in lines[-1]


@pytest.mark.parametrize(
    ("found", "called"),
    [
        ("[]", "--request POST"),
        ('[{"iid": 7}]', "--request PUT https://git/api/projects/3/issues/7"),
    ],
    ids=["none is open", "one is open"],
)
def test_gitlab_has_one_open_issue_and_its_token_is_in_no_command(found, called, made, tmp_path):
    (tmp_path / "issue.md").write_text("It fails.", encoding="utf-8")
    given = {"CI_API_V4_URL": "https://git/api", "CI_PROJECT_ID": "3", "SSPLAB_ISSUE_TOKEN": "s3"}
    stubs = {"curl": CURL.format(found=found)}
    done = made("open-issue", "gitlab", "issue.md", stubs=stubs, **given)
    assert done.returncode == 0, done.stderr
    assert called in done.stdout and "description@issue.md" in done.stdout
    assert "s3" not in done.stdout
    assert (tmp_path / "given").read_text(encoding="utf-8") == 'header = "PRIVATE-TOKEN: s3"\n'


def test_without_a_token_the_issue_is_shown_and_the_job_fails(made, tmp_path):
    (tmp_path / "issue.md").write_text("It fails.", encoding="utf-8")
    done = made("open-issue", "gitlab", "issue.md", stubs={"curl": "exit 1"})
    assert done.returncode == 1
    assert done.stdout == "It fails." and "SSPLAB_ISSUE_TOKEN is not set" in done.stderr
