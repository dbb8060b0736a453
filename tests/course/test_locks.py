"""The locks: one resolution in several files, and no test package where a trainee works."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ssplab.course import locks, normal
from ssplab.course.naming import course_path, notebooks
from ssplab.course.paths import course_root
from ssplab.course.source import parse
from ssplab.data import needs_spark
from ssplab.system.errors import SsplabError
from ssplab.verify import suite

PROJECT = tomllib.loads((course_root() / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = {name: f"requirements-{name}.txt" for name in PROJECT["dependency-groups"]}
# The code that only `ssplab test` loads.
VERIFICATION = ("src/ssplab/verify/",)


def requirements_of(group):
    """The requirements of a group, without those of the groups that it includes."""
    return [one for one in PROJECT["dependency-groups"][group] if isinstance(one, str)]


def named(requirements):
    """The normalized names of requirements as pyproject.toml has them."""
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def beyond_the_course():
    """The distributions that requirements-test.txt has and requirements.txt has not."""
    return locks.read(locks.TESTS).keys() - locks.read(locks.COURSE).keys()


def only_tests():
    """Of these, the distributions that no other extra has."""
    others = [file for file in EXTRAS.values() if file != locks.TESTS]
    return beyond_the_course().difference(*(locks.read(file) for file in others))


def imported(source):
    """The top-level names that some code imports, wherever in it."""
    names = set()
    for node in ast.walk(parse(source) or ast.Module([], [])):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def cells(needing_spark):
    """Yield each notebook with the source of its code cells that need Spark, or of the others."""
    for path in notebooks():
        sources = [cell.source for cell in normal.read(path).cells if cell.cell_type == "code"]
        chosen = [source for source in sources if needs_spark(source) == needing_spark]
        yield course_path(path), "\n".join(chosen)


def code():
    """Yield each file of code outside tests/ with its source; of a notebook, the cells for all."""
    root = course_root()
    for folder in ("src", "book", "datasets", "checks", "kits"):
        for path in sorted((root / folder).rglob("*.py")):
            if "skeletons" in path.parts:  # text, of which new files are made
                continue
            yield course_path(path), path.read_text(encoding="utf-8")
    yield from cells(needing_spark=False)


# --- one resolution


def test_each_group_has_its_lock_and_each_lock_its_group():
    files = {path.name for path in course_root().glob("requirements*.txt")}
    assert files == {locks.COURSE, *EXTRAS.values()}
    makefile = (course_root() / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^EXTRAS := (.+)$", makefile, re.MULTILINE)[1].split() == list(EXTRAS)


def test_a_package_has_one_version_in_all_locks():
    versions = {}
    for file in (locks.COURSE, *EXTRAS.values()):
        for name, requirement in locks.read(file).items():
            versions.setdefault(name, set()).add(str(requirement.specifier))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("file", [locks.COURSE, *EXTRAS.values()])
def test_a_lock_has_each_package_once_exact_and_with_hashes(file):
    text = (course_root() / file).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[\w.-]+==)", text)[1:]
    assert len(entries) == len(locks.read(file)) == len(re.findall(r"^\w", text, re.MULTILINE))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("file", EXTRAS.values())
def test_a_further_lock_holds_all_that_the_course_needs(file):
    assert locks.read(locks.COURSE).keys() <= locks.read(file).keys()


def test_the_locks_are_what_the_project_asks_for():
    wanted = {locks.COURSE: PROJECT["project"]["dependencies"]}
    wanted |= {
        file: [
            *requirements_of(name),
            *(text for other in included_in(name) for text in requirements_of(other)),
        ]
        for name, file in EXTRAS.items()
    }
    faults = []
    for file, requirements in wanted.items():
        locked = locks.read(file)
        for requirement in map(Requirement, requirements):
            pin = locked.get(canonicalize_name(requirement.name))
            if pin is None or not requirement.specifier.contains(str(pin.specifier).strip("=")):
                faults.append(f"{file}: {requirement}: locked as {pin}")
    assert faults == [], "run `make lock`"


def included_in(group):
    """The groups that a group includes."""
    return [one["include-group"] for one in PROJECT["dependency-groups"][group]
            if isinstance(one, dict)]  # fmt: skip


def test_what_tests_need_holds_each_other_group():
    """One environment tries everything: what an extra adds, too."""
    assert {*included_in("test")} == EXTRAS.keys() - {"test"}


def test_no_dependency_is_listed_twice_and_each_has_its_reason():
    groups = [PROJECT["project"]["dependencies"], *map(requirements_of, EXTRAS)]
    names = [Requirement(text).name for group in groups for text in group]
    assert sorted(set(names)) == sorted(names)
    text = (course_root() / "pyproject.toml").read_text(encoding="utf-8")
    for group in groups:
        for requirement in group:
            assert re.search(rf'^  "{re.escape(requirement)}", +# \S.+$', text, re.MULTILINE), (
                f"{requirement} has no reason behind it"
            )


# --- what a trainee's environment must hold


@pytest.mark.parametrize("needing_spark", [False, True])
def test_what_a_notebook_imports_the_project_names(needing_spark):
    extra = requirements_of("spark") if needing_spark else []
    named_here = named([*PROJECT["project"]["dependencies"], *extra])
    providers = packages_distributions()
    faults = [
        f"{path}: {module}"
        for path, source in cells(needing_spark)
        for module in sorted(imported(source) - sys.stdlib_module_names - {"ssplab"})
        if named_here.isdisjoint(map(canonicalize_name, providers.get(module, [])))
    ]
    assert faults == [], "name these under `dependencies` in pyproject.toml"


def test_only_verification_imports_what_only_tests_have():
    lean = only_tests()
    providers = packages_distributions()
    faults = [
        f"{path}: {module}"
        for path, source in code()
        if not path.startswith(VERIFICATION) and not Path(path).name.startswith("test_")  # a kit's
        for module in sorted(imported(source))
        if lean.intersection(map(canonicalize_name, providers.get(module, [])))
    ]
    assert faults == []


def test_one_module_imports_spark():
    assert [path for path, source in code() if "pyspark" in imported(source)] == [
        "src/ssplab/data/spark.py"
    ]


REFUSE = """
import importlib, json, pkgutil, sys

