"""The book for readers who do not see it, or use no mouse: axe-core finds nothing on any page.

Every page is opened once, and seen in both modes and both widths. How a mode and a width go
together, and what a key does, is the style sheets' and the scripts' doing: this is tested on one
page of each kind (`kinds`), and on a page with everything that chapters may use. A page that is
what it was when it was last seen is taken at its word, but for one of each kind: see
`ssplab.verify.pages`.
"""

from itertools import product

import pytest
from axe import ALIKE, SEEN, findings
from browser import MATHS_DRAWN, served
from bs4 import BeautifulSoup
from kinds import one_of_each_kind
from sample_book import everything

from ssplab.book import building
from ssplab.notebooks.page import html_page
from ssplab.verify import pages
from ssplab.verify.book_report import measure

MODES = ["light", "dark"]
WIDTHS = {"narrow": 360, "wide": 1400}
EVERY_LOOK = list(product(MODES, WIDTHS))
LOOKS = [("light", "wide"), ("dark", "narrow")]
"""Those of a page whose kind is seen in all: each mode and each width once, in the second of which
only what is seen is judged again."""
# The narrowest window, and one of 1,400 px at twice the size, as WCAG 1.4.10 and 1.4.4 ask.
FITS = {"narrowest": 320, "zoomed": 700, "wide": 1400}
# Code has thousands of tokens in a dozen colours: a block that shows none anew becomes plain text.
THIN_OUT_CODE = """
const seen = new Set();
for (const code of document.querySelectorAll('.highlight pre')) {
  const block = code.closest('.highlight').parentElement;
  const ground = block.parentElement.closest('.admonition, details, .cell_output');
  const before = seen.size;
  for (const token of code.querySelectorAll('span')) {
    if (token.textContent.trim().length > 1)  // axe does not judge the colour of one character
      seen.add([token.className, token.style.cssText, block.className, ground?.className].join());
  }
  if (seen.size === before) code.textContent = code.textContent;
}
"""
OPEN_ALL = """
document.querySelectorAll('details').forEach((details) => { details.open = true });
document.querySelectorAll('.toggle-button-hidden').forEach((button) => button.click());
"""
FOCUSED = """(element) => {
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  const around = getComputedStyle(element.parentElement, '::before');
  const inside = element.firstElementChild;
  return {
    tag: element.tagName,
    text: element.innerText,
    name: element.getAttribute('aria-label') ?? element.title,
    ring: ['solid', 'auto'].includes(outlineStyle) || boxShadow.includes('rgb(')
      || around.borderStyle === 'solid'
      || (inside !== null && getComputedStyle(inside).outlineStyle === 'solid'),
    in_main: document.querySelector('main').contains(element),
  };
}"""
# What the Tab key should come to; of a group of radio buttons the chosen one, arrows to the others.
WANTED = """() => [...document.querySelectorAll(
    'a[href], button, summary, input, select, textarea, [tabindex="0"]')]
  .filter((element) => element.tabIndex >= 0 && !element.disabled
    && !(element.type === 'radio' && !element.checked
      && document.querySelector(`input[type=radio][name="${element.name}"]:checked`))
    && element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }))"""
# Keeps what the Tab key comes to, and tells what it should come to.
LISTEN = f"""() => {{
  window.stops = [];
  window.told = {FOCUSED};
  document.addEventListener('focusin', ({{ target }}) => stops.push([target, told(target)]));
  window.wanted = ({WANTED})();
  return wanted.length;
}}"""
# The same without a key for each: what takes no focus, does not show it, or holds the Tab key.
# As after a key, since the focus that a script moves shows as the one shows that it came from.
UNFIT = f"""() => {{
  const told = {FOCUSED};
  const wanted = ({WANTED})();
  const faults = wanted.map((element) => {{
    element.focus({{ preventScroll: true }});
    const tab = {{ key: 'Tab', code: 'Tab', bubbles: true, cancelable: true }};
    const faults = [
      [document.activeElement !== element, 'takes no focus'],
      [document.activeElement === element && !told(element).ring, 'does not show the focus'],
      [!element.dispatchEvent(new KeyboardEvent('keydown', tab)), 'holds the Tab key'],
      [element.tabIndex > 0, 'takes the focus out of turn'],
    ];
    return faults.filter(([found]) => found)
      .map(([, what]) => `${{what}}: ${{element.outerHTML.slice(0, 200)}}`);
  }});
  document.activeElement.blur();
  return {{ number: wanted.length, faults: faults.flat() }};
}}"""
# Text that its own box hides: neither scrolls nor shows.
CUT = """() => ({
  width: document.documentElement.scrollWidth,
  cut: [...document.querySelectorAll('.bd-article :is(p, h1, h2, h3, li, td, th, dd, summary)')]
    .filter((box) => box.scrollWidth > box.clientWidth + 1 && box.clientWidth
      && ['hidden', 'clip'].includes(getComputedStyle(box).overflowX)
      && !box.closest('.visually-hidden'))
    .map((box) => box.outerHTML.slice(0, 200)),
})"""
# Beyond the last link, the browser takes the focus and gives it back a moment later: a key that
# came in between leads to the second link, so the way back is looked for in all that was heard.
HEARD = """() => ({
  stops: stops.map(([, told]) => told),
  again: stops.slice(1).some(([stop]) => stop === stops[0][0]),
  missed: wanted.filter((element) => !stops.some(([stop]) => stop === element))
    .map((element) => element.outerHTML.slice(0, 200)),
})"""


