"""What pages load: few files, light ones, and icons without a script."""

import re
import shutil
from types import SimpleNamespace

import pytest
from browser import served
from crawl import Visit, crawl
from sphinx.errors import ExtensionError
from weighing import (
    FIRST_REQUESTS,
    FIRST_VISIT,
    NEXT_FILES,
    NEXT_VISIT,
    Weight,
    too_heavy,
    weigh,
)

from ssplab.book.extensions.assets import SCRIPT, SHEET, finish, join, lighten
from ssplab.course.paths import course_root

# --- what a page weighs

LIGHT = Weight(
    sent={"first": FIRST_VISIT, "next": NEXT_VISIT},
    files={"first": 0, "next": NEXT_FILES},
    requests={"first": FIRST_REQUESTS, "next": 1},
)


def test_weights_are_told_apart(tmp_path):
    files = {"w.html": 1, "p.html": 2, "_static/book.css": 4, "_images/f.png": 8}
    files |= {"_static/mathjax/core.js": 16, "searchindex.js": 32, "_static/revealjs/r.js": 64}
    for name, size in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    welcome = Visit(["w.html", "_static/book.css"], [], [], set())
    page = Visit([name for name in files if name != "w.html"], [], [], set())
    weight = weigh(page, welcome, tmp_path)
    apart = {"figures": 8, "maths": 16, "slides": 64, "index": 32}
    assert weight.files == apart | {"first": 6, "next": 2}
    assert weight.requests == dict.fromkeys(apart, 1) | {"first": 2, "next": 1}


def test_text_is_weighed_as_it_is_sent(tmp_path):
    (tmp_path / "p.html").write_text("<p>the same words</p>" * 10_000, encoding="utf-8")
    page = Visit(["p.html"], [], [], set())
    weight = weigh(page, Visit([], [], [], set()), tmp_path)
    assert weight.files["next"] == 210_000
    assert 0 < weight.sent["next"] < 2_000


def test_a_page_at_its_limits_is_light():
    assert too_heavy({"p.html": LIGHT}) == {}


@pytest.mark.parametrize(
    ("kind", "part", "told"),
    [
        ("sent", "first", "500,001 bytes sent on a first visit, limit 500,000"),
        ("sent", "next", "60,001 bytes sent on a next visit, limit 60,000"),
        ("files", "next", "300,001 bytes of files on a next visit, limit 300,000"),
        ("requests", "first", "16 requests on a first visit, limit 15"),
    ],
)
def test_a_page_beyond_a_limit_is_named(kind, part, told):
    heavy = Weight(**{name: dict(value) for name, value in vars(LIGHT).items()})
    getattr(heavy, kind)[part] += 1
    assert too_heavy({"light.html": LIGHT, "heavy.html": heavy}) == {"heavy.html": [told]}


def test_a_heavy_page_of_a_built_book_is_found(samples, window, tmp_path):
    """A page that has got words that no compression makes few."""
    shutil.copytree(samples, tmp_path / "html")
    page = tmp_path / "html" / "book" / "heavy.html"
    light = (samples / "book" / "welcome.html").read_text(encoding="utf-8")
    words = " ".join(f"{number * 2654435761 % 2**32:x}" for number in range(40_000))
    page.write_text(light.replace("<p>Text.</p>", f"<p>{words}</p>"), encoding="utf-8")
    names = ["book/welcome.html", "book/heavy.html"]
    with served(tmp_path / "html") as address:
        visits = crawl(window, f"{address}/", names)
    welcome = visits[names[0]]
    found = too_heavy(
        {name: weigh(visit, welcome, tmp_path / "html") for name, visit in visits.items()}
    )
    assert found.keys() == {"book/heavy.html"}
    assert len(found["book/heavy.html"]) >= 2


# --- the files of extensions, joined


