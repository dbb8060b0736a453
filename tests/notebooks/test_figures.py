"""Stored outputs against re-executed ones: what changed must fail and say where."""

import base64
import os
import re
import subprocess
import sys
from copy import deepcopy
from xml.etree import ElementTree

import pytest
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat.v4 import new_output

from ssplab.course import normal
from ssplab.notebooks import figures

pytestmark = pytest.mark.slow  # executes notebooks

DRAWN = png()


def stored():
    """A chapter of two cells, a figure and a number, as executing it gives them."""
    image = {"image/png": DRAWN, "text/plain": "<IPython.core.display.Image object>"}
    return notebook(
        markdown("# Pay"),
        code(
            "from base64 import b64decode\n\nfrom IPython.display import Image, display\n\n"
            f"display(Image(data=b64decode('{DRAWN}')))",
            outputs=[new_output("display_data", data=image)],
            count=1,
        ),
        code("print('median', 1500)", outputs=[stdout("median 1500\n")], count=2),
    )


def put(figure):
    def change(nb):
        nb.cells[1].outputs[0].data["image/png"] = figure

    return change


def delete_figure(nb):
    nb.cells[1].outputs = []


def delete_png_only(nb):
    del nb.cells[1].outputs[0].data["image/png"]


def add_figure(nb):
    nb.cells[1].outputs.append(deepcopy(nb.cells[1].outputs[0]))


def corrupt_figure(nb):
    content = bytearray(base64.b64decode(nb.cells[1].outputs[0].data["image/png"]))
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    nb.cells[1].outputs[0].data["image/png"] = base64.b64encode(content).decode()


def change_number(nb):
    nb.cells[2].outputs[0].text = "median 1501\n"


def never_executed(nb):
    nb.cells[1].outputs, nb.cells[1].execution_count = [], None


FIGURE, NUMBER = r"In \[1\] \(id cell-1\): ", r"In \[2\] \(id cell-2\): "
CHANGES = {
    "unchanged": (lambda nb: None, None),
    "number": (
        change_number,
        NUMBER + "Cell outputs differ; stored 'median 1501', now 'median 1500'",
    ),
    "deleted": (delete_figure, FIGURE + ".*deleted from the stored outputs: 0 stored, 1 drawn"),
    "png-deleted": (delete_png_only, FIGURE + ".*deleted from the stored outputs: 0 stored"),
    "added": (add_figure, FIGURE + ".*added to the stored outputs: 2 stored, 1 drawn"),
    "corrupted": (corrupt_figure, FIGURE + "figure 1 .*the stored one cannot be read as a PNG"),
    "bar": (put(png(1.1)), FIGURE + r"figure 1 .*the stored one: RMS \d+\.\d, tolerance 2"),
    "other-size": (put(png(dpi=120)), FIGURE + "figure 1 .*the stored one: it has another size"),
    "other-bytes": (put(png(metadata={"Title": "pay"})), None),
    "unexecuted": (never_executed, FIGURE + "it was never executed"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    (root / "datasets").mkdir()
    (root / "_toc.yml").touch()
    base = stored()
    for name, (change, _) in CHANGES.items():
        nb = deepcopy(base)
        change(nb)
        normal.write(nb, root / f"chapters/{name}.ipynb")
    return root


def failures(folder):
    """Return the message of each failed cell by notebook, as pytest reports them."""
    report = folder / "report.xml"
    plugins = ["-p", "ssplab.verify.nbval_plugin", "-p", "no:cacheprovider"]
    options = ["--nbval-current-env", "--color=no", f"--junitxml={report}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "chapters", "--nbval", *plugins, *options],
        cwd=folder,
        env=os.environ | {"SSPLAB_ROOT": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = dict.fromkeys(CHANGES, "")
    tests = ElementTree.parse(report).findall(".//testcase")
    assert len(tests) == 2 * len(CHANGES)
    for test in tests:
        name = re.fullmatch(r"chapters\.(.+)\.ipynb", test.get("classname"))[1]
        found[name] += "".join(fault.get("message") for fault in test.findall("failure"))
    return found


@pytest.fixture(scope="module")
def strict_failures(folder):
    return failures(folder)


@pytest.mark.parametrize("name", CHANGES)
def test_strict_says_notebook_cell_and_difference(strict_failures, name):
    expected = CHANGES[name][1]
    if expected is None:
        assert strict_failures[name] == ""
    else:
        assert re.search(rf"chapters/{name}\.ipynb, {expected}", strict_failures[name])


def test_a_changed_number_is_shown_beside_the_new_one(strict_failures):
    assert "'median 1501\\n' == 'median 1500\\n'" in strict_failures["number"]


def test_the_same_picture_in_other_bytes_is_no_difference():
    assert png() != png(metadata={"Title": "pay"})
    assert figures.difference(png(), png(metadata={"Title": "pay"})) is None


@pytest.mark.parametrize("broken", ["", "AAAA", "not base64", png()[:200]])
def test_a_broken_figure_is_a_difference(broken):
    assert figures.difference(broken, png())
    assert figures.difference(png(), broken)


def test_the_figure_that_differs_is_numbered():
    old = [figure_output(png()), figure_output(png())]
    new = [figure_output(png()), figure_output(png(1.5))]
    assert figures.problem(old, old) is None
    assert figures.problem(old, new).startswith("figure 2 of the cell is not the stored one: RMS ")
