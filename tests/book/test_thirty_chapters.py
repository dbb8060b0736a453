"""The book with thirty chapters: contents stay short, and the next chapter is one click away."""

import posixpath

import pytest
from axe import findings
from browser import served
from bs4 import BeautifulSoup
from crawl import crawl
from thirty_chapters import PARTS, slug, thirty_chapters
from weighing import too_heavy, weigh

from ssplab.book import building

WIDTHS = {"narrow": 390, "wide": 1400}
WELCOME = "book/welcome.html"
# In the middle of the second part, and the last of it, followed by the first of the third.
MIDDLE, LAST, FIRST = ("part-2", 15), ("part-2", 20), ("part-3", 21)


def address(room, part_and_number):
    part, number = part_and_number
    return f"{room}/{part}/{slug(number)}.html"


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    root = tmp_path_factory.mktemp("thirty")
    chapters = thirty_chapters(root)
    assert sum(map(len, chapters.values())) == 30
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSPLAB_ROOT", str(root))
        return building.build()


@pytest.fixture(scope="module")
def grown_site(grown):
    with served(grown) as site:
        yield site


@pytest.fixture
def opened(window, grown_site):
    contexts = []

    def opened(path, width=1400, **options):
        context = window.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{grown_site}/{path}")
        return page

    yield opened
    for context in contexts:
        context.close()


def contents_of(page):
    """Return the texts of the links that the contents show."""
    links = page.locator(".bd-docs-nav a").all()
    return [link.inner_text().strip() for link in links if link.is_visible()]


def open_parts(page):
    parts = page.locator(".bd-docs-nav details:has(> summary > .caption)")
    return parts.evaluate_all(
        "(all) => all.filter((part) => part.open).map((part) => "
        "part.querySelector('.caption').textContent.trim())"
    )


SHORT = ["Overview", *(f"Topic {number} in short" for number in range(13, 21))]
OPEN = ["Invented course", *SHORT[:4], "Exercise", "Solution", *SHORT[4:]]


def test_the_first_page_shows_the_parts_and_no_more(opened):
    page = opened(WELCOME)
    assert contents_of(page) == ["Invented course"]
    assert page.locator(".bd-docs-nav summary .caption").all_inner_texts() == list(PARTS)
    assert open_parts(page) == []


@pytest.mark.parametrize("room", ["chapters", "exercises", "solutions"])
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_the_part_of_a_page_is_open_and_of_it_the_pages_of_one_chapter(opened, room, javascript):
    page = opened(address(room, MIDDLE), java_script_enabled=javascript)
    assert open_parts(page) == ["Machine learning"]
    assert contents_of(page) == OPEN
    assert len(OPEN) == 12
    current = page.locator(".bd-docs-nav a.current").last
    assert current.get_attribute("href") == "#"


def test_the_contents_of_a_narrow_window_are_the_same(opened):
    page = opened(address("chapters", MIDDLE), WIDTHS["narrow"])
    assert contents_of(page) == []
    page.click(".primary-toggle")
    page.locator(".bd-docs-nav").wait_for()
    assert contents_of(page) == OPEN


def test_the_keyboard_opens_a_part(opened):
    page = opened(address("chapters", MIDDLE))
    other = page.locator(".bd-docs-nav summary", has_text="Web scraping")
    other.press("Enter")
    assert open_parts(page) == ["Machine learning", "Web scraping"]
    assert contents_of(page) == [*OPEN, "Overview", *(f"Topic {n} in short" for n in range(26, 31))]
    other.press("Enter")
    assert contents_of(page) == OPEN


def test_a_part_opens_without_scripts(opened):
    page = opened(WELCOME, java_script_enabled=False)
    page.click(".bd-docs-nav summary >> text=Textual analysis")
    assert len(contents_of(page)) == 1 + 1 + PARTS["Textual analysis"]


PARTS_OF_LINK = ["subtitle", "title"]
PAGES = [WELCOME, address("chapters", MIDDLE), address("exercises", MIDDLE)]


def soup_of(html, path):
    return BeautifulSoup((html / path).read_bytes(), "html.parser")


@pytest.mark.parametrize(
    ("path", "links"),
    [
        (
            address("chapters", MIDDLE),
            [
                ("previous chapter", "Topic 14 in short"),
                ("next", "Exercise"),
                ("next chapter", "Topic 16 in short"),
            ],
        ),
        (
            address("exercises", MIDDLE),
            [
                ("previous", "Topic 15 in short"),
                ("next", "Solution"),
                ("next chapter", "Topic 16 in short"),
            ],
        ),
        (
            address("solutions", MIDDLE),
            [("previous", "Exercise"), ("next chapter", "Topic 16 in short")],
        ),
        (
            address("solutions", LAST),
            [
                ("previous", "Exercise"),
                ("next", "Textual analysis: all chapters"),
                ("next chapter", "Topic 21 in short"),
            ],
        ),
        (
            "book/parts/part-3.html",
            [("previous", "Topic 20 in short"), ("next", "Topic 21 in short")],
        ),
        (
            address("chapters", FIRST),
            [
                ("previous", "Textual analysis: all chapters"),
                ("next", "Exercise"),
                ("previous chapter", "Topic 20 in short"),
                ("next chapter", "Topic 22 in short"),
            ],
        ),
        (WELCOME, [("next", "Python for data science: all chapters")]),
        (address("solutions", ("part-4", 30)), [("previous", "Exercise")]),
    ],
)
def test_the_foot_of_a_page_leads_on(grown, path, links):
    foot = soup_of(grown, path).select(".prev-next-footer a")
    told = [
        tuple(link.select_one(f".prev-next-{part}").get_text(strip=True) for part in PARTS_OF_LINK)
        for link in foot
    ]
    assert told == links
    for link, (_, title) in zip(foot, links, strict=True):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link["href"]))
        number = title.removesuffix(" in short").removeprefix("Topic ")
        expected = f"topic {number} " if number.isdecimal() else title.split(":")[0]
        assert expected in soup_of(grown, target).select_one("article h1").get_text()


def test_a_click_at_the_foot_leads_on(opened):
    page = opened(address("chapters", MIDDLE))
    links = page.locator(".prev-next-footer a")
    assert all(link.is_visible() for link in links.all())
    links.last.click()
    page.locator("article h1", has_text="topic 16 ").wait_for()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(opened, path):
    page = opened(path)
    for width in [*sorted(WIDTHS.values(), reverse=True), 320]:
        page.set_viewport_size({"width": width, "height": 900})
        contents = page.locator(".bd-docs-nav")
        if width < 992 and not contents.is_visible():  # they stay open in a narrower window
            page.click(".primary-toggle")
            contents.wait_for()
        for mode in ["light", "dark"]:
            page.emulate_media(color_scheme=mode)
            page.wait_for_function(
                "(mode) => document.documentElement.dataset.theme === mode", arg=mode
            )
            assert findings(page) == [], (width, mode)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_pages_stay_light(window, grown, grown_site):
    visits = crawl(window, f"{grown_site}/", PAGES)
    assert {name: visit.faults for name, visit in visits.items() if visit.faults} == {}
    weights = {name: weigh(visit, visits[WELCOME], grown) for name, visit in visits.items()}
    assert too_heavy(weights) == {}
    # Every page of the parts, and of exercises and solutions those of the page's chapter only.
    soup = BeautifulSoup((grown / PAGES[1]).read_bytes(), "html.parser")
    assert len(soup.select(".bd-docs-nav a")) == 1 + len(PARTS) + 30 + 2
