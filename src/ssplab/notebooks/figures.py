"""Is a figure the same picture? Told by the root mean square of the pixels' difference."""

import base64
import io
import tempfile
from pathlib import Path

from nbformat import NotebookNode
from PIL import Image

# On 0-255. Measured: the same figure on other machines 0, a typo in a title 2.8, a bar 1 % higher
# 4.3.
TOLERANCE = 2.0


def figures(outputs: list[NotebookNode]) -> list[str]:
    """Return the PNG figures of a cell's outputs, in base64, in order."""
    return [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]


def difference(stored: str, new: str) -> str | None:
    """Return how two PNG figures (base64) differ in a few words; None if they are the same picture.

    Source: `matplotlib.testing.compare.compare_images`.
    """
    if stored == new:
        return None
    # Heavy, and needed here only: a lint or a split must not wait for it.
    from matplotlib.testing.compare import compare_images
    from matplotlib.testing.exceptions import ImageComparisonFailure

    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, figure in (("stored", stored), ("new", new)):
            try:
                content = base64.b64decode(figure)
                with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
                    picture.load()
            except (OSError, SyntaxError, ValueError) as error:  # Pillow's, and base64's
                return f"the {name} one cannot be read as a PNG ({type(error).__name__})"
            paths.append(Path(folder, f"{name}.png"))
            paths[-1].write_bytes(content)
        try:
            result = compare_images(*map(str, paths), tol=TOLERANCE, in_decorator=True)
        except ImageComparisonFailure:
            return "it has another size"
    return result and f"RMS {result['rms']:.1f}, tolerance {TOLERANCE:g}"


def problem(stored: list[NotebookNode], new: list[NotebookNode]) -> str | None:
    """Return what is wrong with a cell's stored figures next to its new ones; None if nothing is.

    Parameters
    ----------
    stored, new : list of NotebookNode
        The cell's outputs as stored and as executed again.
    """
    old_figures, new_figures = figures(stored), figures(new)
    if len(old_figures) != len(new_figures):
        change = "deleted from" if len(old_figures) < len(new_figures) else "added to"
        return (
            f"a figure was {change} the stored outputs: {len(old_figures)} stored, "
            f"{len(new_figures)} drawn by the code"
        )
    for number, pair in enumerate(zip(old_figures, new_figures, strict=True), start=1):
        differs = difference(*pair)
        if differs:
            return f"figure {number} of the cell is not the stored one: {differs}"
    return None


def keep_unchanged(stored: NotebookNode, new: NotebookNode) -> None:
    """Put the stored bytes of each unchanged figure into `new`, cell by cell (in place)."""
    old_outputs = {cell.get("id"): cell.get("outputs", []) for cell in stored.cells}
    for cell in new.cells:
        old = figures(old_outputs.get(cell.get("id"), []))
        drawn = [out for out in cell.get("outputs", []) if "image/png" in out.get("data", {})]
        for figure, output in zip(old, drawn, strict=False):
            if difference(figure, output.data["image/png"]) is None:
                output.data["image/png"] = figure
