"""The one error that the course shows to its users, and the offer of what they may have meant."""

import difflib
from collections.abc import Iterable


class SsplabError(Exception):
    """Bad input or a failed check, told in a sentence.

    The message says what was wrong, where, and what to do. The command line prints it without a
    traceback and ends with exit code 2; a failed check ends with exit code 1 (`CheckFailed`).
    """


class CheckFailed(SsplabError):
    """Something was examined and is not as it must be: a test, a card, a notebook that raised."""


def nearest(name: object, names: Iterable[str]) -> str:
    """Return the sentence that offers the names nearest to a mistyped one, or all there are."""
    names = list(names)
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"There are: {', '.join(names)}." if names else "There is none yet."
