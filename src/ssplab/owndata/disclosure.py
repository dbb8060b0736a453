"""What may be shown of own data: `safe` masks small counts, `safe_totals` sensitive totals.

Each also masks what would give them away. No library does it: ACRO suppresses the cells that break
a rule and not what gives them away, and it cannot be installed beside pandas 3; engines that do,
τ-Argus and its Python ports, are programs of their own to install.
"""

import numbers
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, vstack

from ssplab.course import Card, ContributorRule, load_card
from ssplab.data import as_set_up, card_of, is_folder, private_texts
from ssplab.owndata.dominance import Contributions, contributions, protection, reason
from ssplab.owndata.shown import MARK, MIME, SafeCount, remember, safe_count, threshold_of
from ssplab.system import SsplabError, nearest

TOTAL = "All"  # the margin's label, as in pandas
SMALL = "threshold"
SECONDARY = "secondary"
BESIDE = "beside a masked count"
HIDDEN_LABEL = "(not on the card)"
TOLERANCE = 1e-6  # of the linear programs


@dataclass(frozen=True)
class SafeTable:
    """A table that may be shown."""

    frame: pd.DataFrame
    """The table, `c` in place of what is masked."""
    masked: int
    """How many cells are masked."""
    threshold: int
    """Counts of fewer units are masked; 0 if the table holds no counts."""
    of_totals: bool = False
    """Whether its cells are totals (`safe_totals`)."""
    reasons: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)
    """Why each cell is masked, empty text where it is shown. For the holder of the data only: it is
    not shown with the table, since a reason tells how many stand behind a cell."""

    @property
    def note(self) -> str:
        """What stands under the table: what the mark means; empty if nothing is masked."""
        if not self.masked:
            return ""
        if self.of_totals:
            return (
                f"{MARK}: masked, since too few contribute to it or one of them dominates it, or "
                "since it would give such a total away by subtraction."
            )
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

    Not protected: a large group of few enterprises, or one of whose members dominates the sum
    (`safe_totals` knows them); two tables that share cells, or two runs on extracts that differ by
    a few units; a share beside its count, which is a count (give both as counts); subtotals within
    a table; a minimum or maximum, which is somebody's value; labels that are numbers.

    References
    ----------
    .. [1] Hundepool et al., *Statistical Disclosure Control*, Wiley, 2012, chapter 4.
    """
    data = as_set_up(data)
    threshold, own = threshold_of(data, threshold)
    if isinstance(shown, numbers.Integral) and not isinstance(shown, bool):
        return safe_count(int(shown), threshold or 0, own=own)
    if isinstance(shown, pd.Series):
        shown = shown.to_frame("count" if shown.name is None else shown.name)
    if not isinstance(shown, pd.DataFrame):
        raise SsplabError(
            f"safe takes a DataFrame, a Series or a whole number, not {type(shown).__name__}."
        )
    is_count = _count_columns(shown, counts)
    values = _as_counts(shown.loc[:, is_count])
    if threshold is None:
        return SafeTable(shown, 0, 0, reasons=_reasons(shown))
    cross = all(is_count) and (
        any(name is not None for name in shown.columns.names) or _margin(values.T) is not None
    )
    hidden = np.zeros(shown.shape, dtype=bool)
    hidden[:, is_count] = suppress(values, threshold, cross=cross)
    small = np.zeros(shown.shape, dtype=bool)
    small[:, is_count] = (values > 0) & (values < threshold)
    beside = hidden.any(axis=1, keepdims=True) & ~is_count
    reasons = np.select([small, beside, hidden], [SMALL, BESIDE, SECONDARY], default="")
    return _masked(shown, reasons, threshold, Path(data) if own else None)


def safe_totals(
    microdata: pd.DataFrame,
    data: str | Path,
    *,
    index: str,
    columns: str | None = None,
    values: str | None = None,
    rules: Mapping[str, object] | Literal["card"] | None = None,
) -> SafeTable:
    """Sum microdata into a table, and return what may be shown of it.

    Of own data, a total is masked if it breaks a rule on who contributes to it, as the data's card
    states them: too few contributors, or a few that make nearly all of it. So are, then, other
    cells, until a masked total cannot be estimated closely by subtraction. Zeros stay.

    Parameters
    ----------
    microdata : DataFrame
        A row a unit, such as a post, with a column for each kind of contributor on the card.
    data : str or Path
        The chapter's `data`. Data sets of the course have nothing to protect and are shown as they
        are, unless `rules` are given.
    index, columns : str
        The columns of `microdata` that make the rows, and the columns if there are any, of the
        table. Its totals are added, called `All`: who attacks a table knows them.
    values : str, optional
        The column that is summed. Without it rows are counted, and the card's threshold applies as
        well. A row whose value is missing contributes nothing.
    rules : mapping of str, or "card", optional
        For each column that identifies contributors a rule as on a card, such as
        `{"siret": {"minimum": 3, "dominance": {"rule": "p_percent", "p": 10}}}`. Of own data they
        hold beside those of the card, which cannot be lowered. `"card"` treats a data set of the
        course as if it were confidential.

    Returns
    -------
    SafeTable
        Its `reasons` tell the holder of the data why a cell is masked: `contributors`, `dominance`,
        `threshold`, or `secondary`.

    Raises
    ------
    SsplabError
        Whatever the data: if a column is not there, or lacks values that tell where a row belongs;
        if no rule is known; if what a contributor brings to a cell is negative.

    Notes
    -----
    Primary suppression by number of contributors and by dominance, then secondary suppression by
    linear programming [1]_: for each masked total, the cheapest cells are masked that let it rise,
    and fall, by its protection level while all relations between cells and totals hold. Cells cost
    the logarithm of their value, a total as much as all its cells. The range that an attacker is
    left with, who knows every cell that is shown and that no contribution is negative, then reaches
    from a masked total, up and down, at least p % of its largest contribution (p % rule), or
    100 / k - 1 times its n largest ones ((n, k) rule). It does so, too, for an attacker who is
    the only contributor to other cells and knows those. Where no masking reaches that, the whole
    table is masked.

    Not protected: contributors who join their knowledge; two tables that share cells, or two runs
    on extracts that differ by a few units; a mean beside its count, which is a total; that all of a
    few contribute nothing; labels that are numbers.

    References
    ----------
    .. [1] Hundepool et al., *Statistical Disclosure Control*, Wiley, 2012, chapter 4.
    """
    data = as_set_up(data)
    own = is_folder(data)
    card = card_of(Path(data)) if own else load_card(data)
    applied, needed = _contributor_rules(card, rules, own)
    is_count = values is None
    rows = _rows(microdata, index, columns, values, needed)
    behind = {
        name: contributions(rows.row, rows.column, rows.value, unit, rows.shape)
        for name, unit in rows.units.items()
    }
    totals = rows.totals()
    table = pd.DataFrame(totals.astype("int64") if is_count else totals, *rows.labels)
    if not applied:
        return SafeTable(table, 0, 0, of_totals=True, reasons=_reasons(table))
    threshold = card.threshold if is_count else 0
    reasons = _mask_totals(totals, behind, applied, threshold)
    return _masked(table, reasons, threshold, Path(data) if own else None, of_totals=True)


def _reasons(table: pd.DataFrame, reasons: np.ndarray | str = "") -> pd.DataFrame:
    return pd.DataFrame(reasons, table.index, table.columns, dtype=object)


def _masked(
    table: pd.DataFrame,
    reasons: np.ndarray,
    threshold: int,
    folder: Path | None,
    *,
    of_totals: bool = False,
) -> SafeTable:
    """Return a table masked where there is a reason, private labels of an own extract hidden."""
    hidden = reasons != ""
    remember(table.to_numpy(dtype=object)[hidden])
    frame = table.astype(object).mask(hidden, MARK) if hidden.any() else table
    if folder:
        frame = _without_private_labels(frame, folder)
    return SafeTable(frame, int(hidden.sum()), threshold, of_totals, _reasons(table, reasons))


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


def _contributor_rules(
    card: Card, given: Mapping[str, object] | str | None, own: bool
) -> tuple[list[tuple[str, ContributorRule]], list[str]]:
    """Return the rules that apply, each with its contributors' column, and the columns needed.

    Nothing applies to a data set of the course of which nothing is asked; its columns are needed
    all the same, so that a chapter that runs on it runs on an own extract.
    """
    asked: dict[str, ContributorRule] = {}
    if isinstance(given, Mapping):
        try:
            asked = TypeAdapter(dict[str, ContributorRule]).validate_python(dict(given))
        except ValidationError as error:
            what = error.errors()[0]
            place = ".".join(str(part) for part in what["loc"])
            raise SsplabError(
                f"rules, {place}: {what['msg']}. A rule is written as on a card, such as "
                '{"siret": {"minimum": 3, "dominance": {"rule": "p_percent", "p": 10}}}.'
            ) from error
    elif given not in (None, "card"):
        raise SsplabError(f'rules is {given!r}: give "card", or a rule for each contributor.')
    if not card.contributors and not asked:
        raise SsplabError(
            f"The card of {card.name} does not say who contributes to a total: state it with "
            "rules={…}, or on the card (contributors)."
        )
    stated = list(card.contributors.items())
    applied = (stated if own or given == "card" else []) + list(asked.items())
    return applied, list(dict.fromkeys([*(card.contributors if own or not asked else ()), *asked]))


@dataclass(frozen=True)
class _Rows:
    """Microdata, each row with its place in a table."""

    row: np.ndarray
    """From 0, shape (units,)."""
    column: np.ndarray
    """Likewise; all 0 in a table of one column."""
    value: np.ndarray
    """What is summed, shape (units,)."""
    units: dict[str, pd.Series]
    """Of each kind of contributor, who it is, shape (units,)."""
    labels: tuple[pd.Index, pd.Index]
    """Of the table's rows and columns, margins included."""

    @property
    def shape(self) -> tuple[int, int]:
        """Of the table, margins included."""
        return len(self.labels[0]), len(self.labels[1])

    def totals(self) -> np.ndarray:
        """Return the table with its margins, last."""
        table = np.zeros(self.shape)
        np.add.at(table, (self.row, self.column), self.value)
        if self.shape[1] > 1:
            table[:, -1] = table.sum(axis=1)
        table[-1] = table.sum(axis=0)
        return table


