"""JupyterLab as `make lab` starts it, in a browser without a network."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from browser import Overheard, chromium, chromium_path
from playwright.sync_api import expect
from processes import LIMIT, started

from ssplab.course import chapters, normal
from ssplab.course.cards import card_names, load_card
from ssplab.course.naming import course_path, sibling
from ssplab.course.paths import course_root
from ssplab.course.source import tags
from ssplab.exercises import exercises
from ssplab.learner import jupyterlab
from ssplab.learner.start_page import START, start_page

pytestmark = pytest.mark.slow  # drives JupyterLab


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environment(home, tmp_path_factory):
    """The variables under which the trainee works: nothing of the tester's own."""
    own = {name: text for name, text in os.environ.items() if "JUPYTER" not in name}
    return own | {
        "HOME": str(home),
        "SSPLAB_WORK": str(tmp_path_factory.mktemp("trainee") / "work"),
        "SSPLAB_PROGRESS": str(home / "progress.jsonl"),
    }


@pytest.fixture(scope="module")
def server(environment):
    """JupyterLab's process and the address that it says to open."""
    chromium_path()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with started(
        [sys.executable, "-m", "ssplab", "lab", "--port", str(port), "--no-browser"],
        limit=900,  # all tests of this file use it
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
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=LIMIT)


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
    titles = [title for title, _ in re.findall(r"\[([^]]+)\]\(([^)]+)\)", start_page())]
    # JupyterLab shows an apostrophe as a typographic one.
    link_texts = [text.strip().replace("’", "'") for text in viewer.locator("a").all_inner_texts()]
    assert set(titles) - set(link_texts) == set()
    assert page.locator(".jp-FileEditor").count() == 0
    assert overheard.outside == []
    assert [fault for fault in overheard.faults if "page error" in fault] == []


def test_nothing_pops_up(start):
    page, _ = start
    page.wait_for_load_state("networkidle")
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0


def test_a_chapter_opens_from_the_start_page(start):
    page, overheard = start
    title = re.search(r"\[([^]]+)\]\(chapters/", start_page()).group(1)
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
    shipped = json.loads((jupyterlab.HERE / "settings/overrides.json").read_text(encoding="utf-8"))
    # JupyterLab keeps what its own extensions write there; the course's settings stay its own.
    written = {path.parent.name for path in home.rglob("*.jupyterlab-settings")}
    assert written & {name.split(":")[0].split("/")[-1] for name in shipped} == set()


