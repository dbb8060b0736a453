"""What the baseline is compared with: the trivial answer, and the course's solution."""

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from ssplab import taught

FOLDS = 5


def trivial(edition) -> pd.DataFrame:
    """Return no code at all: every declaration goes to a clerk."""
    test = edition.rows[edition.part == "test"]
    return test[["declaration_id"]].assign(code=None, confidence=0.0)


def course(edition) -> pd.DataFrame:
    """Return what the chapters on activity coding and on automatic coding teach.

    The linear model reads the texts and the words of the form: it scores better than fastText on so
    few labels, as the chapter says. The confidence is an isotonic regression of the distance
    between the two highest sums, fitted on online labels that the model had not learnt from, as the
    chapter does after a change of channel.
    """
    with_form = taught("activity-coding", "with_form")
    linear_model = taught("activity-coding", "linear_model")
    rows = edition.rows.assign(words=with_form(edition.rows))
    rows = rows.merge(edition.truth, on="declaration_id").set_axis(edition.rows.index)
    train, test = rows[edition.part == "train"], rows[edition.part == "test"]

    held_out = []
    for learnt, kept in GroupKFold(FOLDS).split(train, groups=train["enterprise_id"]):
        learning, others = train.iloc[learnt], train.iloc[kept]
        model = linear_model().fit(learning["words"], learning["code"])
        held_out.append(others.join(_guessed(model, others["words"])))
    held_out = pd.concat(held_out)
    online = held_out[held_out["channel"] == "online"]
    isotonic = IsotonicRegression(out_of_bounds="clip")
    isotonic.fit(online["gap"], online["guess"] == online["code"])

    model = linear_model().fit(train["words"], train["code"])
    guesses = _guessed(model, test["words"])
    return pd.DataFrame(
        {
            "declaration_id": test["declaration_id"],
            "code": guesses["guess"],
            "confidence": isotonic.predict(guesses["gap"]),
        }
    )


def truth(edition) -> pd.DataFrame:
    """Return the best answer that there is: the true codes, all of them sure."""
    test = edition.rows.loc[edition.part == "test", ["declaration_id"]]
    return test.merge(edition.truth[["declaration_id", "code"]]).assign(confidence=1.0)


def _guessed(model, texts: pd.Series) -> pd.DataFrame:
    """Return the code with the highest sum, and how far the second highest is below."""
    sums = model.decision_function(texts)
    highest = np.sort(sums, axis=1)[:, -2:]
    guess = model.classes_[sums.argmax(axis=1)]
    return pd.DataFrame({"guess": guess, "gap": np.diff(highest)[:, 0]}, index=texts.index)
