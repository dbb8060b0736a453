"""The board in a browser: it updates by itself, is read from afar and without eyes, asks nobody."""

import re
from datetime import timedelta

import httpx
import pytest
from axe import findings
from browser import Overheard
from sample_board import TIME, Clock, answers, bearer, halves_of, opened, upload

from ssplab.board import app as module

WIDTHS = {"narrow": (360, 800), "wide": (1400, 900), "projector": (1920, 1080)}
NAMES = [f"Équipe {number}" for number in range(11)] + ["A team whose name is forty characters"]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def address(store, tmp_path, clock, monkeypatch):
    """A board at work: twelve teams, of which ten have handed in twice, at another minute each."""
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.2)
    with opened(store, tmp_path, now=clock, workers=1) as client:
        tokens = list(store.add_teams(NAMES, TIME).values())
        for number in range(20):
            clock.now += timedelta(minutes=4)
            content = answers(number, right=0.5 + number / 50)
            hand_in(client, tokens[number % 10], content)
        client.tokens = tokens
        yield client


def hand_in(client, token, content):
    answer = client.post("/submissions", files=upload(content), headers=bearer(token))
    assert answer.status_code == 201


@pytest.fixture
def page(window, address):
    context = window.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.overheard = Overheard(page)
    page.goto(str(address.base_url))
    yield page
    context.close()


def sound(page):
    """Whether it asked nobody else and complained of nothing."""
    return (page.overheard.outside, page.overheard.faults) == ([], [])


@pytest.mark.parametrize("width", WIDTHS)
def test_each_page_is_accessible_and_fits(page, address, width, clock):
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    for path in ("", "hand-in", ""):
        page.goto(f"{address.base_url}/{path}")
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
        clock.now = TIME + timedelta(hours=7)  # the last round is after the close
    page.get_by_text("The event is over").wait_for()
    assert sound(page)


def test_a_projector_shows_the_first_in_large_letters(page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    first = page.locator(".ranking tbody tr").first
    assert (
        first.locator("th").evaluate("(cell) => parseFloat(getComputedStyle(cell).fontSize)") > 20
    )
    eighth = page.locator(".ranking tbody tr").nth(7).bounding_box()
    assert eighth["y"] + eighth["height"] < 1080
    picture = page.locator("figure img").bounding_box()
    assert picture["y"] + picture["height"] < 1080
    assert picture["width"] > 800


def test_it_shows_and_tells_a_new_file_without_being_asked(page, address):
    assert page.locator("#news").inner_text() == ""
    content = answers(99, right=1.0)
    hand_in(address, address.tokens[11], content)
    row = page.locator(".ranking tbody tr", has_text=NAMES[11])
    row.get_by_text(f"{halves_of(content)[0]:.1f}").wait_for()
    told = page.locator("#news").inner_text()
    assert re.match(r"Updated at \d\d:\d\d\. .*leads?; 21 files were handed in\.", told)
    assert sound(page)


def test_how_long_it_lasts_is_by_the_boards_clock(page, clock):
    left = timedelta(hours=7) - (clock.now - TIME)  # until six o'clock in Paris
    hours, minutes = divmod(int(left.total_seconds() / 60), 60)
    assert page.locator("#left").inner_text() == f"(in {hours} h {minutes} min)"


def test_updates_can_be_paused(page, address):
    page.get_by_role("button", name="Pause updates").click()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    hand_in(address, address.tokens[11], answers(99))
    page.wait_for_timeout(6_000)  # it looks every five
    assert asked == []
    page.get_by_role("button", name="Resume updates").click()
    page.locator(".ranking tbody tr", has_text=NAMES[11]).get_by_text("nothing").wait_for(
        state="detached"
    )


def test_the_numbers_behind_the_picture_stay_open_when_it_updates(page, address):
    page.get_by_text("The numbers of the picture").click()
    hand_in(address, address.tokens[10], answers(98))
    page.get_by_role("region", name="The numbers of the picture").get_by_text(NAMES[10]).wait_for()
    assert page.locator("details").get_attribute("open") is not None


def test_the_picture_is_told_in_words_and_drawn_anew(page, address):
    picture = page.locator("figure img")
    assert "over time" in picture.get_attribute("alt")
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 0")
    before = httpx.get(f"{address.base_url}/history.svg").content
    hand_in(address, address.tokens[10], answers(97, right=1.0))
    assert httpx.get(f"{address.base_url}/history.svg").content != before


def test_a_team_hands_in_by_the_page(page, address, tmp_path):
    content = answers(96)
    path = tmp_path / "submission.csv"
    path.write_bytes(content)
    page.get_by_role("link", name="Hand in").click()
    page.locator("#token").fill(address.tokens[10])
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("heading", name=NAMES[10]).wait_for()
    page.get_by_text(f"{halves_of(content)[0]:.1f} percent right on the public half").wait_for()
    assert findings(page) == []
    path.write_bytes(content.replace(b"yes", b"<i>yes", 1))
    page.get_by_role("link", name="Hand in another file").click()
    page.locator("#token").fill(address.tokens[10])
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("heading", name="Not accepted").wait_for()
    page.get_by_text("answer '<i>yes' is not allowed").wait_for()
    assert findings(page) == []


def test_after_the_close_it_says_who_can_be_told_apart(page, address, clock, store):
    hand_in(address, address.tokens[10], answers(95, right=0.0))
    clock.now = TIME + timedelta(hours=7)
    page.reload()
    page.get_by_text("The event is over").wait_for()
    page.locator("td", has_text=re.compile(r"^\d+\.\d to \d+\.\d$")).first.wait_for(timeout=60_000)
    level = {result.team_id for result in store.results().values() if result.level_with_first}
    assert 1 <= len(level) < 11  # who is always wrong is told apart
    shown = page.locator(".ranking tbody .level").count()
    assert shown in (len(level) - 1, len(level))  # the first has no mark
    assert findings(page) == []


def test_a_board_that_gives_no_answer_is_told(page):
    page.route("**/standing", lambda route: route.abort())
    page.get_by_text(re.compile("No answer since .*: trying again")).wait_for()
    page.unroute("**/standing")
    page.get_by_text(re.compile("No answer")).wait_for(state="detached")


def test_without_scripts_it_is_whole_and_loads_itself_again(window, address):
    context = window.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(str(address.base_url))
    assert page.locator(".ranking tbody tr").count() == len(NAMES)
    assert page.locator("#pause").is_hidden()
    assert '<meta http-equiv="refresh" content="30">' in page.content()
    context.close()
