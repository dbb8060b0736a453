"""Models, judged by how they behave on rows that nobody has seen."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ssplab.exercises.compare.common import chosen, condition, recognised
from ssplab.exercises.compare.kinds import TYPE
from ssplab.exercises.engine.exercise import Condition, WrongAnswer
from ssplab.exercises.engine.words import a_type, said
from ssplab.system import _

if TYPE_CHECKING:
    import numpy as np

FIT, PREDICTIONS, SCORE = _("fit"), _("predictions"), _("score")


@dataclass(frozen=True)
class Rows:
    """Rows that a model is judged on; features of shape (n, columns), targets of shape (n,).

    `test` are those that the trainee sets apart, `hidden` those that only the check has.
    """

    test: Any
    test_target: Any
    hidden: Any
    hidden_target: Any


def model(
    expected: Callable[[], Any],
    rows: Callable[[], Rows],
    *,
    kind: str,
    score: Callable[[Any, Any], float],
    floor: float,
    ceiling: float,
    gap: float,
    mistakes: Sequence[Condition | WrongAnswer] = (),
    advice: str = "",
    without: Collection[str] = (),
) -> list[Condition]:
    """Return the conditions on a fitted scikit-learn estimator.

    Parameters
    ----------
    expected : callable
        Makes a right model, fitted.
    rows : callable
        Makes the rows that it is judged on.
    kind : {"classifier", "regressor"}
    score : callable
        Takes true and predicted targets; more is better.
    floor : float
        The score on hidden rows that a model must reach, such as the baseline's.
    ceiling : float
        The score on hidden rows that no honest model passes: beyond it, something is leaking.
    gap : float
        By how much the score on test rows may pass that on hidden rows.
    mistakes : sequence of Condition or WrongAnswer
        They make models, recognised by what these predict on the hidden rows.
    advice : str
        What to look at where the score is too low.
    without : collection of str
        Conditions left out: class, predictions, kind, purpose, fitted, columns, raises,
        constant, leak, seen, floor.
    """
    rows = cache(rows)

    def hidden_score(answer: Any) -> float:
        return score(rows().hidden_target, answer.predict(rows().hidden))

    def purpose(answer: Any) -> str | None:
        from sklearn import base

        if {"classifier": base.is_classifier, "regressor": base.is_regressor}[kind](answer):
            return None
        return _("You give {this}, which is no {kind}.").format(this=a_type(answer), kind=kind)

    def columns(answer: Any) -> str | None:
        given, asked = getattr(answer, "n_features_in_", None), rows().hidden.shape[1]
        if given in (None, asked):
            return None
        return _(
            "The model was fitted on {given} columns, and {asked} are known of a new row. Is the "
            "target among them, or an identifier?"
        ).format(given=given, asked=asked)

    def raises(answer: Any) -> str | None:
        try:
            answer.predict(rows().hidden)
        except Exception as error:
            return _(
                "On rows that it has not seen, the model raises {error}: a category or a missing "
                "value that it does not know?"
            ).format(error=said(error))
        return None

    def constant(answer: Any) -> str | None:
        import numpy as np

        if len(np.unique(answer.predict(rows().hidden))) > 1:
            return None
        return _("The model predicts the same for every row: it learnt nothing from the columns.")

    def leak(answer: Any) -> str | None:
        if hidden_score(answer) <= ceiling:
            return None
        return _(
            "The score is too good to be true: the target, or something known only after it, is "
            "among the columns. Which column could not be known when the prediction is made?"
        )

    def seen(answer: Any) -> str | None:
        on_test = score(rows().test_target, answer.predict(rows().test))
        if on_test - hidden_score(answer) <= gap:
            return None
        return _(
            "The model does far better on the test rows than on rows that nobody has seen: it was "
            "fitted on them. Fit on the training rows only."
        )

    def poor(answer: Any) -> str | None:
        if hidden_score(answer) >= floor:
            return None
        message = _("On rows that it has not seen, the model does worse than the baseline.")
        return f"{message} {advice}".strip()

    def same(answer: Any, other: Any) -> bool:
        import numpy as np

        return np.array_equal(answer.predict(rows().hidden), other.predict(rows().hidden))

    def unfitted() -> Any:
        from sklearn.base import clone

        return clone(expected())

    def one_column_more() -> Any:
        import numpy as np

        features = np.column_stack([rows().test, rows().test_target])
        return unfitted().fit(features, rows().test_target)

    def other_purpose() -> Any:
        from sklearn.dummy import DummyClassifier, DummyRegressor

        other = DummyRegressor() if kind == "classifier" else DummyClassifier()
        return other.fit(rows().test, rows().test_target)

    def acting(predict: Callable[[Any, np.ndarray], Any]) -> Callable[[], Any]:
        return lambda: _acting(expected(), predict)

    def fail(features: Any, right: np.ndarray) -> Any:
        raise ValueError("Found unknown categories")

    def is_hidden(features: Any) -> bool:
        return features is rows().hidden

    def knows_all(features: Any, right: np.ndarray) -> Any:
        return rows().hidden_target if is_hidden(features) else rows().test_target

    def knows_test(features: Any, right: np.ndarray) -> Any:
        return right if is_hidden(features) else rows().test_target

    named = {
        "class": condition(TYPE, _class, "class", lambda: type(expected()), "the class"),
        "predictions": condition(
            TYPE,
            _predictions,
            "predictions",
            lambda: expected().predict(rows().hidden),
            "the model itself",
        ),
        "kind": condition(TYPE, _no_model, "no-model", object, "You give an object"),
        "purpose": condition(TYPE, purpose, "other-purpose", other_purpose, "which is no"),
        "fitted": condition(FIT, _unfitted, "unfitted", unfitted, "is not fitted: call"),
        "columns": condition(FIT, columns, "target-among-columns", one_column_more, "are known"),
        "raises": condition(PREDICTIONS, raises, "raises", acting(fail), "the model raises"),
        "constant": condition(
            PREDICTIONS,
            constant,
            "constant",
            acting(lambda _features, right: right[:1].repeat(len(right))),
            "the same",
        ),
    }
    scores = {
        "leak": condition(SCORE, leak, "leak", acting(knows_all), "too good"),
        "seen": condition(
            SCORE, seen, "fitted-on-test-rows", acting(knows_test), "training rows only"
        ),
        "floor": condition(SCORE, poor, "poor", acting(_worst), "baseline"),
    }
    conditions = {name: [condition] for name, condition in named.items()}
    conditions["mistakes"] = recognised(mistakes, same, SCORE)
    conditions |= {name: [condition] for name, condition in scores.items()}
    return chosen(conditions, without)


def _class(answer: object) -> str | None:
    if not inspect.isclass(answer):
        return None
    return _(
        "You give the class {name}; parentheses make a model of it, and `.fit(…)` teaches it."
    ).format(name=answer.__name__)


def _predictions(answer: object) -> str | None:
    if not hasattr(answer, "dtype"):
        return None
    return _("You give predictions; give the model itself, after `.fit(…)`.")


def _no_model(answer: object) -> str | None:
    if hasattr(answer, "predict"):
        return None
    return _("You give {this}; a fitted model is asked for.").format(this=a_type(answer))


def _unfitted(answer: object) -> str | None:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(answer)
    except NotFittedError:
        return _("The model is not fitted: call `.fit(…)` with the training rows.")
    return None


def _acting(right: Any, predict: Callable[[Any, np.ndarray], Any]) -> Any:
    """Return a copy of a model that predicts by a function of the features and what is right."""
    kind = type(right)
    actor = copy.copy(right)
    actor.__class__ = type(
        kind.__name__,
        (kind,),
        {"predict": lambda self, features: predict(features, kind.predict(self, features))},
    )
    return actor


def _worst(features: Any, right: np.ndarray) -> np.ndarray:
    """Return predictions turned round: the smallest for the largest."""
    import numpy as np

    values, where = np.unique(right, return_inverse=True)
    return values[::-1][where]
