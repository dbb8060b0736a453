"""JupyterLab as `make lab` starts it, in a browser without a network."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from browser import Overheard, chromium, chromium_path

from ssplab import lab
from ssplab.cards import card_names, load_card
from ssplab.paths import course_root


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course, since JupyterLab saves what it has open."""
    copy = tmp_path_factory.mktemp("course")
    for name in ["book", "chapters", "datasets", "exercises", "solutions"]:
        shutil.copytree(course_root() / name, copy / name)
    shutil.copy(course_root() / "_toc.yml", copy)
    return copy


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(course, home):
    """JupyterLab's process and the address that it says to open."""
    chromium_path()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: text for name, text in os.environ.items() if "JUPYTER" not in name}
    environment |= {"HOME": str(home), "SSPLAB_ROOT": str(course)}
    with subprocess.Popen(
        [sys.executable, "-m", "ssplab", "lab", "--port", str(port), "--no-browser"],
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        said = []
        for line in process.stderr:
            said.append(line)
            if address := re.search(rf"http://127\.0\.0\.1:{port}/\S+", line):
                break
        else:
            pytest.fail("JupyterLab did not start:\n" + "".join(said))
        yield process, address.group(0)
        process.send_signal(signal.SIGINT)
        process.stderr.read()


@pytest.fixture(scope="module")
def window():
    with chromium() as browser:
        yield browser


@pytest.fixture
def start(server, window):
    """The start page, open, and what it asked for."""
    page = window.new_page(viewport={"width": 1400, "height": 900})
    overheard = Overheard(page)
    page.goto(f"{server[1]}&reset")  # without the tabs that the test before has opened
    page.locator(".jp-MarkdownViewer h1").wait_for()
    yield page, overheard
    page.close()


def test_the_start_page_is_a_page_with_links(start):
    page, overheard = start
    viewer = page.locator(".jp-MarkdownViewer")
    assert viewer.locator("h1").inner_text().startswith("Python for Official Statistics")
    titles = [title for title, _ in re.findall(r"\[([^]]+)\]\(([^)]+)\)", lab.start_page())]
    shown = [text.strip() for text in viewer.locator("a").all_inner_texts()]
    assert set(titles) - set(shown) == set()
    assert page.locator(".jp-FileEditor").count() == 0
    assert overheard.outside == []
    assert [fault for fault in overheard.faults if "page error" in fault] == []


def test_nothing_pops_up(start):
    page, _ = start
    page.wait_for_load_state("networkidle")
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0


def test_a_chapter_opens_from_the_start_page(start):
    page, overheard = start
    title = re.search(r"\[([^]]+)\]\(chapters/", lab.start_page()).group(1)
    page.locator(".jp-MarkdownViewer a", has_text=title).click()
    page.locator(".jp-NotebookPanel h1", has_text=title).wait_for()
    assert overheard.outside == []


def test_a_data_card_opens_as_a_page(start):
    page, overheard = start
    card = load_card(card_names()[0])
    page.locator(".jp-MarkdownViewer a", has_text=card.title).click()
    page.locator(".jp-MarkdownViewer h1", has_text=card.title).wait_for()
    assert overheard.outside == []


def test_users_own_settings_are_not_touched(start, home):
    shipped = json.loads((lab.SETTINGS / "overrides.json").read_text(encoding="utf-8"))
    # JupyterLab keeps what its own extensions write there; the course's settings stay its own.
    written = {path.parent.name for path in home.rglob("*.jupyterlab-settings")}
    assert written & {name.split(":")[0].split("/")[1] for name in shipped} == set()


def test_an_interrupt_ends_it(server):
    process, _ = server
    process.send_signal(signal.SIGINT)
    process.stderr.read()
    assert process.wait() == 0


def test_without_chromium_a_test_skips_or_fails_as_asked(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("SSPLAB_REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        chromium_path()
    monkeypatch.setenv("SSPLAB_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        chromium_path()
