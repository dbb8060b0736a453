"""Each chapter and each session runs, from first cell to last, on a seed its author did not see."""

import pytest

from ssplab.course.naming import LESSONS, notebooks
from ssplab.notebooks.runs import run

pytestmark = pytest.mark.slow  # executes them

SEED = 7


@pytest.mark.parametrize("stem", [path.stem for path in notebooks(*LESSONS)])
def test_another_seed(stem, tmp_path):
    result = run(stem, {"seed": SEED}, tmp_path, progress=False)
    assert result.notebook.is_file()
    assert result.page.is_file()