def _rows(
    microdata: pd.DataFrame,
    index: str,
    columns: str | None,
    values: str | None,
    contributors: Sequence[str],
) -> _Rows:
    """Check microdata, and place each row that has a value in the table."""
    keys = [index] if columns is None else [index, columns]
    named = [*keys, *contributors, *([] if values is None else [values])]
    if unknown := [name for name in named if name not in microdata.columns]:
        raise SsplabError(
            f"The microdata have no column {unknown[0]!r}. {nearest(unknown[0], microdata.columns)}"
        )
    for name in [*keys, *contributors]:
        if missing := int(microdata[name].isna().sum()):
            raise SsplabError(
                f"{missing:,} row(s) have no {name!r}: without it they belong to no cell, or to "
                "nobody. Give them a value, or leave the rows out."
            )
    if values is not None and not pd.api.types.is_numeric_dtype(microdata[values]):
        raise SsplabError(f"The column {values!r} holds no numbers, so it has no total.")
    kept = microdata if values is None else microdata[microdata[values].notna()]
    if not len(kept):
        raise SsplabError("There is no row to sum.")
    if values is not None and not np.isfinite(kept[values].to_numpy("float64")).all():
        raise SsplabError(f"The column {values!r} holds infinite values, so it has no total.")
    row, row_labels = _places(kept[index])
    if columns is None:
        column = np.zeros(len(kept), dtype="int64")
        column_labels = pd.Index(["count" if values is None else values])
    else:
        column, column_labels = _places(kept[columns])
    value = np.ones(len(kept)) if values is None else kept[values].to_numpy("float64")
    units = {name: kept[name] for name in contributors}
    return _Rows(row, column, value, units, (row_labels, column_labels))


