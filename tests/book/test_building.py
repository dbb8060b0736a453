"""The book: built without a warning, complete, sound in its links, and asking nothing outside."""

import re
import subprocess
import sys
from urllib.parse import unquote, urlsplit

import pytest
from browser import Overheard, served
from bs4 import BeautifulSoup
from small_book import small_book

from ssplab.book import building
from ssplab.course.cards import card_names
from ssplab.course.paths import course_root
from ssplab.system.errors import CheckFailed, SsplabError

pytestmark = pytest.mark.slow  # builds small books

# Hosts that scripts of the theme name without asking them for anything.
MENTIONED = {
    "clipboardjs.com": "a comment of clipboard.min.js",
    "developer.mozilla.org": "a comment of Sphinx's search",
    "github.com": "a comment of MathJax's mhchem",
    "hakim.se": "the licence of reveal.js",
    "marked.js.org": "a comment of marked, in the speaker's notes of reveal.js",
    "popper.js.org": "a message of Bootstrap",
    "revealjs.com": "the licence of reveal.js",
    "www.apache.org": "the licence of mhchem",
    "www.w3.org": "names of XML vocabularies",
}
RESOURCES = {
    "script": ["src"],
    "link": ["href"],
    "img": ["src", "srcset"],
    "source": ["src", "srcset"],
    "iframe": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "form": ["action"],
    "use": ["href", "xlink:href"],
}
OUTSIDE = re.compile(r"(?:https?:)?//[^/\s]", re.IGNORECASE)
CSS_OUTSIDE = re.compile(
    r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^'\")\s]+)", re.IGNORECASE
)
TOLD = {"alternate", "canonical"}  # what a <link> names so and a browser does not fetch
ADDRESS = re.compile(r"(?:https?|wss?)://([\w.-]+)", re.IGNORECASE)


@pytest.fixture(scope="module")
def soups(html):
    return {
        path.relative_to(html).as_posix(): BeautifulSoup(path.read_bytes(), "html.parser")
        for path in sorted(html.rglob("*.html"))
        if "_static" not in path.parts
    }


def outside_of_page(soup):
    """Return the resources that a page takes from outside; links to follow are no resources."""
    found = []
    for tag, attributes in RESOURCES.items():
        for element in soup.find_all(tag):
            if not TOLD.isdisjoint(element.get("rel", [])):
                continue
            for attribute in attributes:
                for part in str(element.get(attribute, "")).split(","):
                    if OUTSIDE.match(part.strip()):
                        found.append(f"<{tag} {attribute}={part.strip()}>")
    for element in soup.find_all(style=True):
        found += CSS_OUTSIDE.findall(element["style"])
    for style in soup.find_all("style"):
        found += CSS_OUTSIDE.findall(style.get_text())
    for script in soup.find_all("script"):
        found += outside_of_script(script.get_text())
    for meta in soup.find_all("meta", attrs={"http-equiv": re.compile("refresh", re.IGNORECASE)}):
        found += ADDRESS.findall(meta.get("content", ""))
    return found


def outside_of_script(text):
    return sorted({host for host in ADDRESS.findall(text) if host.lower() not in MENTIONED})


def broken_links(soups, html):
    """Return the links, by page, to a file or to an anchor that is not there."""
    anchors = {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in soups.items()}
    broken = {}
    for name, soup in soups.items():
        for link in soup.find_all("a", href=True):
            target = urlsplit(link["href"])
            if target.scheme or target.netloc:
                continue
            path = html / name
            if target.path:
                path = (path.parent / unquote(target.path)).resolve()
            if not path.is_file():
                broken.setdefault(name, []).append(link["href"])
            elif target.fragment and path.suffix == ".html":
                page = path.relative_to(html.resolve()).as_posix() if target.path else name
                if unquote(target.fragment) not in anchors[page]:
                    broken.setdefault(name, []).append(link["href"])
    return broken


def undescribed(soup):
    """Return the images without a text of their own: MyST puts the file's name where none is."""
    return [
        str(image)
        for image in soup.find_all("img")
        if not image.get("alt", "").strip() or re.search(r"\.(png|svg|jpe?g)$", image["alt"])
    ]


def test_every_page_of_the_contents_is_built(html):
    pages = building.pages()
    assert "book/welcome" in pages
    assert [page for page in pages if not (html / f"{page}.html").is_file()] == []
    assert (html / "index.html").is_file()


def test_every_notebook_and_card_is_in_the_contents():
    root = course_root()
    notebooks = {
        path.relative_to(root).with_suffix("").as_posix()
        for folder in ["chapters", "exercises", "solutions"]
        for path in (root / folder).glob("*/*.ipynb")
    }
    cards = {f"book/datasets/{name}" for name in card_names()}
    assert notebooks
    assert (notebooks | cards) - set(building.pages()) == set()


