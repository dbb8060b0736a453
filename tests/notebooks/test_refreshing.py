"""Refresh: the normal form, figures that keep their bytes, and what must not be written."""

import os
import signal
import subprocess
import sys
from copy import deepcopy

import pytest
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat.v4 import new_output
from processes import LIMIT, alive, started, wait_for_text

from ssplab.course import normal
from ssplab.course.normal import normal_form
from ssplab.notebooks import kernel
from ssplab.notebooks.figures import keep_unchanged
from ssplab.notebooks.refreshing import refresh
from ssplab.system.errors import CheckFailed, SsplabError

pytestmark = pytest.mark.slow  # executes notebooks

SHOW = "from base64 import b64decode\nfrom IPython.display import Image, display\n"


def untidy():
    """A notebook as JupyterLab and papermill leave it, with a Windows line ending."""
    nb = notebook(
        markdown("# Pay\r\n\r\nText\n"),
        code("1 + 1", outputs=[new_output("execute_result", {"text/plain": "2"})], count=7),
        code("print(2)", outputs=[stdout("2\n")], count=9),
    )
    nb.cells[1].metadata.update(execution={"iopub.status.busy": "…"}, papermill={}, tags=[])
    nb.cells[1].outputs[0].execution_count = 7
    nb.metadata.update(papermill={"duration": 3.2}, kernelspec={"name": "my-conda"})
    nb.metadata.language_info.update(version="3.11.2", codemirror_mode={"version": 3})
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]
    return nb


def test_normal_form():
    nb = normal_form(untidy())
    assert (nb.nbformat, nb.nbformat_minor) == (4, 5)
    assert nb.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert nb.cells[0].source == "# Pay\n\nText"
    assert [cell.execution_count for cell in nb.cells[1:]] == [1, 2]
    assert nb.cells[1].outputs[0].execution_count == 1
    assert nb.cells[1].metadata == {}
    assert len({cell.id for cell in nb.cells}) == 3


def test_the_normal_form_is_its_own_normal_form_in_the_same_bytes():
    once = normal_form(untidy())
    assert normal.dumps(normal_form(once)) == normal.dumps(once)
    assert normal.dumps(normal_form(untidy())) == normal.dumps(once)
    assert normal.dumps(once).endswith("}\n")


def test_a_repeated_id_is_replaced_and_the_first_kept():
    nb = notebook(code("a = 1"), code("b = 1"))
    nb.cells[1].id = nb.cells[0].id
    ids = [cell.id for cell in normal_form(nb).cells]
    assert ids[0] == "cell-0" and ids[1] != "cell-0"


