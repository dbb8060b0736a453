"""The one error that the course shows to its users."""


class SsplabError(Exception):
    """Bad input or a failed check, told in a sentence.

    The message says what was wrong, where, and what to do. The command line prints it without a
    traceback and ends with exit code 2; a failed check ends with exit code 1 (`CheckFailed`).
    """


class CheckFailed(SsplabError):
    """Something was examined and is not as it must be: a test, a card, a notebook that raised."""
