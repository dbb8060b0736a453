"""Cells that need Spark: where it is they are as any other, where it is not they are passed over,
whoever executes the notebook; and nothing that is stored is lost.
"""

import json
import re

import papermill
import pytest
from builders import code, markdown, notebook, stdout
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from spark import REQUIRE, hide_spark, require_spark

import ssplab
from ssplab.course import load_card, normal
from ssplab.data import MARK, NEEDS_SPARK, not_run
from ssplab.notebooks import refresh
from ssplab.notebooks.runs import run
from ssplab.system import CheckFailed
from ssplab.verify import suite

pytestmark = pytest.mark.slow  # executes notebooks

PARAMETERS = 'data = "payroll"\nseed = 1\nscale = 1.0'
SET_UP = "import ssplab\n\nssplab.set_up()"
COUNT = f"""{MARK}
spark = ssplab.spark_session()
spark.sql("SELECT count(*) AS number FROM range(12)").show()"""
ASSIGN = f"{MARK}\nrows = spark.range(5).count()"
COUNTED = "+------+\n|number|\n+------+\n|    12|\n+------+\n\n"
ANSWER = f"""\
::::{{admonition}} Try it
How many are they?

:::{{dropdown}} One answer
```python
{MARK}
rows + 1
```

```text
6
```
:::
::::"""
ONE_LINE = r"Not run: this cell needs Spark, and Java is not in JAVA_HOME \([^\n]+"


def cells():
    """The cells of a notebook of which two need Spark, and an answer, as they are stored."""
    return (
        markdown("# Pay"),
        code(PARAMETERS, "parameters"),
        code(SET_UP),
        code(COUNT, NEEDS_SPARK, outputs=[stdout(COUNTED)]),
        code(ASSIGN, NEEDS_SPARK),
        markdown(ANSWER),
        code("print('after')", outputs=[stdout("after\n")]),
    )


def stored(course, *changed):
    nb = notebook(*(changed or cells()))
    for number, cell in enumerate((one for one in nb.cells if one.cell_type == "code"), start=1):
        cell.execution_count = number
    path = course / "chapters/part/pay.ipynb"
    normal.write(nb, path)
    return path


def outputs(nb, source):
    return next(cell.outputs for cell in nb.cells if cell.source == source)


def compared(monkeypatch, course):
    monkeypatch.chdir(course)
    arguments = ("pytest", "chapters/part/pay.ipynb", "--nbval", *suite.NBVAL)
    return suite._run_step(suite.Step("stored outputs", arguments, runs_notebooks=True))


@pytest.fixture
def hidden(monkeypatch, tmp_path):
    hide_spark(monkeypatch, tmp_path)


def by_nbclient(path, out):
    """As JupyterLab does: cell by cell, by what the file says."""
    nb = normal.read(path)
    NotebookClient(nb, kernel_name="python3").execute()
    return nb


def by_papermill(path, out):
    return papermill.execute_notebook(path, out / "out.ipynb", {"seed": 7}, progress_bar=False)


def by_run(path, out):
    return normal.read(run(path, {"seed": 7}, out, progress=False).notebook)


# --- where it is not


@pytest.mark.parametrize("execute", [by_nbclient, by_papermill, by_run])
def test_where_spark_is_not_a_cell_says_so_in_one_line_and_the_rest_runs(
    course, tmp_path, hidden, execute
):
    out = tmp_path / "out"
    out.mkdir()
    nb = execute(stored(course), out)
    for source in (COUNT, ASSIGN):
        [output] = outputs(nb, source)
        assert re.fullmatch(ONE_LINE, not_run([output]))
        assert output.data["text/plain"] == not_run([output])
    assert outputs(nb, "print('after')")[0].text == "after\n"


def test_a_run_tells_its_user_and_shows_the_line_on_the_page(course, tmp_path, hidden):
    told = []
    result = run(stored(course), {}, tmp_path / "out", progress=False, tell=told.append)
    assert len(told) == 1
    assert re.fullmatch(rf"chapters/part/pay\.ipynb, cells not run: 2\. {ONE_LINE}", told[0])
    assert result.page.read_text(encoding="utf-8").count("Not run: this cell needs Spark") == 2


def test_the_comparison_skips_those_cells_and_their_answers_and_says_why(
    course, monkeypatch, hidden
):
    stored(course)
    outcome = compared(monkeypatch, course)
    assert outcome.ok, outcome.output
    assert (outcome.counts["passed"], outcome.counts["skipped"]) == (3, 3)
    assert any(re.search(ONE_LINE, line) for line in outcome.skipped)


def test_refresh_stores_nothing_where_outputs_would_be_lost(course, hidden):
    path = stored(course)
    before = path.read_bytes()
    told = rf"pay\.ipynb, In \[3\] \(id cell-3\): {ONE_LINE} Its notebook stays as it was\."
    with pytest.raises(CheckFailed, match=told):
        refresh(["pay"], progress=False)
    assert path.read_bytes() == before


def test_where_spark_must_be_its_lack_is_an_error(course, tmp_path, monkeypatch, hidden):
    path = stored(course)
    monkeypatch.setenv(REQUIRE, "1")
    with pytest.raises(CellExecutionError, match=f"needs Spark.*{REQUIRE} asks for it"):
        by_nbclient(path, tmp_path)
    outcome = compared(monkeypatch, course)
    assert not outcome.ok
    assert any(REQUIRE in place for place in outcome.places)


def test_a_report_of_own_data_says_so_and_shows_the_rest(tmp_path, hidden):
    folder = tmp_path / "office"
    folder.mkdir()
    for name in load_card("payroll").tables:
        ssplab.load("payroll", name).head(300).to_parquet(folder / f"{name}.parquet")
    nb = notebook(
        markdown("# Pay"),
        code(PARAMETERS, "parameters"),
        code("import ssplab\n\nssplab.set_up(data)\npay = ssplab.load('payroll')"),
        code(COUNT, NEEDS_SPARK, "aggregate"),
        code("print(f'Rows: {ssplab.safe_number(len(pay), data, len(pay))}')", "aggregate"),
    )
    path = tmp_path / "pay.ipynb"
    normal.write(nb, path)
    told = []
    result = run(path, {"data": folder}, tmp_path / "out", progress=False, tell=told.append)
    assert any("cells not run: 1." in line for line in told)
    report = normal.read(result.notebook)
    assert re.fullmatch(rf"{ONE_LINE}\n", outputs(report, COUNT)[0].text)
    assert outputs(report, nb.cells[-1].source)[0].text == "Rows: 300\n"
    assert "Not computed" not in json.dumps(report)


# --- where it is


def test_where_spark_is_its_outputs_are_stored_and_compared_as_any_other(course, monkeypatch):
    require_spark()
    path = stored(course)
    refresh(["pay"], progress=False)
    nb = normal.read(path)
    assert outputs(nb, COUNT) == [stdout(COUNTED)]
    assert outputs(nb, ASSIGN) == []
    assert list(path.parent.iterdir()) == [path]  # where the kernel worked
    # One start of Spark for both: what is stored as it comes, and what is not
    spoiled = code(COUNT, NEEDS_SPARK, outputs=[stdout(COUNTED.replace("12", "13"))], count=6)
    spoiled.id = "spoiled"
    nb.cells.append(spoiled)
    normal.write(nb, path)
    outcome = compared(monkeypatch, course)
    assert not outcome.ok
    assert outcome.counts == {"passed": 6, "failed": 1, "skipped": 0}
    assert any("id spoiled" in place and "13" in place for place in outcome.places)
