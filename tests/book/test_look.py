"""The book's look: what plain Markdown becomes, and what the style sheet and script make of it."""

import hashlib
import os
import re
import subprocess

import pytest
from browser import served
from bs4 import BeautifulSoup

import ssplab
from ssplab.book import building
from ssplab.book.extensions import indexes
from ssplab.book.extensions import version as version_of_pages
from ssplab.book.extensions.tables import set_table
from ssplab.course.naming import notebooks
from ssplab.course.paths import course_root

pytestmark = pytest.mark.slow  # builds small books


@pytest.fixture(scope="module")
def soup(samples):
    return BeautifulSoup((samples / "book" / "chapter.html").read_bytes(), "html.parser").article


@pytest.fixture(scope="module")
def soups(html):
    return {
        name: BeautifulSoup((html / f"{name}.html").read_bytes(), "html.parser")
        for name in building.pages()
    }


@pytest.fixture
def open_page(window):
    pages = []

    def open_page(address, width=1400, **options):
        page = window.new_page(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        pages.append(page)
        page.goto(address)
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.fixture
def chapter(samples, open_page):
    with served(samples) as address:
        yield open_page(f"{address}/book/chapter.html")


# ---- From plain Markdown ----


def test_the_line_under_the_title_becomes_a_list_of_definitions(soup):
    strip = soup.select_one("h1 + dl.strip")
    items = zip(strip.find_all("dt"), strip.find_all("dd"), strict=True)
    told = {name.get_text(): value.get_text().strip() for name, value in items}
    assert told == {
        "Level": "2 of 3",
        "Minutes": "90",
        "Data": "these, all",
        "Before": "more",
    }
    assert strip.select_one("dd.level-2")
    assert [link["href"] for link in strip.find_all("a")] == ["#numbers", "#your-turn"]


@pytest.mark.parametrize(
    ("place", "kind", "text"),
    [
        ("div", "aims", "By the end you can"),
        ("section", "exercise", "Exercise 1"),
        ("div", "expected", "Expected: it"),
        ("div", "caution", "Caution: it"),
        ("section", "conclude", "What you may conclude"),
        ("section", "recap", "In three lines"),
        ("section", "quiz", "Three questions"),
        ("section", "turn", "Your turn"),
    ],
)
def test_words_become_boxes(soup, place, kind, text):
    found = soup.select(f"{place}.box-{kind}")
    assert [box.get_text().strip()[: len(text)] for box in found] == [text]


def test_the_list_of_aims_is_in_their_box(soup):
    assert len(soup.select(".box-aims li")) == 2


def test_other_sections_are_no_boxes(soup):
    assert "class" not in soup.select_one("section#numbers").attrs


def test_stars_have_a_name(soup):
    stars = soup.select_one("h2 .stars")
    assert (stars.get_text(), stars["aria-label"]) == ("★★", "level 2 of 3")


def test_the_stars_of_every_exercise_are_named(soups):
    for name, page in soups.items():
        written = sum(heading.get_text().count("★") for heading in page.select("article h2"))
        named = sum(len(stars.get_text()) for stars in page.select("h2 .stars[aria-label]"))
        assert named == written
        assert written or not name.startswith("exercises/")


def test_each_question_keeps_its_choices(soup):
    questions = soup.select(".box-quiz [role=group]")
    assert [soup.find(id=one["aria-labelledby"]).get_text() for one in questions] == [
        "1. Which?",
        "2. And now?",
    ]
    kinds = [[choice["class"] for choice in one.find_all("details")] for one in questions]
    assert kinds == [[["choice", "right"], ["choice", "wrong"]], [["choice", "wrong"]]]


def test_every_chapter_gets_its_boxes(soups):
    for path in notebooks("chapters"):
        name = path.relative_to(course_root()).with_suffix("").as_posix()
        for kind in ["conclude", "quiz", "aims"]:
            assert soups[name].select(f".box-{kind}"), (name, kind)
        assert soups[name].select("h1 + dl.strip")


# ---- Tables ----


def test_a_line_in_italics_above_a_table_is_its_caption(soup):
    caption = soup.select_one("table caption")
    assert caption.get_text() == "Pay by year, euros"
    assert "class" not in caption.attrs
    assert soup.select("#numbers > p > em") == []  # it stands there once


def test_a_table_without_one_is_named_by_its_section_and_columns(soup):
    captions = [caption.get_text() for caption in soup.select("caption.visually-hidden")]
    assert captions == ["Numbers: Word, Meaning", "Your turn: unit, kind, posts, mean"]


def test_the_names_of_an_index_stand_beside_those_of_the_columns(soup):
    rows = soup.select(".text_html thead tr")
    assert [[cell.get_text() for cell in row.find_all("th")] for row in rows] == [
        ["unit", "kind", "posts", "mean"]
    ]


def test_an_empty_cell_of_a_head_heads_nothing():
    written = "<h2>Pay</h2><table><thead><tr><th scope='col'></th><th scope='col'>pay</th></tr>"
    page = BeautifulSoup(
        f"{written}</thead><tbody><tr><td>a</td><td>1</td></tr></table>", "html.parser"
    )
    set_table(page.table)
    empty, head = page.thead.find_all(["td", "th"])
    assert (empty.name, empty.get("scope")) == ("td", None)
    assert (head.name, head.get("scope")) == ("th", "col")


def test_every_table_of_the_book_has_headers_and_a_caption(soups):
    tables = [(name, table) for name, page in soups.items() for table in page.find_all("table")]
    assert len(tables) > 10
    for name, table in tables:
        assert table.caption.get_text(strip=True), name
        assert table.select("thead th[scope=col]"), name
        assert all(header.get("scope") for header in table.find_all("th")), name


def test_numbers_are_marked_and_words_are_not(soup):
    heads = {head.get_text(): head.get("class", []) for head in soup.select("thead th")}
    assert {name for name, classes in heads.items() if "number" in classes} == {
        "Year",
        "Pay",
        "Share",
        "Employer",
        "posts",
        "mean",
    }


def test_the_text_of_a_number_is_what_a_reader_pastes(soup):
    rows = [[cell.get_text().strip() for cell in row.find_all("td")] for row in soup.select("tr")]
    assert ["2021", "1234567.5", "3 %", "123456789014"] in rows
    assert ["12345", "1.5"] in rows


def test_thousands_are_grouped_but_in_years_and_identifiers(soup):
    grouped = [cell.get_text(strip=True) for cell in soup.select("td:has(.thousand)")]
    assert grouped == ["12345", "1234567.5", "12345"]


def test_a_code_that_refers_to_another_table_is_no_amount():
    """The commune of a tile, of a post: a key of one card's table, in another's a reference."""
    cells = "<tr><td>69123</td><td>54321</td></tr>"
    heads = "<th scope='col'>commune</th><th scope='col'>dwellings</th>"
    written = f"<h2>Towns</h2><table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>"
    page = BeautifulSoup(written, "html.parser")
    set_table(page.table)
    grouped = [cell.get_text(strip=True) for cell in page.select("td:has(.thousand)")]
    assert grouped == ["54321"]


UNITS = """(column) => {
  const cells = [...document.querySelectorAll(`#numbers tbody td:nth-child(${column})`)];
  return cells.slice(0, 3).map((cell) => {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    let right;  // of the last digit before the decimal mark
    for (let text; (text = texts.nextNode()); ) {
      const digits = text.data.match(/^\\d+/);
      if (!digits) continue;
      const range = document.createRange();
      range.setStart(text, 0);
      range.setEnd(text, digits[0].length);
      right = range.getBoundingClientRect().right;
    }
    return right;
  });
}"""


@pytest.mark.parametrize("column", [2, 3])
def test_decimal_marks_align(chapter, column):
    places = chapter.evaluate(UNITS, column)
    assert max(places) - min(places) < 0.6


def test_a_thin_space_stands_between_thousands(chapter):
    gaps = chapter.evaluate(
        "[...document.querySelectorAll('.thousand')].map((g) => getComputedStyle(g).marginLeft)"
    )
    assert all(float(gap.removesuffix("px")) > 1 for gap in gaps)


# ---- Reading ----

LINES = """() => {
  const page = document.querySelector('article');
  const probe = document.createElement('p');
  probe.innerHTML = '<span>' + 'abcdefghij klmnopqrs tuvwxyz '.repeat(10) + '</span>';
  page.querySelector('section').append(probe);
  const style = getComputedStyle(probe);
  const letters = probe.textContent.length;
  probe.style.cssText = 'width: max-content; max-width: none; white-space: nowrap';
  const one = probe.getBoundingClientRect().width / letters;
  probe.style.cssText = '';
  const told = [probe.clientWidth / one, parseFloat(style.lineHeight) / parseFloat(style.fontSize)];
  probe.remove();
  return told;
}"""


def test_lines_are_made_for_reading(chapter):
    characters, height = chapter.evaluate(LINES)
    assert 60 <= characters <= 80
    assert 1.5 <= height <= 1.7


SMALL_CODE = """() => {
  const size = (element) => parseFloat(getComputedStyle(element).fontSize);
  const prose = size(document.querySelector('article section > p'));
  return [...document.querySelectorAll('article :is(pre, code)')]
    .filter((code) => code.checkVisibility() && size(code) < 0.9 * prose)
    .map((code) => `${size(code)} of ${prose} px: ${code.outerHTML.slice(0, 120)}`);
}"""
WIDTHS = [390, 1400]
CUT_ON_PAPER = """() => [...document.querySelectorAll('.bd-article :is(pre, .text_html, td, img)')]
  .filter((box) => box.checkVisibility())
  .filter((box) => box.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((box) => box.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize("width", WIDTHS)
def test_code_is_nearly_as_large_as_prose(chapter, width):
    chapter.set_viewport_size({"width": width, "height": 900})
    assert chapter.locator("article pre").count() >= 3
    assert chapter.evaluate(SMALL_CODE) == []


def test_chapters_and_indexes_have_large_code_and_fit_windows_and_paper(site, open_page):
    chapters = [
        path.relative_to(course_root()).with_suffix("").as_posix() for path in notebooks("chapters")
    ]
    page = open_page("about:blank")
    for name in [*chapters, "book/functions", "book/datasets/payroll"]:
        page.goto(f"{site}/{name}.html")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(SMALL_CODE) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if name in chapters:
            page.set_viewport_size({"width": 700, "height": 900})
            page.emulate_media(media="print")
            assert page.evaluate(CUT_ON_PAPER) == [], name
            page.emulate_media(media="screen")


def test_small_code_is_found(chapter):
    chapter.evaluate("document.querySelector('article pre').style.fontSize = '15px'")
    [told] = chapter.evaluate(SMALL_CODE)
    assert told.startswith("15 of 17 px: <pre")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_line_of_code_scrolls_in_its_block(chapter, width):
    chapter.set_viewport_size({"width": width, "height": 900})
    block = chapter.locator(".cell_input pre").first
    assert block.evaluate("(pre) => pre.scrollWidth > pre.clientWidth")
    assert block.evaluate("(pre) => ['auto', 'scroll'].includes(getComputedStyle(pre).overflowX)")
    assert chapter.evaluate("document.documentElement.scrollWidth") <= width


GROUND = """([selector, property]) =>
  getComputedStyle(document.querySelector(selector))[property]"""


def test_code_and_output_are_told_apart(chapter):
    def told(selector):
        return chapter.evaluate(GROUND, [selector, "backgroundColor"])

    assert told("div.cell_input") != told("body")
    assert told("div.cell_output") == "rgba(0, 0, 0, 0)"


def test_figures_stay_on_white_in_dark_mode(chapter):
    chapter.emulate_media(color_scheme="dark")
    chapter.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert chapter.evaluate(GROUND, [".cell_output img", "backgroundColor"]) == "rgb(255, 255, 255)"
    assert chapter.evaluate(GROUND, ["body", "backgroundColor"]) != "rgb(255, 255, 255)"


def test_a_figure_and_the_caption_below_it_are_one(soup):
    [figure] = soup.select(".cell_output figure")
    image, caption = figure.find_all(["img", "figcaption"])
    assert image["alt"] == "Two bars"
    words = caption.find(class_="caption-text")
    assert words.get_text() == "Two bars. Source: nobody; a third is not drawn."
    assert [tag.name for tag in words.find_all(["code", "a", "em"])] == ["code", "a"]
    assert figure.find_parent("div", class_="cell").find_next_sibling("p").text == "They are alike."


def test_a_caption_is_small_and_close_and_in_the_muted_colour(chapter):
    for scheme in ("light", "dark"):
        chapter.emulate_media(color_scheme=scheme)
        chapter.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        assert chapter.evaluate(GROUND, ["figcaption", "color"]) == chapter.evaluate(
            GROUND, [".version", "color"]
        )
    image, caption = (chapter.locator(f"figure.drawn {one}") for one in ("img", "figcaption"))
    below = image.bounding_box()["y"] + image.bounding_box()["height"]
    assert 0 <= caption.bounding_box()["y"] - below < 16  # pixels
    assert chapter.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('figcaption')).fontSize)"
        " < parseFloat(getComputedStyle(document.querySelector('article')).fontSize)"
    )


def test_a_wide_table_scrolls_in_itself(chapter):
    chapter.set_viewport_size({"width": 320, "height": 900})
    table = chapter.locator("#numbers .pst-scrollable-table-container").first
    assert table.evaluate("(box) => box.scrollWidth > box.clientWidth")
    assert chapter.evaluate("document.documentElement.scrollWidth") <= 320


NAVIGATION = ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .prev-next-footer"


def test_paper_cuts_no_code_and_has_no_navigation(chapter):
    chapter.emulate_media(media="print")
    chapter.set_viewport_size({"width": 700, "height": 1000})
    assert chapter.evaluate(CUT_ON_PAPER) == []
    assert not any(part.is_visible() for part in chapter.locator(NAVIGATION).all())
    assert chapter.get_by_text("No. It is not.").is_visible()  # a choice that nobody opened
    folded = chapter.locator("pre", has_text="# folded")
    assert folded.evaluate("(pre) => pre.getBoundingClientRect().height") > 10


# ---- Welcome, parts, and where to find what ----


def test_the_welcome_page_has_a_way_in_for_each_role(soups):
    ways = soups["book/welcome"].select(".ways .sd-card")
    assert len(ways) == 4
    assert all(way.find("a", href=True) and way.select_one(".sd-card-title") for way in ways)


def test_the_picture_of_the_course_is_described_and_fits(site, open_page, soups):
    picture = soups["book/welcome"].select_one(".picture[role=img]")
    words = {word.get_text() for word in picture.select(".name")}
    assert all(word.lower() in picture["aria-label"].lower() for word in words)
    for width, shape in [(360, "narrow"), (1400, "wide")]:
        page = open_page(f"{site}/book/welcome.html", width=width)
        shown = [one for one in page.locator(".picture svg").all() if one.is_visible()]
        assert [one.get_attribute("class") for one in shown] == [shape]


OVERFLOWING = """() => [...document.querySelectorAll('.picture svg .step')]
  .filter((step) => step.checkVisibility())
  .filter((step) => {
    const box = step.querySelector('rect').getBoundingClientRect();
    return [...step.querySelectorAll('text')].some((text) => {
      const { left, right } = text.getBoundingClientRect();
      return left < box.left + 2 || right > box.right - 2;
    });
  })
  .map((step) => step.textContent)"""


@pytest.mark.parametrize("width", [360, 1400])
def test_the_words_of_the_picture_stay_in_their_boxes(site, open_page, width):
    page = open_page(f"{site}/book/welcome.html", width=width)
    assert page.evaluate(OVERFLOWING) == []


def parts():
    """Return the pages that stand at the top of each part, read from `_toc.yml` by another way."""
    text = (course_root() / "_toc.yml").read_text(encoding="utf-8")
    blocks = re.split(r"^  - caption: ", text, flags=re.MULTILINE)[1:]
    return [re.findall(r"^      - file: (\S+)", block, re.MULTILINE) for block in blocks]


def links_of(page, name):
    """Return where the links of a page's text lead: paths from the root, without suffix."""
    return {
        "/".join(_resolve(name, link["href"].split("#")[0]))
        for link in page.select("article a[href]")
        if link["href"].split("#")[0].endswith(".html") and "://" not in link["href"]
    }


def _resolve(name, href):
    places = name.split("/")[:-1]
    for step in href.removesuffix(".html").split("/"):
        places = places[:-1] if step == ".." else [*places, step]
    return places


def test_each_part_opens_with_a_page_that_lists_the_others(soups):
    assert len(parts()) >= 4
    for first, *others in parts():
        assert first.startswith("book/parts/")
        assert set(others) <= links_of(soups[first], first)


def test_the_welcome_page_lists_all_chapters_with_minutes(soups):
    page = soups["book/welcome"]
    chapters = {name for part in parts() for name in part if name.startswith("chapters/")}
    assert chapters
    assert chapters <= links_of(page, "book/welcome")
    for name in chapters:
        title = soups[name].h1.get_text().removesuffix("#")
        card = next(item for item in page.select("ul.cards > li") if title in item.get_text())
        assert re.search(r"Level \d of 3 · \d+ minutes", card.get_text())


def test_every_chapter_says_which_questions_it_answers(soups):
    told = soups["book/questions"].article.get_text(" ", strip=True)
    for path in notebooks("chapters"):
        name = path.relative_to(course_root()).with_suffix("").as_posix()
        assert soups[name].h1.get_text().removesuffix("#") in told
        aims = [item.get_text().strip(" ;.\n") for item in soups[name].select(".box-aims li")]
        assert aims
        assert [aim for aim in aims if aim not in told] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import numpy as np\nnp.random.default_rng(1)", {"numpy.random.default_rng"}),
        ("import pandas as pd\nf = pd.concat", {"pandas.concat"}),
        ("import os.path\nos.path.join('a')", {"os.path.join"}),
        ("from sklearn.svm import SVC\nSVC()", {"sklearn.svm.SVC"}),
        ("a.merge(b)", {"pandas.DataFrame.merge"}),
        ("a.unique()", {"pandas.Series.unique"}),
        ("a['b'].str.lower()", {"pandas.Series.str.lower"}),
        ("a.loc[1]", {"pandas.DataFrame.loc"}),
        ("ax.scatter(x, y)", {"matplotlib.axes.Axes.scatter"}),
        ("model.fit(x)", {"sklearn estimator.fit"}),
        ("', '.join(a); a.items(); f(x); a.no_such_method()", set()),
        ("%matplotlib inline", set()),
    ],
)
def test_names_of_what_code_uses(source, found):
    assert set(indexes.names(source, {})) == found


