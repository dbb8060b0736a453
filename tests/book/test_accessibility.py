"""The book for readers who do not see it, or use no mouse: axe-core finds nothing on any page."""

import nbformat
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import served
from bs4 import BeautifulSoup
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat import v4
from small_book import small_book

from ssplab.book import building
from ssplab.exercises.engine.shows import Result
from ssplab.notebooks.page import html_page
from ssplab.verify.book_report import measure

MODES = ["light", "dark"]
WIDTHS = {"narrow": 360, "wide": 1400}
# The narrowest window, and one of 1,400 px at twice the size, as WCAG 1.4.10 and 1.4.4 ask.
FITS = {"narrowest": 320, "zoomed": 700, "wide": 1400}
OPTIONS = {
    "resultTypes": ["violations"],
    "preload": False,  # style sheets are not what these rules read
    "rules": {name: {"enabled": True} for name in ["label-content-name-mismatch", "target-size"]},
}
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
# Keeps what the Tab key comes to, and tells what it should come to.
LISTEN = f"""() => {{
  window.stops = [];
  window.told = {FOCUSED};
  document.addEventListener('focusin', ({{ target }}) => stops.push([target, told(target)]));
  const all = document.querySelectorAll(
    'a[href], button, summary, input, select, textarea, [tabindex="0"]');
  window.wanted = [...all].filter((element) => element.tabIndex >= 0 && !element.disabled
    && element.checkVisibility({{ visibilityProperty: true, contentVisibilityAuto: true }}));
  return wanted.length;
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
HEARD = """() => ({
  stops: stops.map(([, told]) => told),
  again: stops.length > 1 && stops.at(-1)[0] === stops[0][0],
  missed: wanted.filter((element) => !stops.some(([stop]) => stop === element))
    .map((element) => element.outerHTML.slice(0, 200)),
})"""


def findings(page):
    """Return what axe-core finds: the rule, its impact, the element, and what is asked for."""
    found = Axe().run(page, options=OPTIONS)
    return [
        f"{rule['id']} ({rule['impact']}) at {' '.join(map(str, node['target']))}: {rule['help']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def visit(context, address):
    """Open a page with all that is folded unfolded, and repeated code plain."""
    page = context.new_page()
    page.goto(address)
    page.evaluate("() => window.MathJax?.startup?.promise")
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


@pytest.fixture(scope="module", params=[*building.pages(), "search", "genindex"])
def page(request, context, site):
    page = visit(context, f"{site}/{request.param}.html")
    yield page
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing(page, mode, width, request, record_property):
    look(page, mode, width)
    found = findings(page)
    name = request.node.callspec.params["page"]
    record_property(*measure(name, axe={f"{mode} at {WIDTHS[width]} px": len(found)}))
    assert found == []


@pytest.mark.parametrize("width", FITS)
def test_a_page_is_no_wider_than_the_window(page, width, request, record_property):
    look(page, "light", width)
    asked = page.evaluate("document.documentElement.scrollWidth")
    name = request.node.callspec.params["page"]
    record_property(*measure(name, widths={str(FITS[width]): asked}))
    assert asked <= FITS[width]


def test_text_of_twice_the_size_fits_the_window(page):
    look(page, "light", "wide")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    told = page.evaluate(CUT)
    page.evaluate("document.documentElement.style.fontSize = ''")
    assert told == {"width": FITS["wide"], "cut": []}


def test_a_planted_cut_is_found(spoilt):
    look(spoilt, "light", "wide")
    planted = '<p style="overflow: hidden; white-space: nowrap; width: 5em">More than five ems</p>'
    article = spoilt.locator("article")
    article.evaluate("(article, html) => article.insertAdjacentHTML('beforeend', html)", planted)
    cut = spoilt.evaluate(CUT)["cut"]
    article.evaluate("article => article.lastElementChild.remove()")
    assert [text[:10] for text in cut] == ['<p style="']


PROSE = """
# Everything

**Level** 1 · **Minutes** 5

