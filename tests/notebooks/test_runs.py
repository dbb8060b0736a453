"""A run under other parameters: values, where it writes, the page that comes out."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat.v4 import new_output
from processes import LIMIT, started, wait_until

from ssplab.course import normal
from ssplab.notebooks.page import html_page
from ssplab.notebooks.runs import run
from ssplab.system.errors import CheckFailed, SsplabError

pytestmark = pytest.mark.slow  # executes notebooks

PARAMETERS = 'data = "payroll"\nseed = 1\nscale = 1.0\nproducts = ["a"]\nsector = "A"\nlimit = None'


def write(course, *cells):
    path = course / "chapters/part/pay.ipynb"
    nb = notebook(markdown("# Pay"), code(PARAMETERS, "parameters"), *cells)
    normal.write(nb, path)
    return path


def test_a_run_writes_notebook_and_page_elsewhere(course, tmp_path):
    path = write(course, code("print('seed', seed + 1)\nprint(repr(sector), products, limit)"))
    before = path.read_bytes()
    values = {"seed": "7", "sector": "12", "products": "['b', 'c']", "limit": "1e3"}
    result = run("pay", values, tmp_path / "out", progress=False)
    assert result.notebook.name == "pay_seed-7_sector-12_products-b-c_limit-1000.0.ipynb"
    printed = normal.read(result.notebook).cells[-1].outputs[0].text
    assert printed == "seed 8\n'12' ['b', 'c'] 1000.0\n"
    assert "seed 8" in result.page.read_text(encoding="utf-8")
    assert set((tmp_path / "out").iterdir()) == {result.notebook, result.page}
    assert path.read_bytes() == before


def test_without_parameters_the_stored_values_hold(course, tmp_path):
    write(course, code("print(seed)"))
    result = run("pay", out=tmp_path, progress=False)
    assert result.notebook.name == "pay.ipynb"
    assert normal.read(result.notebook).cells[-1].outputs[0].text == "1\n"


def test_what_a_cell_writes_does_not_land_in_the_course(course, tmp_path):
    path = write(course, code("open('stray.txt', 'w').close()"))
    run("pay", out=tmp_path / "out", progress=False)
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
        run("pay", values, tmp_path / "out", progress=False)
    assert not isinstance(failure.value, CheckFailed)


def test_a_notebook_without_parameters_says_so(course, tmp_path):
    path = course / "chapters/part/pay.ipynb"
    normal.write(notebook(code("a = 1")), path)
    with pytest.raises(SsplabError, match="It has no parameters at all"):
        run("pay", {"seed": 2}, tmp_path / "out", progress=False)


def test_the_course_folder_is_refused_as_output(course):
    write(course, code("print(1)"))
    with pytest.raises(SsplabError, match="lies in the course's folder"):
        run("pay", out=course / "chapters/runs", progress=False)
    assert not (course / "chapters/runs").exists()


@pytest.mark.parametrize("inside", [True, False])
def test_the_default_folder_is_outside_the_course(course, tmp_path, monkeypatch, inside):
    write(course, code("print(1)"))
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(course if inside else tmp_path / "here")
    result = run("pay", progress=False)
    assert result.page.parent == tmp_path / ("home" if inside else "here") / "ssplab-runs"


def test_a_cell_that_raises_leaves_the_notebook_up_to_there(course, tmp_path):
    write(course, code("print('before')"), code("{}['hours']"), code("print('after')"))
    with pytest.raises(CheckFailed) as failure:
        run("pay", {"seed": 2}, tmp_path / "out", progress=False)
    partial = tmp_path / "out/pay_seed-2.ipynb"
    assert str(failure.value) == (
        "chapters/part/pay.ipynb, In [4] (id cell-3) raised KeyError: 'hours'\n"
        f"The notebook up to there: {partial}"
    )
    assert list((tmp_path / "out").iterdir()) == [partial]
    texts = [o.get("text") for c in normal.read(partial).cells for o in c.get("outputs", [])]
    assert texts == ["before\n", None]


@pytest.fixture
def extract(course, tmp_path):
    """A folder of own data, of 24 declarations of which three are of an unseen category."""
    real = Path(__file__).parents[2]
    shutil.copy(real / "datasets/payroll/card.yml", course / "datasets/payroll/card.yml")
    frame = pd.read_parquet(real / "datasets/payroll/declarations.parquet").head(24)
    frame.loc[:2, "pcs"] = "9"
    folder = tmp_path / "extract"
    folder.mkdir()
    frame.to_parquet(folder / "declarations.parquet")
    return folder


LOAD = "import ssplab\n\npay = ssplab.load(data)"
TABLE = "sizes = pay.groupby('unit').agg(n=('gross', 'size'), mean=('gross', 'mean'))\n"


def reported(extract, tmp_path, *cells, told=None):
    """Run cells on own data; return their outputs in the report, and the whole result."""
    write(tmp_path / "course", code(LOAD), *cells)
    tell = (told if told is not None else []).append
    result = run("pay", {"data": str(extract)}, tmp_path / "out", progress=False, tell=tell)
    by_id = {cell.id: cell.get("outputs", []) for cell in normal.read(result.notebook).cells}
    return [by_id.get(f"cell-{number}", []) for number in range(3, 3 + len(cells))], result


UNTAGGED = "Not shown: this cell is not tagged `aggregate`.\n"


def test_untagged_cells_show_nothing_of_own_data(extract, tmp_path):
    sources = [
        "print(pay)",
        "pay.head()",
        "pay['gross'].iloc[0]",
        "import sys\nprint(pay, file=sys.stderr)",
        "import warnings\nwarnings.warn(str(pay['gross'].iloc[0]))",
        "from IPython.display import Markdown\nMarkdown(pay.to_html())",
        "import matplotlib.pyplot as plt\n_ = plt.plot(pay['gross'])",
    ]
    outputs, _ = reported(extract, tmp_path, *map(code, sources))
    assert [[output.get("text") for output in shown] for shown in outputs] == [[UNTAGGED]] * 7


DRAW = "import matplotlib.pyplot as plt\n\nfig, ax = plt.subplots()\n"


def test_an_aggregate_cell_shows_sentences_figures_prose_and_safe_tables(extract, tmp_path):
    draw = DRAW + "_ = ax.bar([1], [len(pay)])\nssplab.safe_figure(fig, data, len(pay))"
    told = "f'There are **{ssplab.safe(len(pay), data)}**, {ssplab.safe(3, data)} with 12 hours.'"
    outputs, result = reported(
        extract,
        tmp_path,
        code("print(f'{ssplab.safe(len(pay), data)} declarations')", "aggregate"),
        code(draw, "aggregate"),
        code(f"from IPython.display import Markdown\n\nMarkdown({told})", "aggregate"),
        code(TABLE + "ssplab.safe(sizes, data)", "aggregate"),
        code("ssplab.safe(3, data)", "aggregate"),
        code("pay = pay.copy()"),
    )
    assert outputs[0][0].text == "24 declarations\n"
    assert list(outputs[1][0].data) == ["image/png"]
    told = "There are **24**, fewer than 10 with 12 hours."
    assert outputs[2][0].data == {"text/markdown": told}
    assert "<table" in outputs[3][0].data["text/html"]
    assert outputs[4][0].data["text/plain"] == "fewer than 10"
    assert outputs[5] == []
    page = result.page.read_text(encoding="utf-8")
    assert "There are <strong>24</strong>" in page and "<table" in page


def test_a_number_without_proof_is_not_shown(extract, tmp_path):
    """A number passes `safe` or its kin, or the author wrote it."""
    told = {
        "print(f'{len(pay)} posts in 2023, of 1.5 kinds')": "c posts in 2023, of 1.5 kinds\n",
        "n = 3\nprint(f'the fewest employers: {n}')": "the fewest employers: c\n",
        "print(f'{5 / 24:.1%} of them, {ssplab.safe_share(5, 24, data):.1%}')": "c of them, c\n",
        "print(f'{ssplab.safe_share(12, 24, data):.1%} of them')": "50.0% of them\n",
        "print(f'{ssplab.safe_share(0, 0, data):.1%} of none')": "not known of none\n",
        "print(f'mean {ssplab.safe_number(1234.5, data, 24):,.1f}')": "mean 1,234.5\n",
        "print(f'mean {ssplab.safe_number(987.5, data, 9):,.1f}')": "mean c\n",
        "def said(x):\n    return f'{x:.2f} hours'\n\nprint(f'{said(2.5)}')": "c hours\n",
    }
    outputs, result = reported(extract, tmp_path, *[code(one, "aggregate") for one in told])
    assert [[output.get("text") for output in shown] for shown in outputs] == [
        [text] for text in told.values()
    ]
    first = normal.read(result.notebook).cells[0].source
    assert "In sentences, `c` stands for a number that may not be shown." in first
    assert "\u2063" not in result.notebook.read_text(encoding="utf-8")


def test_what_is_masked_in_one_place_is_masked_in_all(extract, tmp_path):
    sources = [
        "print(f'mean {ssplab.safe_number(1234.5, data, 24):,.1f}')",
        DRAW + "_ = ax.plot([1234.5, 20])\nssplab.safe_figure(fig, data, [24, 24])",
        DRAW + "_ = ax.bar([1], [1234.5])\nssplab.safe_figure(fig, data, 24)",
        DRAW + "_ = ax.plot([1234.6, 20])\nssplab.safe_figure(fig, data, [24, 24])",
        DRAW + "_ = ax.plot([1234.6, 20])\nssplab.safe_figure(fig, data, [24, 9])",
        "import pandas as pd\n\n"
        "ssplab.safe(pd.DataFrame({'posts': [40, 3, 50], 'mean': [7.25, 1234.5, 8.5]}), data)",
        "ssplab.safe(pd.DataFrame({'posts': [40], 'mean': [1234.5]}), data)",
    ]
    outputs, _ = reported(extract, tmp_path, *[code(one, "aggregate") for one in sources])
    masked = "Not shown: a figure that draws what is masked elsewhere.\n"
    few = "Not shown: a figure that did not pass `ssplab.safe_figure`, or is about too few units.\n"
    assert outputs[0][0].text == "mean c\n"
    assert [outputs[number][0].get("text") for number in (1, 2, 4)] == [masked, masked, few]
    assert list(outputs[3][0].data) == ["image/png"]
    assert "1234.5" not in str(outputs[5:]) and "8.5" in str(outputs[5])


def test_a_cell_that_cannot_compute_says_so_and_the_next_goes_on(extract, tmp_path):
    told = []
    cells = [
        code("rate = 1 / pay['gross'].lt(0).sum().item()", "aggregate"),
        code("print(f'{rate:.1%}')", "aggregate"),
        code("assert len(pay) > 1000, 'a twin'", "guard"),
        code("print(f'{ssplab.safe(len(pay), data)} declarations')", "aggregate"),
        code("{}['of a twin']", "claims", outputs=[stdout("20 of 20\n")]),
    ]
    outputs, result = reported(extract, tmp_path, *cells, told=told)
    assert outputs.pop() == []
    assert [shown[0].text for shown in outputs] == [
        "Not computed on these data (ZeroDivisionError).\n",
        "Not computed: a cell above could not compute what this one needs.\n",
        "Something that this chapter takes for granted is not so here (AssertionError).\n",
        "24 declarations\n",
    ]
    assert "Not computed on these data: cells, 3." in normal.read(result.notebook).cells[0].source
    assert told[1:] == [
        "not computed on these data: chapters/part/pay.ipynb, In [3] (id cell-3) raised "
        "ZeroDivisionError: division by zero",
        "not computed on these data: chapters/part/pay.ipynb, In [5] (id cell-5) raised "
        "AssertionError: a twin",
    ]


def test_of_prose_a_report_keeps_what_holds_for_any_data(extract, tmp_path):
    draw = DRAW + "_ = ax.bar([1], [1])\nssplab.safe_figure(fig, data, 24)"
    nb_cells = [
        markdown("## A rate\n\nIn the twin it is 3 %."),
        markdown("A rate is a part of a whole.", "general"),
        code(draw, "aggregate"),
        markdown("*The rate. Source: payroll declarations.*\n\nIt is high.\n\n### Why\n\nSo."),
        code("print('no figure')", "aggregate"),
        markdown("*Another. Source: payroll declarations.*\n\nIt is low."),
        markdown("## Exercise\n\nDo it.\n\n```python\n# no heading\n```"),
        markdown("## Quiz\n\nWhich?"),
    ]
    _, result = reported(extract, tmp_path, *nb_cells)
    prose = [
        cell.source
        for cell in normal.read(result.notebook).cells[1:]
        if cell.cell_type == "markdown"
    ]
    assert prose == [
        "## A rate",
        "A rate is a part of a whole.",
        "*The rate. Source: payroll declarations.*\n\n### Why",
    ]
    assert 'alt="Figure of the section “A rate”"' in result.page.read_text(encoding="utf-8")


def test_a_public_example_is_shown(extract, tmp_path):
    sources = {
        "import pandas as pd\n\nwages = pd.Series([11, 12])\nwages.to_frame('wage')": "wage",
        "wages.sum()": "23",
        "pay.head()": "Not shown: this cell is tagged `public`",
        "ssplab.load(data).head()": "Not shown: this cell is tagged `public`",
    }
    cells = [code(one, "public") for one in sources]
    again = [code("wages = pay['gross']"), code("wages.sum()", "public")]
    outputs, _ = reported(extract, tmp_path, *cells, *again)
    for shown, expected in zip(outputs, sources.values(), strict=False):
        assert expected in str(shown)
    assert "Not shown: this cell is tagged `public`" in str(outputs[-1])


def test_what_an_aggregate_cell_may_not_show(extract, tmp_path):
    unsafe, prints = (
        "a result that did not pass `ssplab.safe`",
        "this cell prints more than sentences",
    )
    told = {
        TABLE + "sizes": f"Not shown: {unsafe}.\n",
        TABLE + "display(sizes['n'])": f"Not shown: {unsafe}.\n",
        "pay['gross'].iloc[0]": f"Not shown: {unsafe}.\n",
        "print(pay)": f"Not shown: {prints}.\n",
        "print(f'{pay.to_dict()}')": f"Not shown: {prints}.\n",
        "import warnings\n\nwarnings.warn('3025.17')\nprint('done')": "done\n",
    }
    outputs, result = reported(extract, tmp_path, *[code(one, "aggregate") for one in told])
    assert [[output.get("text") for output in shown] for shown in outputs] == [
        [text] for text in told.values()
    ]
    assert "UserWarning" not in result.page.read_text(encoding="utf-8")


def test_a_column_that_the_extract_lacks_is_told_and_reported(extract, tmp_path):
    path, told = extract / "declarations.parquet", []
    pd.read_parquet(path).drop(columns="hours").to_parquet(path)
    [[shown]], result = reported(
        extract, tmp_path, code("print(f\"{pay['hours'].isna().all()}\")", "aggregate"), told=told
    )
    assert shown.text == "True\n"
    assert "declarations, hours: the column is not there; all values are missing" in told
    assert (
        "> Columns that the extract does not have: "
        "`hours` of declarations (all values are missing)."
        in normal.read(result.notebook).cells[0].source
    )


def test_a_table_of_totals_is_shown_and_its_reasons_are_not(extract, tmp_path):
    made = "totals = ssplab.safe_totals(pay, data, index='unit', values='gross')\n"
    sources = [f"{made}totals", "totals.reasons", "print(f'{totals.reasons}')"]
    outputs, _ = reported(extract, tmp_path, *[code(one, "aggregate") for one in sources])
    assert "too few contribute" in outputs[0][0].data["text/html"]
    assert outputs[1][0].text == "Not shown: a result that did not pass `ssplab.safe`.\n"
    assert outputs[2][0].text == "Not shown: this cell prints more than sentences.\n"


def test_a_report_says_under_its_title_what_it_is_about(extract, tmp_path):
    told = []
    _, result = reported(extract, tmp_path, code("print(1)"), code("pay"), told=told)
    nb = normal.read(result.notebook)
    assert nb.cells[0].source.startswith(
        "# Pay\n\n> **A report on own data**, an extract in the form of `payroll`.\\\n"
        "> Tables: declarations, 24 rows.\\\n"
        "> Codes that the card does not know: 1 in `pcs` of declarations.\\\n"
        "> Not shown: cells not tagged `aggregate`, 2.\\\n"
        "> In tables, counts below 10 are masked, with what would give them away.\\\n"
        "> So are, in tables of totals (`ssplab.safe_totals`), those of too few contributors or "
        "that one dominates.\\\n"
        "> What the chapter says of its own data is left out; titles and methods stay."
    )
    assert "9" not in nb.cells[0].source
    assert told == ["declarations, pcs: 1 code(s) that the card does not know, '9', in 3 row(s)"]
    assert "widgets" not in nb.metadata and "papermill" not in nb.metadata
    assert str(extract) not in result.notebook.read_text(encoding="utf-8")
    assert "<title>Pay</title>" in result.page.read_text(encoding="utf-8")


def test_two_folders_of_one_name_and_what_cells_write_beside(extract, tmp_path):
    other = tmp_path / "elsewhere/extract"
    shutil.copytree(extract, other)
    _, first = reported(extract, tmp_path, code("pay.to_csv('stray.csv')"))
    _, second = reported(other, tmp_path)
    files = {first.notebook, first.page, second.notebook, second.page}
    assert len(files) == 4 and set((tmp_path / "out").iterdir()) == files
    assert first.page.name.startswith("pay_data-extract-")


@pytest.mark.parametrize("own", [False, True])
def test_the_umask_says_who_may_read_what_is_written(course, extract, tmp_path, umask, own):
    if own:
        _, result = reported(extract, tmp_path)
    else:
        write(course)
        result = run("01-pay", out=tmp_path / "out", progress=False)
    for path in (result.notebook, result.page):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_where_nothing_is_left_to_show_nothing_is_written(extract, tmp_path):
    cells = [code("print(pay)"), code("{}[pay['siret'].iloc[0]]", "aggregate")]
    with pytest.raises(CheckFailed) as failure:
        reported(extract, tmp_path, *cells)
    assert re.fullmatch(
        r"chapters/part/pay\.ipynb, In \[4\] \(id cell-4\) raised KeyError: 'SYN\d+'\n"
        r"No result is left to show: nothing was written\.",
        str(failure.value),
    )
    assert list((tmp_path / "out").iterdir()) == []


def test_cells_that_say_the_name_of_the_data_set_show_no_more_of_own_data(extract, tmp_path):
    set_up = "import ssplab\n\nssplab.set_up(data, seed=1, scale=1)"
    named = "from ssplab import load, safe\n\nposts = load('payroll')\nsafe(len(posts), 'payroll')"
    sources = [named, "safe(3, 'payroll')", "ssplab.truth('payroll') is None"]
    cells = [code(set_up), *(code(source, "aggregate") for source in sources[:2])]
    outputs, _ = reported(extract, tmp_path, *cells, code(f"assert {sources[2]}"))
    assert outputs[1][0].data["text/plain"] == "24"
    assert outputs[2][0].data["text/plain"] == "fewer than 10"


LOADS = [
    'ssplab.load(data, "establishments")\nssplab.load(data, table="posts")',
    'from ssplab import load\n\nload("payroll", "establishments")\nload("payroll", table="posts")',
]


@pytest.mark.parametrize("loads", LOADS)
def test_own_data_that_do_not_fit_stop_the_run_before_its_first_cell(extract, tmp_path, loads):
    frame = pd.read_parquet(extract / "declarations.parquet")
    frame.assign(quota=2.0).to_parquet(extract / "declarations.parquet")
    cells = [code(loads)]
    with pytest.raises(CheckFailed) as failure:
        reported(extract, tmp_path, *cells)
    message = str(failure.value)
    assert "quota: above 1: row 0 (2.0), row 1 (2.0), row 2 (2.0) and 21 more." in message
    assert "no establishments.csv" in message and "no posts.csv" in message
    assert message.endswith("was run, nothing is written.")
    assert not (tmp_path / "out").exists()


def test_a_notebook_of_ones_own_that_names_a_folder_is_reported_too(extract, tmp_path, monkeypatch):
    path = write(tmp_path / "course", code(LOAD), code("pay"))
    mine = tmp_path / "mine.ipynb"
    mine.write_text(path.read_text(encoding="utf-8").replace('\\"payroll\\"', '\\"extract\\"'))
    monkeypatch.chdir(tmp_path)
    result = run("mine.ipynb", out="out", progress=False)
    assert normal.read(result.notebook).cells[-1].outputs[0].text == UNTAGGED


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_an_interrupt_leaves_no_file(course, tmp_path):
    in_cell = tmp_path / "in-cell"
    write(
        course,
        code(f"import time, pathlib\npathlib.Path({str(in_cell)!r}).touch()\ntime.sleep(300)"),
    )
    program = (
        "from ssplab.notebooks.runs import run\n"
        f"run('pay', out={str(tmp_path / 'out')!r}, progress=False)"
    )
    command = [sys.executable, "-c", program]
    with started(command, stderr=subprocess.PIPE, text=True) as process:
        wait_until(in_cell.exists, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT)
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


def test_page_joins_a_figure_and_its_caption():
    caption = markdown("*Pay by `post`. Source: declarations.*\n\nIt *rises*. Source: there.")
    html = page(executed("draw()", figure_output(png())), caption)
    assert re.search(
        r'<figure class="drawn"[^>]*>\s*<img[^>]+>\s*<figcaption>\s*<p>Pay by '
        r"<span[^>]*>post</span>"
        r"\. Source: declarations\.</p>\s*</figcaption>\s*</figure>",
        html,
    )
    assert "<p>It <em>rises</em>. Source: there.</p>" in html


@pytest.mark.parametrize(
    "below", ["*Pay* by post. Source: declarations.", "*Pay by post.*", "*Source: a* and *b*"]
)
def test_page_leaves_other_prose_below_a_figure_as_it_is(below):
    html = page(executed("draw()", figure_output(png())), markdown(below))
    assert "<figure" not in html and "<figcaption" not in html


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