def _places(key: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Return the place of each row along an axis, and the labels of the axis, its total last."""
    places, labels = pd.factorize(key.astype("object"), sort=True)
    if TOTAL in labels:
        raise SsplabError(f"{TOTAL!r} is a value of {key.name!r}, and what totals are called.")
    return places, pd.Index([*labels, TOTAL], name=key.name)


def _mask_totals(
    totals: np.ndarray,
    behind: Mapping[str, Contributions],
    rules: Iterable[tuple[str, ContributorRule]],
    threshold: int,
) -> np.ndarray:
    """Return why each cell of a table with margins must be masked, empty text where it need not.

    Parameters
    ----------
    totals : array of float, shape (rows, columns)
        Margins last, those of columns if there is more than one column.
    behind : mapping of str to Contributions
        Of each kind of contributor.
    rules : iterable of (str, ContributorRule)
    threshold : int
        Counts of fewer are sensitive; 0 if the cells are no counts.

    Returns
    -------
    array of str, shape (rows, columns)
    """
    cells = totals.ravel()
    reasons = np.full(cells.shape, "", dtype=object)
    up, down = np.zeros(cells.shape), np.zeros(cells.shape)
    small = (cells > 0) & (cells < threshold)
    reasons[small], up[small] = SMALL, threshold
    alone = set()
    for unit, rule in rules:
        alone.update(behind[unit].alone_in)
        for cell, contributed in behind[unit].of_cell.items():
            why = reason(contributed, rule)
            if why:
                level = protection(contributed, rule)
                level = np.ceil(level) if threshold else level
                up[cell], down[cell] = max(up[cell], level), max(down[cell], level)
                reasons[cell] = reasons[cell] or why
    floor = np.minimum(cells, 1 if threshold else 0)  # whether a masked count is zero is known
    down = np.minimum(down, cells - floor)
    primary = reasons != ""
    masked = _protect(cells, totals.shape, up, down, floor, sorted(alone, key=sorted))
    reasons[masked & ~primary] = SECONDARY
    return reasons.reshape(totals.shape)


def _protect(
    cells: np.ndarray,
    shape: tuple[int, int],
    up: np.ndarray,
    down: np.ndarray,
    floor: np.ndarray,
    known: Sequence[frozenset[int]],
) -> np.ndarray:
    """Return which cells must be masked so that those with a protection level can move by it.

    Parameters
    ----------
    cells : array of float, shape (cells,)
        Of a table with margins, row by row.
    shape : tuple of int
        Of that table.
    up, down : array of float, shape (cells,)
        Protection levels; 0 where a cell is not sensitive.
    floor : array of float, shape (cells,)
        Below it no attacker looks for a cell.
    known : sequence of frozenset of int
        Sets of cells that an attacker knows beforehand.

    Returns
    -------
    array of bool, shape (cells,)
    """
    relations = _sums_to_margins(shape)
    masked = (up > 0) | (down > 0)
    price = _prices(cells, shape)
    sensitive = np.flatnonzero(masked)
    for cell in sensitive[np.argsort(-up[sensitive], kind="stable")]:
        attackers = [
            frozenset(),
            *(cells_known for cells_known in known if cell not in cells_known),
        ]
        for sign, level in ((1, up[cell]), (-1, down[cell])):
            moves: list[np.ndarray] = []
            for cells_known in attackers if level > 0 else ():
                fixed = list(cells_known)
                if any(not move[fixed].any() for move in moves):
                    continue  # a move found before changes nothing that this attacker knows
                cost = np.where(masked, 1e-3, price) + 1e-6 * np.arange(len(cells))
                # in units of the level, so that the solver's tolerance is small beside it
                rise, fall = np.where(cells > 0, np.inf, 0), (cells - floor) / level
                rise[fixed] = fall[fixed] = 0
                move = _cheapest_move({int(cell): 1}, sign, cost, rise, fall, relations)
                if move is None:  # the totals alone tell
                    return np.ones(len(cells), dtype=bool)
                move[np.abs(move) <= TOLERANCE] = 0
                masked |= move != 0
                moves.append(move)
    return masked


def _sums_to_margins(shape: tuple[int, int]) -> csr_array:
    """Return the relations of a table with margins: a row a relation, a column a cell."""
    number = np.arange(shape[0] * shape[1]).reshape(shape)
    lines = [*number.T, *(number if shape[1] > 1 else ())]
    found = np.zeros((len(lines), number.size))
    for relation, line in zip(found, lines, strict=True):
        relation[line] = 1
        relation[line[-1]] = -1
    return csr_array(found)


def _prices(cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return what masking costs: the logarithm of a cell; for a total, as much as all its cells."""
    least = np.min(cells, where=cells > 0, initial=np.inf)
    price = np.log1p(cells / least).reshape(shape)
    if shape[1] > 1:
        price[:, -1] = price[:, :-1].sum(axis=1)
    price[-1] = price[:-1].sum(axis=0)
    return price.ravel()


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
        # ties are broken by position, so that the same table is masked in the same way everywhere
        cost = np.where(masked, 1e-3, np.log1p(cells)) + 1e-6 * np.arange(len(cells))
        rise, fall = np.where(cells > 0, np.inf, 0), np.maximum(cells - 1, 0)
        move = _cheapest_move(form, threshold, cost, rise, fall, relations)
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
    change: float,
    cost: np.ndarray,
    rise: np.ndarray,
    fall: np.ndarray,
    relations: csr_array,
) -> np.ndarray | None:
    """Return a change of the cells, as cheap as can be, that changes a sum of them as wanted.

    It keeps every relation, so that masking the cells it changes hides which table is the true one.

    Parameters
    ----------
    form : dict of int to int
        The sum, by the coefficients of its cells.
    change : float
        How much it is to change.
    cost, rise, fall : array of float, shape (cells,)
        Of each cell, the cost of a change by one, and how far it may rise and fall.
    relations : sparse array, shape (relations, cells)
        Each a sum that must not change.

    Returns
    -------
    array of float, shape (cells,), or None
        None if there is no such change.
    """
    wanted = np.zeros((1, len(cost)))
    wanted[0, list(form)] = list(form.values())
    conditions = vstack([relations, csr_array(wanted)])
    most = np.concatenate([rise, fall])
    solved = linprog(
        np.concatenate([cost, cost]),
        A_eq=hstack([conditions, -conditions]),
        b_eq=np.append(np.zeros(relations.shape[0]), change),
        bounds=np.column_stack([np.zeros(len(most)), most]),
    )
    return solved.x[: len(cost)] - solved.x[len(cost) :] if solved.success else None
