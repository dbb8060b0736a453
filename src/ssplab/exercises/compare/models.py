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
from ssplab.exercises.engine.words import a_type, exception_text
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


@dataclass(frozen=True)
class _Model:
    """A model asked for, and what is wrong with one that is given."""

    rows: Callable[[], Rows]
    kind: str
    score: Callable[[Any, Any], float]
    floor: float
    ceiling: float
    gap: float
    advice: str

    def hidden_score(self, answer: Any) -> float:
        return self.score(self.rows().hidden_target, answer.predict(self.rows().hidden))

    def purpose(self, answer: Any) -> str | None:
        from sklearn import base

        if {"classifier": base.is_classifier, "regressor": base.is_regressor}[self.kind](answer):
            return None
        return _("You give {this}, which is no {kind}.").format(this=a_type(answer), kind=self.kind)

    def columns(self, answer: Any) -> str | None:
        given, asked = getattr(answer, "n_features_in_", None), self.rows().hidden.shape[1]
        if given in (None, asked):
            return None
        return _(
            "The model was fitted on {given} columns, and {asked} are known of a new row. Is the "
            "target among them, or an identifier?"
        ).format(given=given, asked=asked)

    def raises(self, answer: Any) -> str | None:
        try:
            answer.predict(self.rows().hidden)
        except Exception as error:
            return _(
                "On rows that it has not seen, the model raises {error}: a category or a missing "
                "value that it does not know?"
            ).format(error=exception_text(error))
        return None

    def constant(self, answer: Any) -> str | None:
        import numpy as np

        if len(np.unique(answer.predict(self.rows().hidden))) > 1:
            return None
        return _("The model predicts the same for every row: it learnt nothing from the columns.")

    def leak(self, answer: Any) -> str | None:
        if self.hidden_score(answer) <= self.ceiling:
            return None
        return _(
            "The score is too good to be true: the target, or something known only after it, is "
            "among the columns. Which column could not be known when the prediction is made?"
        )

    def seen(self, answer: Any) -> str | None:
        on_test = self.score(self.rows().test_target, answer.predict(self.rows().test))
        if on_test - self.hidden_score(answer) <= self.gap:
            return None
        return _(
            "The model does far better on the test rows than on rows that nobody has seen: it was "
            "fitted on them. Fit on the training rows only."
        )

    def poor(self, answer: Any) -> str | None:
        if self.hidden_score(answer) >= self.floor:
            return None
        message = _("On rows that it has not seen, the model does worse than the baseline.")
        return f"{message} {self.advice}".strip()

    def same(self, answer: Any, reference: Any) -> bool:
        import numpy as np

        return np.array_equal(
            answer.predict(self.rows().hidden), reference.predict(self.rows().hidden)
        )


@dataclass(frozen=True)
class _WrongModels:
    """Models made from the right one, each wrong in a way of its own."""

    expected: Callable[[], Any]
    rows: Callable[[], Rows]
    kind: str

    def unfitted(self) -> Any:
        from sklearn.base import clone

        return clone(self.expected())

    def one_column_more(self) -> Any:
        import numpy as np

        features = np.column_stack([self.rows().test, self.rows().test_target])
        return self.unfitted().fit(features, self.rows().test_target)

    def other_purpose(self) -> Any:
        from sklearn.dummy import DummyClassifier, DummyRegressor

        dummy = DummyRegressor() if self.kind == "classifier" else DummyClassifier()
        return dummy.fit(self.rows().test, self.rows().test_target)

    def acting(self, predict: Callable[[Any, np.ndarray], Any]) -> Callable[[], Any]:
        return lambda: _acting(self.expected(), predict)

    @staticmethod
    def fail(features: Any, right: np.ndarray) -> Any:
        raise ValueError("Found unknown categories")

    def is_hidden(self, features: Any) -> bool:
        return features is self.rows().hidden

    def knows_all(self, features: Any, right: np.ndarray) -> Any:
        return self.rows().hidden_target if self.is_hidden(features) else self.rows().test_target

    def knows_test(self, features: Any, right: np.ndarray) -> Any:
        return right if self.is_hidden(features) else self.rows().test_target


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
    asked = _Model(rows, kind, score, floor, ceiling, gap, advice)
    wrong = _WrongModels(expected, rows, kind)
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
        "purpose": condition(
            TYPE, asked.purpose, "other-purpose", wrong.other_purpose, "which is no"
        ),
        "fitted": condition(FIT, _unfitted, "unfitted", wrong.unfitted, "is not fitted: call"),
        "columns": condition(
            FIT, asked.columns, "target-among-columns", wrong.one_column_more, "are known"
        ),
        "raises": condition(
            PREDICTIONS, asked.raises, "raises", wrong.acting(wrong.fail), "the model raises"
        ),
        "constant": condition(
            PREDICTIONS,
            asked.constant,
            "constant",
            wrong.acting(lambda _features, right: right[:1].repeat(len(right))),
            "the same",
        ),
    }
    scores = {
        "leak": condition(SCORE, asked.leak, "leak", wrong.acting(wrong.knows_all), "too good"),
        "seen": condition(
            SCORE,
            asked.seen,
            "fitted-on-test-rows",
            wrong.acting(wrong.knows_test),
            "training rows only",
        ),
        "floor": condition(SCORE, asked.poor, "poor", wrong.acting(_worst), "baseline"),
    }
    conditions = {name: [condition] for name, condition in named.items()}
    conditions["mistakes"] = recognised(mistakes, asked.same, SCORE)
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
