"""The comparators: what each says of the mistakes that people make, and what it lets pass.

Each sample exercise also keeps the contract, which tries every condition with the wrong answers
that the comparators make; those below are written by hand.
"""

import math
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import samples
from samples import SAMPLES

from ssplab.exercises import compare
from ssplab.exercises.compare.functions import same_result
from ssplab.exercises.compare.tables import same_series
from ssplab.exercises.engine.exercise import CheckFault

pytestmark = pytest.mark.slow  # examines thousands of odd answers

by_sex, by_year, regions = samples.pay_by_sex, samples.by_year, samples.regions
mean_pay, share = samples.mean_pay, samples.share
distances = np.array([[0.0, 12.53, 31.17], [11.98, 0.0, 20.41]])


def one_level_more(name):
    more = pd.concat({"all": samples.by_year()}, names=[name])
    return more.reorder_levels([1, 2, 0])


@pytest.mark.parametrize("name", SAMPLES)
def test_each_comparator_refuses_the_wrong_answers_that_it_brings(name):
    exercise = SAMPLES[name]
    assert exercise.examine(exercise.answer()).message is None
    for condition in exercise.conditions:
        for wrong in condition.wrong_answers:
            assert exercise.examine(wrong.make()).message is not None, wrong.mistake


COMPARATORS = Counter(name.partition("_")[0] for name in SAMPLES)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_no_condition_of_a_comparator_can_be_removed(comparator):
    """In one sample at least its own wrong answer would be told something else without it."""
    brought, needed = set(), set()
    for name, exercise in SAMPLES.items():
        if name.partition("_")[0] != comparator:
            continue
        for position, condition in enumerate(exercise.conditions):
            rest = replace(exercise, conditions=exercise.conditions[position + 1 :])
            for wrong in condition.wrong_answers:
                brought.add(wrong.mistake)
                finding = exercise.examine(wrong.make())
                own = finding.position == position and wrong.told in finding.message
                if own and wrong.told not in message_without(rest, wrong.make()):
                    needed.add(wrong.mistake)
    assert brought - needed == set()


def message_without(rest, answer):
    """Return what is told of an answer by the later conditions alone; some cannot read it."""
    try:
        return rest.examine(answer).message or ""
    except CheckFault:
        return ""


def told(sample, answer):
    """Return the aspect that is not right, and the message; None twice for a right answer."""
    exercise = SAMPLES[sample]
    finding = exercise.examine(answer)
    if finding.message is None:
        return None, None
    return exercise.conditions[finding.position].aspect, finding.message


def sorts_in_place(amounts):
    amounts.sort()
    amounts.append(0)
    return samples.shares(amounts[:-1])


def of_two(first, second):
    return [first, second]


def forgets_a_branch(amounts):
    if amounts and sum(amounts):
        return samples.shares(amounts)


def prints(amounts):
    print(samples.shares(amounts))


def prints_and_returns(amounts):
    print("here")
    return samples.shares(amounts)


def leaves(amounts):
    sys.exit("bye")


def without_guard(amounts):
    return [amount / sum(amounts) for amount in amounts]


def sums_to_two(amounts):
    return [2 * one for one in samples.shares(amounts)]


