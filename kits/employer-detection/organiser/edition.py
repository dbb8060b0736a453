"""An edition of the kit: the forms that an exact join leaves, from a seed of the organiser's."""

import numpy as np
import pandas as pd

from ssplab.course import load_card
from ssplab.data import conform, generator
from ssplab.kits import Edition

SCALE = 2  # 40,000 establishments, so that luck decides less of the ranking
PARTS = {"train": 0.4, "public": 0.2, "test": 0.4}
LARGE = ["train", "train", "public", "test", "test"]  # parts of the five largest départements
KEPT = 0.9  # share of the forms, lest fixed numbers of the twin tell what is left for the test


def edition(seed: int) -> Edition:
    """Draw forms that were written in haste, and leave those that an exact join does not link.

    The twin is drawn in its harder setting, in which most people write without care.
    What an exact join of name and place links is taken out, as in an office: what stands on a form
    and in the register decides whether it is left, never its truth.
    So the name on a form is mostly another than the register's, its place is blank or another
    unit's, or its employer is not in the register.

    A tenth of the forms goes at random, since the twin has fixed numbers of some kinds of forms:
    who counted them in the other parts would know how many are left for the test.

    The parts are the forms of other départements of residence, which every form shows: clerks have
    coded some départements, and the rest is to be answered. The twin draws most establishments once
    at most, so one in a truth that teams hold is hardly ever the answer to another form. Across
    départements that tells nothing, since few people work so far away. In parts drawn enterprise by
    enterprise, who left out those of the known truth won five points on the edition tried.

    Most of all départements differ in how many establishments a form is compared with. The five
    with most forms are drawn apart, two for each of the larger parts and one for the public part,
    lest one part holds all large towns. The parts still differ: Paris is in one of them.
    """
    card = load_card("employers")
    blocks = [block.named() for block in generator(card).blocks(seed, SCALE, harder=True)]
    whole = {name: pd.concat([block[name] for block in blocks]) for name in blocks[0]}
    tables = {name: conform(whole[name], card.tables[name]) for name in card.tables}
    forms, establishments, enterprises = (
        tables[name] for name in ("forms", "establishments", "enterprises")
    )
    joined = generator(card).exact_join(forms, establishments, enterprises).notna()
    rng = np.random.default_rng([seed, 1])
    rows = forms[~joined & (rng.random(len(forms)) < KEPT)]
    truth = rows[["cabbi"]].merge(whole["truth/forms"][["cabbi", "siret"]], on="cabbi", how="left")
    department = rows["depcom_code"].str[:2]
    part = department.map(_parts(department.value_counts(), rng))
    return Edition(
        rows=rows.reset_index(drop=True),
        truth=truth.astype({"siret": "str"}),
        part=part.reset_index(drop=True),
        context={"establishments": establishments, "enterprises": enterprises},
    )


def _parts(counts: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Return the part of each département, given its forms, the most first."""
    large, other = (rng.permutation(names) for names in np.split(counts.index, [len(LARGE)]))
    part = pd.Series(LARGE, large)
    left = counts.sum() * pd.Series(PARTS) - counts[large].groupby(part).sum()
    middle = counts[other].cumsum() - counts[other] / 2
    place = np.searchsorted(left.cumsum() / left.sum() * counts[other].sum(), middle)
    return pd.concat([part, pd.Series(left.index[place], other)])
