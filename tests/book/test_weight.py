"""What pages carry is cut down, and nothing that a reader sees changes."""

import base64
import re
import shutil
from io import BytesIO

import pytest
import tinycss2
from browser import served
from crawl import pages_of
from fontTools.ttLib import TTFont
from icons import PRIVATE
from purge import Names, plain_tokens, possible, purge, split, walk, write
from weight import LENS, SCRIPT, SHEET, Page, joined, lighten, parsed, slim

from ssplab.book import building
from ssplab.course.paths import course_root

PARTS = ["_config.yml", "_toc.yml", "book", "chapters", "exercises", "solutions", "datasets"]
LOOKS = [(mode, width) for mode in ["light", "dark"] for width in [360, 1400]]


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """The pages of the course as they are without the extension."""
    root = tmp_path_factory.mktemp("stock")
    for part in PARTS:
        source = course_root() / part
        if source.is_dir():
            shutil.copytree(source, root / part)
        else:
            shutil.copyfile(source, root / part)
    settings = (root / "_config.yml").read_text(encoding="utf-8")
    without = re.sub(r"^ *(- weight|weight: book/_ext)\n", "", settings, flags=re.MULTILINE)
    assert settings.count("\n") - without.count("\n") == 2
    (root / "_config.yml").write_text(without, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSPLAB_ROOT", str(root))
        return building.build()


def sheets_of(html, name):
    """Return the style sheets that a page loads, each as text."""
    page = Page(name, (html / name).read_text(encoding="utf-8"))
    return [load.path for load in page.loads() if load.is_sheet]


def selectors_of(rules):
    """Return the selectors of rules, in one way of writing."""
    return {
        " ".join(tinycss2.serialize(selector).split())
        for rule in walk(rules)
        if rule.type == "qualified-rule"
        for selector in split(rule.prelude)
    }


def read(html, paths):
    rules = [rule for path in paths for rule in parsed(path, html, [])]
    for rule in rules:  # `walk` goes into groups of rules that are parsed
        if rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            rule.content = tinycss2.parse_rule_list(rule.content)
    return rules


# --- nothing that is seen changes

# States and parts of an element say nothing about which elements there are.
MATCHED = """(selectors) => {
  const states = /::?-?(hover|focus|focus-visible|focus-within|active|visited|target|checked|before|after|placeholder|first-letter|first-line|marker|backdrop|selection)(?![-\\w])/g;
  const found = [], unread = [];
  for (const selector of selectors) {
    const plain = selector.replace(states, '').replace(/(^|[\\s>+~,(])(?=$|[\\s>+~,)])/g, '$1*');
    try { if (document.querySelector(plain)) found.push(selector); }
    catch { unread.push(selector); }
  }
  return { found, unread };
}"""  # noqa: E501
OPEN_ALL = """() => {
  document.querySelectorAll('details').forEach((details) => { details.open = true });
  document.querySelectorAll('.toggle-button-hidden, .dropdown > button, .search-button__button')
    .forEach((button) => button.click());
}"""


def test_no_rule_was_dropped_that_an_element_matches(html, stock, window):
    names = pages_of(html)
    names.remove("index.html")
    before = selectors_of(read(stock, sheets_of(stock, names[0])))
    after = selectors_of(read(html, [SHEET]))
    dropped = sorted(before - after)
    assert len(dropped) > 1000
    assert after <= before
    context = window.new_context()
    found = {}
    with served(html) as address:
        for name in names:
            page = context.new_page()
            page.goto(f"{address}/{name}")
            page.evaluate(OPEN_ALL)
            page.evaluate("() => window.MathJax?.startup?.promise")
            told = page.evaluate(MATCHED, [*dropped, "main"])
            page.close()
            assert told["found"].pop() == "main"  # it can tell what matches
            found[name] = told["found"]
    context.close()
    # What this browser cannot read is for others.
    assert [one for one in told["unread"] if not re.search(r"::?-(moz|ms|webkit)-", one)] == []
    assert {name: matched for name, matched in found.items() if matched} == {}


STYLES = """() => {
  for (const code of document.querySelectorAll('.highlight pre')) code.textContent += '';
  const hash = (text) => {
    let value = 0;
    for (let i = 0; i < text.length; i++) value = (value * 31 + text.charCodeAt(i)) | 0;
    return value;
  };
  const properties = [...getComputedStyle(document.body)].filter((name) => !name.startsWith('--'));
  const style = (element, part) => {
    const computed = getComputedStyle(element, part);
    if (part && computed.content === 'none') return '';
    return properties.map((name) => computed.getPropertyValue(name)).join(';');
  };
  return [...document.querySelectorAll('html, body, body *:not(script, style)')].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const styles = [null, '::before', '::after'].map((part) => hash(style(element, part)));
    return [element.tagName, element.className.toString(), x, y, width, height, ...styles].join();
  });
}"""
COLOURS = """() => [...document.querySelectorAll('.highlight pre')].map((code) => {
  const runs = [];
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { color, backgroundColor, fontWeight, fontStyle, textDecoration } =
      getComputedStyle(walker.currentNode.parentElement);
    const look = [color, backgroundColor, fontWeight, fontStyle, textDecoration].join();
    for (const one of walker.currentNode.data.replace(/\\s/g, '')) runs.push(one + look);
  }
  return runs;
})"""


def key_pages():
    """Return one page of each kind."""
    kinds = ["book/welcome", "chapters/", "exercises/", "book/datasets/", "book/references"]
    return [next(page for page in building.pages() if page.startswith(kind)) for kind in kinds]


@pytest.fixture(scope="module", params=[*key_pages(), "search"])
def both(request, html, stock, window):
    """A page as the theme makes it and as it is, with icons from the same source in both."""
    context = window.new_context(reduced_motion="reduce")
    context.route("**/fontawesome/**/*.js*", lambda route: route.abort())
    with served(stock) as theirs, served(html) as ours:
        pages = []
        for address in [theirs, ours]:
            page = context.new_page()
            page.goto(f"{address}/{request.param}.html", wait_until="networkidle")
            page.evaluate("() => window.MathJax?.startup?.promise")
            page.add_style_tag(content=LENS)  # the one change that is meant
            page.add_style_tag(content=".version{display:none}")  # git does not know the copy
            pages.append(page)
        yield pages
    context.close()


def show(page, mode, width):
    page.emulate_media(color_scheme=mode)
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("mode => document.documentElement.dataset.theme === mode", arg=mode)
    # The theme looks 300 ms after a resize at what scrolls.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 350)))")


def test_all_looks_as_it_did(both):
    for mode in ["light", "dark"]:
        coloured = []
        for page in both:
            show(page, mode, 1400)
            coloured.append(page.evaluate(COLOURS))
        assert coloured[0] == coloured[1]
    for mode, width in LOOKS:
        seen = []
        for page in both:
            show(page, mode, width)
            seen.append(page.evaluate(STYLES))
        differing = [pair for pair in zip(*seen, strict=True) if pair[0] != pair[1]]
        assert differing == []
        assert len(seen[0]) > 50


def test_the_comparison_sees_a_colour(both):
    _, page = both
    before = page.evaluate(STYLES)
    page.evaluate("document.querySelector('h1').style.color = 'rgb(1, 2, 3)'")
    assert page.evaluate(STYLES) != before


# --- style sheets


@pytest.fixture
def names():
    names = Names()
    names.read_page(
        '<html data-theme="auto"><body><p class="lead a" id="top"><i onclick="open()"></i></p>'
        "<script>document.write(`<em class='drawn'></em>`); x = `bs-${kind}-auto`;"
        "x.dataset.openedBy = x.tabIndex</script></body>"
    )
    return names


@pytest.mark.parametrize(
    "selector",
    [
        ".lead",
        "p.lead#top > i",
        "*",
        ":root",
        "::selection",
        ".drawn",
        "em.drawn:hover::after",
        ".bs-popover-auto",
        "html[data-theme='dark'] .lead",
        ".lead:not(.gone)",
        ":is(.gone, .lead) i",
        "p:has(> i)",
        "mjx-container",
        "[data-opened-by] p",
        "[tabindex]",
    ],
)
def test_a_selector_that_may_match_stays(selector, names):
    assert possible(tinycss2.parse_component_value_list(selector), names)


@pytest.mark.parametrize(
    "selector",
    [".gone", "#gone", "table", "[gone]", ".lead.gone", "p > .gone", ":is(.gone, table) p"],
)
def test_a_selector_that_cannot_match_is_dropped(selector, names):
    assert not possible(tinycss2.parse_component_value_list(selector), names)


def slimmed(css, names):
    rules = tinycss2.parse_stylesheet(css)
    return re.sub(r"\s", "", "".join(rule.serialize() for rule in slim(rules, names)))


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".lead, .gone {color: red}", ".lead{color:red}"),
        ("@media print {.gone {color: red}}", ""),
        ("@media print {.gone {color: red} p {top: 0}}", "@mediaprint{p{top:0}}"),
        (
            "@supports (top: 0) {@media print {p {top: 0}}}",
            "@supports(top:0){@mediaprint{p{top:0}}}",
        ),
        ("/* told */ p {top: 0} /*! licence */", "p{top:0}/*!licence*/"),
        ("p {--a: 1; --b: 2; top: var(--a)}", "p{--a:1;top:var(--a)}"),
        ("p {--a: var(--b)} :root {--b: 1}", ""),
        ("p {top: calc(1px + var(--a, var(--b)))} i {--b: 1}", None),
        ("p {& .gone {top: 0}}", None),
        ("@font-face {font-family: x}", None),
    ],
)
def test_of_a_sheet_stays_what_is_used(css, kept, names):
    whole = re.sub(r"\s", "", css)
    assert slimmed(css, names) == (whole if kept is None else kept)


