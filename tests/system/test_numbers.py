import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from ssplab.system.numbers import show_plainly, shown


@pytest.mark.parametrize(
    ("number", "told"),
    {
        0.20394904458598725: "0.2039",
        1834.6003199999998: "1834.6003",
        2.0: "2.0",
        0.0: "0.0",
        -3343.85: "-3343.85",
        0.00012345678: "0.0001235",
        float("inf"): "inf",
        float("nan"): "nan",
        309257000000.25: "309257000000.25",
    }.items(),
)
def test_a_number_is_shown_with_four_decimals_and_stays_a_float(number, told):
    assert shown(number) == told


def test_a_cell_shows_what_numpy_gives_as_a_plain_number(monkeypatch):
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    plain = shell.display_formatter.formatters["text/plain"]
    with np.printoptions():
        show_plainly()
        assert plain(np.float64(1) / 3) == "0.3333"
        assert plain(1 / 3) == "0.3333"
        assert plain([np.float64(0.25)]) == "[0.25]"
