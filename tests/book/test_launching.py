"""Launch buttons: where they lead, where they stand, and what they refuse to be told."""

import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest
import yaml
from axe import findings
from browser import Overheard, served
from bs4 import BeautifulSoup
from builders import code, markdown, notebook
from small_book import small_book

from ssplab.book import building
from ssplab.book.launching import KINDS, read_launch
from ssplab.course import course_path, course_root, notebooks
from ssplab.system import CheckFailed

PAGE = "chapters/part/pay-gap"
HUB = {
    "hub": "https://hub.example.org/jupyter/",
    "repository": "https://git.example.org/lab/the course.git".replace(" ", "-"),
    "branch": "release/2026",
}
ONYXIA = {
    "address": "https://datalab.example.org",
    "init": "https://git.example.org/lab/course/raw/main/deploy/onyxia/init.sh",
    "repository": "https://git.example.org/lab/course.git",
}
"""Addresses that lead nowhere: example.org is reserved (RFC 2606)."""


def read_by_onyxia(query):
    """Return what Onyxia reads in an address: values with a point are the chart's.

    Written after its own reader, `web/src/ui/pages/launcher/route.ts`: truth values and numbers
    stand bare, a text in guillemets.
    """
    values, others = {}, {}
    for part in query.split("&"):
        name, value = part.split("=")  # more than one = is an error there
        if "." not in unquote(name):
            others[name] = unquote(value)
        elif value in ("true", "false"):
            values[unquote(name)] = value == "true"
        elif value[0].isdigit():
            values[unquote(name)] = float(value)
        else:
            text = unquote(value)
            assert text[0] == "«" and text[-1] == "»" and "»" not in text[:-1]
            values[unquote(name)] = text[1:-1]
    return values, others


def test_a_hub_pulls_the_course_and_opens_the_very_chapter():
    (link,) = read_launch({"jupyterhub": HUB}).links(PAGE).values()
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://hub.example.org/jupyter/hub/user-redirect/git-pull"
    )
    assert parse_qs(parts.query, strict_parsing=True) == {
        "repo": ["https://git.example.org/lab/the-course.git"],
        "urlpath": ["lab/tree/the-course/chapters/part/pay-gap.ipynb"],
        "branch": ["release/2026"],
    }


def test_a_hub_whose_image_holds_the_course_opens_it_there():
    launch = read_launch({"jupyterhub": {"hub": "https://hub.example.org"}})
    assert launch.links(PAGE) == {
        "JupyterHub": "https://hub.example.org/hub/user-redirect/lab/tree/"
        "chapters/part/pay-gap.ipynb"
    }


def test_onyxia_reads_what_was_meant():
    values = {
        "resources.limits.memory": "8Gi",
        "persistence.enabled": False,
        "networking.port": 8888,
        "odd.text": "a=b & c?d#e/f+g é",
    }
    told = {"onyxia": ONYXIA | {"version": "2.1.24", "name": "Pay & prices", "values": values}}
    (link,) = read_launch(told).links("exercises/part/pay-gap").values()
    parts = urlsplit(link)
    assert parts.path == "/launcher/ide/jupyter-python"
    assert not parts.fragment
    assert read_by_onyxia(parts.query) == (
        {
            "init.personalInit": ONYXIA["init"],
            "init.personalInitArgs": f"{ONYXIA['repository']} exercises/part/pay-gap.ipynb",
            **values,
        },
        {"name": "Pay & prices", "version": "2.1.24", "autoLaunch": "true"},
    )


def test_the_course_s_own_chart_is_told_the_notebook_by_a_value_that_it_accepts():
    own = {"address": ONYXIA["address"], "catalog": "course"}
    (link,) = read_launch({"onyxia": own}).links(PAGE).values()
    assert urlsplit(link).path == "/launcher/course/ssplab-course"
    values, _ = read_by_onyxia(urlsplit(link).query)
    assert values == {"course.chapter": f"{PAGE}.ipynb"}
    chart = course_root() / "deploy/onyxia"
    assert yaml.safe_load((chart / "Chart.yaml").read_text("utf-8"))["name"] == "ssplab-course"
    form = json.loads((chart / "values.schema.json").read_text("utf-8"))["properties"]["course"]
    accepted = form["properties"]["chapter"]["pattern"]
    assert [one for one in notebooks(*KINDS) if not re.search(accepted, course_path(one))] == []


def test_a_local_jupyterlab_opens_the_work_copy():
    assert read_launch({"local": None}).links(PAGE) == {
        "My JupyterLab": "http://127.0.0.1:8888/lab/tree/chapters/part/pay-gap.ipynb"
    }


@pytest.mark.parametrize("launch", [None, {}])
def test_nothing_is_launched_where_nothing_is_configured(launch):
    assert read_launch(launch or {}).links(PAGE) == {}


def test_the_course_as_it_ships_names_no_place():
    assert read_launch().links(PAGE) == {}


@pytest.mark.parametrize("page", ["solutions/part/pay-gap", "book/welcome", "chapters-of/pay-gap"])
def test_only_what_is_worked_in_is_launched(page):
    assert read_launch({"jupyterhub": HUB, "onyxia": ONYXIA, "local": {}}).links(page) == {}


