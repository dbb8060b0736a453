"""Checks answer whatever they are given and say what comes next; the contract has teeth."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import samples
from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from hypothesis import given, settings
from odd_answers import ODD, examined, odd_objects
from samples import NUMBER, SAMPLES

from ssplab.course.naming import notebooks
from ssplab.course.paths import course_root
from ssplab.exercises import Condition, Exercise, WrongAnswer, check, checking, hint
from ssplab.exercises.engine import contract, words
from ssplab.notebooks import solutions
from ssplab.notebooks.solutions import solution
from ssplab.system.errors import SsplabError

CHAPTERS = {path.stem: checking.exercises(path.stem) for path in notebooks("exercises")}
CHECKED = {
    f"{stem}/{number}": exercise
    for stem, exercises in CHAPTERS.items()
    for number, exercise in exercises.items()
    if not exercise.is_open
}
OPEN = [
    f"{stem}/{number}"
    for stem, exercises in CHAPTERS.items()
    for number, exercise in exercises.items()
    if exercise.is_open
]


@pytest.fixture(autouse=True)
def nothing_asked_yet(monkeypatch):
    monkeypatch.setattr(checking, "_hints_given", checking.Counter())
    monkeypatch.setattr(checking, "_attempted", set())


@pytest.fixture
def one(monkeypatch):
    """The exercises of a chapter that is not there: a number, and an open one."""
    number = replace(NUMBER, hints=["Look.", "Write `mean`."])
    monkeypatch.setattr(checking, "exercises", lambda stem: {1: number, 2: open_exercise()})
    return "pay/1"


def open_exercise():
    return Exercise(expects="your own table", hints=["Start.", "Go on."])


# --- what a check says


def test_a_right_answer_is_true_and_praised(one):
    result = check(one, NUMBER.answer())
    assert result
    assert repr(result) == (
        f'Right (pay/1)\n- Well done.\n- `solution("{one}")` shows how we did it.'
    )
    assert "✓ Right" in result._repr_html_()


def test_a_wrong_answer_gets_what_is_right_so_far_what_is_not_and_what_comes_next(one):
    result = check(one, 1e6)
    assert not result
    assert repr(result) == (
        "Not yet (pay/1)\n- Right so far: type.\n- values: The number is too large.\n"
        f'- Next: `hint("{one}")` gives hint 1 of 2.'
    )
    assert f"<code>hint(&quot;{one}&quot;)</code>" in result._repr_html_()


def test_an_aspect_is_right_only_when_all_of_its_conditions_are_met():
    exercise = replace(NUMBER, conditions=[*NUMBER.conditions, Condition("type", lambda _: "no")])
    assert exercise.met(len(exercise.conditions) - 1) == ["values"]
    assert exercise.met(0) == []


def test_praise_may_be_computed_from_the_answer(monkeypatch):
    computed = replace(NUMBER, praise=lambda answer: f"{answer:.1f}, indeed.")
    monkeypatch.setattr(checking, "exercises", lambda stem: {1: computed})
    assert f"{NUMBER.answer():.1f}, indeed." in repr(check("pay/1", NUMBER.answer()))


def test_the_html_shows_a_trainee_s_text_and_does_not_run_it(one):
    result = check(one, "<script>alert(1)</script>")
    assert "&lt;script&gt;" in result._repr_html_()
    assert "<script" not in result._repr_html_()


def without_body(pay): ...


def without_body_but_a_docstring(pay):
    """Return something."""
    ...


@pytest.mark.parametrize(
    "stub",
    [..., (1, ...), [...], {"pay": ...}, without_body, without_body_but_a_docstring],
    ids=["dots", "tuple", "list", "dictionary", "function", "function-with-docstring"],
)
def test_what_a_stub_leaves_is_not_answered_yet(one, stub):
    result = check(one, stub)
    assert not result
    assert "Not answered yet: the check expects what is asked for." in repr(result)
    assert not checking.attempted(one)


def test_an_array_with_an_ellipsis_in_it_is_an_answer(one):
    assert "an array" in repr(check(one, np.array([..., 1], dtype=object)))


def test_an_open_exercise_has_a_rubric_and_no_check(one):
    result = check("pay/2", 3)
    assert not result
    assert repr(result).startswith("Open (pay/2)\n- This exercise is open")
    assert "◇ Open" in result._repr_html_()


@pytest.mark.parametrize("name", ["payrol-anomalies/1", "nothing/1", "engine/1"])
@pytest.mark.parametrize("ask", [lambda name: check(name, 1), hint, solution])
def test_an_unknown_chapter_is_told_with_the_nearest(ask, name):
    with pytest.raises(SsplabError, match=r"No chapter with exercises .*payroll-anomalies"):
        ask(name)


@pytest.mark.parametrize("ask", [lambda name: check(name, 1), hint, solution])
@pytest.mark.parametrize("name", ["payroll-anomalies/99", "payroll-anomalies"])
def test_an_unknown_exercise_lists_those_there_are(ask, name):
    with pytest.raises(SsplabError, match="there are 1, 2, 3, 4, 5, 6"):
        ask(name)


def test_arguments_the_wrong_way_round():
    with pytest.raises(SsplabError, match="comes first"):
        check([1, 2], "payroll-anomalies/1")


# --- hints and the solution


def test_a_hint_more_each_time_until_the_last(one):
    first, second, third = (hint(one) for _ in range(3))
    assert "Hints: 1 of 2" in repr(first) and "mean" not in repr(first)
    assert f'Next: `hint("{one}")` gives hint 2 of 2.' in repr(first)
    assert "1. Look.\n2. Write `mean`." in repr(second)
    assert "That was the last hint" in repr(second)
    assert third == second
    assert "<code>mean</code>" in second._repr_html_()


def test_the_last_hint_leads_to_the_solution_once_an_answer_was_tried(one):
    hint(one)
    assert "solution opens once" in repr(hint(one))
    assert f'`hint("{one}")`' not in repr(check(one, ...))
    assert f'`solution("{one}")`' in repr(check(one, 3))


def test_hints_of_one_exercise_are_not_those_of_another(one):
    hint(one)
    assert "Hints: 1 of 2" in repr(hint("pay/2"))
    assert "Hints: 2 of 2" in repr(hint("pay/01"))


@pytest.mark.parametrize("name", OPEN)
def test_the_solution_of_an_open_exercise_needs_no_attempt(name):
    assert "# Your" in repr(solution(name))


def test_the_solution_holds_that_exercise_only_with_its_code_in_colour():
    name = next(iter(CHECKED))
    check(name, 1)
    shown, other = solution(name), name.replace("/1", "/2")
    check(other, 1)
    assert not {cell.id for cell in shown.cells} & {cell.id for cell in solution(other).cells}
    page = shown._repr_html_()
    assert '<span class="c1"># Your turn' in page
    assert "--jp-mirror-editor-comment-color" in page


def test_a_solution_that_is_not_there_is_told(monkeypatch):
    name = OPEN[0]
    monkeypatch.setattr(solutions, "solution_cells", lambda nb, number: [])
    with pytest.raises(SsplabError, match="has no solution of exercise"):
        solution(name)


# --- whatever object is given


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_comparator_refuses_odd_objects_in_words(sample, monkeypatch):
    monkeypatch.setattr(checking, "exercises", lambda stem: {1: SAMPLES[sample]})

    @settings(ODD, max_examples=60)
    @given(odd_objects)
    def refuse(odd):
        assert not examined("pay/1", SAMPLES[sample], odd())

    refuse()


def test_an_interrupt_passes(monkeypatch):
    def interrupted(answer):
        raise KeyboardInterrupt

    stopped = replace(NUMBER, conditions=[Condition("type", interrupted)])
    monkeypatch.setattr(checking, "exercises", lambda stem: {1: stopped})
    with pytest.raises(KeyboardInterrupt):
        check("pay/1", 3)


def test_warnings_of_arithmetic_on_an_answer_do_not_reach_the_trainee(one):
    assert not check(one, np.float64(0.0))


# --- the contract has teeth


def answer_of(number):
    return WrongAnswer(f"answer-{number}", lambda: number, f"not {number}")


def small_exercise(**changes):
    """Return an exercise that keeps the contract: the answer is 1.234."""
    conditions = [
        Condition("values", lambda a: "It is not 7." if a == 7 else None, [answer_of(7)]),
        Condition("values", lambda a: "It is not 8." if a == 8 else None, [answer_of(8)]),
    ]
    exercise = Exercise(
        expects="a number",
        hints=["Add.", "Divide."],
        answer=lambda: 1.234,
        conditions=conditions,
        praise="Good.",
    )
    return replace(exercise, **changes)


def toothless(conditions):
    return [*conditions, Condition("type", lambda answer: None)]


def accepting(conditions):
    return [conditions[0], replace(conditions[1], fault=lambda answer: None)]


def swapped(conditions):
    first, second = conditions
    return [
        replace(first, wrong_answers=[replace(answer_of(7), told="not 8")]),
        replace(second, wrong_answers=[replace(answer_of(8), told="not 7")]),
    ]


def hidden_behind_another(conditions):
    second = Condition("values", lambda a: "It is not 7." if a == 7 else None, [answer_of(7)])
    return [*conditions, replace(second, wrong_answers=[])]


def alike(conditions):
    return [
        replace(conditions[0], wrong_answers=[replace(answer_of(7), told="right")]),
        Condition("values", lambda a: "It is not right: 7." if a == 8 else None, [answer_of(8)]),
    ]


def leaking(conditions):
    said = Condition("values", lambda a: "not 8, but 1.23." if a == 8 else None, [answer_of(8)])
    return [conditions[0], said]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (toothless, "toothless: condition 3 (type; no wrong answer) can be removed"),
        (hidden_behind_another, "toothless: condition 1 (values; answer-7) can be removed"),
        (accepting, "answer-8 is accepted"),
        (swapped, "answer-7 is told 'It is not 7.', not 'not 8'"),
        (leaking, "answer-8 is told the expected 1.234: 'not 8, but 1.23.'"),
        (lambda conditions: conditions[:1], "mistakes: 1 recorded, there must be at least 2"),
        (lambda conditions: [*conditions, conditions[0]], "mistakes: 2 are called answer-7"),
    ],
)
def test_a_check_that_breaks_the_contract_is_named(change, problem):
    conditions = small_exercise().conditions
    found = contract.problems(small_exercise(conditions=change(conditions)))
    assert [line for line in found if line.startswith(problem)], found


def test_two_mistakes_told_the_same_are_named():
    found = contract.problems(
        small_exercise(wrong_answers=[WrongAnswer("one", lambda: 7, "It is")])
    )
    assert "one and answer-7 are told the same: 'It is not 7.'" in found


@pytest.mark.parametrize("told", [("not 7", "It is not 7."), ("It is not 7.", "not 7")])
def test_two_ways_to_one_mistake_may_be_told_the_same(told):
    ways = [WrongAnswer(name, lambda: 7, text) for name, text in zip("ab", told, strict=True)]
    assert contract.problems(small_exercise(wrong_answers=ways)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"hints": ["One."]}, "hints: 1, there must be 2 to 3"),
        ({"hints": ["1", "2", "3", "4"]}, "hints: 4, there must be 2 to 3"),
        ({"answer": lambda: 7}, "the right answer is refused by condition 1 (values; answer-7): "),
        ({"praise": ""}, "the right answer gets no praise"),
    ],
)
def test_other_faults_of_an_exercise_are_named(change, problem):
    found = contract.problems(small_exercise(**change))
    assert [line for line in found if line.startswith(problem)], found


def test_the_contract_holds_for_a_good_exercise_and_an_open_one():
    assert contract.problems(small_exercise()) == []
    assert contract.problems(open_exercise()) == []


BY_POST = pd.Series(np.linspace(100.04, 199.04, 100), [f"P{n}" for n in range(100)])


@pytest.mark.parametrize(
    ("message", "right", "found"),
    [
        ("It should be 0.2309.", 0.23092783, ["0.23092783"]),
        ("It should be about 0.231.", 0.23092783, ["0.23092783"]),
        ("It is 1,234.", 1234, ["1234"]),
        ("It is -5.67", -5.67, ["-5.67"]),
        ("Take the power 0.5.", 0.5, []),
        ("It is 0.24.", 0.23092783, []),
        ("Choose the forest.", {"name": "forest", "score": 0.81}, ["'forest'"]),
        ("In the forests, 0.81.", {"name": "forest", "score": 0.81}, ["0.81"]),
        ("That of P37 is 137.", BY_POST, ["137.04"]),
        ("That of P3 is 137.", BY_POST, []),
        ("12 of 101 are wrong.", np.array([100.7, 3.4]), ["100.7"]),
        ("12 of 101 are wrong.", np.arange(50) + 100.7, ["100.7"]),
        ("12 of 101 are wrong.", np.arange(51) + 100.7, []),
        ("See 3.45.", pd.DataFrame({"id": ["a", "b"], "pay": [3.45, 7.89]}), ["3.45"]),
        ("See a.", pd.DataFrame({"id": ["a", "b"], "pay": [3.45, 7.89]}), []),
        ("It is nan.", float("nan"), []),
    ],
)
def test_an_expected_value_in_a_message_is_found(message, right, found):
    assert contract.leaks(message, right) == found


# --- in another language, and light

SHOW_EVERYTHING = """
import gettext, json, sys

