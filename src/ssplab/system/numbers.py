"""How notebooks of the course show a number: as a reader writes it, with four decimals at most."""

import sys

import numpy as np

DECIMALS = 4


def shown(number: float) -> str:
    """Return a number as a cell shows it: rounded, and still a float (`2.0`, not `2`).

    Numbers too small for that keep four significant digits.
    """
    if 0 < abs(number) < 10 ** (1 - DECIMALS):
        return repr(float(f"{number:.{DECIMALS}g}"))
    return repr(round(float(number), DECIMALS))


def show_plainly() -> None:
    """Show numbers plainly from here on: `0.2039`, not `np.float64(0.20394904458598725)`.

    Only what is shown is rounded. In IPython the last value of a cell is concerned; numbers within
    a list or a tuple keep their digits, without the name of their type.
    """
    np.set_printoptions(legacy="1.25")
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        plain = shell.display_formatter.formatters["text/plain"]
        for kind in (float, np.float64):
            plain.for_type(kind, lambda number, printer, cycle: printer.text(shown(number)))
