"""Each chapter and each session runs, from first cell to last, on data its author did not see.

They have another seed, and half the size where they are a twin's: a chapter that holds for one size
only is one that counts on its numbers.
"""

import pytest

from ssplab.course import normal
from ssplab.course.naming import LESSONS, notebooks
from ssplab.course.source import parameters
from ssplab.notebooks.runs import run

pytestmark = pytest.mark.slow  # executes them

OTHER = {"seed": 7, "scale": 0.5}


@pytest.mark.parametrize("path", notebooks(*LESSONS), ids=lambda path: path.stem)
def test_another_seed(path, tmp_path):
    known = parameters(normal.read(path))
    values = {name: value for name, value in OTHER.items() if name in known}
    result = run(path.stem, values, tmp_path, progress=False)
    assert result.notebook.is_file()
    assert result.page.is_file()
