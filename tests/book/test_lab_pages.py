"""The lab's pages in the built book: filters, days that are past, the feed and the calendars."""

from datetime import UTC, timedelta

import feedparser
import icalendar
import pytest
from browser import Overheard
from bs4 import BeautifulSoup

from ssplab.book.events import CALENDAR_FILE, READING_GROUP, SESSIONS_FILE, events
from ssplab.book.newsletter import FEED_FILE, PAGE, posts
from ssplab.book.projects import projects, values

PROJECTS, EVENTS = "book/lab/projects.html", "book/lab/events.html"


@pytest.fixture
def opened(window):
    """A way to a page that is overheard; all that it asks for and complains of is checked."""
    contexts, heard = [], []

    def opened(address, now=None, **options):
        context = window.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        heard.append(Overheard(page))
        if now:
            page.clock.set_fixed_time(now)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [(one.outside, one.faults) for one in heard] == [([], [])] * len(heard)


def shown(page):
    return page.locator(".filterable:visible").count()


def status(page):
    return page.get_by_role("status").inner_text()


def with_trait(name, value):
    return sum(value in project.traits[name] for project in projects())


def test_each_filter_shows_the_projects_that_have_its_value_and_says_how_many(opened, site):
    page = opened(f"{site}/{PROJECTS}")
    whole = len(projects())
    assert (shown(page), status(page)) == (whole, f"{whole} of {whole} projects shown")
    for name, its in values(projects()).items():
        for value in its:
            page.get_by_label(name, exact=True).select_option(label=value)
            assert shown(page) == with_trait(name, value)
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function("!document.querySelector('.filterable[hidden]')")
    assert status(page) == f"{whole} of {whole} projects shown"


def test_two_filters_hold_together_and_the_address_keeps_them(opened, html):
    """As a file, without a server."""
    page = opened((html / PROJECTS).as_uri())
    page.get_by_label("Kind").select_option("new methods")
    page.get_by_label("Method").select_option("machine learning")
    both = sum(
        project.facts.kind == "new methods" and "machine learning" in project.facts.method
        for project in projects()
    )
    assert 0 < both < with_trait("Kind", "new methods") + with_trait("Method", "machine learning")
    assert status(page) == f"{both} of {len(projects())} projects shown"
    page.goto(page.url)
    assert shown(page) == both


def test_a_link_to_a_project_that_is_filtered_away_shows_it(opened, site):
    kept, gone = projects()[0], projects()[-1]
    assert kept.facts.kind != gone.facts.kind
    page = opened(f"{site}/{PROJECTS}")
    page.get_by_label("Kind").select_option(kept.facts.kind)
    assert not page.locator(f"#{gone.slug}").is_visible()
    page.evaluate("name => { location.hash = name; }", gone.slug)
    page.locator(f"#{gone.slug}").wait_for()
    assert shown(page) == len(projects())


def test_the_keyboard_filters(opened, site):
    page = opened(f"{site}/{PROJECTS}")
    page.get_by_label("Kind").focus()
    page.keyboard.press("ArrowDown")
    first = values(projects())["Kind"][0]
    assert status(page).startswith(f"{with_trait('Kind', first)} of ")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "done-with"


@pytest.mark.parametrize(("file", "whole"), [(PROJECTS, projects), (EVENTS, events)])
def test_without_scripts_all_is_shown_and_no_filter_is(opened, site, file, whole):
    page = opened(f"{site}/{file}", java_script_enabled=False)
    assert shown(page) == len(whole())
    assert not page.locator("form.filters").is_visible()


def test_the_reader_s_day_decides_what_is_past(opened, site):
    """A minute before its end a reading group is to come, and past when it is over."""
    event = events(READING_GROUP)[-1]
    ends = event.ends.astimezone(UTC)
    earlier = sum(one.day < event.day for one in events())
    for now, past in ((ends - timedelta(minutes=1), 0), (ends, 1)):
        page = opened(f"{site}/{EVENTS}", now, timezone_id="Pacific/Auckland")
        row = page.get_by_role("row").filter(has_text=event.title)
        assert (row.count(), row.locator(".past").count()) == (1, past)
        page.get_by_label("When").select_option("past")
        assert shown(page) == earlier + past


def test_a_client_reads_the_feed_and_each_post_is_on_the_page(html):
    page = BeautifulSoup((html / f"{PAGE}.html").read_bytes(), "html.parser")
    found = feedparser.parse(
        (html / FEED_FILE).read_bytes(),
        response_headers={"content-type": "application/atom+xml; charset=utf-8"},
    )
    assert not found.bozo, found.get("bozo_exception")
    assert [entry.title for entry in found.entries] == [post.opening.title for post in posts()]
    for entry, post in zip(found.entries, posts(), strict=True):
        section = page.find("section", id=post.slug)
        assert entry.link.endswith(f"newsletter.html#{post.slug}")
        told = BeautifulSoup(entry.content[0].value, "html.parser")
        links = [link["href"] for link in told.find_all("a")]
        assert links == [link["href"] for link in section.select("p a, li a")]
        assert all(
            (html / PAGE).parent.joinpath(link.partition("#")[0]).is_file() for link in links
        )


def test_the_head_of_the_lab_s_pages_and_a_link_name_the_feed(html):
    for file in (f"{PAGE}.html", PROJECTS, "book/the-lab.html"):
        page = BeautifulSoup((html / file).read_bytes(), "html.parser")
        link = page.head.find("link", rel="alternate", type="application/atom+xml")
        assert (html / file).parent.joinpath(link["href"]).resolve() == html.resolve() / FEED_FILE
    page = BeautifulSoup((html / f"{PAGE}.html").read_bytes(), "html.parser")
    assert page.article.find("a", href="newsletter.xml")


@pytest.mark.parametrize(("file", "kind"), [(CALENDAR_FILE, None), (SESSIONS_FILE, READING_GROUP)])
def test_an_agenda_reads_the_calendars_of_the_book(html, file, kind):
    read = icalendar.Calendar.from_ical((html / file).read_bytes())
    found = [(event.decoded("dtstart"), event.decoded("dtend")) for event in read.walk("VEVENT")]
    assert found == [(event.begins, event.ends) for event in events(kind)]


def test_filters_are_loaded_where_there_is_a_list_and_nowhere_else(html):
    with_script = [
        path.relative_to(html).as_posix()
        for path in sorted((html / "book").rglob("*.html"))
        if "lab.js" in path.read_text(encoding="utf-8")
    ]
    assert with_script == [EVENTS, PROJECTS]