def visit(context, address):
    """Open a page with all that is folded unfolded, and repeated code plain."""
    page = context.new_page()
    page.goto(address)
    page.evaluate(MATHS_DRAWN)
    page.evaluate(OPEN_ALL)
    page.evaluate(THIN_OUT_CODE)
    return page


def look(page, mode, width):
    """Show a page in a mode and a width."""
    page.emulate_media(color_scheme=mode)
    page.set_viewport_size({"width": (WIDTHS | FITS)[width], "height": 900})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert page.evaluate("document.documentElement.dataset.theme") == mode


def focused(page):
    """Tell what has the focus, and whether it shows."""
    return page.evaluate(f"({FOCUSED})(document.activeElement)")


def unfit(page):
    """Tell what the Tab key would come to, of which something is wrong; how much there is."""
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    return page.evaluate(UNFIT)


def tabbed(page):
    """Press the Tab key through a whole page; return what it came to, and what it missed."""
    number = page.evaluate(LISTEN)
    for count in range(number + 20):  # a trap would turn for ever
        page.keyboard.press("Tab")
        if count >= number - 1 and page.evaluate(HEARD)["again"]:
            break
    return page.evaluate(HEARD)


@pytest.fixture(scope="module")
def context(window):
    """A reader who wants no motion, with one cache for all pages."""
    context = window.new_context(reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture(scope="module")
def kinds(html):
    """The pages that have between them all that any page has."""
    return {name.removesuffix(".html") for name in one_of_each_kind(html)}


@pytest.fixture(scope="module", params=[*building.pages(), "search", "genindex"])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def page(name, context, site, html, kinds):
    if name not in kinds and pages.taken_at_its_word(html, name):
        pytest.skip(pages.RECORDED)
    page = visit(context, f"{site}/{name}.html")
    yield page
    page.close()


def test_axe_finds_nothing(page, name, kinds, html, record_property):
    found = {}
    record_property(*pages.measure(html, name))
    for mode, width in EVERY_LOOK if name in kinds else LOOKS:
        look(page, mode, width)
        again = found and name not in kinds
        found[f"{mode} at {WIDTHS[width]} px"] = findings(page, SEEN if again else None)
    record_property(*measure(name, axe={seen: len(faults) for seen, faults in found.items()}))
    assert {seen: faults for seen, faults in found.items() if faults} == {}


def test_pages_of_each_room_are_seen_in_every_look_and_all_in_each_mode_and_width(kinds):
    for room in ("book", "book/datasets", "book/parts", "chapters", "exercises", "solutions"):
        assert any(name.startswith(f"{room}/") for name in kinds), room
    assert {"search", "genindex"} <= kinds
    assert {*LOOKS} < {*EVERY_LOOK}
    assert [{*seen} for seen in zip(*LOOKS, strict=True)] == [{*MODES}, {*WIDTHS}]


def test_a_page_is_no_wider_than_the_window(page, name, record_property):
    asked = {}
    for width in FITS:
        look(page, "light", width)
        asked[str(FITS[width])] = page.evaluate("document.documentElement.scrollWidth")
    record_property(*measure(name, widths=asked))
    assert {width: wide for width, wide in asked.items() if wide > int(width)} == {}


def test_text_of_twice_the_size_fits_the_window(page):
    look(page, "light", "wide")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    told = page.evaluate(CUT)
    page.evaluate("document.documentElement.style.fontSize = ''")
    assert told == {"width": FITS["wide"], "cut": []}


def test_all_that_can_be_used_takes_the_focus_and_shows_it(page):
    look(page, "light", "wide")
    told = unfit(page)
    assert told["faults"] == []
    assert told["number"] > 10


def test_a_planted_cut_is_found(spoilt):
    look(spoilt, "light", "wide")
    planted = '<p style="overflow: hidden; white-space: nowrap; width: 5em">More than five ems</p>'
    article = spoilt.locator("article")
    article.evaluate("(article, html) => article.insertAdjacentHTML('beforeend', html)", planted)
    cut = spoilt.evaluate(CUT)["cut"]
    article.evaluate("article => article.lastElementChild.remove()")
    assert [text[:10] for text in cut] == ['<p style="']


@pytest.fixture(scope="module")
def gallery(context, samples):
    """One page with everything that chapters may use, built as the book is."""
    with served(samples) as address:
        page = visit(context, f"{address}/book/gallery.html")
        yield page
        page.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_in_what_chapters_may_use(gallery, mode, width):
    look(gallery, mode, width)
    assert findings(gallery) == []


def test_headers_of_output_tables_say_what_they_head(gallery):
    tables = BeautifulSoup(gallery.content(), "html.parser").select(".text_html table")
    assert len(tables) == 2
    for table in tables:
        assert {header["scope"] for header in table.select("thead th")} == {"col"}
        assert {header["scope"] for header in table.select("tbody th")} == {"row"}
        assert all(header.get_text(strip=True) for header in table.select("th"))


@pytest.fixture
def fresh(context):
    """A page as a reader opens it, with nothing unfolded."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def welcome(fresh, site):
    fresh.goto(f"{site}/book/welcome.html")
    return fresh


@pytest.fixture
def exercise(fresh, site):
    name = next(name for name in building.pages() if name.startswith("exercises/"))
    fresh.goto(f"{site}/{name}.html")
    return fresh


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("opener", "opened"),
    [
        (".primary-toggle", ".bd-sidebar-primary nav"),
        (".secondary-toggle", ".bd-sidebar-secondary nav"),
        (".header-article-item .search-button", ".search-button__wrapper form"),
        (".dropdown-download-buttons > button", ".dropdown-download-buttons ul"),
    ],
)
def test_axe_finds_nothing_in_what_buttons_open(welcome, mode, opener, opened):
    look(welcome, mode, "narrow")
    welcome.locator(opener).click()
    welcome.locator(opened).wait_for(state="visible")
    welcome.mouse.move(0, 0)
    assert findings(welcome) == []


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_in_a_definition(fresh, site, mode):
    fresh.goto(f"{site}/book/questions.html")
    look(fresh, mode, "narrow")
    fresh.locator("a.term").first.focus()
    fresh.locator("[role=tooltip]").first.wait_for(state="visible")
    assert findings(fresh) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_reaches_all_and_shows_where_it_is(exercise, width):
    look(exercise, "light", width)
    stops = []
    # Beyond the contents, which grow with the book, comes the page's own text.
    while not any(stop["in_main"] and stop["tag"] == "A" for stop in stops) and len(stops) < 200:
        exercise.keyboard.press("Tab")
        stops.append(focused(exercise))
    assert stops[0]["text"] == "Skip to main content"
    assert [stop for stop in stops if not stop["ring"]] == []
    assert any("Search" in (stop["text"] or stop["name"]) for stop in stops)
    assert any(stop["in_main"] and stop["tag"] == "A" for stop in stops)


def test_the_tab_key_goes_through_a_whole_page_of_each_kind(fresh, site, kinds):
    faults = {}
    for name in sorted(kinds & {*building.pages(), "search", "genindex"}):
        fresh.goto(f"{site}/{name}.html")
        look(fresh, "light", "wide")
        heard = tabbed(fresh)
        assert heard["stops"][0]["text"] == "Skip to main content", name
        assert heard["again"], name  # out of the page, and in again by its first link
        faults[name] = heard["missed"] + [stop for stop in heard["stops"] if not stop["ring"]]
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_planted_trap_is_found(welcome):
    look(welcome, "light", "wide")
    welcome.evaluate("""() => {
      const trap = document.querySelector('article p a');
      trap.addEventListener('keydown', (press) => press.preventDefault());
    }""")
    assert [told.split(":")[0] for told in unfit(welcome)["faults"]] == ["holds the Tab key"]
    heard = tabbed(welcome)
    assert heard["missed"]
    assert not heard["again"]


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("outline: none; box-shadow: none", "does not show the focus"),
        (None, "takes no focus"),
        ("tabindex", "takes the focus out of turn"),
    ],
)
def test_what_a_keyboard_cannot_use_is_found(welcome, planted, told):
    look(welcome, "light", "wide")
    assert unfit(welcome)["faults"] == []
    link = welcome.locator("article p a").first
    if planted is None:
        link.evaluate("(link) => { link.parentElement.inert = true }")
    elif planted == "tabindex":
        link.evaluate("(link) => { link.tabIndex = 1 }")
    else:
        link.evaluate("(link, style) => { link.style.cssText = style }", planted)
    assert {fault.split(":")[0] for fault in unfit(welcome)["faults"]} == {told}


def test_the_first_link_skips_to_the_text(welcome):
    welcome.keyboard.press("Tab")
    welcome.keyboard.press("Enter")
    welcome.keyboard.press("Tab")
    assert focused(welcome)["in_main"]


@pytest.mark.parametrize(
    ("button", "width", "at_first"),
    [("primary", "wide", "true"), ("primary", "narrow", "false"), ("secondary", "narrow", "false")],
)
def test_buttons_of_the_sidebars_say_whether_they_are_open(welcome, button, width, at_first):
    look(welcome, "light", width)
    toggle = welcome.locator(f".{button}-toggle")
    assert toggle.get_attribute("aria-expanded") == at_first
    toggle.press("Enter")
    then = "false" if at_first == "true" else "true"
    welcome.locator(f".{button}-toggle[aria-expanded={then}]").wait_for(state="attached")
    assert welcome.locator(f".bd-sidebar-{button} nav").first.is_visible() == (then == "true")


def test_the_button_of_a_box_is_called_as_the_box_is(gallery):
    button = gallery.get_by_role("button", name="Danger", exact=True)
    for expanded in ["true", "false"]:  # then again as it was, for the other tests of the page
        assert button.get_attribute("aria-expanded") == expanded
        button.press("Enter")


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_the_page_of_a_run(fresh, width, tmp_path):
    (tmp_path / "run.html").write_text(html_page(everything(), tmp_path), encoding="utf-8")
    fresh.set_viewport_size({"width": WIDTHS[width], "height": 900})
    fresh.goto((tmp_path / "run.html").as_uri())
    assert findings(fresh) == []


FAINT = '<p style="color: #333; opacity: 0.3">Faint</p>'
CLIPPED = FAINT.replace("color", "clip-path: inset(50%); color")
PALE = f"""
<p style="color: #bbb">First pale</p>
<p style="color: #bbb; clip-path: inset(50%)">Clipped pale</p>
<p style="color: #bbb"><b>Bold pale</b> after a bold pale</p>
<p style="color: #bbb; background: #bbb">Hidden pale</p>
<p style="color: #bbb; background: black">Light on dark</p>
{CLIPPED}{FAINT}{CLIPPED}{FAINT}{CLIPPED}<p style="color: #333">Dark</p>
"""


# How many looks axe-core complains of where it judges every text.
EVERY_TEXT = f"""async () => {{
  axe.configure({{ rules: [{{ id: 'color-contrast', selector: '*' }}] }});
  const told = await axe.run({{ runOnly: ['color-contrast'], elementRef: true }});
  const pale = told.violations.flatMap((rule) => rule.nodes).map(({{ element }}) => element);
  const texts = ({ALIKE})()['color-contrast'];
  return texts.filter((some) => some.some((text) => pale.includes(text))).length;
}}"""


def test_one_text_of_each_look_tells_what_every_text_would(spoilt):
    look(spoilt, "light", "wide")
    article = spoilt.locator("article")
    article.evaluate(
        "(article, html) => article.insertAdjacentHTML('beforeend', `<div>${html}</div>`)", PALE
    )
    found = findings(spoilt)
    all_of_them = spoilt.evaluate(EVERY_TEXT)
    article.evaluate("article => article.lastElementChild.remove()")
    assert all_of_them == 3  # pale, bold and pale, faint
    # Of the pale ones the middle is clipped, and two more are judged; of the faint ones each.
    assert len(found) == 2 + 1 + 2
    assert all(fault.startswith("color-contrast") for fault in found)


@pytest.fixture(scope="module")
def spoilt(context, site):
    page = visit(context, f"{site}/book/references.html")
    yield page
    page.close()


@pytest.mark.parametrize(
    ("planted", "finding"),
    [
        ('<img src="../_static/logo.svg">', "image-alt (critical) at article > img: "),
        (
            '<button style="width: 2em; height: 2em"></button>',
            "button-name (critical) at article > button: ",
        ),
        ("<h5>Too deep</h5>", "heading-order (moderate) at h5: "),
        ('<p style="color: #bbb">Pale</p>', "color-contrast (serious) at article > p: "),
        (
            '<p>It is <a href="#x" style="color: #333; text-decoration: none">a link</a> here.</p>',
            'link-in-text-block (serious) at a[href="#x"]: ',
        ),
        (
            '<div class="highlight"><pre><span style="color: #bbb">pale</span></pre></div>',
            "color-contrast (serious) at pre > span: ",
        ),
        (
            '<div style="overflow: auto; width: 9em"><p style="white-space: nowrap">'
            "A line that is wider than nine ems</p></div>",
            "scrollable-region-focusable (serious) at article > div: ",
        ),
    ],
)
def test_a_planted_fault_is_found(spoilt, planted, finding):
    look(spoilt, "light", "wide")
    article = spoilt.locator("article")
    article.evaluate("(article, html) => article.insertAdjacentHTML('beforeend', html)", planted)
    found = findings(spoilt)
    article.evaluate("article => article.lastElementChild.remove()")
    assert [line[: len(finding)] for line in found] == [finding]