def test_a_sheet_is_written_with_its_blanks_and_licences():
    css = "@media  print {p a , i {top: calc(1px + 2px)}} /* told */ b {/* told */ margin: 0 1px; }"
    text = write(tinycss2.parse_stylesheet(f"/*! MIT */{css}", skip_whitespace=True))
    assert text.split("\n")[:2] == ["/*! MIT */", "@media print {p a , i {top: calc(1px + 2px)}}"]
    assert "told" not in text
    assert "b { margin: 0 1px;" in text


def test_a_property_that_a_script_reads_stays(names):
    names.read_script("getPropertyValue('--read')")
    assert slimmed("p {--read: 1}", names) == "p{--read:1}"


def test_tokens_are_plain_that_look_as_their_block():
    css = """
    .light .highlight {background: white; color: #111} .dark .highlight {color: #EEE}
    .light .highlight .n {color: #111} .dark .highlight .n {color: #eee}
    .light .highlight .p {color: #111} .dark .highlight .p {color: red}
    .light .highlight .w {color: #111; font-weight: bold}
    .light .highlight .o {color: #111} .o:hover {color: red}
    """
    assert plain_tokens(purge(tinycss2.parse_stylesheet(css), everything())) == {"n"}


def everything():
    names = Names()
    names.read_page('<p class="light dark highlight n p w o">')
    return names


