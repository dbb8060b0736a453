"""Conditions for the answers that most exercises ask for.

Each function takes what is expected as a callable, called when an answer is examined and never at
import, and returns conditions in the order of examination: what kind of object it is, how it is
labelled, which rows it has, then its values, the likely causes before the plain "not right".
Each condition brings the wrong answers that it is there for, made from the right one.
"""

from ssplab.exercises.compare.functions import Calls, Case, function, same_calls, same_result
from ssplab.exercises.compare.mappings import mapping, text
from ssplab.exercises.compare.scalars import near, number
from ssplab.exercises.compare.tables import series, table

__all__ = [
    "Calls",
    "Case",
    "function",
    "mapping",
    "near",
    "number",
    "same_calls",
    "same_result",
    "series",
    "table",
    "text",
]