| Code | [Link](#everything) |
|---|---:|
| `a_rather_long_name` | [one](https://www.insee.fr) |

> A quotation.

Term
: Its definition.

- [ ] to do
- [x] done

```{list-table} A caption
:header-rows: 1
* - Name
  - Value
* - one
  - 1
```

```{figure} _static/logo.svg
:alt: The logo of the course

A legend with [a link](#everything).
```

$$
\\frac{a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r}{s} = 1
$$ (sum)

See {eq}`sum`, and press {kbd}`Ctrl`.

````{tab-set}
```{tab-item} R
Text with `code`.
```
```{tab-item} SAS
Text with `code`.
```
````

```{dropdown} More
Text with [a link](#everything).
```

```{card} A card
Text with `code`.
```

```{margin} Aside
A note with `code`.
```

## Exercise 1 ★★ Do it

Do it.

**Expected**: `it`, a number.

**Caution**: it is heavy, says [a link](#everything).

## What you may conclude, and what you may not

- **You may conclude** little: [a link](#everything), `code`.

## In three lines

- A line with `code` and [a link](#everything).

## Two questions

**1. Which?**

:::{dropdown} This one, `a`.
Yes. It is [here](#everything), and `b`.
:::

:::{dropdown} That one.
No. It is [not](#everything), and `b`.
:::

## Your turn

Go [there](#everything), with `code`.

## Code

```r
tally <- function(x) x + 1  # comment
```

```sql
SELECT region, count(*) FROM posts WHERE pay > 1.5 AND kind = 'a' -- comment
```

```bash
make lab PORT=8889  # comment
```
"""
ADMONITION = """
```{{{kind}}}
Text with `code` and [a link](#everything).
```

```{{{kind}}}
:class: dropdown
Text with `code` and [a link](#everything).
```
"""
KINDS = ["note", "tip", "hint", "important", "warning", "attention", "caution", "danger", "seealso"]
PYTHON = '''
@wraps(add)
class Total(list):
    """A sum."""

    share: float = 1.5e3 + 0x1F

    def add(self, *values) -> str:
        for value in values:
            if value is None or not value == True:
                raise ValueError(f"no value: {value!r}\\n")  # comment
        return lambda: len(self) @ values
'''


def everything():
    """Return a notebook of what chapters may use, their tables and errors included."""
    table = pd.DataFrame(
        [range(12)] * 2,
        index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["k", "l"]),
        columns=pd.MultiIndex.from_product([["one", "two"], range(6)]),
    )
    styled = table["one"].style.set_uuid("styled").set_caption("A caption").background_gradient()
    trace = ["\x1b[31mValueError\x1b[39m: \x1b[33mno\x1b[39m \x1b[32m1\x1b[39m \x1b[1;34mx\x1b[0m"]
    refusal = Result("example/1", False, "it has `a`.", ["type"], "index", "Ask for a `hint`.")
    figure = code("draw()", outputs=[figure_output(png())], count=1)
    figure.metadata["mystnb"] = {"image": {"alt": "Two bars"}}
    shown = [
        [v4.new_output("display_data", data={"text/html": text, "text/plain": "table"})]
        for text in [table.to_html(), styled.to_html(), refusal._repr_html_()]
    ]
    shown += [
        [v4.new_output("display_data", data={"text/markdown": "A **number**, `1`."})],
        [stdout("a long line " * 20), v4.new_output("stream", name="stderr", text="a warning\n")],
        [v4.new_output("error", ename="ValueError", evalue="no", traceback=trace)],
    ]
    return notebook(
        markdown(PROSE.strip()),
        *(markdown(ADMONITION.format(kind=kind)) for kind in KINDS),
        *(code(PYTHON.strip(), outputs=outputs, count=1) for outputs in shown),
        *(
            code(PYTHON.strip(), tag, outputs=[stdout("text\n")], count=1)
            for tag in ["hide-input", "hide-output", "hide-cell", "remove-input"]
        ),
        figure,
    )


@pytest.fixture(scope="module")
def gallery(tmp_path_factory, context):
    """One page with everything that chapters may use, built as the book is."""
    root = tmp_path_factory.mktemp("gallery")
    small_book(root)
    nbformat.write(everything(), root / "book" / "welcome.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSPLAB_ROOT", str(root))
        html = building.build()
    with served(html) as address:
        page = visit(context, f"{address}/book/welcome.html")
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


@pytest.mark.parametrize("name", [*building.pages(), "search", "genindex"])
def test_the_tab_key_goes_through_the_whole_page(fresh, site, name):
    fresh.goto(f"{site}/{name}.html")
    look(fresh, "light", "wide")
    heard = tabbed(fresh)
    assert heard["stops"][0]["text"] == "Skip to main content"
    assert heard["missed"] == []
    assert heard["again"]  # out of the page, and in again by its first link
    assert [stop for stop in heard["stops"] if not stop["ring"]] == []


def test_a_planted_trap_is_found(welcome):
    look(welcome, "light", "wide")
    welcome.evaluate("""() => {
      const trap = document.querySelector('article p a');
      trap.addEventListener('keydown', (press) => press.preventDefault());
    }""")
    heard = tabbed(welcome)
    assert heard["missed"]
    assert not heard["again"]


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
