"""Cells that need Spark: run where it is, and where it is not, one line in place of a traceback.

Such a cell begins with the comment `# Needs Spark` and is tagged `needs-spark`. A kernel sees the
source of a cell and not its tags, so the comment is what it goes by, whoever executes the notebook
(JupyterLab, papermill, nbclient, nbval); the tag is for those who read the file, and the linter
holds both together. Once `set_up` has run, a cell with the comment shows where Spark is missing why
it was not run, in an output whose MIME type (`MIME`) tells it from a result.

Under `SSPLAB_REQUIRE_SPARK=1`, as in continuous integration, such a cell raises instead.
"""

import os
import sys
from collections.abc import Iterable

from nbformat import NotebookNode

from ssplab.data.spark import why_no_spark
from ssplab.system import SsplabError

NEEDS_SPARK = "needs-spark"
"""The tag."""
MARK = "# Needs Spark"
"""The first line of the source."""
MIME = "application/vnd.ssplab.not-run+json"
REQUIRE = "SSPLAB_REQUIRE_SPARK"
INSTEAD = f"__import__('{__name__}', fromlist=['say_not_run']).say_not_run()\n"


def needs_spark(source: str) -> bool:
    """Return whether the source of a cell says that it needs Spark."""
    return source.partition("\n")[0].strip() == MARK


def not_run(outputs: Iterable[NotebookNode]) -> str | None:
    """Return what outputs say of a cell that was not run for want of Spark; None if it was."""
    said = (one.data["text/plain"] for one in outputs if MIME in one.get("data", {}))
    return next(said, None)


def pass_over_where_missing() -> None:
    """Let this kernel pass over the cells that need Spark, where it is not; elsewhere do nothing.

    Whether Spark is here is asked when such a cell comes.
    """
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None and _transformed not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_transformed)


def say_not_run() -> None:
    """Show in one line why a cell is not run.

    Raises
    ------
    SsplabError
        If the environment variable `SSPLAB_REQUIRE_SPARK` is 1.
    """
    from IPython.display import display

    told = f"Not run: this cell needs Spark, and {why_no_spark()}"
    if os.environ.get(REQUIRE) == "1":
        raise SsplabError(f"{told} {REQUIRE} asks for it.")
    display({MIME: {"needs": "spark"}, "text/plain": told}, raw=True)


def _transformed(lines: list[str]) -> list[str]:
    if lines and needs_spark(lines[0]) and why_no_spark():
        return [INSTEAD]
    return lines
