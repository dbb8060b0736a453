"""Functions that a chapter has taught, taken from its cells."""

import inspect

import pytest
from builders import code, markdown, notebook

from ssplab import taught
from ssplab.course import normal, taught_calls, taught_source, taught_sources
from ssplab.system import SsplabError

CELLS = (
    markdown("# Pay"),
    code("import math\n\nimport ssplab\n\nrate = 0.5"),
    code("rows = [1, 2]\nshare = len(rows)"),
    code("def net(pay):\n    # what remains\n    return pay * rate\n\n\nnet(2)"),
    code("def logs(pay):\n    return [math.log(net(one)) for one in pay]"),
    code("def count(pay):\n    return len(pay) * share"),
    code("%matplotlib inline"),
)


@pytest.fixture
def pay(course):
    path = course / "chapters/part/pay.ipynb"
    normal.write(notebook(*CELLS), path)
    return path


def test_a_function_comes_with_what_it_uses_and_nothing_else(pay):
    rate = 100  # a name of the notebook at hand
    logs = taught("pay", "logs")
    assert logs([2, 2]) == [0, 0], rate
    source = taught_source("pay", "logs")
    assert "import math" in source and "ssplab" not in source and "share" not in source


def test_it_is_shown_as_it_stands_in_the_chapter(pay):
    assert inspect.getsource(taught("pay", "net")) == (
        "def net(pay):\n    # what remains\n    return pay * rate\n"
    )


def test_of_two_definitions_the_later_counts(pay):
    later = code("rate = 2\n\n\ndef net(pay):\n    return pay + rate")
    normal.write(notebook(*CELLS, later), pay)
    assert taught("pay", "net")(2) == 4


def test_functions_that_call_each_other_are_found(pay):
    each = code("def even(n):\n    return n == 0 or odd(n - 1)")
    other = code("def odd(n):\n    return n > 0 and even(n - 1)")
    normal.write(notebook(each, other), pay)
    assert taught("pay", "even")(4)
    assert taught("pay", "odd")(3)


@pytest.mark.parametrize(
    ("chapter", "name", "told"),
    [
        ("pay", "gross", "defines no function 'gross'.* It defines: net, logs, count"),
        ("pay", "math", "defines no function 'math'"),
        ("pay", "count", "'count' uses 'share', which is neither an import, a function nor a"),
        ("pays", "net", "pays"),
    ],
)
def test_what_cannot_be_taken_is_told(pay, chapter, name, told):
    with pytest.raises(SsplabError, match=told):
        taught(chapter, name)


def test_a_name_that_a_cell_computes_anew_is_no_longer_the_chapters(pay):
    normal.write(notebook(*CELLS, code("rate = len(rows)")), pay)
    with pytest.raises(SsplabError, match="uses 'rate'"):
        taught("pay", "net")


def test_what_the_chapter_took_itself_is_handed_on(course, pay):
    """A function of a function of an earlier chapter, and a change of the first is a change."""
    cells = [
        code("from ssplab import taught"),
        code('net = taught("pay", "net")'),
        code("def twice(pay):\n    return 2 * net(pay)"),
    ]
    normal.write(notebook(*cells), course / "chapters/part/later.ipynb")
    assert taught("later", "twice")(4) == 4
    found = taught_sources(['twice = taught("later", "twice")'])
    assert list(found) == [("later", "twice"), ("pay", "net")]
    assert "rate = 0.5" in found["pay", "net"]


def test_calls_are_read_from_code():
    sources = ["from ssplab import taught", "net = taught('pay', 'net')", "%magic"]
    sources += ["import ssplab\nssplab.taught('pay', 'logs')(1)", "taught(chapter, 'net')"]
    assert list(taught_calls(sources)) == [("pay", "net"), ("pay", "logs")]