WRONG = [
    ("SERIES", None, "type", "without `return`"),
    ("SERIES", by_sex().head, "type", "`head` itself"),
    ("SERIES", pd.Series, "type", "`Series` itself"),
    ("SERIES", by_sex().groupby(level=0), "type", "nothing is computed of each group"),
    ("SERIES", by_sex().rolling(2), "type", "nothing is computed of each group"),
    ("SERIES", regions().groupby("region"), "type", "nothing is computed of each group"),
    ("SERIES", type("GroupBy", (), {})(), "type", "You give a GroupBy; a pandas Series"),
    ("SERIES", by_sex().to_frame().style, "type", "before `.style`"),
    ("SERIES", by_sex().to_frame(), "type", "a DataFrame with 1 column;"),
    ("SERIES", regions(), "type", "a DataFrame with 3 columns;"),
    ("SERIES", dict(by_sex()), "type", "You give a dict; a pandas Series is asked for."),
    ("SERIES", 3, "type", "You give an int;"),
    ("SERIES", by_sex()[:0], "rows", "no row meets your condition"),
    ("SERIES", pd.concat({1: by_sex()}, names=["year"]), "labels", "2 levels (year, sex); one"),
    ("SERIES", by_sex().astype(str), "type", "are of type str; they must be numbers"),
    ("SERIES", by_sex() > 13, "type", "are of type bool; they must be numbers"),
    ("SERIES", by_sex().reset_index(drop=True), "labels", "not labelled by sex: its index begins"),
    ("SERIES", by_sex().set_axis(["c", "d"]), "labels", 'set_index("sex")'),
    ("SERIES", pd.concat([by_sex(), by_sex()]), "labels", "4 rows for 2 labels: a stands"),
    ("SERIES", by_sex().reindex(["a", "b", "c", "d"]), "rows", "2 rows should not be there, such"),
    ("SERIES", by_sex()[["a"]], "rows", "1 row is missing: b."),
    ("SERIES", by_sex().where(by_sex() < 20), "values", "1 value is missing that should be"),
    ("SERIES", by_sex().round(2), "values", "are rounded"),
    ("SERIES", by_sex().round(0), "values", "are rounded"),
    ("SERIES", by_sex() * 100, "values", "cents for euros? Expected: euros per hour."),
    ("SERIES", by_sex() / 100, "values", "100 times too small"),
    ("SERIES", by_sex() / 1000, "values", "1,000 times too small"),
    ("SERIES", by_sex() * 12, "values", "of a year, and not of a month"),
    ("SERIES", by_sex() / 12, "values", "of a month, and not of a year"),
    ("SERIES", -by_sex(), "values", "sign is reversed"),
    ("SERIES", by_sex() * math.inf, "values", "divided by zero"),
    ("SERIES", by_sex() * 1.1, "values", "the same multiple"),
    ("SERIES", by_sex() * 0, "values", "2 of 2 values are not right"),
    ("SERIES", by_sex() + 1, "values", "2 of 2 values are not right, such as that of a."),
    ("SERIES", by_sex().replace(by_sex()["a"], 1), "values", "1 of 2 values is not right: that of"),
    ("SERIES", by_sex()[::-1], "order", "in another order"),
    ("SERIES_OF_TWO_LEVELS", by_year().droplevel(1), "labels", "2 levels, region, year, are"),
    ("SERIES_OF_TWO_LEVELS", by_year().swaplevel(), "labels", "set_index(['region', 'year'])"),
    ("SERIES_OF_TWO_LEVELS", one_level_more("sex"), "labels", "sex is one level too many"),
    ("SERIES_OF_TWO_LEVELS", one_level_more(None), "labels", "answer.droplevel(2) removes"),
    ("SERIES_OF_TWO_LEVELS", by_year()[:3], "rows", "1 row is missing: 24, 2023."),
    ("SERIES_OF_TWO_LEVELS", by_year() + 1, "values", "Count the rows of 11, 2022."),
    ("SERIES_OF_TWO_LEVELS", by_year().round(-3), "values", "are rounded"),
    ("SERIES_OF_TWO_LEVELS", by_year()[::-1].set_axis(by_year().index), "values", "other rows"),
    ("SERIES_OF_TEXTS", samples.names().str.upper(), "values", "but for capitals or spaces"),
    ("SERIES_OF_TEXTS", samples.names() + " ", "values", "but for capitals or spaces"),
    ("SERIES_OF_TEXTS", samples.names().str.len(), "type", "must be texts"),
    ("SERIES_OF_TEXTS", samples.names() + "s", "values", "4 of 4 values are not right"),
    ("SERIES_OF_BOOLEANS", ~samples.is_low(), "values", "the other way round"),
    ("SERIES_OF_BOOLEANS", samples.is_low().astype(int), "type", "must be true or false"),
    ("SERIES_OF_BOOLEANS", samples.pay() < 15, "values", "1 of 8 values is not right"),
    ("SERIES_OF_DATES", samples.hired().astype(str), "type", "must be dates"),
    ("SERIES_OF_DATES", samples.hired().shift(), "values", "1 value is missing"),
    ("TABLE", regions()["pay"], "type", "one column; a table is asked for"),
    ("TABLE", regions()[:0], "rows", "table is empty"),
    ("TABLE", regions().set_index("region"), "columns", "region stands in the index"),
    ("TABLE", regions().rename(columns={"pay": "Pay"}), "columns", "no column pay; yours are: re"),
    ("TABLE", pd.concat({"a": regions()}, axis=1), "columns", "header of 2 levels"),
    ("TABLE", regions().assign(region=[11, 24, 27]), "rows", "a number are two things"),
    ("TABLE", pd.concat([regions(), regions()]), "rows", "6 rows for 3 labels: 11 stands"),
    ("TABLE", regions()[:2], "rows", "1 row is missing: 27."),
    ("TABLE", regions().assign(region=["11", "24", "9"]), "rows", "should not be there: 9."),
    ("TABLE", regions().assign(pay=["1", "2", "3"]), "column pay", "must be numbers"),
    ("TABLE", regions().assign(name=[1, 2, 3]), "column name", "must be texts"),
    ("TABLE", regions().assign(name=list("abc")), "column name", "3 of 3 values are not right"),
    ("TABLE", regions().assign(pay=[24.1, 17.8, 17.4]), "column pay", "are rounded"),
    ("TABLE", regions().assign(pay=regions()["pay"] * 100), "column pay", "Expected: euros per"),
    ("TABLE", regions().assign(pay=regions()["pay"].to_numpy()[::-1]), "column pay", "other rows"),
    ("TABLE", regions()[::-1], "order", "in another order"),
    ("NUMBER", "14.2", "type", "the text '14.2'"),
    ("NUMBER", "1520,301987,45", "type", "`sum` joined them"),
    ("NUMBER", True, "type", "true or false"),
    ("NUMBER", np.bool_(False), "type", "true or false"),
    ("NUMBER", samples.pay(), "type", "a whole Series"),
    ("NUMBER", regions(), "type", "a whole DataFrame"),
    ("NUMBER", np.array([mean_pay()]), "type", ".item()"),
    ("NUMBER", complex(mean_pay()), "type", "You give a complex; a number"),
    ("NUMBER", math.inf, "values", "missing or infinite"),
    ("NUMBER", 10**400, "values", "missing or infinite"),
    ("NUMBER", mean_pay() * 100, "values", "cents for euros"),
    ("NUMBER", mean_pay() / 12, "values", "12 times too small"),
    ("NUMBER", -mean_pay(), "values", "sign is reversed"),
    ("NUMBER", 1 / mean_pay(), "values", "upside down"),
    ("NUMBER", round(mean_pay(), 1), "values", "is rounded"),
    ("NUMBER", mean_pay() + 0.006, "values", "too large"),
    ("NUMBER", mean_pay() - 0.006, "values", "too small"),
    ("NUMBER", 0, "values", "too small"),
    ("NUMBER", 10 * round(mean_pay() / 10), "values", "is rounded"),
    ("SHARE", 0, "values", "too small"),
    ("COUNT", -1, "values", "outside 0 – inf"),
    ("COUNT", 1_481, "values", "too small"),
    ("SHARE", 100 * share(), "values", "outside 0 – 1"),
    ("SHARE", -0.1, "values", "outside 0 – 1"),
    ("SHARE", share() / 100, "values", "100 times too small"),
    ("SHARE", 1 - share(), "values", "the share of the others"),
    ("SHARE", 0.37, "values", "is rounded"),
    ("MAPPING", ("forest", 0.8137), "type", 'with the keys "name", "score" is asked'),
    ("MAPPING", {"name": "forest"}, "keys", "\"score\" is missing; yours has: 'name'."),
    ("MAPPING", {}, "keys", "yours has: none."),
    ("MAPPING", {**samples.best(), "n": 3}, "keys", "The key 'n' should not be there"),
    ("MAPPING", {"name": "Forest ", "score": 0.8137}, 'key "name"', "capitals"),
    ("MAPPING", {"name": "wood", "score": 0.8137}, 'key "name"', "'wood' is not a model's name"),
    ("MAPPING", {"name": "line", "score": 0.8137}, 'key "name"', "text is not right"),
    ("MAPPING", {"name": "forest", "score": "0.8"}, 'key "score"', "the text '0.8'"),
    ("FUNCTION", None, "type", "a function is asked for"),
    ("FUNCTION", samples.shares([1, 3]), "type", "You give a list; a function is asked for"),
    ("FUNCTION", list, "type", "You give a type"),
    ("FUNCTION", of_two, "call", "with 1 arguments"),
    ("FUNCTION", leaves, "call", "For two amounts, the function raises SystemExit: bye"),
    ("FUNCTION", without_guard, "call", "For amounts of zero, the function raises Zero"),
    ("FUNCTION", prints, "result", "prints its result"),
    ("FUNCTION", forgets_a_branch, "result", "For amounts of zero, the function returns None"),
    ("FUNCTION", sorts_in_place, "arguments", "For two amounts, the function changes"),
    ("FUNCTION", sum, "result", "returns an int; a list is asked for"),
    ("FUNCTION", sums_to_two, "values", "For two amounts, the result is not right. Try it"),
    (
        "FUNCTION_OF_AN_ARRAY",
        lambda values: {"low": values.min(initial=99), "high": values.max(initial=0)},
        "result",
        "For no value, the function returns a dict; None is asked for.",
    ),
]