def test_pages_take_nothing_from_outside(soups):
    found = {name: outside_of_page(soup) for name, soup in soups.items()}
    assert {name: places for name, places in found.items() if places} == {}


def test_styles_and_scripts_take_nothing_from_outside(html):
    read = {path: path.read_text(encoding="utf-8") for path in html.rglob("*.css")}
    found = {path: CSS_OUTSIDE.findall(text) for path, text in read.items()}
    for path in html.rglob("*.js"):
        found[path] = outside_of_script(path.read_text(encoding="utf-8"))
    assert len(found) > 10
    assert {path.name: places for path, places in found.items() if places} == {}


@pytest.mark.parametrize(
    "planted",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<script>import("https://cdn.example/a.js")</script>',
        '<link rel="stylesheet" href="//cdn.example/a.css">',
        '<img src="HTTPS://cdn.example/a.png" alt="A bar chart">',
        '<img srcset="a.png 1x, https://cdn.example/a.png 2x" alt="A bar chart">',
        '<p style="background: url(https://cdn.example/a.png)">text</p>',
        "<style>@import 'https://cdn.example/a.css';</style>",
        '<meta http-equiv="Refresh" content="0; url=https://cdn.example/">',
    ],
)
def test_a_planted_outside_resource_is_found(planted):
    assert outside_of_page(BeautifulSoup(planted, "html.parser"))


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://www.insee.fr/">INSEE</a>',
        '<link rel="canonical" href="https://statistics.example/a.html">',  # with a `baseurl`
    ],
)
def test_links_to_follow_may_lead_outside(link):
    assert outside_of_page(BeautifulSoup(link, "html.parser")) == []


@pytest.mark.parametrize(
    "style", ["a{src:url(//f.example/a.woff)}", "@import 'https://f.example/a.css';"]
)
def test_a_planted_outside_style_is_found(style):
    assert CSS_OUTSIDE.findall(style)
    assert CSS_OUTSIDE.findall("a{background:url('data:image/svg+xml,http://www.w3.org')}") == []


def test_a_planted_outside_script_is_found():
    assert outside_of_script('fetch("https://cdn.example/a.json")') == ["cdn.example"]
    assert outside_of_script('createElementNS("http://www.w3.org/2000/svg", "path")') == []


def test_links_and_anchors_resolve(soups, html):
    assert broken_links(soups, html) == {}


