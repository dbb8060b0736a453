"""Fixtures that several test files share."""

import hashlib
import math
import os
import pickle
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from browser import chromium, served
from filelock import FileLock
from xdist.scheduler import LoadFileScheduling

from ssplab.book import building
from ssplab.course import card_images, course_path, course_root, load_card
from ssplab.data import content_hash, generate, image_hash
from ssplab.data.generation import generator
from ssplab.notebooks.kernel import THREADS
from ssplab.system import diary
from ssplab.verify import stages
from ssplab.verify.shards import stored_costs

# What tests check is nobody's progress, in this process and in those that it starts.
os.environ[diary.VARIABLE] = diary.OFF
# Tests run side by side. Threads of one that wait for another's turn keep a processor busy: where
# there are more workers than processors, a model that is learnt on two takes several times as long.
os.environ.update(dict.fromkeys(THREADS, "1"))

SLOW_FIXTURES = {"html", "samples", "window"}  # built books, the browser
ENOUGH = 900
"""Seconds after which what another worker makes, or a process, has hung; each takes far fewer."""


DEAL_BY_CHAPTER = (
    "tests/exercises/test_contract.py",
    "tests/owndata/test_canary.py",
    "tests/owndata/test_odd_extracts.py",
)
"""Files whose tests go through chapters, which share nothing: one worker would take longer for all
of a file than the others for all else."""


class Dealing(LoadFileScheduling):
    """A file of tests is one worker's, or of some files the tests of one chapter."""

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        chapter = chapter_of(nodeid) if file in DEAL_BY_CHAPTER else ""
        return f"{file}[{chapter}]" if chapter else file


@pytest.hookimpl(optionalhook=True)  # xdist may be switched off
def pytest_xdist_make_scheduler(config, log):
    return Dealing(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items):
    """Mark as slow what needs the built book, a browser or the tools of deployment, whoever wrote
    it; dear files first.

    A file is one worker's, see `Dealing`: one that is begun last keeps the others waiting, and of a
    new one nobody knows whether it is dear. Where what a chapter's solutions compute is kept for
    one chapter at a time, its tests go chapter by chapter.
    """
    for item in items:
        needs_tools = course_path(item.path).startswith(stages.DEPLOYED)
        if needs_tools or not SLOW_FIXTURES.isdisjoint(fixtures_of(item)):
            item.add_marker(pytest.mark.slow)
    costs = stored_costs().get("files", {})
    paths = dict.fromkeys(one.path for one in items)
    places = {
        path: (-costs.get(course_path(path), math.inf), place) for place, path in enumerate(paths)
    }
    items.sort(
        key=lambda item: (
            places[item.path],
            chapter_of(item.name) if "one_chapter_at_a_time" in fixtures_of(item) else "",
        )
    )


def fixtures_of(item):
    return getattr(item, "fixturenames", ())


def chapter_of(name):
    """Return the chapter whose stem a test has in its name, in brackets."""
    found = re.search(r"\[([\w-]+)", name)
    return found[1] if found else ""


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
def made_once(tmp_path_factory):
    """A way to make what is dear once, whichever of a run's workers is the first to want it.

    Its arguments are a name and a function, which makes a file or a folder at the path that it is
    given. What is made is whole or not there, and nobody changes it.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def made_once(name, make):
        path = shared / "shared" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # A lock of the system's, which opens should its holder die.
        with FileLock(f"{path}.lock", timeout=ENOUGH):
            if not path.exists():
                unfinished = path.with_name(f"{name}-unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)  # of a worker that died
                make(unfinished)
                os.replace(unfinished, path)
        return path

    return made_once


@pytest.fixture(scope="session")
def html(made_once):
    """The book's pages: those that a pipeline has built of the same sources, if it says where."""
    if built := os.environ.get("SSPLAB_BUILT_BOOK"):
        pages = course_root() / built
        assert (pages / "index.html").is_file(), f"SSPLAB_BUILT_BOOK is {built}: no book is there"
        return pages
    return made_once("book", lambda folder: building.build(out=folder)) / "_build" / "html"


@pytest.fixture(scope="session")
def samples(made_once):
    """The pages of a book of samples: see `sample_book`."""
    from sample_book import sample_book  # loads pandas and matplotlib

    def make(folder):
        folder.mkdir()
        sample_book(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSPLAB_ROOT", str(folder))
            building.build()

    return made_once("samples", make) / "_build" / "html"


@pytest.fixture(scope="session")
def generated(made_once):
    """A way to a twin: by name and, unless they are the sample's, seed and scale.

    Each is generated once in a run of tests, whoever asks for it; who asks gets one of his own.
    """

    def generated(name, seed=None, scale=1):
        card = load_card(name)
        seed = card.seed if seed is None else seed

        def make(path):
            path.write_bytes(pickle.dumps(generate(card, seed, scale)))

        return pickle.loads(made_once(f"{name}-{seed}-{scale:.6f}", make).read_bytes())

    return generated


@pytest.fixture(scope="session")
def difficulty_of(made_once, generated):
    """A way to what its generator measures of a twin's difficulty, by name and seed, at scale 1."""

    def difficulty_of(name, seed=None):
        card = load_card(name)
        seed = card.seed if seed is None else seed

        def make(path):
            measured = generator(card).measure_difficulty(generated(name, seed))
            path.write_bytes(pickle.dumps(measured))

        return pickle.loads(made_once(f"{name}-{seed}-difficulty", make).read_bytes())

    return difficulty_of


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
from ssplab.course import card_images, load_card
from ssplab.data import content_hash, generate, image_hash
name, seed, scale = sys.argv[1:]
twin = generate(load_card(name), int(seed), float(scale))
card = load_card(name)
images = [image_hash(twin.images[place], image) for place, image in card_images(card).items()]
print("+".join([content_hash(twin.named(), card), *images]))
print(hashlib.sha256(np.exp(np.linspace(0.1, 9, 100_001)).tobytes()).hexdigest())
"""


@pytest.fixture
def same_elsewhere():
    """A check that a twin has the same content on a processor without newer instructions.

    Its arguments are card, seed, scale and, if they are known already, the hashes of the content
    and of its images. A control sees that a raw exponential does change; where it does not, the
    test is skipped at the end.
    """

    def hashes(card, seed, scale):
        twin = generate(card, seed, scale)
        images = [image_hash(twin.images[at], one) for at, one in card_images(card).items()]
        return [content_hash(twin.named(), card), *images]

    def check(card, seed, scale, known=None):
        run = subprocess.run(
            [sys.executable, "-c", CONTENT, card.name, str(seed), str(scale)],
            env={**os.environ, "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL"},
            capture_output=True,
            text=True,
            check=True,
            timeout=ENOUGH,
        )
        elsewhere, exponential = run.stdout.split()
        assert elsewhere.split("+") == (known or hashes(card, seed, scale))
        here = hashlib.sha256(np.exp(np.linspace(0.1, 9, 100_001)).tobytes()).hexdigest()
        if exponential == here:
            pytest.skip("this processor has none of the instructions that change a raw exp")

    return check