WRONG = [
    ({"jupiterhub": HUB}, "jupiterhub: Extra inputs are not permitted"),
    ({"jupyterhub": HUB | {"url": "https://x.example"}}, r"jupyterhub\.url: Extra inputs"),
    ({"jupyterhub": {}}, r"jupyterhub\.hub: Field required"),
    ({"jupyterhub": {"hub": "hub.example.org"}}, "'hub.example.org' is no address that begins"),
    ({"jupyterhub": {"hub": "http://hub.example.org"}}, "begins with https://"),
    ({"jupyterhub": {"hub": "https://"}}, "begins with https://"),
    ({"jupyterhub": {"hub": "https://hub.example.org/?a=1"}}, r"neither \? nor #"),
    ({"jupyterhub": {"hub": "https://me:word@hub.example.org"}}, "nor a user's name"),
    ({"jupyterhub": HUB | {"repository": "git@git.example.org:lab/course.git"}}, "begins with"),
    ({"jupyterhub": HUB | {"branch": "a branch"}}, r"jupyterhub\.branch: String should match"),
    ({"onyxia": {"address": "https://datalab.example.org"}}, r"onyxia: .*name the catalog"),
    ({"onyxia": ONYXIA | {"init": None}}, r"onyxia: .*init and repository go together"),
    ({"onyxia": ONYXIA | {"values": {"memory": "8Gi"}}}, r"onyxia\.values"),
    ({"local": {"address": "https://hub.example.org"}}, "is not on this machine"),
    ({"local": {"address": "http://127.0.0.1:8888/lab"}}, "more than a host and a port"),
    ("https://hub.example.org", "launch: Input should be"),
]


@pytest.mark.parametrize(("launch", "told"), WRONG)
def test_a_wrong_configuration_is_refused_with_its_place(launch, told):
    with pytest.raises(CheckFailed, match=rf"(?s)`launch` in _config.yml is wrong:.*{told}"):
        read_launch(launch)


# ---- In a book

PAGES = ["chapters/part/pay", "exercises/part/pay", "solutions/part/pay", "book/prose"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A way to build a book of a chapter, its exercise, its solution and prose."""
    made = []

    def build(launch):
        folder = tmp_path_factory.mktemp("course")
        small_book(folder)
        for page in [*PAGES[:3], "book/welcome", "book/prose"]:
            path = folder / page
            path.parent.mkdir(parents=True, exist_ok=True)
            if page.startswith("book/"):
                path.with_suffix(".md").write_text(f"# {page}\n\nText.\n", encoding="utf-8")
            else:
                cells = markdown(f"# {page}\n\nText."), code("1 + 1", count=1)
                nbformat.write(notebook(*cells), path.with_suffix(".ipynb"))
        listed = "".join(f"- file: {page}\n" for page in PAGES)
        with (folder / "_toc.yml").open("a", encoding="utf-8") as contents:
            contents.write(f"chapters:\n{listed}")
        config = folder / "_config.yml"
        settings = yaml.safe_load(config.read_text(encoding="utf-8"))
        if launch is not None:
            settings["sphinx"]["config"]["launch"] = launch
        config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSPLAB_ROOT", str(folder))
            made.append(folder)
            return building.build()

    return build


def menus(html):
    """Return the links of the menu on each page, with their names; None where there is none."""
    found = {}
    for page in PAGES:
        soup = BeautifulSoup((html / f"{page}.html").read_bytes(), "html.parser")
        menu = soup.select_one(".dropdown-launch-buttons")
        links = menu and {one.get_text(strip=True): one["href"] for one in menu.select("a")}
        found[page] = links
    return found


@pytest.fixture(scope="module")
def launching(course):
    return course({"jupyterhub": HUB, "onyxia": ONYXIA, "local": {}})


@pytest.mark.slow
def test_buttons_stand_on_chapters_and_exercises_only(launching):
    launch = read_launch({"jupyterhub": HUB, "onyxia": ONYXIA, "local": {}})
    found = menus(launching)
    assert found == {page: launch.links(page) or None for page in PAGES}
    assert [len(links) for links in found.values() if links] == [3, 3]


@pytest.mark.slow
def test_without_a_configuration_no_page_has_a_button(course):
    html = course(None)
    assert set(menus(html).values()) == {None}
    assert not [path for path in html.rglob("*.html") if "fa-play" in path.read_text("utf-8")]


@pytest.mark.slow
@pytest.mark.parametrize("launch", [WRONG[0][0], WRONG[4][0]])
def test_a_book_is_not_built_with_a_wrong_configuration(course, launch):
    with pytest.raises(CheckFailed, match=r"`launch` in _config\.yml is wrong"):
        course(launch)


@pytest.mark.slow
def test_sphinx_itself_refuses_a_wrong_configuration(course, monkeypatch):
    monkeypatch.setattr(building, "read_launch", lambda: None)  # what looks before Sphinx starts
    with pytest.raises(CheckFailed, match=r"(?s)`launch` in _config\.yml is wrong.*jupiterhub"):
        course(WRONG[0][0])


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1400])
def test_the_menu_opens_by_keyboard_is_named_and_asks_for_nothing(launching, window, width):
    with served(launching) as address:
        page = window.new_page()
        overheard = Overheard(page)
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{address}/chapters/part/pay.html", wait_until="networkidle")
        button = page.get_by_role("button", name="Open this notebook")
        button.focus()
        page.keyboard.press("Enter")
        links = page.locator(".dropdown-launch-buttons a")
        links.first.wait_for(state="visible")
        assert links.all_inner_texts() == ["JupyterHub", "Onyxia", "My JupyterLab"]
        boxes = [link.bounding_box() for link in links.all()]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
        assert findings(page) == []
        page.close()
    assert (overheard.outside, overheard.faults) == ([], [])