@pytest.mark.parametrize(
    "link", ["no-page.html", "#no-anchor", "b.html#no-anchor", "/b.html", "../", "./"]
)
def test_a_broken_link_is_found(link, tmp_path):
    texts = {
        "a.html": f'<a href="{link}">x</a> <a href="b.html#there">y</a>',
        "b.html": "<p id=there>",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    soups = {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}
    assert broken_links(soups, tmp_path) == {"a.html": [link]}


def test_every_image_is_described(soups):
    found = {name: undescribed(soup) for name, soup in soups.items()}
    assert {name: images for name, images in found.items() if images} == {}


@pytest.mark.parametrize("image", ["<img src=a.png>", "<img src=a.png alt='../_images/a.png'>"])
def test_an_undescribed_image_is_found(image):
    assert undescribed(BeautifulSoup(image, "html.parser"))


def test_every_page_has_the_favicon(soups, html):
    for name in building.pages():
        icon = soups[f"{name}.html"].find("link", rel="icon")
        assert ((html / f"{name}.html").parent / icon["href"]).is_file()


def test_single_references_and_terms_can_be_linked(soups):
    assert soups["book/references.html"].find(id="ref-hidiroglou1986")
    assert soups["book/glossary.html"].find(id="term-full-time-equivalent")


def test_there_is_maths_to_render(soups):
    assert any(soup.select(".math") for soup in soups.values())


def test_the_search_finds_a_term(window, site):
    page = window.new_page()
    overheard = Overheard(page)
    page.goto(f"{site}/search.html?q=masking")
    page.locator("#search-results a", has_text="Glossary").first.wait_for()
    page.close()
    assert (overheard.outside, overheard.faults) == ([], [])


def test_the_browser_test_hears_an_outside_request_and_a_missing_file(window, tmp_path):
    (tmp_path / "a.html").write_text(
        "<script src='https://cdn.example/a.js'></script><img src='gone.png' alt='A chart'>"
        "<script>noSuchFunction()</script>",
        encoding="utf-8",
    )
    with served(tmp_path) as address:
        page = window.new_page()
        overheard = Overheard(page)
        page.goto(f"{address}/a.html", wait_until="networkidle")
        page.close()
    assert overheard.outside == ["https://cdn.example/a.js"]
    assert any("404" in fault and "gone.png" in fault for fault in overheard.faults)
    assert any("noSuchFunction" in fault for fault in overheard.faults)


@pytest.fixture
def small_course(tmp_path, monkeypatch):
    small_book(tmp_path)
    (tmp_path / "book" / "welcome.md").write_text("# Welcome\n\nText.\n", encoding="utf-8")
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    return tmp_path


def test_a_build_tells_its_progress_and_a_warning_fails_and_leaves_the_former_book(small_course):
    told = []
    former = building.build(progress=told.append)
    assert any("reading sources" in line for line in told)
    assert (former / "book" / "welcome.html").is_file()
    welcome = small_course / "book" / "welcome.md"
    welcome.write_text("# Welcome\n\n[A page](no-page.md#here)\n", encoding="utf-8")
    with pytest.raises(CheckFailed, match=r"book/welcome\.md:3: WARNING: .*no-page\.md"):
        building.build()
    assert "Text." in (former / "book" / "welcome.html").read_text(encoding="utf-8")
    assert [path.name for path in former.parent.iterdir()] == ["html"]


def test_a_page_of_the_contents_without_a_source_fails(small_course):
    contents = small_course / "_toc.yml"
    contents.write_text(contents.read_text() + "chapters:\n- file: book/gone\n", encoding="utf-8")
    with pytest.raises(CheckFailed, match="book/gone"):
        building.build()


@pytest.fixture
def moved(tmp_path, monkeypatch):
    """A way to make a small course with redirects and the pages `book/welcome`, `book/new/home`."""

    def moved(redirects):
        small_book(tmp_path, redirects)
        monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
        (tmp_path / "book/new").mkdir()
        for name in ("welcome", "new/home"):
            (tmp_path / f"book/{name}.md").write_text(f"# {name}\n\nText.\n", encoding="utf-8")
        with (tmp_path / "_toc.yml").open("a", encoding="utf-8") as contents:
            contents.write("chapters:\n- file: book/new/home\n")
        return tmp_path

    return moved


def test_a_former_address_leads_on_from_a_server_and_as_a_file(moved, window):
    moved({"book/old/house": "../new/home.html", "book/former": "welcome.html#there"})
    assert building.redirects() == {
        "book/old/house": "book/new/home",
        "book/former": "book/welcome",
    }
    html = building.build()
    soup = BeautifulSoup((html / "book/old/house.html").read_bytes(), "html.parser")
    assert soup.html["lang"] == "en"
    assert "This page has moved" in soup.title.text
    assert soup.find("a")["href"] == "../new/home.html"
    assert broken_links({"book/old/house.html": soup}, html) == {}
    assert outside_of_page(soup) == []
    assert "book/old" not in (html / "searchindex.js").read_text(encoding="utf-8")
    with served(html) as address:
        for base in (address, html.as_uri()):
            page = window.new_page()
            overheard = Overheard(page)
            page.goto(f"{base}/book/old/house.html", wait_until="commit")
            page.wait_for_url(f"{base}/book/new/home.html")
            page.close()
            assert (overheard.outside, overheard.faults) == ([], [])


@pytest.mark.parametrize(
    ("redirects", "told"),
    [
        ({"book/new/home": "../welcome.html"}, "book/new/home has a source"),
        ({"book/unlisted": "welcome.html"}, "book/unlisted has a source"),
        ({"book/old": "gone.html"}, "book/old leads to book/gone, which is no page"),
        ({"book/old": "https://www.insee.fr"}, "book/old leads to .*, which is no page"),
    ],
)
def test_a_redirect_of_a_page_that_is_there_or_to_one_that_is_not_fails(moved, redirects, told):
    course = moved(redirects)
    (course / "book/unlisted.md").write_text("# A page of no contents\n", encoding="utf-8")
    with pytest.raises(CheckFailed, match=f"Redirects in _config.yml are wrong:\n{told}"):
        building.build()


ENOUGH = 600
"""Seconds after which a build has hung; it takes a few."""


def test_sphinx_builds_the_book_without_jupyter_book(small_course):
    welcome = "# Welcome\n\nA formula, $x$.\n\n```{parts}\n```\n"
    (small_course / "book" / "welcome.md").write_text(welcome, encoding="utf-8")
    wrapper = "from jupyter_book.cli.main import main; main()"
    for command in [
        [sys.executable, "-c", wrapper, "config", "sphinx", str(small_course)],
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-b", "html", ".", "html"],
    ]:
        run = subprocess.run(
            command,
            cwd=small_course,
            capture_output=True,
            text=True,
            timeout=ENOUGH,
        )
        assert run.returncode == 0, run.stderr
    page = (small_course / "html" / "book" / "welcome.html").read_text(encoding="utf-8")
    assert "mathjax/startup.js" in page
    assert "extensions.css" in page
    assert (small_course / "html" / "_static" / "mathjax" / "startup.js").is_file()


def test_serve_wants_a_built_book(small_course):
    with pytest.raises(SsplabError, match="make book"):
        building.serve(0)
