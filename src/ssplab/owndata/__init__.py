"""What may be shown of own data: `safe` masks a table, and the report of a run shows nothing else
of an extract.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "disclosure": ["safe", "safe_totals"],
        "reporting": ["AGGREGATE", "bare_prints", "report", "shareable"],
    },
)
