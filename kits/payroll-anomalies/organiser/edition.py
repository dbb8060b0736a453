"""An edition of the kit: payroll declarations, split by enterprise, with the true amounts apart."""

import numpy as np
import pandas as pd

from ssplab.course import load_card
from ssplab.data import generate
from ssplab.kits import Edition

SCALE = 3  # about 140,000 declarations of 4,700 establishments, some 50 of them wrong as a whole
FIELDS = ["gross", "net", "hours"]
FULL_TIME_HOURS = 151.67  # a month of 35 hours a week
SHARES = {"train": 0.4, "public": 0.2, "test": 0.4}  # of enterprises


def edition(seed: int) -> Edition:
    """Return declarations to review, and the true value of each amount that is wrong.

    One twin is drawn from the organiser's seed. A declaration that was sent twice stands once,
    since a look at the keys finds all of these. Enterprises are split at random: the
    declarations of a post, of an establishment and of an enterprise share their errors, so no
    enterprise stands in two parts. Identifiers of posts, establishments and enterprises are drawn
    anew: the twin's own say in which block of two hundred an establishment was drawn, and each
    block holds two that are wrong as a whole.

    What makes it hard: a sixth of the wrong declarations are wrong by the software of their
    establishment, by a few per cent, and many true extremes look worse. A rule that fails leaves
    open which field is wrong, and only the post's other months, its contract and its colleagues
    say what should stand there.
    """
    twin = generate(load_card("payroll"), seed, SCALE)
    rng = np.random.default_rng([seed, 1])
    planted = twin.truth["declarations"]
    extra = planted.loc[planted["type"].eq("duplicate"), "declaration_id"]
    rows = twin.tables["declarations"]
    rows = rows[~rows["declaration_id"].isin(extra)].reset_index(drop=True)
    to_the_cent = (rows["hours"] - FULL_TIME_HOURS).abs() < 0.015
    rows["hours"] = rows["hours"].mask(to_the_cent, FULL_TIME_HOURS)
    establishments = twin.tables["establishments"]
    establishments = establishments[establishments["siret"].isin(rows["siret"])]

    part = _parts(establishments["siren"].unique(), rng)
    part = rows["siret"].map(establishments.set_index("siret")["siren"]).map(part)
    truth = _truth(rows, planted)

    siren = _renamed(establishments["siren"], "E", rng)
    siret = _renamed(establishments["siret"], "S", rng)
    rows["post_id"] = rows["post_id"].map(_renamed(rows["post_id"], "P", rng))
    rows["siret"] = rows["siret"].map(siret)
    establishments = establishments.assign(
        siren=establishments["siren"].map(siren), siret=establishments["siret"].map(siret)
    )
    establishments = establishments.sort_values("siret", ignore_index=True)
    return Edition(rows=rows, truth=truth, part=part, context={"establishments": establishments})


def _parts(enterprises: np.ndarray, rng: np.random.Generator) -> pd.Series:
    """Return the part of each enterprise."""
    bounds = np.cumsum(list(SHARES.values())) * len(enterprises)
    place = np.searchsorted(bounds, np.arange(len(enterprises)), side="right")
    return pd.Series(np.array(list(SHARES))[place], rng.permutation(enterprises))


def _truth(rows: pd.DataFrame, planted: pd.DataFrame) -> pd.DataFrame:
    """Return the true value of each amount that is wrong, blank where the declared one is right."""
    true = planted[planted["kind"] == "error"].set_index("declaration_id")
    true = true.reindex(rows["declaration_id"]).reset_index(drop=True)
    truth = rows[["declaration_id"]].copy()
    for field in FIELDS:
        value = true[f"true_{field}"]
        truth[f"true_{field}"] = value.where((value - rows[field]).abs() > 0.005)
    return truth


def _renamed(identifiers: pd.Series, letter: str, rng: np.random.Generator) -> dict[str, str]:
    """Return a new name for each identifier, drawn at random."""
    known = identifiers.unique()
    ranks = rng.permutation(len(known))
    return dict(zip(known, [f"{letter}{rank:06d}" for rank in ranks], strict=True))
