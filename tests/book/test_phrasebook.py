"""The phrasebook: each pandas phrase is run, and what is shown of all of them fits."""

import ast
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from phrase_files import write_files

from ssplab.book import phrasebook as source
from ssplab.book.phrasebook import phrasebook
from ssplab.course.paths import course_root
from ssplab.system.errors import SsplabError

BOOK = phrasebook()
PHRASES = {phrase.do: phrase for phrase in BOOK.phrases}
each_phrase = pytest.mark.parametrize("phrase", PHRASES.values(), ids=PHRASES)

# ---- Each phrase is run


@pytest.fixture(scope="module")
def recipe():
    """What a reader pastes to try the phrases, compiled."""
    return compile(BOOK.recipe(), "recipe", "exec")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The folder of the files that phrases read."""
    path = tmp_path_factory.mktemp("files")
    write_files(BOOK.files, path)
    return path


@pytest.fixture
def run(recipe, files, tmp_path, monkeypatch):
    """A way to run a phrase's Python beside its files, and what comes out in plain values."""
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)

    def run(code, then=None):
        names = {"Path": Path}
        exec(recipe, names)
        tree = ast.parse(code)
        if isinstance(tree.body[-1], ast.Expr):  # what a notebook would show
            last = ast.Assign([ast.Name("_", ast.Store())], tree.body.pop().value)
            tree.body.append(last)
        exec(compile(ast.fix_missing_locations(tree), "phrase", "exec"), names)
        return plain(eval(then or "_", names))

    return run


def plain(value):
    """Return a result as `gives` writes it: a table by column, a Series by label, None if missing.

    Labels 0, 1, 2 … are left out; what is not a whole number, a truth or a text stays what it is.
    """
    if isinstance(value, pd.DataFrame):
        columns = {plain(name): plain(value[name].to_list()) for name in value}
        return columns if counted(value.index) else {"index": plain(value.index), **columns}
    if isinstance(value, pd.Series):
        values = plain(value.to_list())
        if counted(value.index):
            return values
        return dict(zip(plain(value.index), values, strict=True))
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return plain(value.item())
    if isinstance(value, np.ndarray | pd.Index | list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, pd.Timestamp) and not pd.isna(value):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, np.dtype | pd.api.extensions.ExtensionDtype):
        return str(value)
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def counted(labels):
    return labels.to_list() == list(range(len(labels)))


def alike(found, expected):
    """Return whether two plain results are the same, types included, floats to nine digits."""
    if type(found) is not type(expected):
        return False
    if isinstance(found, dict):
        return list(found) == list(expected) and all(
            alike(found[name], expected[name]) for name in found
        )
    if isinstance(found, list):
        return len(found) == len(expected) and all(map(alike, found, expected))
    return found == (pytest.approx(expected, rel=1e-8) if isinstance(found, float) else expected)


@each_phrase
def test_a_phrase_gives_what_was_worked_out_by_hand(run, phrase):
    found = run(phrase.pandas, phrase.then)
    assert alike(found, phrase.gives), f"{found} is not {phrase.gives}"


@each_phrase
def test_what_one_would_write_instead_is_seen_to_be_wrong(run, phrase):
    try:
        found = run(phrase.slipped, phrase.then)
    except Exception as error:  # what a slip raises is as much another answer
        assert not isinstance(error, SyntaxError | NameError), "the slip is not Python"
    else:
        assert not alike(found, phrase.gives)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (1, 1.0),
        (True, 1),
        (None, 0),
        ([1, 2], [1]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"index": ["x"], "a": [1]}, {"a": [1]}),
        (1.0, 1.0001),
        ("2023-01-31", "2023-01-30"),
    ],
)
def test_other_results_are_not_alike(found, expected):
    assert not alike(found, expected)
    assert alike(found, found)


def test_results_are_told_plainly():
    table = pd.DataFrame({"day": pd.to_datetime(["2023-01-31"]), "pay": [np.nan]}, index=["x"])
    assert plain(table) == {"index": ["x"], "day": ["2023-01-31"], "pay": [None]}
    assert plain(table["pay"].dtype) == "float64"
    assert plain(pd.Series([True, None], dtype="boolean")) == [True, None]


# ---- What the page says of itself


def test_there_are_sixty_phrases_or_more():
    assert len(PHRASES) >= 60


@pytest.fixture(scope="module")
def taught():
    """What the code and the answers of each chapter use, by its slug."""
    return {
        slug: used_in("\n".join(text for _, text in page.cells))
        for slug, page in source.chapters_by_slug().items()
    }


