"""Conditions for the answers that most exercises ask for.

Each function takes what is expected as a callable, called when an answer is examined and never at
import, and returns conditions in the order of examination: what kind of object it is, how it is
labelled, which rows it has, then its values, the likely causes before the plain "not right".
Each condition brings the wrong answers that it is there for, made from the right one.

Where a cause cannot occur in an exercise, or a mistake recorded there says it better, `without`
takes it out by its name; `ssplab.checks.engine.contract` tells which those are.
"""

from ssplab.checks.compare.arrays import array, number
from ssplab.checks.compare.common import common_mistakes
from ssplab.checks.compare.figures import figure
from ssplab.checks.compare.functions import Case, function
from ssplab.checks.compare.mappings import mapping, text
from ssplab.checks.compare.models import Rows, model
from ssplab.checks.compare.tables import series, table

__all__ = [
    "Case",
    "Rows",
    "array",
    "common_mistakes",
    "figure",
    "function",
    "mapping",
    "model",
    "number",
    "series",
    "table",
    "text",
]
