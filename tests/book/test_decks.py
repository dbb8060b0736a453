"""The slides of reading groups: what a deck shows and says, how it is printed, and that it fits."""

import re

import pytest
from axe import findings
from browser import Overheard, served
from bs4 import BeautifulSoup
from builders import code, figure_output, markdown, notebook, png, stdout

from ssplab.book.decks import deck, decks
from ssplab.course import sessions

SIZE = {"width": 1280, "height": 720}  # for which slides are made
MATHJAX = {"loader": {"load": ["input/tex"]}}
ALT = "Bars of mean pay: group b earns as much as group a."
# Of the slide that is shown: its heading, and how far its parts reach beyond its box, in pixels.
FIT = """() => {
  const slide = Reveal.getCurrentSlide(), box = slide.getBoundingClientRect();
  const parts = [...slide.querySelectorAll(':is(h1, h2, p, li, table, pre, img, mjx-container)')]
    .filter((part) => part.checkVisibility() && !part.closest('aside'))
    .map((part) => part.getBoundingClientRect());
  const beyond = parts.map(({ right, bottom }) => Math.max(right - box.right, bottom - box.bottom));
  return [slide.querySelector('h1, h2')?.innerText, Math.max(...beyond)];
}"""
SILENT = "() => Promise.resolve(window.MathJax?.startup?.promise)"


def tagged(cell, slide_type):
    cell.metadata["slideshow"] = {"slide_type": slide_type}
    return cell


@pytest.fixture
def page(tmp_path):
    """The deck of a notebook of every type of slide, parsed."""
    drawn = code("draw()", outputs=[figure_output(png())])
    drawn.metadata["mystnb"] = {"image": {"alt": ALT}}
    cells = [
        tagged(markdown("# A session: the notebook"), "slide"),
        tagged(code("seed = 1", "parameters", "remove-cell"), "skip"),
        tagged(markdown("## The pay is $p < 1$\n\n[Terms](../../book/glossary.md#pay)."), "slide"),
        tagged(markdown("Say *this*; see [it](../../chapters/a/b.ipynb)."), "notes"),
        tagged(code("print(12)", outputs=[stdout("twelve\n")]), "fragment"),
        tagged(code("print(13)", outputs=[stdout("thirteen\n")]), "skip"),
        tagged(markdown("## Break it"), "slide"),
        tagged(code("print(14)", "slide-code", outputs=[stdout("fourteen\n")]), "fragment"),
        tagged(code("print(15)", "remove-cell", outputs=[stdout("fifteen\n")]), "fragment"),
        tagged(drawn, "fragment"),
    ]
    images = tmp_path / "_images"
    text = deck(notebook(*cells), "A session", MATHJAX, images)
    found = BeautifulSoup(text, "html.parser")
    found.images = images
    return found


def test_a_slide_shows_what_code_gave_and_the_code_only_where_it_is_the_point(page):
    slides = [slide for slide in page.select("section > section")]
    assert [slide.h1 or slide.h2 for slide in slides] == page.select("h1, h2")
    _title, pay, broken = (slide.get_text() for slide in slides)
    assert "twelve" in pay and "print(12)" not in pay
    assert "fourteen" in broken and "print(14)" in broken
    for hidden in ("thirteen", "fifteen", "seed"):
        assert hidden not in page.get_text()


def test_what_is_said_stands_in_the_speakers_notes(page):
    [notes] = page.select("aside.notes")
    assert notes.em.get_text() == "this"
    assert notes.find_parent("section").h2.get_text().startswith("The pay is")


def test_what_comes_step_by_step_is_a_fragment(page):
    assert [one.get_text().split()[0] for one in page.select(".fragment")[:1]] == ["twelve"]


def test_a_deck_is_called_after_its_session(page):
    assert page.title.get_text() == "A session: slides"
    assert page.h1.get_text() == "A session"
    assert page.html["lang"] == "en"


def test_links_of_a_deck_lead_to_pages(page):
    links = [link["href"] for link in page.select(".slides a")]
    assert links == ["../../book/glossary.html#pay", "../../chapters/a/b.html"]


def test_a_figure_of_a_deck_is_a_file_with_its_description(page):
    [image] = page.select("img")
    assert image["alt"] == ALT
    assert [path.name for path in page.images.iterdir()] == [image["src"].rpartition("/")[2]]


