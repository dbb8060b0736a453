"""The task in the layout of RAMP: `ramp-test` trains and scores `submissions/starting_kit`.

It needs the package ramp-workflow, which this kit needs for nothing else. RAMP keeps answers as
numbers: a text is its place among the texts that the column may take, and -1 is a blank.
"""

import os
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import rampwf as rw
from rampwf.prediction_types.base import BasePrediction
from rampwf.score_types.base import BaseScoreType
from sklearn.model_selection import GroupKFold, KFold

FOLDER = Path(__file__).resolve().parent
kit = runpy.run_path(str(FOLDER / "kit.py"))
metrics = runpy.run_path(str(FOLDER / "metric.py"))["metrics"]
facts = kit["read_facts"](FOLDER)
KEY, COLUMNS = facts["key"], facts["columns"]
FOLDS = 3
QUICK = 600  # rows of a part under `ramp-test --quick-test`

problem_title = facts["title"]


class Workflow(rw.workflows.Estimator):
    """Fits what `get_estimator()` of submissions/NAME/estimator.py returns, and asks it."""

    def test_submission(self, estimator_fitted, X):
        """Return the answers for rows, a table: RAMP would ask a classifier for probabilities."""
        return estimator_fitted.predict(X)


workflow = Workflow()


def _table(name, path=FOLDER):
    return kit["read_table"](path, name)


def _truths():
    parts = [_table(f"{part}_truth") for part in ("train", "public")]
    return pd.concat(parts, ignore_index=True)


truths = _truths()
place_of = pd.Series(truths.index, index=truths[KEY])


def _texts(name):
    """Return the texts that a column of answers may take, in the order of the alphabet."""
    values = COLUMNS[name].get("values")
    if isinstance(values, str):
        table, column = values.split(".")
        values = _table(table)[column]
    elif values is None:
        values = truths[name]
    return pd.Index(sorted(set(pd.Series(values).dropna().astype(str))))


texts_of = {name: _texts(name) for name, said in COLUMNS.items() if said["type"] == "string"}


class Predictions(BasePrediction):
    """Answers, or the truth that they are compared with: floats, a row each.

    Parameters
    ----------
    y_pred : DataFrame or array of shape (n_rows, n_columns), optional
        Answers as an estimator predicts them, or as numbers. The first number says that the row has
        an answer, the others are the columns of the answer.
    y_true : DataFrame, optional
        Rows of the truth: of each the place in all of the truth is kept, as the first number.
    n_samples : int, optional
        How many rows there will be.
    fold_is : array of int, optional
        Of `y_pred` or `y_true`, the rows that are meant.
    """

    n_columns = 1 + len(COLUMNS)

    def __init__(self, y_pred=None, y_true=None, n_samples=None, fold_is=None):
        if y_true is not None:
            self.y_pred = np.zeros((len(y_true), self.n_columns))
            self.y_pred[:, 0] = place_of.loc[y_true[KEY]]
        elif y_pred is None:
            self.y_pred = np.full((n_samples, self.n_columns), np.nan)
        else:
            is_table = isinstance(y_pred, pd.DataFrame)
            self.y_pred = _numbers(y_pred) if is_table else np.asarray(y_pred, dtype=float)
        if fold_is is not None:
            self.y_pred = self.y_pred[fold_is]
        self.check_y_pred_dimensions()

    @classmethod
    def combine(cls, predictions_list, index_list=None):
        """Return for each row the first of several answers: a mean of codes would be none."""
        chosen = range(len(predictions_list)) if index_list is None else index_list
        combined = np.full_like(predictions_list[0].y_pred, np.nan)
        for index in chosen:
            is_open = np.isnan(combined[:, 0])
            combined[is_open] = predictions_list[index].y_pred[is_open]
        return cls(y_pred=combined)


def _numbers(answers):
    columns = [np.ones(len(answers))]
    for name in COLUMNS:
        if name in texts_of:
            columns.append(texts_of[name].get_indexer(answers[name].astype(object)))
        else:
            columns.append(answers[name].astype(float))
    return np.column_stack(columns).astype(float)


def _answers(numbers):
    answers = pd.DataFrame(numbers[:, 1:], columns=list(COLUMNS))
    for name, texts in texts_of.items():
        places = answers[name].astype(int)
        answers[name] = pd.Series(texts.take(places.clip(lower=0)), answers.index).mask(places < 0)
    return answers


class Metric(BaseScoreType):
    """One of the kit's metrics; the higher, the better."""

    is_lower_the_better = False
    minimum = -np.inf
    maximum = np.inf

    def __init__(self, name, precision):
        self.name = name
        self.precision = precision

    def __call__(self, y_true, y_pred):
        truth = truths.iloc[y_true[:, 0].astype(int)].reset_index(drop=True)
        answers = _answers(y_pred).assign(**{KEY: truth[KEY]})
        return float(metrics(truth, answers)[self.name])


score_types = [Metric(name, facts["metric"]["decimals"]) for name in facts["metrics"]]


def get_train_data(path="."):
    """Return the rows of the training part and their truth, two tables in the same order."""
    return _of_part("train", path)


def get_test_data(path="."):
    """Return the rows of the public part and their truth.

    The truth of the test part never lies where a team's code runs: it could be read there.
    """
    return _of_part("public", path)


def get_cv(X, y):
    """Return splits into rows to learn from and rows to score; a group is never on two sides."""
    if facts["group"]:
        return list(GroupKFold(FOLDS).split(X, groups=X[facts["group"]].astype(str)))
    return list(KFold(FOLDS, shuffle=True, random_state=0).split(X))


def _of_part(part, path):
    rows = _table(part, path)
    if os.environ.get("RAMP_TEST_MODE"):
        rows = rows.head(QUICK)
    truth = rows[[KEY]].merge(_table(f"{part}_truth", path), on=KEY, validate="one_to_one")
    return rows, truth
