"""Fixtures that several test files share."""

import os
import sqlite3
from contextlib import closing

import pytest
from browser import chromium, served

from ssplab import book, diary

# What tests check is nobody's progress, in this process and in those that it starts.
os.environ[diary.VARIABLE] = diary.OFF


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course with one data set's name, in place of the real one."""
    root = tmp_path / "course"
    for folder in ("chapters/1-part", "solutions/1-part", "exercises/1-part", "datasets/payroll"):
        (root / folder).mkdir(parents=True)
    (root / "_toc.yml").touch()
    (root / "datasets/payroll/card.yml").touch()
    monkeypatch.setenv("SSPLAB_ROOT", str(root))
    return root


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
            book.build(out=folder)
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
