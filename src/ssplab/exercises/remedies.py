"""What to do when Python stops in an exercise, said under its own message.

Python's message says what happened; a beginner needs to know what to do. `register` adds a note to
the exceptions known here, in a notebook in which `check` is used and nowhere else.
"""

import re

from ssplab.system import _

REMEDIES = {  # type of exception and a pattern of its message → the remedy
    (
        "NameError",
        r"name '(?P<name>\w+)' is not defined",
    ): _(
        "`{name}` has no value yet. If a cell above gives it one, run that cell first, then this "
        "one (Run ▸ Run All Above Selected Cell); else compare the spelling."
    ),
    ("ValueError", r"The truth value of an? .* is ambiguous"): _(
        "A whole column is neither true nor false: write `&` in place of `and`, `|` in place of "
        "`or`, `~` in place of `not`, and each condition in parentheses: (a > 1) & (b < 2). To "
        "choose row by row, use `.where` in place of `if`."
    ),
    ("TypeError", r"'r?(and|or)_'|for [&|]:"): _(
        "Each condition needs its own parentheses before `&` and `|`: (a > 1) & (b < 2)."
    ),
    ("TypeError", r"ellipsis"): _(
        "Three dots (...) stand where an answer is still missing: answer the earlier exercise "
        "first, and run its cell."
    ),
}


def remedy(error: BaseException) -> str:
    """Return what to do about an exception, in a sentence; nothing if it is none of those known."""
    for (kind, pattern), text in REMEDIES.items():
        message = re.search(pattern, str(error))
        if message and any(base.__name__ == kind for base in type(error).__mro__):
            return text.format(**message.groupdict())
    return ""


def register() -> None:
    """Add remedies to the exceptions of the notebook that runs; elsewhere do nothing."""
    import sys

    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((NameError, ValueError, TypeError), _show)


def _show(shell, kind, error, traceback, tb_offset=None) -> None:
    advice = remedy(error)
    if advice:
        error.add_note(_("What to do: {advice}").format(advice=advice))
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
