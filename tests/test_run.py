"""A run under other parameters: values, where it writes, the page that comes out."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat.v4 import new_output

from ssplab.errors import CheckFailed, SsplabError
from ssplab.notebooks import normal
from ssplab.notebooks.page import html_page
from ssplab.notebooks.run import run

PARAMETERS = 'data = "payroll"\nseed = 1\nscale = 1.0\nproducts = ["a"]\nsector = "A"\nlimit = None'


def write(course, *cells):
    path = course / "chapters/1-part/01-pay.ipynb"
    nb = notebook(markdown("# Pay"), code(PARAMETERS, "parameters"), *cells)
    normal.write(nb, path)
    return path


def test_a_run_writes_notebook_and_page_elsewhere(course, tmp_path):
    path = write(course, code("print('seed', seed + 1)\nprint(repr(sector), products, limit)"))
    before = path.read_bytes()
    values = {"seed": "7", "sector": "12", "products": "['b', 'c']", "limit": "1e3"}
    result = run("01-pay", values, tmp_path / "out", progress=False)
    assert result.notebook.name == "01-pay_seed-7_sector-12_products-b-c_limit-1000.0.ipynb"
    printed = normal.read(result.notebook).cells[-1].outputs[0].text
    assert printed == "seed 8\n'12' ['b', 'c'] 1000.0\n"
    assert "seed 8" in result.page.read_text(encoding="utf-8")
    assert set((tmp_path / "out").iterdir()) == {result.notebook, result.page}
    assert path.read_bytes() == before


def test_without_parameters_the_stored_values_hold(course, tmp_path):
    write(course, code("print(seed)"))
    result = run("01-pay", out=tmp_path, progress=False)
    assert result.notebook.name == "01-pay.ipynb"
    assert normal.read(result.notebook).cells[-1].outputs[0].text == "1\n"


def test_an_own_folder_is_given_as_an_absolute_path(course, tmp_path, monkeypatch):
    write(course, code("print(data)"))
    (tmp_path / "extract").mkdir()
    monkeypatch.chdir(tmp_path)
    result = run("01-pay", {"data": "extract"}, "out", progress=False)
    assert normal.read(result.notebook).cells[-1].outputs[0].text.strip() == str(
        tmp_path / "extract"
    )


def test_what_a_cell_writes_does_not_land_in_the_course(course, tmp_path):
    path = write(course, code("open('stray.txt', 'w').close()"))
    run("01-pay", out=tmp_path / "out", progress=False)
    assert (tmp_path / "out/stray.txt").exists()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"seeds": "7"},
            r"no parameter 'seeds'\. Its parameters: data \(default 'payroll'\), seed",
        ),
        ({"seed": "seven"}, r"seed is a number \(default 1\), not 'seven'"),
        ({"scale": "True"}, r"scale is a number \(default 1\.0\), not True"),
        (
            {"data": "payrol"},
            r"payrol is neither a data set nor a folder .* Did you mean payroll\?",
        ),
    ],
)
def test_wrong_parameters_are_told_before_anything_runs(course, tmp_path, values, message):
    write(course, code("raise RuntimeError"))
    with pytest.raises(SsplabError, match=message) as failure:
        run("01-pay", values, tmp_path / "out", progress=False)
    assert not isinstance(failure.value, CheckFailed)


def test_a_notebook_without_parameters_says_so(course, tmp_path):
    path = course / "chapters/1-part/01-pay.ipynb"
    normal.write(notebook(code("a = 1")), path)
    with pytest.raises(SsplabError, match="It has no parameters at all"):
        run("01-pay", {"seed": 2}, tmp_path / "out", progress=False)


def test_the_course_folder_is_refused_as_output(course):
    write(course, code("print(1)"))
    with pytest.raises(SsplabError, match="lies in the course's folder"):
        run("01-pay", out=course / "chapters/runs", progress=False)
    assert not (course / "chapters/runs").exists()


@pytest.mark.parametrize("inside", [True, False])
def test_the_default_folder_is_outside_the_course(course, tmp_path, monkeypatch, inside):
    write(course, code("print(1)"))
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(course if inside else tmp_path / "here")
    result = run("01-pay", progress=False)
    assert result.page.parent == tmp_path / ("home" if inside else "here") / "ssplab-runs"


def test_a_cell_that_raises_leaves_the_notebook_up_to_there(course, tmp_path):
    write(course, code("print('before')"), code("{}['hours']"), code("print('after')"))
    with pytest.raises(CheckFailed) as failure:
        run("01-pay", {"seed": 2}, tmp_path / "out", progress=False)
    partial = tmp_path / "out/01-pay_seed-2.ipynb"
    assert str(failure.value) == (
        "chapters/1-part/01-pay.ipynb, In [4] (id cell-3) raised KeyError: 'hours'\n"
        f"The notebook up to there: {partial}"
    )
    assert list((tmp_path / "out").iterdir()) == [partial]
    texts = [o.get("text") for c in normal.read(partial).cells for o in c.get("outputs", [])]
    assert texts == ["before\n", None]


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_an_interrupt_leaves_no_file(course, tmp_path):
    started = tmp_path / "started"
    write(
        course,
        code(f"import time, pathlib\npathlib.Path({str(started)!r}).touch()\ntime.sleep(300)"),
    )
    program = (
        "from ssplab.notebooks.run import run\n"
        f"run('01-pay', out={str(tmp_path / 'out')!r}, progress=False)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    try:
        while not started.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "KeyboardInterrupt" in errors
    assert list((tmp_path / "out").iterdir()) == []


def page(*cells):
    return html_page(notebook(markdown("# Pay & hours"), *cells), Path("."))


def executed(source, *outputs, tags=()):
    return code(source, *tags, outputs=outputs, count=1)


def test_page_title_language_and_code():
    html = page(executed("pay = 1"))
    assert "<title>Pay &amp; hours</title>" in html and 'lang="en"' in html
    assert '<span class="n">pay</span>' in html


def test_page_renders_myst():
    html = page(
        markdown(
            "## Reading\n\n```{admonition} Careful\n:class: warning\nA $\\frac{a}{b}$.\n```\n"
            "\n:::{note}\nIn euros.\n:::\n\n$$\\sum_i w_i$$\n\n|a|b|\n|-|-|\n|1|2|\n"
        )
    )
    assert re.search(r'<aside class="admonition[^"]*warning', html)
    assert '<p class="admonition-title">Careful</p>' in html
    assert html.count("<math") == 2 and "<mfrac>" in html
    assert "<table>" in html and "<h2>Reading" in html and "<h1>Pay" in html
    assert "```" not in html and ":::" not in html and "{note}" not in html


def test_page_boxes_what_only_sphinx_knows():
    html = page(
        markdown(":::{dropdown} More\n:open:\nHidden *text*, the {term}`MAD <mad>`.\n:::"),
    )
    assert '<p class="admonition-title">More</p>' in html
    assert "Hidden <em>text</em>, the <span>MAD</span>." in html
    assert ":open:" not in html and "system-message" not in html


def test_page_keeps_living_links_only():
    html = page(
        markdown(
            "[card](../../book/datasets/payroll.md), [a work](../../book/references.md#ref), "
            "[nowhere](#nowhere), [up](#reading), [insee](https://www.insee.fr).\n\n## Reading"
        )
    )
    assert re.findall(r'href="([^"]+)"', html) == ["#reading", "https://www.insee.fr"]
    assert "<span>card</span>" in html and "<span>a work</span>" in html


def test_page_carries_figures_with_their_description():
    cell = executed("draw()", figure_output(png()))
    cell.metadata["mystnb"] = {"image": {"alt": "Bars of pay"}}
    html = page(cell)
    assert f'alt="Bars of pay" src="data:image/png;base64,{png()}"' in html


def test_page_carries_the_images_of_the_text(tmp_path):
    (tmp_path / "map.svg").write_text("<svg/>")
    html = html_page(notebook(markdown("# Map\n\n![A map](map.svg)")), tmp_path)
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in html


def test_page_refers_to_no_other_file():
    html = page(
        markdown("$a$"), executed("draw()", figure_output(png())), executed("1", stdout("1"))
    )
    assert not re.search(r"<(script|link|iframe)\b|@import|url\(", html)
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]+)"', html))


@pytest.mark.parametrize(
    ("tag", "code_shown", "output_shown", "folded"),
    [
        ("remove-input", False, True, False),
        ("remove-output", True, False, False),
        ("remove-cell", False, False, False),
        ("hide-input", True, True, True),
        ("hide-cell", True, True, True),
    ],
)
def test_page_respects_the_cell_tags(tag, code_shown, output_shown, folded):
    html = page(executed("secret_code", stdout("the output"), tags=[tag]))
    assert ("secret_code" in html) is code_shown
    assert ("the output" in html) is output_shown
    assert ("<details>" in html) is folded
    assert html.count("<details>") == html.count("</details>")


def test_page_shows_tables_prose_and_errors():
    html = page(
        executed("t", new_output("execute_result", {"text/html": "<table class='dataframe'>"})),
        executed("m", new_output("display_data", {"text/markdown": "Pay is **12** $n$."})),
        executed("e", new_output("error", ename="KeyError", evalue="pay", traceback=["KeyError"])),
    )
    assert "<table class='dataframe'>" in html
    assert "Pay is <strong>12</strong> <math" in html
    assert "traceback" in html and "KeyError" in html
