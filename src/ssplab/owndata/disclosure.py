"""What may be shown of own data: `safe` masks what would tell about a few units.

No library does it: ACRO suppresses cells below a threshold and not what gives them away; engines
that do, τ-Argus and its Python ports, are programs of their own to install.
"""

import numbers
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, vstack

from ssplab.course import load_card
from ssplab.data import card_of, is_folder, private_texts
from ssplab.system import SsplabError, nearest

MARK = "c"
HIDDEN_LABEL = "(not on the card)"
TOLERANCE = 1e-6  # of the linear programs
MIME = "application/vnd.ssplab.safe+json"
"""Marks the outputs of `safe` in a notebook, so that a report of own data can tell them."""


@dataclass(frozen=True)
class SafeCount:
    """A number of units that may be shown; in an f-string, `fewer than 10` where it is small."""

    shown: int | None
    """None where it is masked."""
    threshold: int

    def __format__(self, spec: str) -> str:
        return str(self) if self.shown is None else format(self.shown, spec)

    def __str__(self) -> str:
        return f"fewer than {self.threshold}" if self.shown is None else str(self.shown)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": str(self), MIME: {"masked": int(self.shown is None)}}


@dataclass(frozen=True)
class SafeTable:
    """A table that may be shown."""

    frame: pd.DataFrame
    """The table, `c` in place of what is masked."""
    masked: int
    """How many cells are masked."""
    threshold: int

    @property
    def note(self) -> str:
        """What stands under the table: what the mark means; empty if nothing is masked."""
        if not self.masked:
            return ""
        return (
            f"{MARK}: masked, since it is about fewer than {self.threshold} units, or would give "
            "such a count away by subtraction."
        )

    def __repr__(self) -> str:
        return f"{self.frame!r}\n{self.note}".rstrip()

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        note = f"<p>{self.note}</p>" if self.note else ""
        return {
            "text/plain": repr(self),
            "text/html": self.frame._repr_html_() + note,
            MIME: {"masked": self.masked},
        }


def safe(
    shown: pd.DataFrame | pd.Series | int,
    data: str | Path,
    *,
    counts: Sequence[object] | None = None,
    threshold: int | None = None,
) -> SafeTable | SafeCount:
    """Return what may be shown of a table of counts and statistics, or of one count.

    Of own data, counts of 1 to `threshold - 1` units are masked, with every other statistic of
    their row: a mean of three people tells about them. So is, then, what would give a masked count
    away by subtraction: another cell of its row or column beside a total, or one of two counts of a
    row whose difference is small (4,938 declarations, 4,933 of them with hours). Zeros stay, since
    they are about nobody, unless nothing else protects a count; that *nobody* of a small group does
    something can be told from them.

    Parameters
    ----------
    shown : DataFrame, Series or int
        Numbers only, a row a group of units. The rows are taken as parts of a whole whose total is
        known, shown or not; a row that is the sum of the others is taken as their total. The same
        holds for columns in a cross table: all its columns count, and the columns have a name, as
        `pandas.crosstab` gives, or one of three or more is the sum of the others.
    data : str or Path
        The chapter's `data`. Data sets of the course have nothing to protect and are shown as they
        are, unless a `threshold` is given.
    counts : sequence of column labels, optional
        The columns that count units; by default those of integers.
    threshold : int, optional
        By default the one on the data's card, which may be raised and not lowered.

    Returns
    -------
    SafeTable or SafeCount
        It shows itself in notebooks and terminals. A label that the extract holds and the card does
        not list as a code, such as an identifier, is hidden.

    Raises
    ------
    SsplabError
        Whatever the data: if the table holds no count, text, or negative or broken counts.

    Notes
    -----
    Primary suppression by threshold, then secondary suppression by linear programming [1]_: as long
    as an audit finds an exposed count, the cheapest cells, by the logarithm of their counts, are
    masked that let it rise by the threshold. An attacker who knows every total that could be shown
    itself, and that masked counts are above zero, is left with a range at least `threshold` wide
    for each masked count and each small difference. Where no masking reaches that, since the totals
    alone tell, the whole table is masked.

    Not protected: a large group one of whose members dominates the sum; two tables that share
    cells, or two runs on extracts that differ by a few units; a share beside its count, which is a
    count (give both as counts); subtotals within a table; a minimum or maximum, which is somebody's
    value; labels that are numbers.

    References
    ----------
    .. [1] Hundepool et al., *Statistical Disclosure Control*, Wiley, 2012, chapter 4.
    """
    threshold, own = _threshold(data, threshold)
    if isinstance(shown, numbers.Integral) and not isinstance(shown, bool):
        return safe_count(int(shown), threshold or 0)
    if isinstance(shown, pd.Series):
        shown = shown.to_frame("count" if shown.name is None else shown.name)
    if not isinstance(shown, pd.DataFrame):
        raise SsplabError(
            f"safe takes a DataFrame, a Series or a whole number, not {type(shown).__name__}."
        )
    is_count = _count_columns(shown, counts)
    values = _as_counts(shown.loc[:, is_count])
    if threshold is None:
        return SafeTable(shown, 0, 0)
    cross = all(is_count) and (
        any(name is not None for name in shown.columns.names) or _margin(values.T) is not None
    )
    hidden = np.zeros(shown.shape, dtype=bool)
    hidden[:, is_count] = suppress(values, threshold, cross=cross)
    hidden |= hidden.any(axis=1, keepdims=True) & ~is_count
    frame = shown.astype(object).mask(hidden, MARK) if hidden.any() else shown
    if own:
        frame = _without_private_labels(frame, Path(data))
    return SafeTable(frame, int(hidden.sum()), threshold)


