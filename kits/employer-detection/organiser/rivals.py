"""What the scores of the kit are compared with: no answer, and the course's solution."""

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ssplab import load, taught

PENALTY = 4  # what a wrong link costs, in right ones; see metric.py


def trivial(edition) -> pd.DataFrame:
    """Leave every form of the test part to the clerks."""
    keys = edition.rows.loc[edition.part == "test", ["cabbi"]].reset_index(drop=True)
    return keys.assign(siret=pd.Series(None, keys.index, dtype="str"), decision="clerk")


def course(edition) -> pd.DataFrame:
    """Apply the chapter on clerical review: candidates, the agency rule, features, model, lead.

    The model learns on the training part alone. The threshold of the lead is the one that brings
    most points there, by predictions for employers that the model has not seen.
    """
    register_of = taught("employer-detection", "register_of")
    candidates = taught("employer-detection", "candidates")
    with_agency_rule = taught("clerical-review", "with_agency_rule")
    features_of = taught("clerical-review", "features_of")
    coder = taught("clerical-review", "fit_coder")(load("activity_labels"))
    decide = taught("clerical-review", "decide")
    shares = taught("clerical-review", "shares")

    forms = edition.rows.set_index("cabbi", drop=False)
    true_siret = edition.truth.set_index("cabbi")["siret"]
    part = edition.part.set_axis(forms.index)
    register = register_of(edition.context["establishments"], edition.context["enterprises"])
    pairs = with_agency_rule(candidates(forms, register), forms, register)
    features = features_of(pairs, forms, register, coder)

    model = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler(), LogisticRegression())
    of_train = (pairs["form"].map(part) == "train").to_numpy()
    is_right = pairs["siret"] == pairs["form"].map(true_siret)
    employer = true_siret.str[:9].fillna(pd.Series(forms.index, forms.index))
    probability = pd.Series(np.nan, pairs.index)
    probability[of_train] = cross_val_predict(
        model,
        features[of_train],
        is_right[of_train],
        groups=pairs.loc[of_train, "form"].map(employer),
        cv=GroupKFold(),
        method="predict_proba",
    )[:, 1]
    model.fit(features[of_train], is_right[of_train])
    probability[~of_train] = model.predict_proba(features[~of_train])[:, 1]
    probability = probability.round(4).clip(upper=0.9999)
    has_right = is_right[of_train].groupby(pairs.loc[of_train, "form"]).any()
    share = shares(pairs, probability / (1 - probability), 1 - has_right.mean())
    decided = decide(pairs, share, forms)

    train = decided[part == "train"]
    order = train[train["lead"] > 0].sort_values("lead", ascending=False, kind="stable")
    hits = order["siret"] == true_siret[order.index]
    points = hits.where(hits, -PENALTY).astype("int").cumsum()
    limit = order.loc[points.idxmax(), "lead"] if points.max() > 0 else np.inf
    test = decided[part == "test"]
    decision = np.where(test["lead"] >= limit, "establishment", "clerk")
    answer = pd.DataFrame({"siret": test["siret"], "decision": decision}, index=test.index)
    return answer.rename_axis("cabbi").reset_index()


def truth(edition) -> pd.DataFrame:
    """Return the best answer that there is."""
    known = edition.truth[edition.truth["cabbi"].isin(trivial(edition)["cabbi"])]
    return known.assign(decision=np.where(known["siret"].isna(), "outside", "establishment"))
