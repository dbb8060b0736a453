"""What the kit is measured against: the trivial answer, the course's solution, the truth."""

from pathlib import Path

import numpy as np
import pandas as pd

from ssplab import taught
from ssplab.system import load_module

metric = load_module(Path(__file__).parent.parent / "metric.py")
FIELDS = metric.FIELDS
BUDGET = 0.02  # share of the declarations, as in the chapter
KEY = "declaration_id"
MINIMUM_WAGE = {"2023-04": 11.27, "2023-05": 11.52, "2023-06": 11.52}  # EUR an hour
RATIOS = ["rate", "net_share"]
SHARED = ["net_share", "time_share"]  # by all declarations of an establishment
SHARED_LIMIT = 3  # of the establishment's score, as in the chapter
LIMITS = [3.5, 5, 7, 10, 15, 20, 30, np.inf]  # of the robust score; 3.5 is the chapter's

edit_rules = taught("payroll-anomalies", "edit_rules")
with_ratios = taught("payroll-anomalies", "with_ratios")
from_median = taught("payroll-anomalies", "from_median")
robust_score = taught("payroll-anomalies", "robust_score")
shared_score = taught("selective-editing", "shared_score")


def trivial(edition) -> pd.DataFrame:
    """Return the answer that asks no employer: everything stands as declared."""
    answer = edition.rows.loc[edition.part == "test", [KEY]].reset_index(drop=True)
    answer[FIELDS] = np.nan
    return answer


def course(edition) -> pd.DataFrame:
    """Return the answer of the chapters: rules first, then establishments, then the robust score.

    It is the list of the chapter on anomalies, with the score of establishments that the chapter
    on selective editing adds. The fields of a query are those that were wrong most often in the
    training part, where the same rules failed or the same ratios lay on the same side: where the
    principle of Fellegi and Holt leaves two fields open, experience decides. Gross and net pay
    that were exchanged have a rule of their own, as the chapter advises. The value is the post's
    usual one, or what the contract and the other field say. Queries of a kind that would have
    lost points in the training part are not sent, and the limit of the robust score is the one
    that would have earned the most there.
    """
    establishments = edition.context["establishments"]
    prepared = {}
    for part in ["train", "test"]:
        rows = edition.rows[edition.part == part].reset_index(drop=True)
        prepared[part] = _suspicions(rows, establishments)
    train_truth = edition.truth[edition.part == "train"].reset_index(drop=True)
    wrong_fields = _wrong_fields(train_truth)
    answers = {
        limit: _answer(prepared["train"], prepared["train"], wrong_fields, limit)
        for limit in LIMITS
    }
    points = {limit: metric.query_points(train_truth, answers[limit]) for limit in LIMITS}
    best = max(points, key=lambda limit: points[limit].sum())
    earned = pd.Series(points[best]).groupby(prepared["train"]["signature"]).sum()
    answer = _answer(prepared["test"], prepared["train"], wrong_fields, best)
    pays = prepared["test"]["signature"].isin(earned.index[earned > 0])
    answer[FIELDS] = answer[FIELDS].where(pays, axis=0)
    return answer


def truth(edition) -> pd.DataFrame:
    """Return the answer that says what is true of every wrong amount, and nothing else."""
    answer = edition.truth[(edition.part == "test").to_numpy()].reset_index(drop=True)
    return answer.set_axis([KEY, *FIELDS], axis=1)


def _suspicions(rows: pd.DataFrame, establishments: pd.DataFrame) -> pd.DataFrame:
    """Return the declarations with failed rules, robust score, sign and usual values."""
    about = establishments[["siret", "a17", "weekly_hours", "thirteenth"]]
    pay = with_ratios(rows.merge(about, on="siret", how="left", validate="many_to_one"))
    rules = edit_rules(pay, MINIMUM_WAGE)
    logs = np.log(pay[RATIOS]).round(6)
    cells = [pay[name] for name in ["pcs", "a17", "month", "unit"]]
    robust = logs.apply(robust_score, cells=cells)
    side = np.sign(logs.apply(from_median, cells=cells)).where(robust > 3.5, 0)
    far = "rate " + side["rate"].astype(str) + ", net share " + side["net_share"].astype(str)
    failed = rules.dot(rules.columns + ", ")
    where = [pay["siret"], pay["month"]]
    comparable = [pay[name] for name in ["pcs", "month", "unit"]]
    deviation = np.log(pay[SHARED]).round(6).apply(from_median, cells=comparable)
    shared = deviation.apply(shared_score, groups=where).fillna(0)
    establishment = shared.max(axis=1).where(deviation[SHARED].notna().any(axis=1))
    far = far.mask(establishment > SHARED_LIMIT, "shared " + shared.idxmax(axis=1))

    post = pay.groupby("post_id")
    net_share = post["net_share"].transform("median")
    typical_share = pay.groupby("pcs")["net_share"].transform("median")
    net_share = net_share.fillna(typical_share)
    own_net = pay["net"] - pay["bonus"]
    if_exchanged = np.log((pay["gross"] / own_net).where((pay["gross"] > 0) & (own_net > 0)))
    exchanged = (if_exchanged - np.log(typical_share)).abs() < 0.05
    exchanged &= rules["net above gross"]
    days = (pay["period_end"] - pay["period_start"]).dt.days + 1
    weekly = pay["weekly_hours"].where(pay["work_time"] == "10", 35)
    present = days / pay["period_start"].dt.days_in_month
    contract = weekly * 52 / 12 * pay["quota"] * present
    return pay.assign(
        rules=rules.sum(axis=1),
        signature=failed.where(failed != "", far).mask(exchanged, "exchanged"),
        exchanged=exchanged,
        robust=robust.max(axis=1),
        establishment=establishment,
        contract=contract,
        usual_gross=post["gross"].transform("median"),
        usual_net_share=net_share,
    )


def _wrong_fields(truth: pd.DataFrame) -> pd.Series:
    """Return the names of the wrong fields of each declaration, empty where all is right."""
    wrong = truth[metric.TRUE].notna()
    return wrong.dot(pd.Index(FIELDS) + " ").str.strip()


def _answer(pay, learnt, wrong_fields, limit) -> pd.DataFrame:
    """Return the queries within the budget, with fields as learnt and usual values."""
    known = learnt.assign(fields=wrong_fields)[wrong_fields.to_numpy() != ""]
    by_signature = known.groupby("signature")["fields"].agg(lambda names: names.mode().iloc[0])
    fields = pay["signature"].map(by_signature).fillna("hours")

    fails, shared = pay["rules"] > 0, pay["establishment"] > SHARED_LIMIT
    robust = pay["robust"].where(pay["robust"] > limit)
    # Rules before establishments before all else, whatever the scores
    score = (1e6 * pay["rules"]).where(fails, (1e3 * pay["establishment"]).where(shared, robust))
    listed = score.dropna().nlargest(round(BUDGET * len(pay))).index
    listed = pay.index.isin(listed)
    changes = {name: listed & fields.str.contains(name).to_numpy() for name in FIELDS}
    own_net = pay["net"] - pay["bonus"]
    gross = (own_net / pay["usual_net_share"]).mask(changes["net"], pay["usual_gross"])
    net = pay["gross"].mask(changes["gross"], gross) * pay["usual_net_share"] + pay["bonus"]
    values = {
        "gross": gross.mask(pay["exchanged"], pay["net"]),
        "net": net.mask(pay["exchanged"], pay["gross"]),
        "hours": pay["contract"],
    }
    answer = pay[[KEY]].copy()
    for name in FIELDS:
        answer[name] = values[name].round(2).where(changes[name])
    return answer