# --- icons


def test_every_icon_of_the_sheet_is_in_the_fonts_it_carries(html):
    sheet = (html / SHEET).read_text(encoding="utf-8")
    drawn = {ord(icon) for icon in PRIVATE.findall(sheet)}
    held = set()
    for data in re.findall(r"data:font/woff;base64,([^\"]+)", sheet):
        font = TTFont(BytesIO(base64.b64decode(data)))
        held |= font.getBestCmap().keys()
        names = {record.nameID: str(record) for record in font["name"].names}
        assert "Font Awesome" in names[0]
        assert not names.keys() & {1, 2, 4, 6}  # the licence reserves them
    assert held
    assert held == drawn


@pytest.mark.parametrize("width", [360, 1400])
def test_the_lens_stands_beside_what_is_typed(html, window, width):
    page = window.new_page(viewport={"width": width, "height": 900})
    with served(html) as address:
        page.goto(f"{address}/search.html")
        form = page.locator(".bd-search-container form.bd-search")
        lens = form.locator(".fa-magnifying-glass").bounding_box()
        field = form.locator("input").bounding_box()
    page.close()
    assert lens["width"] > 0
    assert lens["x"] + lens["width"] <= field["x"]


# --- scripts and pages


def test_one_script_s_strictness_is_not_another_s(window):
    page = window.new_page()
    page.set_content("")
    page.add_script_tag(
        content=joined(['"use strict"; var a = 1', "undeclared = 2 // end", "b = a"])
    )
    assert page.evaluate("[undeclared, b]") == [2, 1]
    page.close()