refused, left_out = map(set, json.loads(sys.argv[1]))

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
import ssplab
for module in pkgutil.walk_packages(ssplab.__path__, "ssplab."):
    if module.name not in left_out and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
        print(module.name)
"""


def test_every_module_loads_without_the_packages_of_tests():
    lean = beyond_the_course()
    refused = [
        module
        for module, providers in packages_distributions().items()
        if lean.issuperset(map(canonicalize_name, providers))
    ]
    assert {"pytest", "nbval", "playwright", "scrapy_redis", "pyspark"} <= set(refused)
    plugins = [f"ssplab.verify.{name}" for name in ("bounds", "costs_plugin", "nbval_plugin")]
    done = subprocess.run(
        [sys.executable, "-c", REFUSE, json.dumps([refused, plugins])],
        env=os.environ | {"PYTHONPATH": str(course_root() / "src")},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert {"ssplab.cli", "ssplab.verify.suite", "ssplab.learner.doctor"} <= set(
        done.stdout.split()
    )


# --- an environment without the packages of tests

LOCK = "kept==1.2 \\\n    --hash=sha256:0\n"


@pytest.fixture
def lean(course, monkeypatch):
    """A course whose tests need two packages that are not installed, one on no machine."""
    (course / locks.COURSE).write_text(LOCK, encoding="utf-8")
    tests = LOCK + "Tried==3 \\\n" + "elsewhere==1 ; sys_platform == 'nowhere' \\\n"
    (course / locks.TESTS).write_text(tests, encoding="utf-8")
    installed = {"kept": "1.2"}

    def distributions():
        return [SimpleNamespace(metadata={"Name": n}, version=v) for n, v in installed.items()]

    monkeypatch.setattr(locks.metadata, "distributions", distributions)
    return installed


def test_tests_are_refused_in_a_sentence_that_says_what_installs_them(lean):
    with pytest.raises(SsplabError) as refused:
        locks.require_tests()
    told = str(refused.value)
    assert "are missing here: Tried. `make test` installs them" in told
    assert f"`{sys.executable} -m pip install --require-hashes -r {locks.TESTS}`" in told


def test_another_version_of_a_package_refuses_no_test(lean):
    lean["tried"] = "2"
    locks.require_tests()
    assert locks.compare(locks.TESTS, beyond=locks.COURSE).different == ["Tried 2 (==3)"]


def test_changed_refuses_too_before_it_asks_git(lean):
    with pytest.raises(SsplabError, match="are missing here: Tried"):
        suite.run_changed("no-such-revision")


def test_the_command_ends_with_2_and_no_traceback(lean, course):
    """In a process of its own, where the lock lists a package that is nowhere."""
    (course / locks.TESTS).write_text("no-such-package==1 \\\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ssplab", "test", "--quick"],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 2, done.stderr
    assert "Packages that `ssplab test` needs are missing here: no-such-pack" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
