"""Notebooks at work: executed, run with other parameters, refreshed in store, shown as one page;
the solution shown to a trainee who has tried.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["figures"],
    submod_attrs={
        "captions": ["caption_figures"],
        "execution": ["execute", "in_thread"],
        "kernel": ["KERNEL", "START_TIMEOUT", "check_kernel", "connection", "environment"],
        "refreshing": ["refresh"],
        "runs": ["NothingToShow", "RunResult", "run"],
        "solutions": ["solution"],
    },
)
