"""What the Makefile installs when, and which Pythons continuous integration runs."""

import os
import shutil
import subprocess
import sys

import pytest

from ssplab.course.paths import course_root

SOURCES = ("requirements.txt", "requirements-test.txt", "pyproject.toml")
STAMPS = (".locked", ".ready", ".testable")

pytestmark = pytest.mark.skipif(
    not (shutil.which("make") and shutil.which("bash")), reason="make and bash are not both here"
)


# What `make test VENV=…` hands on to all that it starts, these tests among it.
OF_MAKE = (
    "MAKEFLAGS",
    "MFLAGS",
    "MAKEOVERRIDES",
    "MAKELEVEL",
    "VENV",
    "PYTHON",
    "QUICK",
    "SHARD",
    "STAGE",
    "SINCE",
    "NEWEST",
    "PORT",
)


def run(command, **options):
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, **options)


@pytest.fixture(autouse=True)
def called_by_no_make(monkeypatch):
    for variable in OF_MAKE:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def folder(tmp_path):
    """The Makefile, its sources, and an environment that was made after them."""
    shutil.copy(course_root() / "Makefile", tmp_path)
    (tmp_path / ".venv").mkdir()
    for seconds, names in [(1000, SOURCES), (2000, [f".venv/{stamp}" for stamp in STAMPS])]:
        for name in names:
            (tmp_path / name).touch()
            os.utime(tmp_path / name, (seconds, seconds))
    return tmp_path


def commands(folder, *words):
    """What make would run, without running it."""
    done = run(["make", "--dry-run", "--no-print-directory", "-C", folder, *words])
    assert done.returncode == 0, done.stderr
    return done.stdout


def changed(folder, name):
    os.utime(folder / name, (3000, 3000))


def test_an_environment_that_is_made_serves_both_commands_as_it_is(folder):
    assert commands(folder, "lab", "BROWSER=0") == ".venv/bin/ssplab lab --port 8888 --no-browser\n"
    assert commands(folder, "test").split() == [".venv/bin/ssplab", "test"]
    assert commands(folder, "test", "QUICK=1").split() == [".venv/bin/ssplab", "test", "--quick"]
    assert commands(folder, "test", "SHARD=1/3").split()[1:] == ["test", "--shard", "1/3"]
    shown = commands(folder, "test", "STAGE=browser", "SHARD=1/3")
    assert shown.split()[1:] == ["test", "--stage", "browser", "--shard", "1/3"]
    shown = commands(folder, "changes", "SINCE=origin/main")
    assert shown.split()[1:] == ["book", "--changes", "origin/main"]


@pytest.mark.parametrize("verb", ["lab", "book", "serve", "refresh", "install"])
def test_only_tests_pay_for_the_packages_of_tests(verb, folder):
    (folder / ".venv" / ".testable").unlink()
    changed(folder, "requirements-test.txt")
    assert "pip install" not in commands(folder, verb)


def test_the_packages_of_tests_come_to_the_same_environment(folder):
    (folder / ".venv" / ".testable").unlink()
    shown = commands(folder, "test")
    assert "--require-hashes -r requirements-test.txt" in shown
    assert "venv --clear" not in shown and "-r requirements.txt" not in shown


def test_a_changed_project_installs_the_course_only(folder):
    changed(folder, "pyproject.toml")
    for verb in ("lab", "test"):
        shown = commands(folder, verb)
        assert shown.count("pip install") == 1 and "--no-deps --no-build-isolation -e ." in shown
        assert "venv --clear" not in shown


def test_a_changed_lock_makes_the_environment_anew(folder):
    changed(folder, "requirements.txt")
    for verb, test_packages in [("lab", False), ("test", True)]:
        shown = commands(folder, verb)
        assert shown.index("venv --clear .venv") < shown.index("-r requirements.txt")
        assert shown.index("-r requirements.txt") < shown.index("-e .")
        assert ("-r requirements-test.txt" in shown) == test_packages


def test_another_environment_has_its_own_python_and_stamps(folder):
    shown = commands(folder, "install", "PYTHON=python3.11", "VENV=.venv-3.11")
    assert "python3.11 -m venv --clear .venv-3.11" in shown
    assert ".venv/" not in shown


def test_programs_of_the_deployment_are_brought_once_and_tests_do_without_them(folder):
    tools = folder / "deploy" / "node_modules"
    tools.mkdir(parents=True)
    (folder / "deploy" / "package-lock.json").touch()
    assert "npm ci" in commands(folder, "test") and "npm" not in commands(folder, "lab")
    broken = folder / "npm"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    done = run(
        ["make", "-C", folder, "deploy/node_modules/.ready"], env=os.environ | {"PATH": path}
    )
    assert done.returncode == 0 and "tests with them are skipped" in done.stdout
    (tools / ".ready").touch()
    assert "npm" not in commands(folder, "test")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys; sys.version_info = (3, 14)", "is Python 3.14: the course needs 3.11, 3.12"),
        ("import sys; sys.modules['ensurepip'] = None", "apt-get install python3-venv"),
    ],
)
def test_a_python_that_will_not_do_is_told(program, told, folder):
    """A Python that runs a program first, before what make asks it."""
    (folder / "sitecustomize.py").write_text(program, encoding="utf-8")
    (folder / ".venv" / ".locked").unlink()
    done = run(
        ["make", "-C", folder, "lab", f"PYTHON={sys.executable}"],
        env=os.environ | {"PYTHONPATH": str(folder)},
    )
    assert done.returncode != 0
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