def test_maths_of_a_deck_is_written_as_the_pages_write_it(page):
    assert page.select_one(".math").get_text() == r"\(p < 1\)"
    assert [one["src"] for one in page.select("head script[src]")] == [
        "../../_static/mathjax/startup.js"
    ]


def test_a_deck_without_maths_loads_none(tmp_path):
    nb = notebook(tagged(markdown("# It costs 3 USD"), "slide"))
    assert "mathjax" not in deck(nb, "A session", MATHJAX, tmp_path)


def test_a_deck_asks_for_nothing_outside(page):
    loaded = [one.get("src") or one.get("href") for one in page.select("[src], link[href]")]
    assert loaded
    assert all(address.startswith("../../_") for address in loaded)


def test_a_deck_of_hidden_cells_is_refused(tmp_path):
    nb = notebook(tagged(markdown("# Nothing"), "skip"))
    with pytest.raises(ValueError, match="hidden"):
        deck(nb, "A session", MATHJAX, tmp_path)


# --- the decks of the book, in a browser


@pytest.fixture(scope="module", params=decks())
def shown(request, window, html):
    """A deck of the book opened at its own size, with what it asked for."""
    with served(html) as address:
        page = window.new_page(viewport=SIZE)
        overheard = Overheard(page)
        page.goto(f"{address}/{request.param}.html")
        page.evaluate(SILENT)
        yield page, overheard, address + f"/{request.param}.html"
        page.close()


def test_the_keyboard_leads_through_a_deck_and_every_slide_fits(shown):
    page, overheard, _ = shown
    number = page.evaluate("Reveal.getTotalSlides()")
    seen, beyond = [], {}
    for _ in range(200):  # steps, more than a deck has
        heading, excess = page.evaluate(FIT)
        seen.append(heading)
        if excess > 1:
            beyond[heading] = round(excess)
        if page.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
            break
        page.keyboard.press("Space")
    assert len(set(seen)) == number >= 10
    assert beyond == {}
    assert (overheard.outside, overheard.faults) == ([], [])


def test_what_does_not_fit_a_slide_is_found(html, window, tmp_path):
    """A deck of a slide with too many lines, and of one with too wide a table."""
    lines = "\n".join(f"- line {number}" for number in range(18))
    columns = "|" + " a_column_that_cannot_be_broken |" * 9
    table = f"{columns}\n|{'---|' * 9}\n{columns}"
    slides = [markdown(f"## {name}\n\n{text}") for name, text in [("Long", lines), ("Wide", table)]]
    nb = notebook(*(tagged(slide, "slide") for slide in slides))
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (tmp_path / "_static").symlink_to(html / "_static", target_is_directory=True)
    (folder / "slides.html").write_text(deck(nb, "Too much", MATHJAX, tmp_path / "_images"))
    page = window.new_page(viewport=SIZE)
    page.goto((folder / "slides.html").as_uri())
    for heading in ("Long", "Wide"):
        seen, excess = page.evaluate(FIT)
        assert seen == heading and excess > 1
        page.keyboard.press("Space")
    page.close()


def test_a_deck_prints_a_slide_a_page_and_all_of_it_is_accessible(shown):
    page, _, address = shown
    number = page.evaluate("Reveal.getTotalSlides()")
    page.goto(f"{address}?print-pdf")
    page.locator(".pdf-page").first.wait_for()
    assert findings(page) == []  # all slides are seen at once
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == number


def test_a_deck_says_its_notes_and_prints_them(shown):
    page, _, address = shown
    page.goto(address)
    assert page.locator("aside.notes").count() >= 6
    number = page.evaluate("Reveal.getTotalSlides()")
    page.goto(f"{address}?print-pdf&showNotes=separate-page")
    page.locator(".speaker-notes-pdf").first.wait_for(state="attached")
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > number


def test_each_session_has_a_deck_and_its_page_leads_there(html):
    for session, name in zip(sessions(), decks(), strict=True):
        assert (html / f"{name}.html").is_file()
        text = (html / f"{session.file}.html").read_text(encoding="utf-8")
        assert text.count('href="slides.html') == 3
