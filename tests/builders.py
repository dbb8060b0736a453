"""What tests are made on: notebooks built in memory, and a course of one page."""

import base64
import io
import shutil

from matplotlib.figure import Figure
from nbformat import v4

from ssplab.paths import course_root

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def markdown(source, *tags):
    return v4.new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source, *tags, outputs=(), count=None):
    return v4.new_code_cell(
        source,
        metadata={"tags": list(tags)} if tags else {},
        outputs=list(outputs),
        execution_count=count,
    )


def notebook(*cells):
    """Return a notebook whose cells have the ids `cell-0`, `cell-1`, …"""
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return v4.new_notebook(
        cells=list(cells),
        metadata={"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}},
    )


def stdout(text):
    return v4.new_output("stream", name="stdout", text=text)


def png(height=1.0, **saved):
    """Return a small bar chart in base64; `saved` goes to `Figure.savefig`."""
    figure = Figure(figsize=(2, 2))
    figure.subplots().bar(["a", "b"], [1, height])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", **saved)
    return base64.b64encode(buffer.getvalue()).decode()


def figure_output(image):
    return v4.new_output("display_data", data={"image/png": image, "text/plain": "<Figure>"})


def small_book(folder):
    """Make in `folder` a course of the page `book/welcome`, yet to be written, as ours is built."""
    for name in ["_static", "_ext"]:
        shutil.copytree(course_root() / "book" / name, folder / "book" / name)
    for name in ["_config.yml", "book/references.bib"]:
        shutil.copyfile(course_root() / name, folder / name)
    (folder / "datasets").mkdir()
    (folder / "_toc.yml").write_text("format: jb-book\nroot: book/welcome\n", encoding="utf-8")