def safe_count(count: int, threshold: int) -> SafeCount:
    """Return a count, masked from 1 to below the threshold."""
    return SafeCount(None if 0 < count < threshold else count, threshold)


def _threshold(data: str | Path, asked: int | None) -> tuple[int | None, bool]:
    """Return the threshold that applies, None if there is nothing to protect, and whether own."""
    own = is_folder(data)
    least = card_of(Path(data)).threshold if own else load_card(data).threshold
    if asked is None:
        return (least if own else None), own
    if own and asked < least:
        raise SsplabError(
            f"threshold is {asked}; the card asks for {least}, which may be raised and not lowered."
        )
    return asked, own


def _count_columns(table: pd.DataFrame, counts: Sequence[object] | None) -> np.ndarray:
    """Return, for each column, whether it counts units."""
    dtypes = list(table.dtypes)
    other = [
        label
        for label, dtype in zip(table.columns, dtypes, strict=True)
        if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)
    ]
    if other:
        raise SsplabError(
            f"The column {other[0]!r} holds no numbers: safe shows tables of counts and statistics."
        )
    if counts is None:
        found = np.array([pd.api.types.is_integer_dtype(dtype) for dtype in dtypes], dtype=bool)
    else:
        unknown = [label for label in counts if label not in table.columns]
        if unknown:
            raise SsplabError(f"No column is called {unknown[0]!r}. {nearest(unknown[0], table)}")
        found = table.columns.isin(list(counts))
    if not found.any():
        raise SsplabError(
            "The table says of no statistic how many units it is about: add a column of counts "
            "(whole numbers), or name it with counts=[…]."
        )
    return found


def _as_counts(table: pd.DataFrame) -> np.ndarray:
    """Return counts as whole numbers; what is missing, as in a pivot, counts nobody."""
    values = table.astype("float64").fillna(0).to_numpy()
    if (values < 0).any() or (values % 1 != 0).any():
        raise SsplabError(
            "A count is negative or not whole. Say which columns count units with counts=[…]."
        )
    return values.astype("int64")


