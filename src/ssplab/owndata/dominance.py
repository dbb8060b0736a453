"""Who stands behind the totals of a table: too few contributors, or one that dominates.

The rules of primary suppression, and how wide the range must be that is left for a masked total.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssplab.course import ContributorRule, PPercentRule
from ssplab.system import SsplabError

FEW = "contributors"
DOMINATED = "dominance"


@dataclass(frozen=True)
class Contributions:
    """What each unit of one kind, such as an establishment, brings to each cell of a table."""

    of_cell: dict[int, np.ndarray]
    """For each cell that has any, its positive contributions, the largest first."""
    alone_in: list[frozenset[int]]
    """The cells in which one unit is the only contributor: it knows them exactly."""


def contributions(
    row: np.ndarray, column: np.ndarray, value: np.ndarray, unit: pd.Series, shape: tuple[int, int]
) -> Contributions:
    """Sum microdata by contributor, in every cell of a table and of its margins.

    Parameters
    ----------
    row, column : array of int, shape (units,)
        The inner cell to which each row of the microdata belongs, from 0.
    value : array of float, shape (units,)
        What is summed.
    unit : Series, shape (units,)
        The contributor.
    shape : tuple of int
        Rows and columns of the table, its margins among them, last; a table of one column has no
        margin of columns.

    Returns
    -------
    Contributions
        Cells are numbered row by row.

    Raises
    ------
    SsplabError
        If what a contributor brings to an inner cell is negative.
    """
    places = pd.DataFrame({"row": row, "column": column, "unit": unit.array, "value": value})
    inner = places.groupby(["row", "column", "unit"], as_index=False, observed=True).sum()
    if negative := int((inner["value"] < 0).sum()):
        raise SsplabError(
            f"What {negative:,} contributor(s) ({unit.name}) bring to a cell is negative in sum: "
            "shares of a total then mean nothing. Leave corrections out, or sum another column."
        )
    parts = [inner, inner.assign(row=shape[0] - 1)]
    if shape[1] > 1:
        parts += [part.assign(column=shape[1] - 1) for part in parts]
    every = pd.concat(parts)
    every["cell"] = every["row"] * shape[1] + every["column"]
    every = every.groupby(["cell", "unit"], as_index=False, observed=True)["value"].sum()
    every = every[every["value"] > 0].sort_values(["cell", "value"], ascending=[True, False])
    alone = every[~every["cell"].duplicated(keep=False)]
    return Contributions(
        {int(cell): group.to_numpy() for cell, group in every.groupby("cell")["value"]},
        [frozenset(map(int, cells)) for _, cells in alone.groupby("unit", observed=True)["cell"]],
    )


def reason(contributed: np.ndarray, rule: ContributorRule) -> str:
    """Return why a total must not be shown, `contributors` or `dominance`; empty if it may be.

    Parameters
    ----------
    contributed : array of float, shape (contributors,)
        Positive, the largest first.
    rule : ContributorRule
    """
    if len(contributed) < rule.minimum:
        return FEW
    return DOMINATED if _is_dominated(contributed, rule) else ""


def protection(contributed: np.ndarray, rule: ContributorRule) -> float:
    """Return how far from a masked total, up and down, an attacker's range must reach.

    Of the p % rule, p % of the largest contribution; of the (n, k) rule, 100 / k - 1 times the n
    largest. It is what the handbook calls the upper protection level, without the relief that it
    grants for the contributions beyond the largest: the same level then serves where there are too
    few contributors.

    Parameters
    ----------
    contributed : array of float, shape (contributors,)
        Positive, the largest first.
    rule : ContributorRule

    Returns
    -------
    float
        In the unit of the contributions.
    """
    dominance = rule.dominance
    if isinstance(dominance, PPercentRule):
        return float(dominance.p / 100 * contributed[0])
    return float((100 / dominance.k - 1) * contributed[: dominance.n].sum())


def _is_dominated(contributed: np.ndarray, rule: ContributorRule) -> bool:
    dominance = rule.dominance
    if isinstance(dominance, PPercentRule):
        return bool(contributed[2:].sum() < dominance.p / 100 * contributed[0])
    return bool(contributed[: dominance.n].sum() > dominance.k / 100 * contributed.sum())
