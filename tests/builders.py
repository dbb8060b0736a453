"""Notebooks built in memory for tests."""

import base64
import io

from matplotlib import style
from matplotlib.figure import Figure
from nbformat import v4

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
    """Return a small bar chart in base64; `saved` goes to `Figure.savefig`.

    The bytes are the same whichever test ran before: loading a data set sets the course's style for
    the whole process.
    """
    buffer = io.BytesIO()
    with style.context("default"):
        figure = Figure(figsize=(2, 2))
        figure.subplots().bar(["a", "b"], [1, height])
        figure.savefig(buffer, format="png", **saved)
    return base64.b64encode(buffer.getvalue()).decode()


def figure_output(image):
    return v4.new_output("display_data", data={"image/png": image, "text/plain": "<Figure>"})