@each_phrase
def test_a_chapter_that_is_named_uses_what_is_the_phrase_s_own(phrase, taught):
    """Of what the phrase uses, that which the fewest chapters use."""
    [group] = [group for group in BOOK.groups if phrase in group.phrases]
    chapter = group.chapter_of(phrase)
    if chapter is not None:
        own = min(
            uses(phrase.pandas), key=lambda name: sum(name in used for used in taught.values())
        )
        some = next((slug for slug, used in taught.items() if own in used), "no chapter")
        assert own in taught[chapter], f"{own} is in {some}"


KINDS = {ast.FunctionDef: "def ", ast.Assert: "assert ", ast.JoinedStr: 'f"', ast.Subscript: "["}


def uses(code):
    """Return what a phrase is about: the functions, methods and attributes of its last lines.

    What is prepared above them is not its own; where there are none, the kind of its code.
    """
    statements = ast.parse(code).body
    for kind in [ast.FunctionDef, ast.Assert]:
        if any(isinstance(statement, kind) for statement in statements):
            return {KINDS[kind]}
    for statement in reversed(statements):
        nodes = list(ast.walk(statement))
        names = {node.attr for node in nodes if isinstance(node, ast.Attribute)} - {"inf", "nan"}
        names |= {node.func.id for node in nodes if isinstance(getattr(node, "func", 0), ast.Name)}
        if names:
            return names
    return {KINDS[type(node)] for node in ast.walk(ast.parse(code)) if type(node) in KINDS}


def used_in(text):
    """Return the names that a chapter has behind a dot or before a parenthesis, and its kinds."""
    names = {*re.findall(r"\.(\w+)", text), *re.findall(r"(\w+)\(", text)}
    return names | {kind for kind in KINDS.values() if kind in text}


# ---- A file that breaks its form


@pytest.fixture
def phrases_of(monkeypatch, tmp_path):
    """A way to read the phrases with a part of the file changed."""
    text = (course_root() / source.SOURCE).read_text(encoding="utf-8")
    path = tmp_path / "phrasebook.yml"
    monkeypatch.setattr(source, "chapters_by_slug", lambda: dict.fromkeys(SLUGS))

    def phrases_of(before, after):
        assert before in text
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        monkeypatch.setattr(source, "course_root", lambda: tmp_path)
        monkeypatch.setattr(source, "SOURCE", path.name)
        return phrasebook()

    return phrases_of


SLUGS = list(source.chapters_by_slug())


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("groups:\n", "groups: [\n", "is not YAML"),
        ("r: nrow(posts)", "julia: nrow(posts)", "breaks its form.*julia"),
        ("r: nrow(posts)", f"r: {'n' * 39}", "39 characters, at most 38"),
        ("do: Count the rows", "do: See the first rows", "two phrases called 'See the first rows'"),
        ("chapter: first-table", "chapter: frist-table", "'frist-table'.*first-table"),
    ],
)
def test_a_fault_in_the_file_is_told(phrases_of, before, after, told):
    with pytest.raises(SsplabError, match=re.compile(told, re.DOTALL)):
        phrases_of(before, after)


def test_a_slip_that_fits_nowhere_is_told(phrases_of):
    book = phrases_of('slip: ["len(posts)"', 'slip: ["length(posts)"')
    [phrase] = [phrase for phrase in book.phrases if phrase.do == "Count the rows"]
    with pytest.raises(SsplabError, match="does not stand in its pandas code"):
        _ = phrase.slipped


# ---- On the screen and on paper

NAME = "book/phrasebook"
PAGES = 6  # of A4 in landscape: three sheets, printed on both sides
PRINTED = 1054  # pixels between the margins of such a page
SMALLEST = 10  # pixels, which are 7.5 points
SEEN = "(element) => element.checkVisibility()"
# Blocks of code of which a line goes on in the next one, scrolls, or leaves the page.
CUT = f"""() => [...document.querySelectorAll('.phrase pre')].filter({SEEN}).filter((pre) => {{
  const {{ lineHeight, paddingTop, paddingBottom }} = getComputedStyle(pre);
  const inside = pre.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
  const lines = pre.textContent.trimEnd().split('\\n').length;
  return inside > (lines + 0.5) * parseFloat(lineHeight) || pre.scrollWidth > pre.clientWidth + 1
    || pre.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}}).map((pre) => pre.textContent)"""
SMALL = f"""(smallest) => [...document.querySelectorAll('.bd-article .phrases *')].filter({SEEN})
  .filter((element) => [...element.childNodes].some(
    (node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
  .filter((element) => parseFloat(getComputedStyle(element).fontSize) < smallest - 0.01)
  .map((element) => element.outerHTML.slice(0, 100))"""
