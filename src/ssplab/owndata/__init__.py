"""What may be shown of own data: `safe` and its kin mask tables, numbers and figures, and a report
shows nothing else of an extract.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "disclosure": ["safe", "safe_totals"],
        "reporting": [
            "AGGREGATE",
            "CLAIMS",
            "GENERAL",
            "PUBLIC",
            "Failure",
            "bare_prints",
            "failures",
            "report",
            "shareable",
            "shows",
            "unpublic",
        ],
        "shown": [
            "MASKED_MIME",
            "MIME",
            "PROOF",
            "masked_values",
            "safe_figure",
            "safe_number",
            "safe_share",
        ],
    },
)