HEAD = """<html data-content_root="./"><head>
<link rel="preload" as="script" href="{root}_static/scripts/a.js?digest=1" />
<link rel="stylesheet" href="{root}_static/styles/one.css?v=1" />
<link rel="stylesheet" href="{root}_static/two.css" />
<script src="{root}_static/vendor/fontawesome/6/js/all.min.js"></script>
<script src="{root}_static/documentation_options.js?v=1"></script>
<script defer="defer" src="{root}_static/late.js"></script>
<script data-told="yes" src="{root}_static/scripts/a.js?digest=1"></script>
<script>window.MathJax = {{"a": "</p>"}}</script>
<script defer="defer" src="{root}_static/mathjax/startup.js"></script>
{more}</head><body>"""
FILES = {
    "_static/styles/one.css": '@import "../base.css"; .b {background: url(../images/b.png)}',
    "_static/base.css": ".a {top: 0} .gone {top: 1px}",
    "_static/two.css": '@charset "utf-8"; .c {background: url("data:image/png;base64,AA==")}',
    "_static/documentation_options.js": "const OPTIONS = {}",
    "_static/late.js": "late()",
    "_static/scripts/a.js": "early()",
    "_static/mathjax/startup.js": "",
    "_static/vendor/fontawesome/6/js/all.min.js": "gone()",
    "_static/vendor/fontawesome/6/LICENSE.txt": "OFL",
    "_static/searchtools.js": "find('found')",
    "index.html": '<meta http-equiv="Refresh" content="0; url=a/b.html" />',
    "a/b.html": HEAD.format(root="../", more="")
    + '<p class="a c"><i class="fa-solid fa-x"></i></p>'
    + '<div class="highlight"><pre><span></span><span class="s">1</span><span class="s">2</span>'
    + "\n   kept</pre></div>\n   <p>\n   moved</p></body></html>",
    "search.html": HEAD.format(root="", more='<script src="_static/searchtools.js"></script>')
    + '<p class="b"></p><span class="math">x</span></body></html>',
}


@pytest.fixture
def light(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    lighten(tmp_path, "_static/mathjax/startup.js")
    return tmp_path


def test_sheets_become_one(light):
    sheet = (light / SHEET).read_text(encoding="utf-8")
    assert ".a {top: 0}" in sheet
    assert ".gone" not in sheet
    assert 'url("images/b.png")' in sheet
    assert "data:image/png;base64,AA==" in sheet
    assert not (light / "_static/base.css").exists()


def test_scripts_become_one_and_run_in_their_order(light):
    script = (light / SCRIPT).read_text(encoding="utf-8")
    assert script.index("early()") < script.index("late()")
    assert "gone()" not in script and "find(" not in script
    page = (light / "search.html").read_text(encoding="utf-8")
    assert "<script>const OPTIONS = {}</script>" in page
    assert re.search(r'<script defer data-told="yes" src="_static/book\.js\?v=\w{8}">', page)
    assert '<script defer src="_static/searchtools.js"></script>' in page
    assert page.index("book.js") < page.index("searchtools.js")


def test_addresses_count_from_the_page(light):
    page = (light / "a/b.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="([^"?]+)', page) == ["../" + SHEET, "../" + SCRIPT]


def test_mathjax_stays_where_there_is_maths(light):
    assert "MathJax" not in (light / "a/b.html").read_text(encoding="utf-8")
    page = (light / "search.html").read_text(encoding="utf-8")
    assert "MathJax" in page and "_static/mathjax/startup.js" in page


def test_what_is_read_aloud_and_copied_stays(light):
    page = (light / "a/b.html").read_text(encoding="utf-8")
    assert '<i aria-hidden="true" class="fa-solid fa-x">' in page
    assert "<span class=s>12</span>\n   kept" in page
    assert "<p>\nmoved</p>" in page


def test_licences_stay_and_what_was_taken_in_goes(light):
    left = {path.name for path in (light / "_static").rglob("*") if path.is_file()}
    assert left == {"book.css", "book.js", "LICENSE.txt", "startup.js", "searchtools.js"}
