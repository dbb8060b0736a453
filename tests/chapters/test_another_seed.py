"""Each chapter runs, from its first cell to its last, on a twin that its author did not see."""

import pytest

from ssplab.course.naming import notebooks
from ssplab.notebooks.runs import run

pytestmark = pytest.mark.slow  # executes chapters

SEED = 7


@pytest.mark.parametrize("stem", [path.stem for path in notebooks("chapters")])
def test_another_seed(stem, tmp_path):
    result = run(stem, {"seed": SEED}, tmp_path, progress=False)
    assert result.notebook.is_file()
    assert result.page.is_file()