# --- continuous integration, on a machine of stubs

MAKE = """#!/bin/sh
echo "make $*"
for word in "$@"; do case $word in VENV=*) venv=${word#VENV=};; esac; done
mkdir -p "$venv/bin"
printf '#!/bin/sh\\necho "ssplab $*"\\n' > "$venv/bin/ssplab"
chmod +x "$venv/bin/ssplab"
case "$*" in "$BROKEN "*) exit 1;; esac
"""
# A Python says where it is if it can make environments and is the version that is asked for.
PYTHON = '#!/bin/sh\ncase "$2" in *ensurepip*) [ "$3" != {version} ] || echo "$0";; esac\n'
SHIM = "#!/bin/sh\necho 'pyenv: not installed' >&2\nexit 127\n"


@pytest.fixture
def machine(tmp_path):
    """Run .ci/run where these Pythons are on the PATH; each name may stand in two folders."""

    def continuous_integration(*folders, broken="nothing"):
        shutil.copytree(course_root() / ".ci", tmp_path / ".ci")
        (tmp_path / "chapters" / "part").mkdir(parents=True)
        (tmp_path / "chapters" / "part" / "pay.ipynb").touch()
        programs = {"make": MAKE, "dpkg": "#!/bin/sh\n"}
        programs |= {tool: f'#!/bin/sh\nexec {shutil.which(tool)} "$@"\n' for tool in TOOLS}
        for number, files in enumerate([programs, *folders]):
            for name, text in files.items():
                path = tmp_path / f"bin{number}" / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
                path.chmod(0o755)
        path = os.pathsep.join(str(tmp_path / f"bin{n}") for n in range(len(folders) + 1))
        environment = {"PATH": path, "BROKEN": broken, "TMPDIR": str(tmp_path)}
        return run([shutil.which("bash"), tmp_path / ".ci" / "run"], env=environment)

    return continuous_integration


TOOLS = ("bash", "chmod", "dirname", "id", "mkdir", "mktemp", "sed", "sh")
OLD, NEW = (PYTHON.format(version=version) for version in ("3.11", "3.13"))


def verified(done):
    return done.stdout.partition("What was verified where\n")[2].splitlines()


def test_everything_runs_on_the_newest_python_and_what_is_quick_on_the_oldest(machine):
    middle = PYTHON.format(version="3.12")
    done = machine({"python3.11": OLD, "python3.12": middle, "python3.13": NEW})
    assert done.returncode == 0, done.stderr
    made = [line.split() for line in done.stdout.splitlines() if line.startswith("make ")]
    assert [(words[1], words[-1]) for words in made] == [
        ("install", "VENV=.venv-3.11"),
        ("test", "VENV=.venv-3.11"),
        ("test", "VENV=.venv-3.13"),
    ]
    assert ["QUICK=1" in words for words in made] == [False, True, False]
    assert "ssplab run chapters/part/pay.ipynb" in done.stdout and "ssplab book" in done.stdout
    lines = verified(done)
    assert all(line.endswith(": ok") for line in lines) and len(lines) == 3
    assert lines[0].startswith("Python 3.11 (") and "a trainee's environment" in lines[0]
    assert lines[1].startswith("Python 3.11 (") and "what is quick" in lines[1]
    assert lines[2].startswith("Python 3.13 (") and "everything" in lines[2]


def test_a_name_that_stands_for_no_python_is_passed_over(machine):
    done = machine({"python3.13": SHIM, "python3.11": OLD, "python3": SHIM}, {"python3": NEW})
    assert done.returncode == 0, done.stderr
    assert "bin2/python3)" in verified(done)[-1]


def test_one_python_runs_everything_once_and_that_is_told(machine):
    done = machine({"python3": NEW})
    assert done.returncode == 0, done.stderr
    assert "QUICK" not in done.stdout
    first, told, last = verified(done)
    assert "a trainee's environment: ok" in first and "everything: ok" in last
    assert told == "No other Python of 3.11 to 3.13 is here: nothing was verified on a second one."


def test_what_fails_is_told_and_the_rest_runs_all_the_same(machine):
    done = machine({"python3.11": OLD, "python3.13": NEW}, broken="install")
    assert done.returncode == 1
    assert [line.rpartition(": ")[2] for line in verified(done)] == ["failed", "ok", "ok"]


def test_no_python_at_all_is_told(machine):
    done = machine({"python3": SHIM})
    assert done.returncode == 1
    assert "No Python 3.11, 3.12 or 3.13 with venv is on the PATH" in done.stderr
