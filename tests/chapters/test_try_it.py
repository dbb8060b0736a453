"""Each answer that a chapter gives in a *Try it* box does at its place what the chapter says."""

import pytest

from ssplab.course.naming import notebooks
from ssplab.verify.answers import faults

pytestmark = pytest.mark.slow  # executes chapters


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem) for path in notebooks("chapters")]
)
def test_answers_hold(path, tmp_path):
    found = faults(path, tmp_path)
    if found:
        pytest.fail("\n\n".join(found), pytrace=False)
