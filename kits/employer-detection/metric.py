"""The metric of this kit: points per 100 forms, for what the census gains or loses by each answer.

It needs numpy and pandas only, so that a team can read it and run it anywhere.
"""

import numpy as np

# What an answer is worth, in forms that a clerk need not read any more
RIGHT = 1.0  # the establishment, or rightly none of the register: nobody reads this form
ENTERPRISE = 0.5  # the activity is known, and somebody still has to find the place of work
WRONG_PLACE = -1.0  # the activity is right, and a wrong place of work enters the census unseen
WRONG = -4.0  # wrong activity and place enter unseen, so decide only where four in five are right
DECISIONS = ("establishment", "enterprise", "outside", "clerk")


def metrics(truth, submission):
    """Return the metrics, the first of which ranks; the higher, the better.

    Parameters
    ----------
    truth : DataFrame
        `siret`, the establishment that a form means; missing where the register has none.
    submission : DataFrame
        `siret`, the best candidate or missing, and `decision`, one of `DECISIONS`; the same forms
        in the same order. A decision for an establishment or an enterprise without a SIRET has
        nothing to enter, so that form goes to a clerk.
    """
    true = truth["siret"].astype("object").to_numpy()
    given = submission["siret"].astype("object").to_numpy()
    decision = submission["decision"].astype("object").to_numpy()
    unknown = sorted(set(map(str, decision)) - set(DECISIONS))
    if unknown:
        raise ValueError(f"decisions {unknown} are none of {list(DECISIONS)}.")

    is_outside = truth["siret"].isna().to_numpy()
    has_siret = submission["siret"].notna().to_numpy()
    both = has_siret & ~is_outside
    same_place = both & (given == true)
    same_enterprise = both & (_siren(given) == _siren(true))
    links_place = has_siret & (decision == "establishment")
    links_enterprise = has_siret & (decision == "enterprise")
    says_outside = decision == "outside"
    decided = links_place | links_enterprise | says_outside

    right = (
        (links_place & same_place)
        | (links_enterprise & same_enterprise)
        | (says_outside & is_outside)
    )
    wrong_place = links_place & same_enterprise & ~same_place
    points = np.select(
        [right & links_enterprise, right, wrong_place, decided],
        [ENTERPRISE, RIGHT, WRONG_PLACE, WRONG],
        0.0,
    )
    return {
        "points per 100 forms": float(100 * points.mean()),
        "percent decided": float(100 * decided.mean()),
        "percent right of decided": _percent(right, decided),
        "percent first candidate right": _percent(same_place, ~is_outside),
    }


def _siren(sirets):
    """Return the enterprise of each establishment: the first nine digits of its SIRET."""
    return np.array([str(siret)[:9] for siret in sirets], dtype=object)


def _percent(of, among):
    """Return how many of 100 that are `among` are also `of`; 0 where there are none."""
    return float(100 * (of & among).sum() / among.sum()) if among.any() else 0.0
