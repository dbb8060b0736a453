"""The synthetic twin `{{ name }}`: enterprises and the turnover that they report.

# FILL IN: the model, its sources and its limits, in three sentences; the card tells the rest.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ssplab.data import Block
from ssplab.data.twins.words import Texts, Words, load_words
from ssplab.system import SsplabError

FIRMS_PER_BLOCK = 500
BLOCKS_AT_SCALE_1 = 4
MAX_BLOCKS = 10_000  # so that identifiers keep their width

# FILL IN: your own domains, shares and parameters, each with its source or the word "assumption"
ACTIVITIES = ("construction", "services", "trade")
ACTIVITY_SHARES = (0.2, 0.5, 0.3)
TURNOVER_PER_EMPLOYEE = np.array([150.0, 100.0, 250.0])  # thousand EUR a year, by activity
SPREAD = 0.5  # standard deviation of the logarithm of turnover per employee

WRONG_UNIT, LAST_YEAR = 0.01, 0.02  # shares of the reports that carry each error
HARD_FACTOR = 1.3
REVIEW_BUDGET = 0.02


class FirmWords(Words):
    """What `words.yml` holds."""

    trades: dict[str, Texts]
    """For each activity, the first words of names."""
    names: Texts
    """What stands after them."""


def n_blocks(scale: float) -> int:
    """Return the number of blocks of a twin: 4 at scale 1, one at least.

    Raises
    ------
    SsplabError
        If the twin would need more identifiers than their width allows.
    """
    number = max(1, round(BLOCKS_AT_SCALE_1 * scale))
    if number > MAX_BLOCKS:
        raise SsplabError(
            f"scale is {scale:g}: this twin goes up to {MAX_BLOCKS / BLOCKS_AT_SCALE_1:g}."
        )
    return number


def blocks(seed: int, scale: float) -> Iterator[Block]:
    """Yield the twin block by block, each of 500 enterprises.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 2,000 enterprises, 10 ten times as many.

    Yields
    ------
    Block
        The table `firms`, and the truth of those that carry an error.
    """
    for number in range(n_blocks(scale)):
        streams = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(2)
        true_streams, error_streams = map(np.random.default_rng, streams)
        firms = _firms(true_streams, number)
        truth = _plant(error_streams, firms)
        yield Block({"firms": firms}, {"firms": truth})


def _firms(rng: np.random.Generator, block: int) -> pd.DataFrame:
    """Return the enterprises of a block, with their true turnover in thousand EUR a year."""
    activity = rng.choice(len(ACTIVITIES), FIRMS_PER_BLOCK, p=ACTIVITY_SHARES)
    employees = 1 + rng.geometric(0.08, FIRMS_PER_BLOCK)
    level = TURNOVER_PER_EMPLOYEE[activity] * employees
    # Identifiers in random order, so that the order tells nothing
    ranks = np.char.zfill(rng.permutation(FIRMS_PER_BLOCK).astype(str), 3)
    return pd.DataFrame(
        {
            "firm_id": np.char.add(f"E{block:04d}", ranks),
            "name": _names(rng, np.array(ACTIVITIES)[activity]),
            "activity": np.array(ACTIVITIES)[activity],
            "employees": employees,
            "turnover": (level * rng.lognormal(0, SPREAD, FIRMS_PER_BLOCK)).round(1),
        }
    )


def _names(rng: np.random.Generator, activities: np.ndarray) -> list[str]:
    words = load_words("{{ name }}", FirmWords)
    return [
        f"{rng.choice(words.trades[activity])} {rng.choice(words.names)}" for activity in activities
    ]


def _plant(rng: np.random.Generator, firms: pd.DataFrame) -> pd.DataFrame:
    """Spoil some of the reports in place; return the truth of those."""
    uniform = rng.random(len(firms))
    wrong_unit = uniform < WRONG_UNIT
    last_year = ~wrong_unit & (uniform < WRONG_UNIT + LAST_YEAR)
    factor = np.where(wrong_unit, 1000, 1 / rng.uniform(1.1, 1.5, len(firms)))
    spoilt = firms[wrong_unit | last_year].copy()
    firms["turnover"] = firms["turnover"].where(
        ~(wrong_unit | last_year), (factor * firms["turnover"]).round(1)
    )
    ratio = firms.loc[spoilt.index, "turnover"] / spoilt["turnover"]
    severity = ratio.where(ratio > 1, 1 / ratio)
    return pd.DataFrame(
        {
            "firm_id": spoilt["firm_id"],
            "kind": "error",
            "type": np.where(wrong_unit[spoilt.index], "wrong_unit", "last_year"),
            "severity": severity,
            "hard": severity <= HARD_FACTOR,
            "true_turnover": spoilt["turnover"],
        }
    )


def measure_margins(twin: Block) -> dict[str, float]:
    """Return what the twin reaches of the published figures on its card, by their name there.

    # FILL IN: the figures that you calibrate on. The card lists each with its source and tolerance.
    """
    true = _true_turnover(twin)
    return {"median turnover": float(true.median())}


def _true_turnover(twin: Block) -> pd.Series:
    firms = twin.tables["firms"].set_index("firm_id")
    true = twin.truth["firms"].set_index("firm_id")["true_turnover"]
    return true.reindex(firms.index).fillna(firms["turnover"])


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how hard the planted errors are to find, with a naive ranking as the yardstick.

    The naive ranking takes enterprises by their reported turnover, largest first.

    Returns
    -------
    dict
        `prevalence` of errors among enterprises; `hard_share` among errors; and, at a review budget
        of 2 % of the enterprises, `naive_precision` and `naive_recall`.
    """
    firms = twin.tables["firms"]
    is_error = firms["firm_id"].isin(twin.truth["firms"]["firm_id"]).to_numpy()
    order = firms["turnover"].sort_values(ascending=False, kind="stable").index
    reviewed = order[: round(REVIEW_BUDGET * len(firms))]
    return {
        "prevalence": float(is_error.mean()),
        "hard_share": float(twin.truth["firms"]["hard"].sum() / is_error.sum()),
        "naive_precision": float(is_error[reviewed].mean()),
        "naive_recall": float(is_error[reviewed].sum() / is_error.sum()),
    }
