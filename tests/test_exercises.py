"""An exercise is a contract: the stub is refused kindly, the solution passes."""

import nbclient
import nbformat
import pytest

from ssplab.paths import course_root

ROOT = course_root()
STEMS = sorted(
    path.relative_to(ROOT / "exercises").as_posix()
    for path in (ROOT / "exercises").rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)


def verdicts(notebook):
    """Return the first line that each check cell shows."""
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and "\ncheck(" in f"\n{cell.source}":
            texts = [o["data"]["text/plain"] for o in cell.outputs if "data" in o]
            shown.append(texts[-1])
    return shown


def test_there_are_exercises():
    assert STEMS


@pytest.mark.parametrize("name", STEMS)
def test_the_untouched_exercise_runs_and_every_check_refuses_it_kindly(name):
    notebook = nbformat.read(ROOT / "exercises" / name, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300).execute()
    shown = verdicts(notebook)
    assert len(shown) >= 3
    for text in shown:
        assert text.startswith("Not yet"), text
        assert "Not answered yet" in text


@pytest.mark.parametrize("name", STEMS)
def test_the_solution_passes_every_check(name):
    # Stored outputs; that they are what the cells give now is nbval's part.
    solution = nbformat.read(ROOT / "solutions" / name, as_version=4)
    exercise = nbformat.read(ROOT / "exercises" / name, as_version=4)
    shown = verdicts(solution)
    assert len(shown) == sum("\ncheck(" in f"\n{cell.source}" for cell in exercise.cells)
    for text in shown:
        assert text.startswith("Right"), text