@pytest.mark.parametrize(("sample", "answer", "aspect", "message"), WRONG)
def test_a_mistake_is_told_what_it_is(sample, answer, aspect, message):
    found = told(sample, answer)
    assert found[0] == aspect, found
    assert message in found[1]


def nearly(values):
    return values * (1 + 1e-9)


RIGHT = [
    ("SERIES", nearly(by_sex())),
    ("SERIES", by_sex().rename("another")),
    ("SERIES", by_sex().astype("Float64")),
    ("SERIES", by_sex().rename_axis(None)),
    ("SERIES_OF_TWO_LEVELS", by_year()[::-1]),
    ("SERIES_OF_TWO_LEVELS", by_year().astype(float)),
    ("SERIES_OF_TWO_LEVELS", by_year().astype("Int64")),
    ("SERIES_OF_TEXTS", samples.names().astype(object)),
    ("SERIES_OF_BOOLEANS", samples.is_low().astype("boolean")),
    ("TABLE", regions().assign(more=1)[["pay", "more", "name", "region"]]),
    ("TABLE", regions().assign(pay=nearly(regions()["pay"]))),
    ("NUMBER", mean_pay() + 0.004),
    ("NUMBER", np.float64(mean_pay())),
    ("NUMBER", Fraction(mean_pay())),
    ("SHARE", nearly(share())),
    ("MAPPING", dict(reversed(samples.best().items()))),
    ("FUNCTION", prints_and_returns),
    ("FUNCTION", lambda amounts, digits=2: samples.shares(amounts)),
]