def test_an_import_serves_the_cells_after_it():
    aliases = {}
    list(indexes.names("import numpy as np", aliases))
    assert list(indexes.names("np.log(2)", aliases)) == ["numpy.log"]


def test_the_index_tells_functions_and_terms_of_the_chapters(soups):
    pages = [soups[f"book/{name}"] for name in ("methods", "functions", "functions-pandas")]
    rows = {row.td.get_text(strip=True): row for page in pages for row in page.select("tbody tr")}
    assert {"DataFrame.merge", "sklearn.ensemble.IsolationForest", "MAD", "ssplab.load"} <= set(
        rows
    )
    shared = re.compile("#an-error-that-a-whole-establishment-shares$")
    assert rows["MAD"].find("a", string="Selective editing", href=shared)
    assert rows["Jaccard index"]
    for row in rows.values():
        assert row.find_all("td")[1].find("a", href=re.compile("chapters/"))


# ---- Definitions ----

TERM = "a.term[href$='#term-synthetic-twin']"


def test_every_word_of_the_glossary_begins_in_words(soups):
    for term in soups["book/glossary"].select("dt[id^=term-]"):
        first = str(term.find_next_sibling("dd").p).split("\n")[0]
        assert "math" not in first, term.get_text()


def test_every_link_to_a_word_is_described(soups):
    links = [
        (page, link)
        for name, page in soups.items()
        if name != "book/glossary"
        for link in page.select("article a[href*='glossary.html#term-']")
    ]
    assert len(links) > 5
    glossary = soups["book/glossary"]
    for page, link in links:
        term = glossary.find(id=link["href"].split("#")[1])
        told = page.find(id=link["aria-describedby"]).get_text()
        assert told
        assert told.split()[:4] == term.find_next_sibling("dd").get_text().split()[:4]


