"""The problem, in the layout of RAMP: data, splits and metric under the names that it looks up.

# FILL IN: to run it on a RAMP server, add `Predictions` and `workflow` from the package `rampwf`,
# which this kit does not need.
"""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

problem_title = "{{ title }}"
FOLDER = Path(__file__).parent
KEY = ["{{ key | join('", "') }}"]
metric = runpy.run_path(str(FOLDER / "metric.py"))
score_types = {"precision at budget": metric["precision_at_budget"]}


def get_train_data(path=FOLDER):
    """Return the rows of the sample, a DataFrame, and whether each is in error, an array of bool.

    They are read from `data/` in the folder `path` if it is there, else from the course.
    """
    table, truth = _tables(Path(path))
    in_error = truth.loc[truth["kind"] == "error", KEY].drop_duplicates()
    is_error = table[KEY].merge(in_error, on=KEY, how="left", indicator="where")["where"] == "both"
    return table, is_error.to_numpy()


def get_test_data(path=FOLDER):
    """Return what `get_train_data` returns.

    # FILL IN: organisers read the sample that scores from where only they can read it.
    """
    return get_train_data(path)


def get_cv(X, y):
    """Return five splits into rows to learn from and rows to score.

    # FILL IN: split by enterprise or household where rows of one belong together.
    """
    return list(KFold(n_splits=5, shuffle=True, random_state=0).split(np.zeros(len(y))))


def _tables(path):
    data = path / "data"
    if data.is_dir():
        names = ("{{ table }}.parquet", "truth/{{ table }}.parquet")
        return tuple(pd.read_parquet(data / name) for name in names)
    import ssplab

    return ssplab.load("{{ data }}"), ssplab.truth("{{ data }}")