@pytest.mark.parametrize(("sample", "answer"), RIGHT)
def test_what_is_right_in_another_form_passes(sample, answer):
    assert told(sample, answer) == (None, None)


def test_a_count_must_be_exact_while_a_measure_has_a_tolerance():
    one_more = by_year().replace(9_581, 9_582)
    assert told("SERIES_OF_TWO_LEVELS", one_more)[1].startswith("1 of 4 values")
    assert told("SERIES", by_sex() * (1 + 0.9e-4)) == (None, None)
    assert told("SERIES", by_sex() * (1 + 1.2e-4))[1] is not None


@pytest.mark.parametrize("ratio", [100, 1 / 100, 1000, 1 / 1000, 12, 1 / 12, 60, 1 / 60])
@pytest.mark.parametrize(("sample", "right"), [("SERIES", by_sex()), ("NUMBER", mean_pay())])
def test_a_usual_ratio_is_told_as_a_unit(sample, right, ratio):
    size = "large" if ratio > 1 else "small"
    times = f"{max(ratio, 1 / ratio):,.0f} times too {size}"
    assert times in told(sample, right * ratio)[1]


def test_missing_values_are_equal_where_they_are_expected():
    with_gap = pd.Series([1.5, np.nan, 3.25], list("abc"))
    assert same_series(with_gap, with_gap[::-1])
    assert not same_series(with_gap.fillna(0), with_gap)
    assert not same_series(with_gap, with_gap.fillna(2))