@pytest.fixture
def with_term(site, open_page):
    return open_page(f"{site}/book/parts/data-sets.html", width=360)


def test_pointing_at_a_word_shows_its_definition(with_term):
    note = with_term.locator("#definition-of-term-synthetic-twin")
    assert not note.is_visible()
    with_term.hover(TERM)
    note.wait_for(state="visible")
    box = note.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    with_term.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2, steps=8)
    with_term.wait_for_timeout(400)
    assert note.is_visible()  # one can point at it, to read or to copy
    with_term.mouse.move(0, 0)
    note.wait_for(state="hidden")


def test_the_keyboard_shows_a_definition_and_escape_closes_it(with_term):
    note = with_term.locator("#definition-of-term-synthetic-twin")
    with_term.focus(TERM)
    assert note.is_visible()
    with_term.keyboard.press("Escape")
    assert not note.is_visible()
    assert with_term.evaluate("(term) => document.activeElement.matches(term)", TERM)
    with_term.keyboard.press("Tab")
    with_term.keyboard.press("Shift+Tab")
    assert note.is_visible()


def test_french_words_are_read_in_french(soups):
    term = soups["book/glossary"].find(id="term-dsn").find_next_sibling("dd")
    assert term.em["lang"] == "fr"
    assert all("lang" not in words.attrs for words in soups["book/how-to"].find_all("em"))