def test_without_chromium_a_test_skips_or_fails_as_asked(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("SSPLAB_REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        chromium_path()
    monkeypatch.setenv("SSPLAB_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        chromium_path()


# --- a trainee's hour, from the start page to a reset


class Notebook:
    """A notebook open in JupyterLab, used by mouse and keyboard."""

    def __init__(self, page):
        self.page = page
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.panel.locator("h1").wait_for()
        # A cell that is run before there is a kernel opens a dialog, which asks for one.
        status_bar = page.locator("#jp-main-statusbar")
        expect(status_bar).to_contain_text(re.compile(r"Python 3.* \| Idle"), timeout=60_000)

    def cell(self, text):
        """Return the first code cell whose source has a text, whatever will be written there."""
        found = self.panel.locator(".jp-CodeCell", has=self.page.get_by_text(text)).first
        index = found.get_attribute("data-windowed-list-index")
        return self.panel.locator(f'.jp-CodeCell[data-windowed-list-index="{index}"]')

    def enter(self, cell):
        """Put the cursor in a cell; a slow machine takes a moment."""
        cell.locator(".cm-content").click()
        cell.locator(".cm-focused").wait_for()

    def run(self, cell):
        """Run a cell and return what it shows."""
        self.enter(cell)
        self.page.keyboard.press("Control+Enter")
        prompt = cell.locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=60_000)
        return cell.locator(".jp-OutputArea-output")

    def write(self, cell, source):
        """Put other code in a cell, as if it was pasted."""
        self.enter(cell)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def add_below(self, cell, source):
        """Add a cell and return it."""
        self.enter(cell)
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        added = self.panel.locator(".jp-CodeCell.jp-mod-selected")
        self.write(added, source)
        return added


def test_a_trainee_s_hour(start, environment):
    page, overheard = start
    stem, wrong, right = first_exercise()
    exercise = f"{stem}/1"
    checked = sum(not one.is_open for one in exercises(stem).values())
    home_tab = page.get_by_role("tab", name=START)
    progress = page.locator(".jp-MarkdownViewer td", has_text=f"of {checked}").first
    expect(progress).to_have_text(f"0 of {checked}")

    page.locator(".jp-MarkdownViewer a", has_text="Exercise").first.click()
    notebook = Notebook(page)
    for source in right.before:
        notebook.run(notebook.cell(source.splitlines()[0]))
    answer, check = notebook.cell("# Your turn"), notebook.cell(f'check("{exercise}"')

    notebook.write(answer, wrong["code"])
    notebook.run(answer)
    said = notebook.run(check)
    expect(said).to_contain_text("Not yet")
    expect(said).to_contain_text(wrong["told"])

    expect(notebook.run(notebook.add_below(check, f'hint("{exercise}")'))).to_contain_text(
        "Hints: 1"
    )

    notebook.write(answer, right.code)
    notebook.run(answer)
    expect(notebook.run(check)).to_contain_text("✓ Right")
    page.keyboard.press("Control+s")

    home_tab.click()
    expect(progress).to_have_text(f"1 of {checked}", timeout=15_000)

    copy = Path(environment["SSPLAB_WORK"], course_path(right.path))
    last_line = json.dumps(right.code.splitlines()[-1])  # as the file has it
    wait_for(lambda: last_line in copy.read_text(encoding="utf-8"))
    done = subprocess.run(
        [sys.executable, "-m", "ssplab", "reset", stem],
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    [kept] = copy.parent.glob(f"{stem}.kept-*.ipynb")
    assert kept.name in done.stdout.replace("\n", "")
    assert last_line in kept.read_text(encoding="utf-8")
    assert last_line not in copy.read_text(encoding="utf-8")
    assert overheard.outside == []


def test_jupyterlab_is_made_ready(start):
    page, overheard = start
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Mem:")
    page.get_by_role("menuitem", name="Settings").click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Language$")).hover()
    expect(page.locator(".lm-Menu-itemLabel", has_text="French")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    page.locator(".jp-MarkdownViewer a", has_text="Exercise").first.click()
    notebook = Notebook(page)
    answer = notebook.cell("# Your turn")
    notebook.write(answer, "answer = [ 'a','b' ]")
    notebook.panel.locator("[title='Format notebook']").first.click()
    expect(answer.locator(".cm-content")).to_have_text('answer = ["a", "b"]', timeout=20_000)
    page.get_by_role("tab", name="Table of Contents").click()
    expect(page.locator(".jp-TableOfContents-tree").first).to_contain_text("Exercise 1")
    assert overheard.outside == []


def wait_for(condition):
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("It did not come about in ten seconds.")


@dataclass(frozen=True)
class FirstExercise:
    """The first exercise of the course's first chapter that has one, and its solution."""

    path: Path
    before: list[str]
    """Code cells above it, to be run first."""
    code: str


def first_exercise():
    """Return its stem, a wrong answer of somebody who saw only the question, and the right one."""
    path = sibling(chapters()[0].path, "exercises")
    cells = [cell for cell in normal.read(path).cells if cell.cell_type == "code"]
    at = next(i for i, cell in enumerate(cells) if cell.source.startswith("# Your turn"))
    [solution] = [
        cell for cell in normal.read(sibling(path, "solutions")).cells if cell.id == cells[at].id
    ]
    blind = course_root() / "tests/exercises/blind" / f"{path.stem}.yml"
    wrong = yaml.safe_load(blind.read_text(encoding="utf-8"))[0]
    # A folded cell shows its first line only: the trainee need not run it for the first exercise.
    shown = [cell for cell in cells[:at] if "remove-cell" not in tags(cell)]
    before = [cell.source for cell in shown]
    return path.stem, wrong, FirstExercise(path, before, solution.source)


# --- the end, after which there is no server


def test_an_interrupt_ends_it(server):
    process, _ = server
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0