def test_reading_what_is_no_notebook_says_so(tmp_path):
    path = tmp_path / "pay.ipynb"
    path.write_text("<<<<<<< HEAD\n{}")
    with pytest.raises(SsplabError, match=r"pay\.ipynb cannot be read as a notebook"):
        normal.read(path)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "pay.ipynb"
    normal.write(notebook(code("a = 1")), path)
    before = path.read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        normal.write(notebook(code("a = 2")), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_unchanged_figure_keeps_its_bytes_and_a_changed_one_does_not():
    same, redrawn, changed = png(), png(metadata={"Title": "pay"}), png(1.5)
    stored = notebook(code("draw()", outputs=[figure_output(same), figure_output(same)]))
    new = deepcopy(stored)
    new.cells[0].outputs[0].data["image/png"] = redrawn
    new.cells[0].outputs[1].data["image/png"] = changed
    keep_unchanged(stored, new)
    assert [output.data["image/png"] for output in new.cells[0].outputs] == [same, changed]


def write(course, relative, *cells):
    path = course / relative
    normal.write(notebook(*cells), path)
    return path


def test_refresh_executes_stores_and_derives(course):
    chapter = write(
        course,
        "chapters/part/pay.ipynb",
        markdown("# Pay"),
        code('data = "payroll"\nseed = 1\nscale = 1', "parameters"),
        code("print(seed + 1)"),
        code(f"{SHOW}display(Image(data=b64decode('{png()}')))"),
    )
    solution = write(
        course,
        "solutions/part/pay.ipynb",
        markdown("# Solution: Pay"),
        code("answer = 6 * 7", "solution"),
        code("print(answer)"),
    )
    done = refresh(progress=False)
    exercise = course / "exercises/part/pay.ipynb"
    assert set(done.changed) == {chapter, solution, exercise}
    nb = normal.read(chapter)
    assert [c.execution_count for c in nb.cells if c.cell_type == "code"] == [1, 2, 3]
    assert nb.cells[2].outputs[0].text == "2\n"
    assert nb.cells[3].outputs[0].data["image/png"].strip() == png()
    assert nb == normal_form(nb)
    assert normal.read(exercise).cells[1].source == "answer = ..."

    bytes_before = {path: path.read_bytes() for path in done.changed}
    again = refresh(["pay"], progress=False)
    assert set(again.executed) == {chapter, solution} and again.changed == []
    assert bytes_before == {path: path.read_bytes() for path in done.changed}


def test_a_notebook_that_raises_is_left_as_it_was_and_the_others_are_finished(course):
    good = write(course, "chapters/part/pay.ipynb", code("print(1)"))
    bad = write(
        course, "chapters/part/other-pay.ipynb", code("print(1)"), code("{}['hours']"), code("2")
    )
    before = bad.read_bytes()
    with pytest.raises(CheckFailed) as failure:
        refresh(progress=False)
    assert str(failure.value) == (
        "chapters/part/other-pay.ipynb, In [2] (id cell-1) raised KeyError: 'hours'"
    )
    assert bad.read_bytes() == before
    assert normal.read(good).cells[0].outputs[0].text == "1\n"


def test_a_solution_that_gives_no_exercise_is_told(course):
    write(course, "solutions/part/pay.ipynb", code("%who"))
    with pytest.raises(CheckFailed, match=r"^solutions/part/pay\.ipynb: In \[1\] \(id cell-0\)"):
        refresh(progress=False)


def test_a_kernel_that_dies_is_told(course):
    write(course, "chapters/part/pay.ipynb", code("import os\nos._exit(3)"))
    with pytest.raises(CheckFailed, match=r"pay\.ipynb, In \[1\] \(id cell-0\): .*died"):
        refresh(progress=False)


def test_own_data_are_refused_before_anything_is_executed(course):
    trace = course / "executed"
    write(course, "chapters/part/pay.ipynb", code(f"open({str(trace)!r}, 'w').close()"))
    write(
        course,
        "chapters/part/other-pay.ipynb",
        code("data = '../extract'\nseed = 1\nscale = 1", "parameters"),
    )
    with pytest.raises(SsplabError, match=r"other-pay\.ipynb reads data='\.\./extract'"):
        refresh(progress=False)
    assert not trace.exists()


def test_an_exercise_is_not_refreshed(course):
    write(course, "exercises/part/pay.ipynb", code("a = ..."))
    with pytest.raises(SsplabError, match="refresh their solutions"):
        refresh(["exercises/part/pay.ipynb"], progress=False)


def test_an_unknown_name_is_answered_with_near_ones(course):
    write(course, "chapters/part/payroll-anomalies.ipynb", code("a = 1"))
    with pytest.raises(SsplabError, match="Did you mean payroll-anomalies"):
        refresh(["payrol-anomalies"], progress=False)


def test_another_pythons_kernel_is_refused(monkeypatch):
    class Other:
        argv = ("/opt/other/bin/python", "-m", "ipykernel_launcher")

    monkeypatch.setattr(kernel.KernelSpecManager, "get_kernel_spec", lambda *_: Other)
    with pytest.raises(SsplabError, match="/opt/other/bin/python, not this environment's Python"):
        kernel.check_kernel()


def test_notebooks_run_in_this_python(course):
    path = write(course, "chapters/part/pay.ipynb", code("import sys\nprint(sys.prefix)"))
    refresh(progress=False)
    assert normal.read(path).cells[0].outputs[0].text.strip() == sys.prefix


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_kernels_and_writes_nothing(course, tmp_path, number):
    names = ["other-pay", "pay"]
    source = "import os, pathlib, time\npathlib.Path({!r}).write_text(str(os.getpid()))\n"
    paths = [
        write(
            course,
            f"chapters/part/{name}.ipynb",
            code(source.format(str(tmp_path / name)) + "time.sleep(300)"),
        )
        for name in names
    ]
    before = [path.read_bytes() for path in paths]
    command = [sys.executable, "-m", "ssplab", "refresh", "--workers", "2"]
    with started(command, stderr=subprocess.PIPE, text=True) as process:
        kernels = [int(wait_for_text(tmp_path / name, process)) for name in names]
        process.send_signal(number)
        _, told = process.communicate(timeout=LIMIT)
    assert process.returncode == 128 + number
    assert "nothing half done was kept" in told and "Traceback" not in told
    assert not [pid for pid in kernels if alive(pid)]
    assert [path.read_bytes() for path in paths] == before
    assert sorted(os.listdir(paths[0].parent)) == [path.name for path in paths]
