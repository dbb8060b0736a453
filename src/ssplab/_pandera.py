"""A warning that is not the reader's: where pyspark is installed, pandera tries its pandas API.

`pyspark.pandas` 4.3 warns that it does not fully support pandas 3, then cannot be imported beside
it, which pandera takes as its absence: all is well, and the warning stands below a cell that has
nothing to do with Spark. What does use Spark goes on warning.
"""

import warnings

MESSAGE = "PySpark does not yet fully support pandas"
MODULE = r"pyspark\.pandas$"


def quietly() -> None:
    """Let pandera be loaded without that warning."""
    warnings.filterwarnings("ignore", MESSAGE, FutureWarning, MODULE)