# ---- Version ----


def test_each_page_has_its_version(soups):
    for name, page in soups.items():
        source = next(
            path
            for suffix in (".md", ".ipynb")
            if (path := course_root() / f"{name}{suffix}").is_file()
        )
        told = page.select_one(".version").get_text()
        assert told.startswith(f"Version {ssplab.__version__}")
        assert told.endswith(hashlib.sha256(source.read_bytes()).hexdigest()[:8])


@pytest.fixture
def version(monkeypatch, tmp_path):
    """The module that dates pages, for a course of two pages that is under git."""
    (tmp_path / "datasets").mkdir()
    (tmp_path / "_toc.yml").touch()
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    for name in ["été.md", "b.md"]:
        (tmp_path / name).write_text("# A page\n", encoding="utf-8")
    version_of_pages.dates.cache_clear()
    yield version_of_pages
    version_of_pages.dates.cache_clear()


def commit(root, date):
    who = ["-c", "user.name=authors", "-c", "user.email=authors@example.org"]
    for command in [["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "-m", "Pages"]]:
        subprocess.run(
            ["git", "-C", str(root), *command],
            check=True,
            env=os.environ | {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date},
            timeout=60,
        )


def test_a_page_has_the_date_of_its_last_change(version, tmp_path):
    commit(tmp_path, "2024-03-05T12:00:00+0000")
    (tmp_path / "b.md").write_text("# Changed\n", encoding="utf-8")
    assert version.dates() == {tmp_path / "été.md": "2024-03-05"}


def test_without_git_a_page_has_no_date(version):
    assert version.dates() == {}