def test_sheets_are_joined_in_their_order(tmp_path):
    for name, text in {"a.css": "p { top: 0 }", "b.css": "p { top: 1px }"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert join([tmp_path / "b.css", tmp_path / "a.css"]).split("\n") == [
        "p { top: 1px }",
        "p { top: 0 }",
        "",
    ]


@pytest.mark.parametrize("rule", ["p { background: url(images/b.png) }", '@import "other.css";'])
def test_a_sheet_that_names_a_file_by_its_place_is_refused(rule, tmp_path):
    (tmp_path / "a.css").write_text(rule, encoding="utf-8")
    with pytest.raises(ExtensionError, match=r"a\.css names another file.*data: address"):
        join([tmp_path / "a.css"])


def test_a_sheet_may_carry_what_it_draws(tmp_path):
    rules = "/* see url(b.png) */ p { background: url('data:image/png;base64,AA==') }"
    (tmp_path / "a.css").write_text(rules, encoding="utf-8")
    assert rules in join([tmp_path / "a.css"])


def test_one_script_s_strictness_is_not_another_s(window, tmp_path):
    scripts = ['"use strict"; var a = 1', "undeclared = 2 // end", "b = a"]
    paths = [tmp_path / f"{number}.js" for number in range(len(scripts))]
    for path, text in zip(paths, scripts, strict=True):
        path.write_text(text, encoding="utf-8")
    page = window.new_page()
    page.set_content("")
    page.add_script_tag(content=join(paths))
    assert page.evaluate("[undeclared, b]") == [2, 1]
    page.close()


def asset(name, /, priority=500, **attributes):
    return SimpleNamespace(filename=name, priority=priority, attributes=attributes)


@pytest.fixture
def loaded(tmp_path):
    """The files that a page loads, after the handler, for a body of HTML; then a build's end."""
    (tmp_path / "_static").mkdir()
    for name in ["early.js", "late.js", "deferred.js", "design-tabs.js", "a.css"]:
        (tmp_path / "_static" / name).write_text(f"/* {name} */", encoding="utf-8")
    joined = {}
    app = SimpleNamespace(outdir=str(tmp_path))

    def loaded(body):
        sheet = {"rel": "stylesheet", "type": "text/css"}
        context = {
            "body": body,
            "css_files": [
                asset("_static/a.css", **sheet),
                asset("_static/made-at-the-end.css", **sheet),
                asset(f"_static/{SHEET}", **sheet),
            ],
            "script_files": [
                asset("_static/late.js"),
                asset("_static/early.js", priority=200),
                asset("", body="let said = 1"),
                asset("", body="window.MathJax = {}"),
                asset("_static/mathjax/startup.js", defer="defer"),
                asset("_static/deferred.js", defer="defer"),
                asset("_static/design-tabs.js"),
                asset("https://elsewhere.example/a.js"),
                asset(f"_static/{SCRIPT}"),
            ],
        }
        lighten(joined, app, "page", "", context, None)
        return [
            file.filename or file.attributes["body"]
            for kind in ("css_files", "script_files")
            for file in context[kind]
        ]

    yield loaded
    (tmp_path / "_static" / "made-at-the-end.css").write_text("/* whole */", encoding="utf-8")
    (tmp_path / "_static" / "a.css").write_text("/* changed */", encoding="utf-8")
    finish(joined, app, None)
    sheet = (tmp_path / "_static" / SHEET).read_text(encoding="utf-8")
    assert sheet == "/* changed */\n/* whole */\n"


ALWAYS = [
    f"_static/{SHEET}",
    "let said = 1",
    "_static/deferred.js",
    "https://elsewhere.example/a.js",
    f"_static/{SCRIPT}",
]


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("<p>Text</p>", []),
        ('<span class="math">x</span>', ["window.MathJax = {}", "_static/mathjax/startup.js"]),
        ('<div class="sd-tab-set"></div>', ["_static/design-tabs.js"]),
    ],
)
def test_a_page_loads_what_it_needs(loaded, body, more):
    assert sorted(loaded(body)) == sorted([*ALWAYS, *more])


def test_scripts_are_joined_in_the_order_of_their_priority(loaded, tmp_path):
    loaded("")
    joined = (tmp_path / "_static" / SCRIPT).read_text(encoding="utf-8")
    assert re.findall(r"/\* (\S+)", joined) == ["early.js", "late.js"]


# --- icons


def test_every_icon_of_a_page_is_drawn(html):
    sheet = (html / "_static" / SHEET).read_text(encoding="utf-8")
    named = set()
    for path in html.rglob("*.html"):
        for classes in re.findall(r'class="([^"]*\bfa[sb]?\b[^"]*)"', path.read_text("utf-8")):
            named |= {name for name in classes.split() if name.startswith("fa-")}
    icons = named - {"fa-solid", "fa-lg"}
    assert "fa-bars" in icons
    assert {name for name in icons if f".{name} {{ --icon" not in sheet} == set()


def test_every_glyph_of_the_theme_is_taken_back(html):
    theme = (html / "_static" / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    glyphs = set(re.findall('(--pst-icon-[a-z-]+):"[\ue000-\uf8ff]"', theme))
    ours = (course_root() / "book" / "_static" / "icons.css").read_text(encoding="utf-8")
    assert glyphs
    assert {name for name in glyphs if f'{name}: ""' not in ours} == set()


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