PLACES = f"""() => [...document.querySelectorAll('.said')].filter({SEEN}).map((said) =>
  [...said.children].filter({SEEN}).map((one) => {{
    const {{ left, top }} = one.getBoundingClientRect();
    return [one.querySelector('.language').checkVisibility() && one.className.split(' ')[0],
      Math.round(left), Math.round(top)];
  }}))"""


@pytest.fixture(scope="module")
def page(window, site):
    page = window.new_page()
    page.goto(f"{site}/{NAME}.html")
    yield page
    page.close()


@pytest.fixture
def show(page):
    """A way to show the page in a width, on the screen or as on paper."""

    def show(width, media="screen"):
        page.emulate_media(media=media)
        page.set_viewport_size({"width": width, "height": 740})
        return page

    yield show
    page.check("[value=all]")
    page.emulate_media(media="screen")


def test_three_languages_stand_side_by_side_and_none_scrolls(show):
    page = show(1400)
    places = page.evaluate(PLACES)
    assert len(places) == len(PHRASES)
    for said in places:
        names, lefts, tops = zip(*said, strict=True)
        assert names == ("in-sas", "in-r", "in-pandas")
        assert list(lefts) == sorted(set(lefts))
        assert len(set(tops)) == 1
    assert page.evaluate(CUT) == []


def test_on_a_narrow_window_they_stand_below_each_other_with_their_names(show):
    page = show(360)
    for said in page.evaluate(PLACES):
        names, lefts, tops = zip(*said, strict=True)
        assert names == ("in-sas", "in-r", "in-pandas")
        assert len(set(lefts)) == 1
        assert list(tops) == sorted(set(tops))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(("choice", "hidden"), [("sas", "in-r"), ("r", "in-sas")])
def test_a_reader_may_hide_a_language(show, choice, hidden):
    page = show(1400)
    page.check(f"[value={choice}]")
    shown = {tuple(name for name, _, _ in said) for said in page.evaluate(PLACES)}
    assert shown == {tuple(one for one in ("in-sas", "in-r", "in-pandas") if one != hidden)}
    assert page.get_by_role("radio", name=f"{choice.upper()} and pandas", exact=True).is_checked()


def test_a_phrase_can_be_linked_to_and_leads_to_its_chapter(html):
    soup = BeautifulSoup((html / f"{NAME}.html").read_bytes(), "html.parser")
    sections = {one.h3.get_text().removesuffix("#"): one for one in soup.select("section.phrase")}
    assert sections.keys() == PHRASES.keys()
    for group in BOOK.groups:
        for phrase in group.phrases:
            section, chapter = sections[phrase.do], group.chapter_of(phrase)
            assert section["id"] == section.h3.a["href"].removeprefix("#")
            links = [Path(link["href"]).stem for link in section.select(".taught a")]
            assert links == [chapter] * bool(chapter)


def test_the_sheet_has_six_pages_in_landscape(show):
    pdf = show(PRINTED, "print").pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == PAGES
    width, height = map(float, re.search(rb"/MediaBox \[0 0 (\S+) (\S+)\]", pdf).groups())
    assert (width, height) == (pytest.approx(842, abs=1), pytest.approx(595, abs=1))  # points


def test_on_paper_no_line_is_cut_and_no_letter_too_small(show):
    page = show(PRINTED, "print")
    assert page.evaluate(CUT) == []
    assert page.evaluate(SMALL, SMALLEST) == []
    printed = [one for one in page.locator(".phrase > h3").all() if one.is_visible()]
    assert len(printed) == sum(phrase.paper for phrase in BOOK.phrases) >= 60
    for hidden in [".bd-sidebar-primary", ".bd-header-article", ".languages", "#jb-print-toc"]:
        assert not page.locator(hidden).first.is_visible()


def test_a_line_that_is_too_long_and_a_letter_too_small_are_found(show):
    page = show(PRINTED, "print")
    first = page.locator(".phrase pre").first
    text, style = first.text_content(), first.get_attribute("style") or ""
    first.evaluate("(pre) => { pre.textContent = 'x'.repeat(60); pre.style.fontSize = '9px'; }")
    assert page.evaluate(CUT) == ["x" * 60]
    assert len(page.evaluate(SMALL, SMALLEST)) == 1
    first.evaluate(
        "(pre, [text, style]) => { pre.textContent = text; pre.style = style; }", [text, style]
    )
