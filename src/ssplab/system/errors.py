"""The one error that the course shows to its users, and the offer of what they may have meant."""

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class SsplabError(Exception):
    """Bad input or a failed check, told in a sentence.

    The message says what was wrong, where, and what to do. The command line prints it without a
    traceback and ends with exit code 2; a failed check ends with exit code 1 (`CheckFailed`).
    """


class CheckFailed(SsplabError):
    """Something was examined and is not as it must be: a test, a card, a notebook that raised."""


def model_faults(error: "ValidationError", whole: str) -> list[str]:
    """Return where a model of pydantic was given what it does not take, a line each, and why.

    `whole` names the place of a fault that no single field has.
    """
    return [
        f"{'.'.join(map(str, fault['loc'])) or whole}: {fault['msg']}" for fault in error.errors()
    ]


def nearest(name: object, names: Iterable[str]) -> str:
    """Return the sentence that offers the names nearest to a mistyped one, or all there are."""
    names = list(names)
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"There are: {', '.join(names)}." if names else "There is none yet."
