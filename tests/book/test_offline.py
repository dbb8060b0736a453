"""Every page of the book, opened without a network: from a server, below one, and as files.

Every page is opened below a server. From the root of one, and as a file, a page can differ only by
an address that is not relative (`test_building` reads those of every page) or by a script: one page
of each kind (`kinds`), which load between them every script there is, is opened in these ways too.
"""

from contextlib import ExitStack, contextmanager
from functools import cache

import pytest
from browser import Overheard, look_for, served
from crawl import AT_ONCE, broken_links, crawl, inner_links
from kinds import one_of_each_kind, pages_of
from weighing import too_heavy, weigh

from ssplab.book import building
from ssplab.book.decks import decks
from ssplab.verify.book_report import measure

WELCOME = "book/welcome.html"
WAYS = ["root", "sub-path", "files"]
WHOLE = "sub-path"  # the way in which every page is opened


@contextmanager
def opened(html, way, folder):
    """Give the address of the book's folder, as a reader has it who comes by a way."""
    if way == "files":
        yield f"{html.as_uri()}/"
    elif way == "root":
        with served(html) as address:
            yield f"{address}/"
    else:
        below = folder / "some" / "sub"
        below.mkdir(parents=True)
        (below / "path").symlink_to(html, target_is_directory=True)
        with served(folder) as address:
            yield f"{address}/some/sub/path/"


@pytest.fixture(scope="module")
def crawled(window, html, tmp_path_factory):
    """For a way: the address, and what each page did; the welcome page came first."""
    with ExitStack() as stack:

        @cache
        def crawled_by(way):
            base = stack.enter_context(opened(html, way, tmp_path_factory.mktemp("server")))
            names = pages_of(html) if way == WHOLE else {WELCOME, *one_of_each_kind(html)}
            return base, crawl(
                window, base, sorted(names, key=lambda name: (name != WELCOME, name))
            )

        yield crawled_by


@pytest.mark.parametrize("way", WAYS)
def test_each_page_is_sound(crawled, way, html, record_property):
    base, visits = crawled(way)
    broken = broken_links(visits, html, base)
    faults = {name: visit.faults + broken.get(name, []) for name, visit in visits.items()}
    for name, visit in visits.items():
        checked = sum(1 for _ in inner_links(visit, base))
        record_property(
            *measure(
                name.removesuffix(".html"),
                faults={way: len(faults[name])},
                links={way: checked},
            )
        )
    listed = [*building.pages(), *decks(), *building.redirects()]
    names = [*listed, "index", "search", "genindex"]
    whole = {f"{name}.html" for name in names}
    assert visits.keys() == (whole if way == WHOLE else {WELCOME, *one_of_each_kind(html)})
    assert {name: found for name, found in faults.items() if found} == {}


def test_links_lead_from_the_welcome_page_to_every_page_of_the_contents(crawled):
    base, visits = crawled(WHOLE)
    reached, ahead = set(), [WELCOME]
    while ahead:
        name = ahead.pop()
        if name in visits and name not in reached:
            reached.add(name)
            ahead += [path for path, _ in inner_links(visits[name], base)]
    assert {f"{name}.html" for name in building.pages()} - reached == set()


@pytest.fixture(scope="module")
def weighed(crawled, html):
    """What each page weighs, from the files that it asked for."""
    _, visits = crawled(WHOLE)
    return {name: weigh(visit, visits[WELCOME], html) for name, visit in visits.items()}


def test_pages_are_light(weighed, record_property):
    for name, weight in weighed.items():
        page = name.removesuffix(".html")
        record_property(*measure(page, bytes=weight.sent, requests=weight.requests))
    assert too_heavy(weighed) == {}


def test_maths_is_loaded_where_there_is_maths(weighed, html):
    texts = {name: (html / name).read_text() for name in weighed}
    # What a former address leads to is another page's weight.
    pages = {name for name, text in texts.items() if 'http-equiv="refresh"' not in text}
    loaded = {name for name in pages if weighed[name].files["maths"]}
    with_maths = {name for name in pages if 'class="math' in texts[name]}
    assert with_maths
    assert loaded == with_maths


@pytest.mark.parametrize("way", WAYS)
def test_a_query_finds_its_page(window, html, way, tmp_path):
    with opened(html, way, tmp_path) as base:
        page = window.new_page()
        overheard = Overheard(page)
        page.goto(base + WELCOME)
        titles = look_for(page, "masking")
        page.locator("#search-results a", has_text="Glossary").first.click()
        page.locator("article h1", has_text="Glossary").wait_for()
        page.close()
    assert any("Glossary" in title for title in titles)
    assert (overheard.outside, overheard.faults) == ([], [])


MATHS = """<script>
  window.MathJax = { startup: { promise: new Promise((done) => setTimeout(done, 900)) } };
  MathJax.startup.promise.then(() => { document.querySelector('p').innerHTML = `%s` });
</script><p class="math">x</p><p class="math">y</p>"""


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        ("<mjx-container>x</mjx-container>", ["1 formulas drawn of 2"]),
        ("<mjx-container></mjx-container>" * 2, []),
        (
            "<mjx-container><mjx-merror>no such macro</mjx-merror></mjx-container>" * 2,
            ["maths misread: no such macro"] * 2,
        ),
    ],
)
def test_the_crawl_finds_maths_that_is_not_drawn(window, tmp_path, drawn, told):
    (tmp_path / "a.html").write_text(MATHS % drawn, encoding="utf-8")
    [visit] = crawl(window, f"{tmp_path.as_uri()}/", ["a.html"]).values()
    assert visit.faults == told


FAULTS = {
    "a.html": '<a href="b.html#there">x</a> <a href="b.html#gone">y</a> <a href="c.html">z</a>'
    '<a href="/above.html">u</a> <a href="https://www.insee.fr/#x">v</a>'
    '<img src="gone.png"><script src="https://cdn.example/a.js"></script>',
    "b.html": '<p id="there"></p><script>noSuchFunction()</script>',
}


@pytest.mark.parametrize("way", WAYS)
def test_the_crawl_finds_planted_faults(window, way, tmp_path):
    html = tmp_path / "html"
    html.mkdir()
    for name, text in FAULTS.items():
        (html / name).write_text(text, encoding="utf-8")
    with opened(html, way, tmp_path / "server") as base:
        visits = crawl(window, base, pages_of(html))
        broken = broken_links(visits, html, base)
    assert len(FAULTS) <= AT_ONCE  # they are heard apart though open together
    told = " ".join(visits["a.html"].faults)
    assert "outside: https://cdn.example/a.js" in told
    assert "gone.png" in told
    assert any("noSuchFunction" in fault for fault in visits["b.html"].faults)
    assert broken.keys() == {"a.html"}
    assert broken["a.html"][:2] == ["b.html#gone", "c.html"]
    assert any("above.html" in link for link in broken["a.html"])