def _without_private_labels(table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    private = private_texts(folder)

    def listed(labels: pd.Index) -> pd.Index:
        if isinstance(labels, pd.MultiIndex):
            levels = [listed(labels.get_level_values(i)) for i in range(labels.nlevels)]
            return pd.MultiIndex.from_arrays(levels, names=labels.names)
        return labels.map(lambda label: HIDDEN_LABEL if label in private else label)

    return table.set_axis(listed(table.index)).set_axis(listed(table.columns), axis=1)


def suppress(counts: np.ndarray, threshold: int, *, cross: bool) -> np.ndarray:
    """Return which cells of a table of counts must be masked; see `safe`.

    Parameters
    ----------
    counts : array of int, shape (rows, columns)
    threshold : int
    cross : bool
        Columns are parts of a whole, as rows are.

    Returns
    -------
    array of bool, shape (rows, columns)
    """
    cells = counts.ravel()
    relations = _relations(counts, threshold, cross=cross)
    masked = (cells > 0) & (cells < threshold)
    # What must stay uncertain: cells and differences, as their coefficients.
    waiting = deque({cell: 1} for cell in np.flatnonzero(masked))
    waiting.extend([] if cross else _small_differences(counts, threshold))
    while waiting:
        form = waiting.popleft()
        if _freedom(form, cells, masked, relations, threshold) >= threshold - TOLERANCE:
            continue
        move = _cheapest_move(form, cells, masked, relations, threshold)
        if move is None:  # the totals alone tell
            return np.ones(counts.shape, dtype=bool)
        new = (np.abs(move) > TOLERANCE) & ~masked
        masked |= new
        waiting.extend({cell: 1} for cell in np.flatnonzero(new))
    return masked.reshape(counts.shape)


def _relations(counts: np.ndarray, threshold: int, *, cross: bool) -> csr_array:
    """Return what an attacker knows: a row a relation, a column a cell.

    Each is a sum of cells that equals a total. The total is a cell (coefficient -1), or known
    without being shown, where it could be shown itself.
    """
    number = np.arange(counts.size).reshape(counts.shape)
    found = []
    for table, cells in [(counts, number), (counts.T, number.T)][: 1 + cross]:
        if len(table) == 1:
            continue  # its total is itself
        margin = _margin(table)
        known = table.sum(axis=0) >= threshold
        if margin is None and cross:
            parts = np.arange(table.shape[1]) != _margin(table.T)
            totals = table.sum(axis=0)[parts, None]
            known[parts] &= ~suppress(totals, threshold, cross=False)[:, 0]
        for column in range(table.shape[1]):
            if margin is not None or known[column]:
                relation = np.zeros(counts.size)
                relation[cells[:, column]] = 1
                if margin is not None:
                    relation[cells[margin, column]] = -1
                found.append(relation)
    if cross and counts.sum() >= threshold and _margin(counts) is _margin(counts.T) is None:
        found.append(np.ones(counts.size))
    return csr_array(np.reshape(found, (len(found), counts.size)))


def _margin(counts: np.ndarray) -> int | None:
    """Return the last row that is the sum of all others; None if there is none."""
    found = np.flatnonzero((2 * counts == counts.sum(axis=0)).all(axis=1) & counts.any(axis=1))
    return int(found[-1]) if len(counts) > 2 and len(found) else None


def _small_differences(counts: np.ndarray, threshold: int) -> list[dict[int, int]]:
    """Return pairs of counts of a row, one of which may be part of the other, that are close.

    What the largest count of a row leaves over the sum of the others counts as a difference too.
    """
    found = []
    width = counts.shape[1]
    for row, values in enumerate(counts):
        first = row * width
        for one, other in combinations(range(width), 2):
            if 0 < abs(values[one] - values[other]) < threshold:
                found.append({first + one: 1, first + other: -1})
        largest = int(np.argmax(values))
        if width > 2 and 0 < 2 * values[largest] - values.sum() < threshold:
            found.append({first + i: 1 if i == largest else -1 for i in range(width)})
    return found


def _freedom(
    form: dict[int, int],
    cells: np.ndarray,
    masked: np.ndarray,
    relations: csr_array,
    threshold: int,
) -> float:
    """Return how wide the range is that an attacker is left with for a sum of cells."""
    free = np.flatnonzero(masked)
    objective = np.array([form.get(int(cell), 0) for cell in free])
    if not objective.any():
        return 0.0
    known = relations[:, free]
    limits = [
        linprog(
            sign * objective,
            A_eq=known,
            b_eq=known @ cells[free],
            # an end far beyond what is asked for: it keeps the range finite
            bounds=np.column_stack([np.minimum(cells[free], 1), cells[free] + 10 * threshold]),
        ).fun
        for sign in (1, -1)
    ]
    return -limits[1] - limits[0]


def _cheapest_move(
    form: dict[int, int],
    cells: np.ndarray,
    masked: np.ndarray,
    relations: csr_array,
    threshold: int,
) -> np.ndarray | None:
    """Return a change of the cells, as cheap as can be, that raises a sum by the threshold.

    It keeps every relation, so that masking the cells it changes hides which table is the true one.
    None if there is no such change.
    """
    # ties are broken by position, so that the same table is masked in the same way everywhere
    cost = np.where(masked, 1e-3, np.log1p(cells)) + 1e-6 * np.arange(len(cells))
    wanted = np.zeros((1, len(cells)))
    wanted[0, list(form)] = list(form.values())
    conditions = vstack([relations, csr_array(wanted)])
    rise = np.column_stack([np.zeros(len(cells)), np.where(cells > 0, np.inf, 0)])
    fall = np.column_stack([np.zeros(len(cells)), np.maximum(cells - 1, 0)])
    solved = linprog(
        np.concatenate([cost, cost]),
        A_eq=hstack([conditions, -conditions]),
        b_eq=np.append(np.zeros(relations.shape[0]), threshold),
        bounds=np.vstack([rise, fall]),
    )
    return solved.x[: len(cells)] - solved.x[len(cells) :] if solved.success else None
