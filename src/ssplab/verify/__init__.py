"""What `ssplab test` runs: the steps, what a change can reach, the linter of notebooks, the
comparison of stored outputs, chapters' claims over seeds and their reports on odd extracts.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["suite"],
    submod_attrs={
        "seeds": ["claim", "over_seeds"],
    },
)
