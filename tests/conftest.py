"""Fixtures that several test files share."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from browser import chromium, served

from ssplab.book import building
from ssplab.data import content_hash, generate
from ssplab.system import diary

# What tests check is nobody's progress, in this process and in those that it starts.
os.environ[diary.VARIABLE] = diary.OFF

SLOW_FIXTURES = {"html", "window"}  # the built book, the browser


def pytest_collection_modifyitems(items):
    """Mark as slow what needs the built book or a browser, whoever wrote it."""
    for item in items:
        if not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course with one data set's name, in place of the real one."""
    root = tmp_path / "course"
    for folder in ("chapters/part", "solutions/part", "exercises/part", "datasets/payroll"):
        (root / folder).mkdir(parents=True)
    for file in ("_toc.yml", "requirements.txt", "requirements-test.txt"):
        (root / file).touch()
    (root / "datasets/payroll/card.yml").touch()
    monkeypatch.setenv("SSPLAB_ROOT", str(root))
    return root


@pytest.fixture(params=[0o022, 0o077], ids="{:03o}".format)
def umask(request):
    """The permissions that new files and folders are not to have."""
    if os.name != "posix":
        pytest.skip("permissions as POSIX has them")
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture(scope="session")
def html(tmp_path_factory):
    """The book's pages, built once, whichever of a run's workers is the first to want them."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    pages = folder / "_build" / "html"
    # A lock that every system has, and that opens should its holder die.
    with closing(sqlite3.connect(folder / "book.lock", timeout=900, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        if not pages.is_dir():
            building.build(out=folder)
    return pages


@pytest.fixture(scope="session")
def site(html):
    """The address of the book, served on this machine."""
    with served(html) as address:
        yield address


@pytest.fixture(scope="module")
def window():
    """A browser without a network."""
    with chromium() as browser:
        yield browser


CONTENT = """
import hashlib, sys
import numpy as np
from ssplab.course import load_card
from ssplab.data import content_hash, generate
name, seed, scale = sys.argv[1:]
twin = generate(load_card(name), int(seed), float(scale))
print(content_hash(twin.named(), load_card(name)))
print(hashlib.sha256(np.exp(np.linspace(0.1, 9, 100_001)).tobytes()).hexdigest())
"""


@pytest.fixture
def same_elsewhere():
    """A check that a twin has the same content on a processor without newer instructions.

    Its arguments are card, seed, scale and, if known already, the hash of the content. A control
    sees that a raw exponential does change; where it does not, the test is skipped at the end.
    """

    def check(card, seed, scale, content=None):
        run = subprocess.run(
            [sys.executable, "-c", CONTENT, card.name, str(seed), str(scale)],
            env={**os.environ, "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL"},
            capture_output=True,
            text=True,
            check=True,
        )
        elsewhere, exponential = run.stdout.split()
        twin = content or content_hash(generate(card, seed, scale).named(), card)
        assert elsewhere == twin
        here = hashlib.sha256(np.exp(np.linspace(0.1, 9, 100_001)).tobytes()).hexdigest()
        if exponential == here:
            pytest.skip("this processor has none of the instructions that change a raw exp")

    return check
