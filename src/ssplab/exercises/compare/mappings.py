"""Dictionaries, value by value, and texts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache

from ssplab.exercises.compare.common import VALUES, condition
from ssplab.exercises.compare.kinds import kinds
from ssplab.exercises.engine.exercise import Condition, WrongAnswer
from ssplab.exercises.engine.words import listed, short_repr
from ssplab.system import _

KEYS = _("keys")


def mapping(
    expected: Callable[[], Mapping[str, object]],
    values: Mapping[str, Sequence[Condition]],
) -> list[Condition]:
    """Return the conditions on a dictionary: its keys, then each value.

    Parameters
    ----------
    expected : callable
        Makes the right dictionary.
    values : mapping of str to sequence of Condition
        The conditions on each key's value, as another comparator gives them.
    """
    asked = ", ".join(f'"{key}"' for key in values)

    def lacking(answer: dict) -> str | None:
        absent = [key for key in values if key not in answer]
        if not absent:
            return None
        return _('The key "{key}" is missing; yours has: {keys}.').format(
            key=absent[0], keys=listed(map(short_repr, answer)) or _("none")
        )

    def extra(answer: dict) -> str | None:
        more = [key for key in answer if key not in values]
        if not more:
            return None
        return _("The key {key} should not be there; the keys asked for are {asked}.").format(
            key=short_repr(more[0]), asked=asked
        )

    def without_last() -> dict:
        return dict(list(expected().items())[:-1])

    return [
        *kinds(
            _("a dictionary with the keys {keys}").format(keys=asked),
            lambda answer: isinstance(answer, dict),
        ),
        condition(KEYS, lacking, "key-lacking", without_last, "is missing"),
        condition(KEYS, extra, "key-too-much", lambda: {**expected(), "n": 0}, "not be there"),
        *(_of_key(key, inner, expected) for key in values for inner in values[key]),
    ]


def _of_key(key: str, inner: Condition, expected: Callable[[], Mapping]) -> Condition:
    """Return a condition on a value as one on the dictionary, with its wrong answers."""

    def within(wrong: WrongAnswer) -> WrongAnswer:
        def make() -> dict:
            return {**expected(), key: wrong.make()}

        return WrongAnswer(f"{key}-{wrong.mistake}", make, wrong.told, wrong.generic)

    wrong_answers = tuple(within(wrong) for wrong in inner.wrong_answers)
    aspect = _('key "{key}"').format(key=key)
    return Condition(aspect, lambda answer: inner.fault(answer[key]), wrong_answers)


def text(
    expected: Callable[[], str],
    *,
    among: Callable[[], Collection[str]] | None = None,
    options: str = "",
    advice: str = "",
) -> list[Condition]:
    """Return the conditions on a text, such as the name of what was chosen.

    Parameters
    ----------
    expected : callable
        Makes the right text.
    among : callable, optional
        Makes the texts that can be answered.
    options : str
        What these are, such as "a column of `candidates`".
    advice : str
        What is said of another text; "The text is not right." by default.
    """
    expected = cache(expected)

    def spelling(answer: str) -> str | None:
        if answer == expected() or answer.strip().casefold() != expected().strip().casefold():
            return None
        return _("The text is right but for capitals or spaces at its ends.")

    def unknown(answer: str) -> str | None:
        if answer in among():
            return None
        return _("{answer} is not {options}.").format(answer=short_repr(answer), options=options)

    def wrong_text(answer: str) -> str | None:
        return None if answer == expected() else advice or _("The text is not right.")

    def another() -> str:
        others = sorted(among()) if among else [f"not {expected()}"]
        return next(candidate for candidate in others if candidate != expected())

    conditions = kinds(_("a text"), lambda answer: isinstance(answer, str))
    conditions.append(condition(VALUES, spelling, "spelling", lambda: f" {expected()}", "capitals"))
    if among:
        conditions.append(
            condition(VALUES, unknown, "unknown", lambda: "none of them", "none of them")
        )
    conditions.append(
        condition(VALUES, wrong_text, "another-text", another, advice or "is not right")
    )
    return conditions