def test_a_missing_value_of_pandas_own_types_is_an_answer_that_is_not_right():
    low = samples.is_low().astype("boolean").where(samples.pay() > 12)
    assert told("SERIES_OF_BOOLEANS", low)[1] == "1 of 8 values is not right: that of D101."
    assert told("SERIES_OF_BOOLEANS", ~low)[1].startswith("8 of 8 values are not right")
    named = samples.names().astype("string").where(samples.names() != "Ain")
    assert told("SERIES_OF_TEXTS", named)[1].startswith("1 value is missing")


WITH_GAP = pd.Series([1.0, np.nan, 3.0, -2.0], list("abcd"))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (WITH_GAP.fillna(0), "1 of 4 values is not right: that of b."),
        (-WITH_GAP.fillna(0), "4 of 4 values are not right, such as that of a."),
        (WITH_GAP * 0, "3 of 4 values are not right, such as that of a."),
        (WITH_GAP.replace(1.0, 2.0), "1 of 4 values is not right: that of a."),
        (WITH_GAP.fillna(0) * 100, "4 of 4 values are not right, such as that of a."),
        (WITH_GAP.iloc[[3, 1, 0, 2]].set_axis(WITH_GAP.index), "The values are right, but stand"),
        (WITH_GAP * 100, "All values are 100 times too large: a percentage for a share, or cents"),
    ],
)
def test_no_cause_is_named_where_it_does_not_explain_all(answer, message):
    conditions = compare.series(lambda: WITH_GAP, key="id")
    found = [one.fault(answer) for one in conditions]
    assert next(one for one in found if one).startswith(message)


def test_zeros_have_no_unit():
    conditions = compare.series(lambda: WITH_GAP * 0, key="id")
    found = [one.fault(WITH_GAP) for one in conditions]
    assert [one for one in found if one] == ["3 of 4 values are not right, such as that of a."]


def test_a_number_that_is_zero_or_a_half_is_examined_like_any_other():
    zero, half = compare.number(lambda: 0.0), compare.number(lambda: 0.5, within=(0, 1))
    assert [one.fault(0.0) for one in zero] == [None] * len(zero)
    assert next(m for m in (one.fault(5.0) for one in zero) if m) == "The number is too large."
    assert [one.fault(0.5) for one in half] == [None] * len(half)


def test_no_amount_is_the_inverse_of_zero():
    """One over any large amount lies within the tolerance of zero."""
    difference = compare.number(lambda: 0.0, tolerance=0.001)
    found = [one.fault(7_353.74) for one in difference]
    assert next(m for m in found if m) == "The number is too large."


def test_zero_has_wrong_answers_like_any_number():
    conditions = compare.number(lambda: 0.0)
    made = {one.mistake: one.make() for each in conditions for one in each.wrong_answers}
    assert made["inverse"] == math.inf, "zero has no inverse"


def test_a_fraction_finer_than_numpys_whole_numbers_is_compared_like_any_number():
    count = compare.number(lambda: np.int64(5))  # what the sum of a column of counts is
    found = [one.fault(Fraction(1, 2**63)) for one in count]
    assert next(message for message in found if message) == "The number is too small."


def test_a_unit_is_said_only_where_there_is_one():
    assert told("SERIES_OF_TWO_LEVELS", by_year() * 12)[1].endswith("not of a month?")
    assert told("SERIES", by_sex() * 12)[1].endswith("a month? Expected: euros per hour.")


def test_a_difference_far_down_is_seen():
    long = pd.Series(np.arange(200.0))
    assert not same_series(long.where(long != 150, -1), long)


