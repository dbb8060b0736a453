"""Checks answer whatever they are given, and refuse what is wrong for the reason it is wrong."""

import pytest

from ssplab import checks
from ssplab.checks import check
from ssplab.errors import SsplabError

STEMS = ["02-payroll-anomalies"]
CASES = [
    pytest.param(stem, number, wrong, id=f"{stem}/{number}-{wrong.mistake}")
    for stem in STEMS
    for number, exercise in checks.exercises(stem).items()
    for wrong in exercise.wrong_answers
]


@pytest.mark.parametrize(("stem", "number", "wrong"), CASES)
def test_a_wrong_answer_gets_its_own_message(stem, number, wrong):
    result = check(f"{stem}/{number}", wrong.make())
    assert not result
    assert wrong.told in " ".join(result.messages)


@pytest.mark.parametrize("stem", STEMS)
def test_every_exercise_is_kind_to_the_stub_and_has_wrong_answers(stem):
    for number, exercise in checks.exercises(stem).items():
        result = check(f"{stem}/{number}", ...)
        assert not result
        assert "Not answered yet" in repr(result)
        assert len(exercise.wrong_answers) >= 2


class Hostile:
    """Raises whatever one asks of it."""

    def __getattribute__(self, name):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "make",
    [
        lambda: None,
        lambda: 3,
        lambda: "text",
        list,
        dict,
        lambda: float("nan"),
        lambda: check,
        Hostile,
    ],
    ids=["none", "number", "text", "list", "dict", "nan", "function", "hostile"],
)
def test_odd_objects_are_refused_in_words(make):
    for stem in STEMS:
        for number in checks.exercises(stem):
            result = check(f"{stem}/{number}", make())
            assert not result
            assert result._repr_html_()


@pytest.mark.parametrize("name", ["02-payrol-anomalies/1", "nothing/1"])
def test_an_unknown_chapter(name):
    with pytest.raises(SsplabError, match="No chapter"):
        check(name, 1)


def test_arguments_the_wrong_way_round():
    with pytest.raises(SsplabError, match="comes first"):
        check([1, 2], "02-payroll-anomalies/1")


@pytest.mark.parametrize("name", ["02-payroll-anomalies/99", "02-payroll-anomalies"])
def test_an_unknown_exercise_lists_those_there_are(name):
    with pytest.raises(SsplabError, match="there are 1"):
        check(name, 1)