class Pseudo(gettext.NullTranslations):
    asked = set()

    def gettext(self, message):
        self.asked.add(message)
        return f"⟦{message}⟧"

    def ngettext(self, singular, plural, number):
        self.asked.add(singular)
        return f"⟦{singular if number == 1 else plural}⟧"

from ssplab.system import language
language.translations = Pseudo()
from ssplab.exercises import checking
from ssplab.notebooks.solutions import solution
from ssplab.course.naming import notebooks
import samples

texts = {}
every = {path.stem: checking.exercises(path.stem) for path in notebooks("exercises")}
every["samples"] = dict(enumerate(samples.SAMPLES.values(), start=1))
checking.exercises = every.__getitem__
for stem, exercises in every.items():
    for number, exercise in exercises.items():
        name = f"{stem}/{number}"
        results = [checking.check(name, ...), checking.hint(name)]
        if stem != "samples":
            results.append(solution(name)) if not exercise.is_open else None
            results += [checking.hint(name), checking.hint(name)]
        if stem in ANSWERED:
            results += [checking.check(name, one.make()) for one in exercise.all_wrong_answers()]
            if exercise.answer:
                results.append(checking.check(name, exercise.answer()))
        texts[name] = [repr(one) for one in results]
json.dump({"texts": texts, "asked": sorted(Pseudo.asked)}, sys.stdout)
"""


@pytest.fixture(scope="module")
def pseudo():
    """All that trainees are shown under a catalogue that puts each text in ⟦⟧.

    Answers are examined where a chapter's checks are code of its own, at one chapter whose checks
    are words, and at every comparator: elsewhere the same engine shows words of the same kind, and
    to run every solution once more would take minutes.
    """
    coded = sorted(path.stem for path in (course_root() / "checks").rglob("*.py"))
    answered = ["samples", "first-table", *coded]
    done = subprocess.run(
        [sys.executable, "-c", SHOW_EVERYTHING.replace("ANSWERED", repr(answered))],
        cwd=course_root() / "tests",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


def outside_brackets(text):
    """Return what of a text stands in no ⟦⟧."""
    depth, outside = 0, []
    for letter in text:
        depth += (letter == "⟦") - (letter == "⟧")
        if depth == 0 and letter != "⟧":
            outside.append(letter)
    return "".join(outside)


@pytest.mark.slow
def test_every_text_that_a_trainee_sees_passes_through_the_catalogue(pseudo):
    for name, texts in pseudo["texts"].items():
        assert len(texts) > 3
        for text in texts:
            left = outside_brackets(text).replace(f"({name})", "")
            assert not any(letter.isalpha() for letter in left), text


def test_the_translators_tool_finds_every_text(pseudo, tmp_path):
    template = tmp_path / "ssplab.pot"
    tool = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract"]
    subprocess.run(
        [*tool, "--mapping-file", "pyproject.toml", "--output", template, "."],
        cwd=course_root(),
        check=True,
        timeout=300,
    )
    with template.open("rb") as file:
        found = [message.id for message in pofile.read_po(file)]
    found += [message for _, message, *_ in extract_from_file("python", samples.__file__)]
    texts = {text if isinstance(text, str) else text[0] for text in found}
    assert set(pseudo["asked"]) - texts == set()


def test_a_catalogue_is_used_by_language(tmp_path):
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = Catalog(locale="fr")
    catalog.add("Right", "Juste")
    with (folder / "ssplab.mo").open("wb") as file:
        write_mo(file, catalog)
    code = (
        "import gettext, sys; from ssplab.system import language;"
        f"language.translations = gettext.translation('ssplab', {str(tmp_path)!r});"
        "print(language._('Right'), language._('Not yet'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"LANGUAGE": "xx", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.split("\n")[0] == "Juste Not yet"


@pytest.mark.parametrize(
    "code",
    ["import ssplab", "from ssplab import check", "from ssplab import hint, solution"]
    + [f"from ssplab.exercises import exercises; exercises({stem!r})" for stem in CHAPTERS],
)
def test_nothing_heavy_is_loaded_before_an_answer_is_examined(code):
    show = (
        "; import sys; print(sorted({'pandas', 'sklearn', 'matplotlib', 'numpy'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + show], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


# --- words


def test_long_things_are_cut_in_a_message(one):
    message = repr(check(one, "x" * 500))
    assert "'" + "x" * 78 + "…" in message
    assert "'" + "x" * 40 + "'" in repr(check(one, "x" * 40))


def test_a_list_in_words_names_five():
    assert words.listed(range(5)) == "0, 1, 2, 3, 4"
    assert words.listed(range(6)) == "0, 1, 2, 3, 4, …"


@pytest.mark.parametrize(
    ("thing", "text"),
    [(None, "None"), ([], "a list"), (3, "an int"), (np.int8(1), "an int8")],
)
def test_a_type_has_its_article(thing, text):
    assert words.a_type(thing) == text