def test_codes_in_another_order_are_not_taken_for_values_on_other_rows():
    codes = pd.Series([0.0, 1.0, 0.0, 1.0, 1.0], list("abcde"))
    conditions = compare.series(lambda: codes, key="id")
    messages = [one.fault(codes[::-1].set_axis(codes.index)) for one in conditions]
    assert [one for one in messages if one] == ["2 of 5 values are not right, such as that of a."]


def test_a_comparator_makes_nothing_before_an_answer_is_examined():
    def never():
        raise AssertionError("made at import")

    assert compare.series(never, key="id")
    assert compare.table(never, key="id", values={"pay": "numbers"})
    assert compare.number(never) and compare.text(never, among=never)
    assert compare.mapping(never, {"a": compare.number(never)})
    assert compare.function(never, [compare.Case("none", never)])


@pytest.mark.parametrize(
    ("given", "right", "same"),
    [
        (1, 1.0, True),
        (1.0000001, 1, True),
        (1.001, 1, False),
        (float("nan"), float("nan"), True),
        (float("nan"), 1, False),
        (1, float("nan"), False),
        (distances * (1 + 0.9e-6), distances, True),
        (distances * (1 + 1.2e-6), distances, False),
        ("1", 1, False),
        ([1, 2], [1, 2], True),
        ([1, 2], (1, 2), False),
        (by_sex(), by_sex(), True),
        (by_sex() + 1, by_sex(), False),
        (by_sex()[::-1], by_sex(), False),
        (regions(), regions(), True),
        (regions().assign(pay=1), regions(), False),
        (distances, distances, True),
        (distances + 1, distances, False),
        (distances[:1], distances, False),
        (pd.Timestamp("2023-04-03"), pd.Timestamp("2023-04-03"), True),
        (pd.Timestamp("2023-04-04"), pd.Timestamp("2023-04-03"), False),
        ("2023-04-03", pd.Timestamp("2023-04-03"), False),
    ],
)
def test_results_of_functions_are_compared_by_what_they_are(given, right, same):
    assert same_result(given, right) is same


def test_a_decimal_number_is_told_what_is_asked_for():
    assert told("NUMBER", Decimal("14.5"))[1] == "You give a Decimal; a number is asked for."


def test_a_case_may_give_an_argument_by_its_name():
    cases = [
        compare.Case("two", lambda: (2,)),
        compare.Case("two, tripled", lambda: (2,), keywords=lambda: {"factor": 3}),
    ]

    def faults(answer, cases):
        conditions = compare.function(lambda: lambda n, factor=1: n * factor, cases)
        return [message for each in conditions if (message := each.fault(answer))]

    assert not faults(lambda n, factor=1: n * factor, cases)
    assert (
        "For two, tripled, the function raises TypeError"
        in faults(lambda n, times=1: n * times, cases)[0]
    )
    assert (
        "with 2 arguments, and does not take them"
        in faults(lambda n, times=1: n * times, cases[1:])[0]
    )


def test_a_check_calls_a_function_once_a_case_and_the_next_check_calls_it_anew():
    called, factor = [], [2]

    def answer(number):
        called.append(number)
        return factor[0] * number

    cases = [compare.Case("three", lambda: (3,)), compare.Case("four", lambda: (4,))]
    conditions = compare.function(lambda: lambda number: 2 * number, cases)
    assert [one.fault(answer) for one in conditions] == [None] * len(conditions)
    assert called == [3, 4]
    factor[0] = 5  # what the function uses is another by now, the function is not
    assert [one.fault(answer) for one in conditions][-1]
    assert called == [3, 4, 3, 4]


def test_each_wrong_answer_of_a_table_labelled_by_days_is_refused():
    days = pd.to_datetime(["2023-04-03", "2023-04-04"])
    offers = pd.DataFrame({"day": days, "offers": [266, 264]})
    conditions = compare.table(lambda: offers, key="day", values={"offers": "numbers"})
    wrong = [(one, answer) for one in conditions for answer in one.wrong_answers]
    assert {"row-too-much", "row-lacking"} <= {answer.mistake for _, answer in wrong}
    for condition, answer in wrong:
        assert condition.fault(answer.make())
