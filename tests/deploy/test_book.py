"""The book behind nginx, by the shipped configuration: sent well, and sound under its policy."""

import gzip
import os
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest
from browser import Overheard, look_for
from crawl import crawl
from deployment import DEPLOY, nginx
from kinds import one_of_each_kind, pages_of

BOOK = DEPLOY / "book"
POLICY = BOOK / "policy.py"
HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
TYPES = {
    "css": "text/css; charset=utf-8",
    "html": HTML,
    "ics": "text/calendar; charset=utf-8",
    "ipynb": "application/x-ipynb+json; charset=utf-8",
    "js": "application/javascript; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml; charset=utf-8",
    "txt": TEXT,
    "woff": "font/woff",
    "woff2": "font/woff2",
}
SMALL = 600  # bytes, below which nothing is compressed
# A violation becomes what `crawl` hears as a fault, whether or not the browser says so too.
HEARD = """document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));"""

policy = runpy.run_path(str(POLICY))


def written_policy(html, folder):
    done = subprocess.run(
        [sys.executable, POLICY, html], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    (folder / "policy.conf").write_text(done.stdout, encoding="utf-8")


@pytest.fixture(scope="module")
def address(html, tmp_path_factory):
    """The address of the book, as nginx serves it."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "html").symlink_to(html, target_is_directory=True)
    written_policy(html, folder)
    with nginx(folder) as address:
        yield address


class Listening:
    """A browser whose pages tell where the policy stopped them."""

    def __init__(self, window):
        self.window = window

    def new_context(self):
        context = self.window.new_context()
        context.add_init_script(HEARD)
        return context


@pytest.fixture
def tab(window):
    """An empty page, with what is heard of it; nothing may have been by the end."""
    page = Listening(window).new_context().new_page()
    overheard = Overheard(page)
    yield page
    page.context.close()
    assert (overheard.outside, overheard.faults) == ([], [])


# --- by a client that only asks


def test_every_file_is_sent_whole_with_its_type_and_headers(address, html):
    files = [path for path in html.rglob("*") if path.is_file() and not path.name.startswith(".")]
    faults = []
    with httpx.Client(base_url=address, headers={"accept-encoding": "gzip"}) as client:
        for path in files:
            place, suffix = path.relative_to(html).as_posix(), path.suffix[1:]
            answer = client.get(f"/{place}")
            content, headers = path.read_bytes(), answer.headers
            sound = (
                answer.status_code == 200
                and answer.content == content
                and headers["content-type"] == TYPES.get(suffix, headers["content-type"])
                and ("gzip" in headers.get("content-encoding", ""))
                == (TYPES.get(suffix, "").endswith("utf-8") and len(content) >= SMALL)
                and headers["x-content-type-options"] == "nosniff"
                and headers["content-security-policy"].startswith("default-src 'none'; ")
                and ("script-src" in headers["content-security-policy"]) == (suffix == "html")
            )
            if not sound:
                faults.append((place, answer.status_code, dict(headers)))
    assert len(files) > 300
    assert faults == []


def test_a_page_allows_no_script_but_files_and_those_that_stand_in_pages(address):
    header = httpx.get(f"{address}/search.html").headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in header.split("; "))
    own, *hashes = rules["script-src"].split()
    assert own == "'self'" and 5 < len(hashes) < 30
    assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", one) for one in hashes)
    assert "unsafe-inline" not in rules["script-src"] and "unsafe-eval" not in header
    assert rules["object-src"] == rules["base-uri"] == rules["default-src"] == "'none'"


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("/book/glossary.html", "no-cache"),
        ("/searchindex.js", "no-cache"),
        ("/searchindex.js?v=1", "no-cache"),
        ("/_static/course.js", "no-cache"),
        ("/_static/course.js?v=59f44c05", "public, max-age=31536000, immutable"),
        ("/_static/styles/theme.css?digest=dfe6", "public, max-age=31536000, immutable"),
        ("/_static/mathjax/startup.js", "public, max-age=86400"),
    ],
)
def test_how_long_a_browser_keeps_what_depends_on_its_address(address, place, kept):
    assert httpx.get(f"{address}{place}").headers["cache-control"] == kept


def test_what_is_unchanged_is_not_sent_again(address):
    first = httpx.get(f"{address}/book/glossary.html")
    again = httpx.get(first.url, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    # A browser takes over the headers of this answer: another policy would stop the kept page.
    for header in ("content-security-policy", "cache-control"):
        assert again.headers[header] == first.headers[header]
    changed = httpx.get(first.url, headers={"if-none-match": '"another"'})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("method", "place", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("GET", "/book/none.html", 404),
        ("GET", "/.buildinfo", 404),
        ("GET", "/book/", 404),  # no list of what lies there
        ("GET", "/../policy.conf", 404),
        ("GET", "/%2e%2e/policy.conf", 400),
        ("POST", "/book/glossary.html", 405),
        ("PUT", "/book/glossary.html", 405),
    ],
)
def test_nothing_but_pages_is_answered_and_refusals_are_guarded_too(address, method, place, status):
    answer = httpx.request(method, address + place)
    assert answer.status_code == status
    assert "default-src 'none'" in answer.headers.get("content-security-policy", "") or (
        status == 400  # no request that nginx could read
    )
    assert answer.headers["server"] == "nginx"


def test_a_file_compressed_beforehand_is_sent_as_it_is_and_never_itself(tmp_path):
    (tmp_path / "html").mkdir()
    for name, text in [("index.html", "the page"), ("index.html.gz", "compressed beforehand")]:
        content = text.encode()
        (tmp_path / "html" / name).write_bytes(
            gzip.compress(content) if name.endswith("gz") else content
        )
    written_policy(tmp_path / "html", tmp_path)
    with nginx(tmp_path) as address:
        answers = {
            coding: httpx.get(address, headers={"accept-encoding": coding}).text
            for coding in ("gzip", "identity")
        }
        itself = httpx.get(f"{address}/index.html.gz").status_code
    assert answers == {"gzip": "compressed beforehand", "identity": "the page"}
    assert itself == 404


def test_it_needs_no_root_and_writes_nothing_beside_its_temporary_files():
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can be another")
    with tempfile.TemporaryDirectory() as place:  # a test's own folder is nobody else's to enter
        folder = Path(place)
        (folder / "html").mkdir()
        (folder / "html" / "index.html").write_text("the page", encoding="utf-8")
        written_policy(folder / "html", folder)
        folder.chmod(0o755)
        with nginx(folder, user="nobody") as address:
            there = {path.name for path in folder.iterdir()}
            assert httpx.get(address).text == "the page"
            said = (folder / "own" / "said").read_text(encoding="utf-8")
    assert there == {"html", "nginx.conf", "own", "policy.conf"}
    assert "emerg" not in said and "alert" not in said and "index.html 200 " in said


# --- in a browser


def test_a_page_of_each_kind_is_sound_under_the_policy(window, address, html):
    names = one_of_each_kind(html)
    assert {name.split("/")[0] for name in names} > {"book", "chapters", "reading-groups"}
    visits = crawl(Listening(window), f"{address}/", names)
    assert visits.keys() == {*names}
    assert {name: visit.faults for name, visit in visits.items() if visit.faults} == {}


def test_a_query_finds_its_page(tab, address):
    tab.goto(f"{address}/book/welcome.html")
    assert any("Glossary" in title for title in look_for(tab, "masking"))


def test_what_scripts_do_on_a_page_works(tab, address, html):
    terms = (
        name for name in pages_of(html) if 'role="tooltip"' in (html / name).read_text("utf-8")
    )
    tab.goto(f"{address}/{next(name for name in terms if name.startswith('chapters/'))}")
    before = tab.locator("html").get_attribute("data-mode")
    tab.locator(".theme-switch-button:visible").first.click()
    assert tab.locator("html").get_attribute("data-mode") != before
    assert tab.locator("button.copybtn").count() > 3
    box = tab.locator("details.sd-dropdown, details.choice").first
    box.locator("summary").click()
    assert box.get_attribute("open") is not None
    term = tab.locator("a.term:visible").first
    term.focus()
    assert tab.locator(f"#{term.get_attribute('aria-describedby')}").is_visible()
    tab.evaluate("window.print = () => { document.title = 'printed' }")
    tab.locator(".dropdown-download-buttons .dropdown-toggle").click()
    tab.locator(".btn-download-pdf-button").click()
    assert tab.title() == "printed"


def test_the_window_of_the_speakers_notes_opens(tab, address, html):
    name = next(name for name in pages_of(html) if name.endswith("slides.html"))
    tab.goto(f"{address}/{name}")
    tab.locator(".reveal.ready").wait_for()
    with tab.expect_popup() as opened:
        tab.keyboard.press("s")
    notes = opened.value
    heard = Overheard(notes)
    notes.locator("#upcoming-slide iframe").wait_for()
    tab.keyboard.press("ArrowRight")
    notes.locator(".speaker-controls-notes .value").filter(has_text=re.compile(r"\w")).wait_for()
    assert (heard.outside, heard.faults) == ([], [])


# --- negative controls: what must be refused, or heard


PAGE = """<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>before</title>
<script>var known = true;</script>%s</head><body><p>x</p></body></html>"""
PLANTED = "<script>document.title = 'smuggled'</script>"
OUTSIDE = '<script src="http://127.0.0.1:9/a.js"></script>'


@pytest.mark.parametrize(
    ("planted", "told"), [("", None), (PLANTED, "script-src-elem inline"), (OUTSIDE, "127.0.0.1:9")]
)
def test_a_script_that_came_later_does_not_run_and_is_heard(window, tmp_path, planted, told):
    html = tmp_path / "html"
    html.mkdir()
    (html / "index.html").write_text(PAGE % "", encoding="utf-8")
    written_policy(html, tmp_path)
    (html / "index.html").write_text(PAGE % planted, encoding="utf-8")
    with nginx(tmp_path) as address:
        [visit] = crawl(Listening(window), f"{address}/", ["index.html"]).values()
        page = window.new_page()
        page.goto(address)
        state = page.evaluate("[known, document.title]")
        page.close()
    assert state == [True, "before"]
    heard = [fault for fault in visit.faults if fault.startswith("console: policy: ")]
    assert any(told in fault for fault in heard) if told else visit.faults == []


@pytest.mark.parametrize(
    "page",
    ['<button onclick="print()">x</button>', '<a href=" JavaScript:print()">x</a>', None],
)
def test_what_no_policy_could_allow_is_refused(page, tmp_path):
    if page:
        (tmp_path / "index.html").write_text(page, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, POLICY, tmp_path], capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert ("is a script in an attribute" if page else "make book") in done.stderr


def test_scripts_that_are_no_code_and_templates_of_the_theme_are_passed_over(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "a.html").write_text("<script>theirs</script>", encoding="utf-8")
    (tmp_path / "a.js").write_text(r'write("<script>say(\"hi\")<\/script>")', encoding="utf-8")
    page = '<script type="application/json">{}</script><script src="a.js"></script>'
    (tmp_path / "index.html").write_text(f"{page}<script>a < b</script>", encoding="utf-8")
    assert [*policy["scripts_within"](tmp_path)] == ["a < b", 'say("hi")']


def test_a_configuration_with_a_fault_is_told(tmp_path):
    """The control of the fixture: nginx does read what it is given."""
    (tmp_path / "html").mkdir()
    (tmp_path / "policy.conf").write_text("no_such_directive on;", encoding="utf-8")
    with pytest.raises(AssertionError, match="no_such_directive"), nginx(tmp_path):
        pass
