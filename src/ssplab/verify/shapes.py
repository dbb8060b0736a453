"""Small extracts of ordinary shapes that a twin has not: ties, a single group, one month, nothing
that matches, identifiers with a slash.

`odd_extract` cuts a few hundred rows from a twin, with what they refer to, gives them the shapes
that it is asked for, and writes them as somebody's own extract; it fits its card whatever the
shapes. `python -m ssplab.verify.shapes payroll ties,single-group FOLDER` does so by hand, and
`drawn` lets hypothesis choose which shapes go together.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ssplab.course import Card, Table, load_card
from ssplab.data import conform, examine, image_path, load, truth
from ssplab.system import SsplabError, nearest

if TYPE_CHECKING:  # of what only tests need: loaded where extracts are drawn
    from hypothesis.strategies import SearchStrategy

ROWS = 300  # of a table, unless others refer to more
FEW, GROUPS = 12, 5
TIED = 3  # distinct amounts of a pay scale
PERIODS = ("month", "year", "date", "published")  # names of columns that say when
UNSEEN = "Z9"
TOGETHER = 4  # shapes of a drawn extract, at most
SEEDS = 1000
DRAW = 2026  # which extracts are drawn
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class _Cut:
    """Tables on their way from a twin to an extract."""

    card: Card
    tables: Tables
    rng: np.random.Generator
    rows: int = ROWS
    links: pd.DataFrame | None = None
    """Of each row of the main table, the keys of rows that it means in tables it does not name."""

    @property
    def main(self) -> pd.DataFrame:
        return self.tables[self.card.main_table]

    def with_main(self, frame: pd.DataFrame, **changes: object) -> _Cut:
        return replace(self, tables={**self.tables, self.card.main_table: frame}, **changes)


# Which rows: applied to the whole twin, before it is cut


def _single_group(cut: _Cut) -> _Cut:
    """All rows are of one group: one enterprise, one outlet, one site."""
    column = _group_column(cut)
    counts = cut.main[column].value_counts()
    enough = counts[counts >= min(counts.iloc[0], 2 * FEW)]
    chosen = cut.rng.choice(sorted(enough.index))
    tables = dict(cut.tables)
    for name in _unlinked(cut.card):  # a register is of one enterprise
        for key in cut.card.tables[name].foreign_keys[:1]:
            parents = tables[name][key.columns].value_counts().index[:1]
            tables[name] = tables[name].merge(parents.to_frame(index=False))
    return replace(cut, tables=tables).with_main(cut.main[cut.main[column] == chosen])


def _one_period(cut: _Cut) -> _Cut:
    """One month, week or day."""
    column = _period_column(cut)
    values = cut.main[column]
    chosen = values.value_counts().index[0]
    return _of_same_months(cut.with_main(cut.main[values == chosen]), column)


def _one_month(cut: _Cut) -> _Cut:
    """Periods of one calendar month: four weeks."""
    return _months(cut, 1)


def _thirteen_months(cut: _Cut) -> _Cut:
    """A year and a month: fewer than most windows want."""
    return _months(cut, 13)


def _months(cut: _Cut, number: int) -> _Cut:
    column = _period_column(cut)
    values = cut.main[column]
    months = values.dt.to_period("M") if values.dtype.kind == "M" else values
    most = months.value_counts().index[0]
    first = sorted(month for month in months.unique() if month >= most or number > 1)[:number]
    return _of_same_months(cut.with_main(cut.main[months.isin(first)]), column)


def _all_matched(cut: _Cut) -> _Cut:
    """Every unit is there in each period."""
    column, unit = _period_column(cut), _units(cut)
    present = cut.main.groupby(unit)[column].nunique()
    return cut.with_main(cut.main[unit.isin(present[present == present.max()].index)])


def _none_matched(cut: _Cut) -> _Cut:
    """No unit is there in two periods."""
    column, unit = _period_column(cut), _units(cut)
    drawn = cut.main.assign(_unit=unit, _order=cut.rng.random(len(cut.main)))
    first = drawn.sort_values("_order").drop_duplicates("_unit")
    chosen = pd.MultiIndex.from_frame(first[["_unit", column]])
    kept = pd.MultiIndex.from_frame(drawn[["_unit", column]]).isin(chosen)
    return cut.with_main(cut.main[kept])


def _units(cut: _Cut) -> pd.Series:
    """Return a number of what each row of the main table is about: all that it refers to."""
    return cut.main.groupby(_references(cut), sort=False).ngroup()


def _few_units(cut: _Cut) -> _Cut:
    """A dozen rows in five groups: each count is below ten."""
    column = _group_column(cut)
    order = cut.main.iloc[cut.rng.permutation(len(cut.main))]
    groups = order[column].dropna().unique()[:GROUPS]
    kept = order[order[column].isin(groups)]
    kept = kept[kept.groupby(column).cumcount() < FEW // GROUPS + 1].head(FEW)
    return cut.with_main(cut.main.loc[sorted(kept.index)], rows=FEW)


def _single_row(cut: _Cut) -> _Cut:
    """One row, and what it refers to."""
    row = int(cut.rng.integers(len(cut.main)))
    return cut.with_main(cut.main.iloc[[row]], rows=1)


# What stands in them: applied to the extract


def _ties(cut: _Cut) -> _Cut:
    """A pay scale: three distinct amounts in each column of amounts."""

    def tied(values: pd.Series) -> pd.Series:
        steps = values.quantile(np.arange(1, TIED + 1) / (TIED + 1), interpolation="nearest")
        steps = np.unique(steps.dropna())
        if not len(steps):
            return values
        near = np.abs(values.to_numpy()[:, None] - steps).argmin(axis=1)
        return pd.Series(steps[near], values.index).where(values.notna())

    return _on_columns(cut, lambda _, table: _amounts(table), tied)


def _zero_amounts(cut: _Cut) -> _Cut:
    """Half of the amounts are nil."""
    return _on_columns(
        cut,
        lambda _, table: [
            name for name in _amounts(table) if (table.variables[name].minimum or 0) <= 0
        ],
        lambda values: values.mask(_half(cut, values) & values.notna(), 0),
    )


def _constant(cut: _Cut) -> _Cut:
    """A third of the columns hold one value, where they hold any."""

    def constant(values: pd.Series) -> pd.Series:
        there = values.dropna()
        if there.empty or cut.rng.random() > 1 / 3:
            return values
        return values.where(values.isna(), there.iloc[0])

    return _on_columns(cut, _free, constant)


def _unseen_codes(cut: _Cut) -> _Cut:
    """A third of the codes are none of the card's."""

    def coded(name: str, table: Table) -> list[str]:
        return [
            column
            for column in _free(name, table)
            if table.variables[column].codes and table.variables[column].type == "string"
        ]

    return _on_columns(
        cut, coded, lambda values: values.mask(cut.rng.random(len(values)) < 1 / 3, UNSEEN)
    )


def _missing(cut: _Cut) -> _Cut:
    """A third of the values are missing, wherever the card allows it."""
    return _on_columns(
        cut, _optional, lambda values: values.mask(cut.rng.random(len(values)) < 1 / 3)
    )


def _optional_missing(cut: _Cut) -> _Cut:
    """Whatever may be missing is, on all rows."""
    return _on_columns(cut, _optional, lambda values: values.mask(values.notna()))


def _odd_identifiers(cut: _Cut) -> _Cut:
    """Identifiers have a slash, a space, an accent and small letters."""

    def identifiers(name: str, table: Table) -> list[str]:
        named = {*table.key, *(one for key in table.foreign_keys for one in key.columns)}
        return [
            column
            for column in table.variables
            if column in named
            and table.variables[column].type == "string"
            and not table.variables[column].codes
        ]

    return _on_columns(cut, identifiers, lambda values: "é/ " + values.str.lower())


def _register_matched(cut: _Cut) -> _Cut:
    """Each text that a register could hold is as a row of the register has it."""
    register = _register(cut)
    drawn = register.iloc[cut.rng.integers(len(register), size=len(cut.main))]
    main = cut.main.copy()
    for column, there in _shared_texts(cut.card.folder).items():
        main[column] = drawn[there].to_numpy()
    return cut.with_main(main)


def _register_unmatched(cut: _Cut) -> _Cut:
    """No text that a register could hold is in it."""
    main = cut.main.copy()
    for column in _shared_texts(cut.card.folder):
        main[column] = main[column].map(lambda text: f"q{text[::-1]}q", na_action="ignore")
    return cut.with_main(main)


ROWS_OF: dict[str, Callable[[_Cut], _Cut]] = {
    "one-period": _one_period,
    "one-month": _one_month,
    "thirteen-months": _thirteen_months,
    "all-matched": _all_matched,
    "none-matched": _none_matched,
    "single-group": _single_group,
    "few-units": _few_units,
    "single-row": _single_row,
}
VALUES_OF: dict[str, Callable[[_Cut], _Cut]] = {
    "register-matched": _register_matched,
    "register-unmatched": _register_unmatched,
    "ties": _ties,
    "zero-amounts": _zero_amounts,
    "constant": _constant,
    "unseen-codes": _unseen_codes,
    "missing": _missing,
    "optional-missing": _optional_missing,
    "odd-identifiers": _odd_identifiers,
}


# Of each group an extract has one shape at most: two would contradict each other
EITHER = [
    {"one-period", "one-month", "thirteen-months"},
    {"all-matched", "none-matched"},
    {"few-units", "single-row"},
    {"register-matched", "register-unmatched"},
    {"missing", "optional-missing"},
]


@dataclass(frozen=True)
class Plan:
    """From what an extract is made."""

    shapes: tuple[str, ...]
    seed: int


def plans(card_name: str, shape: str | None = None) -> SearchStrategy[Plan]:
    """Return hypothesis' strategy of one to four shapes that go together, and a seed.

    With `shape`, it is one of them.

    Raises
    ------
    SsplabError
        As `shapes_of`.
    """
    from hypothesis import strategies as st

    known = shapes_of(card_name)
    first = st.sampled_from(known) if shape is None else st.just(shape)
    others = st.lists(st.sampled_from(known), max_size=TOGETHER - 1)
    return st.builds(_plan, first, others, st.integers(0, SEEDS - 1))


def _plan(first: str, others: list[str], seed: int) -> Plan:
    shapes = {first}
    for name in others:
        if not any({name} < one and one & shapes for one in EITHER):
            shapes.add(name)
    return Plan(tuple(sorted(shapes)), seed)


def drawn(card_name: str, number: int) -> list[Plan]:
    """Return plans of extracts, the same ones each time, among which each shape has its turn.

    Raises
    ------
    SsplabError
        As `shapes_of`.
    """
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st

    known = shapes_of(card_name)
    each = [plans(card_name, known[index % len(known)]) for index in range(number)]
    found: list[tuple[Plan, ...]] = []

    @seed(DRAW)
    @settings(
        max_examples=2,  # the first one is the simplest there is
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(*each))
    def remember(some: tuple[Plan, ...]) -> None:
        found.append(some)

    remember()
    return list(found[-1])


def shapes_of(card_name: str) -> list[str]:
    """Return the shapes that an extract in the form of a card can have.

    Raises
    ------
    SsplabError
        If there is no such data set, or it consists of files.
    """
    cut = _whole(card_name, 0)
    left_out = set()
    if _period_column(cut) is None:
        left_out |= {"one-period", "one-month", "thirteen-months", "all-matched", "none-matched"}
    elif not _references(cut) or _units(cut).nunique() < ROWS:  # these are not followed over time
        left_out |= {"all-matched", "none-matched"}
    if not _shared_texts(cut.card.folder):
        left_out |= {"register-matched", "register-unmatched"}
    if not any(map(_amounts, cut.card.tables.values())):
        left_out |= {"ties", "zero-amounts"}
    return [name for name in (*ROWS_OF, *VALUES_OF) if name not in left_out]


def odd_extract(card_name: str, shapes: Sequence[str], folder: Path, seed: int = 0) -> Path:
    """Write an extract that has some shapes, as Parquet, one file a table, and the twin's images.

    Parameters
    ----------
    card_name : str
        A data set of tables.
    shapes : sequence of str
        Of those in `shapes_of`; none for rows of the twin as they are.
    folder : Path
        Made where it is not there.
    seed : int
        The same one gives the same extract.

    Returns
    -------
    Path
        The folder, which `ssplab run CHAPTER -p data FOLDER` takes.

    Raises
    ------
    SsplabError
        If there is no such data set or shape.
    CheckFailed
        If the extract does not fit its card: a fault of this module.
    """
    known = shapes_of(card_name)
    if unknown := [shape for shape in shapes if shape not in known]:
        raise SsplabError(
            f"An extract of {card_name} has no shape called {unknown[0]!r}. "
            f"{nearest(unknown[0], known)}"
        )
    cut = _whole(card_name, seed)
    for shape, apply in ROWS_OF.items():
        if shape in shapes:
            cut = apply(cut)
    cut = _with_referred(_sampled(cut))
    for shape, apply in VALUES_OF.items():
        if shape in shapes:
            cut = apply(cut)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in cut.card.tables.items():
        if table.optional and cut.tables[name].empty:
            continue  # as an office that has not the table leaves it out
        conform(cut.tables[name], table).to_parquet(folder / f"{name}.parquet", index=False)
    for name in cut.card.images:  # as they are: what is odd is in the tables
        shutil.copyfile(image_path(card_name, name), folder / f"{name}.tif")
    examine(folder, cut.card)
    return folder


def _whole(card_name: str, seed: int) -> _Cut:
    card = load_card(card_name)
    if card.files:
        raise SsplabError(f"{card_name} consists of files: nobody has an extract in its form.")
    tables, links = _loaded(card.folder)
    return _Cut(card, tables, np.random.default_rng(seed), links=links)


@cache
def _loaded(folder: Path) -> tuple[Tables, pd.DataFrame | None]:
    """Return the tables of the sample that ships, and its truth; nothing here changes them."""
    name = folder.name
    return {table: load(name, table) for table in load_card(name).tables}, truth(name)


def _sampled(cut: _Cut) -> _Cut:
    """Cut the main table, whole groups where they are small, else whole units."""
    if len(cut.main) <= cut.rows:
        return cut
    references = _references(cut)
    small = [one for one in references if cut.main[one].nunique() > len(cut.main) / 30]
    key = cut.card.tables[cut.card.main_table].key
    by = small[:1] or (references if references and _units(cut).nunique() >= ROWS else key)
    number = cut.main.groupby(by).ngroup()
    rank = pd.Series(cut.rng.permutation(number.max() + 1)).loc[number].set_axis(cut.main.index)
    whole = rank.value_counts(sort=False).sort_index().cumsum() <= cut.rows
    kept = rank.isin(whole.index[whole])
    if not kept.any():  # a single one is too large
        kept = rank.index.isin(rank.index[rank == rank.min()][: cut.rows])
    return cut.with_main(cut.main[kept])


def _with_referred(cut: _Cut) -> _Cut:
    """Cut the other tables to what is referred to, or meant, by those before, and some more."""
    tables = {cut.card.main_table: cut.main}
    free = _unlinked(cut.card)
    for name in free:
        frame = _of_main(cut, name)
        key = cut.card.tables[name].key
        more = frame.iloc[cut.rng.permutation(len(frame))[: cut.rows]]
        if cut.links is not None and set(key) <= set(cut.links):
            own = cut.card.tables[cut.card.main_table].key
            meant = cut.links.merge(cut.main[own])[key].dropna().drop_duplicates()
            more = pd.concat([frame.merge(meant), more]).drop_duplicates(key)
        tables[name] = more.head(2 * cut.rows)
    whole, _ = _loaded(cut.card.folder)  # a table may refer to itself
    waiting = list(tables)
    while waiting:
        name = waiting.pop()
        for key in cut.card.tables[name].foreign_keys:
            target = cut.card.tables[key.references]
            pointing = tables[name][key.columns].dropna().set_axis(target.key, axis=1)
            there = tables.get(key.references)
            wanted = [pointing] if there is None else [pointing, there[target.key]]
            tables[key.references] = whole[key.references].merge(
                pd.concat(wanted).drop_duplicates()
            )
            if there is None or len(tables[key.references]) > len(there):
                waiting.append(key.references)
    return replace(cut, tables={name: tables[name].reset_index(drop=True) for name in tables})


def _of_main(cut: _Cut, name: str) -> pd.DataFrame:
    """Return a table; if it may be left out, without rows that would add to the main table's."""
    frame, described = cut.tables[name], cut.card.tables[name]
    for key in described.foreign_keys:
        if described.optional and key.references == cut.card.main_table:
            target = cut.card.tables[key.references].key
            frame = frame.merge(cut.main[target].set_axis(key.columns, axis=1))
    return frame


def _unlinked(card: Card) -> list[str]:
    """Return the tables that no foreign key leads to: roots beside the main one."""
    linked = {key.references for table in card.tables.values() for key in table.foreign_keys}
    return [name for name in card.tables if name not in linked and name != card.main_table]


def _registers(card: Card) -> list[str]:
    """Return the roots that do not speak of the main table's own rows."""
    return [
        name
        for name in _unlinked(card)
        if card.main_table not in {key.references for key in card.tables[name].foreign_keys}
    ]


def _references(cut: _Cut) -> list[str]:
    """Return the columns by which the main table refers to others, coarsest first."""
    keys = cut.card.tables[cut.card.main_table].foreign_keys
    columns = dict.fromkeys(column for key in keys for column in key.columns)
    return sorted(columns, key=lambda column: cut.main[column].nunique())


def _group_column(cut: _Cut) -> str:
    """Return the column that groups the main table: a reference, else codes."""
    if references := _references(cut):
        return references[0]
    table = cut.card.tables[cut.card.main_table]
    coded = [name for name, variable in table.variables.items() if variable.codes]
    return coded[0] if coded else table.key[0]


def _period_column(cut: _Cut) -> str | None:
    named = cut.card.tables[cut.card.main_table].variables
    return next((name for name in PERIODS if name in named), None)


def _of_same_months(cut: _Cut, column: str) -> _Cut:
    """Cut tables that nothing refers to, and that say when, to the months of the main one."""
    values = cut.main[column]
    tables = dict(cut.tables)
    if values.dtype.kind == "M":
        months = values.dt.to_period("M").unique()
        for name in _unlinked(cut.card):
            dated = [one for one in PERIODS if one in tables[name]]
            for one in dated[:1]:
                same = tables[name][one].dt.to_period("M").isin(months)
                tables[name] = tables[name][same] if same.any() else tables[name].head(1)
    return replace(cut, tables=tables)


def _on_columns(
    cut: _Cut,
    chosen: Callable[[str, Table], list[str]],
    change: Callable[[pd.Series], pd.Series],
) -> _Cut:
    tables = {
        name: frame.assign(
            **{column: change(frame[column]) for column in chosen(name, cut.card.tables[name])}
        )
        for name, frame in cut.tables.items()
    }
    return replace(cut, tables=tables)


def _free(_: str, table: Table) -> list[str]:
    """Return the columns that no key holds."""
    named = {*table.key, *(one for key in table.foreign_keys for one in key.columns)}
    return [name for name in table.variables if name not in named]


def _optional(name: str, table: Table) -> list[str]:
    return [one for one in _free(name, table) if table.variables[one].missing]


def _amounts(table: Table) -> list[str]:
    return [
        name
        for name in _free("", table)
        if table.variables[name].type == "float" and table.variables[name].maximum is None
    ]


def _half(cut: _Cut, values: pd.Series) -> pd.Series:
    return pd.Series(cut.rng.random(len(values)) < 1 / 2, values.index)


def _register(cut: _Cut) -> pd.DataFrame:
    """Return the tables that the main one does not name, each with what it refers to."""
    [name, *_] = _registers(cut.card)
    register = cut.tables[name]
    for key in cut.card.tables[name].foreign_keys:
        target = cut.card.tables[key.references]
        register = register.merge(
            cut.tables[key.references],
            left_on=key.columns,
            right_on=target.key,
            suffixes=("", f"_of_{'_'.join(key.columns)}"),
        )
    return register


@cache
def _shared_texts(folder: Path) -> dict[str, str]:
    """Return the free texts of the main table, each with the column of a register it is like."""
    cut = _whole(folder.name, 0)
    if not _registers(cut.card):
        return {}
    register = _register(cut)
    table = cut.card.tables[cut.card.main_table]
    found = {}
    for column in _free("", table):
        if table.variables[column].type != "string" or table.variables[column].codes:
            continue
        texts = cut.main[column].dropna().str.casefold()
        shares = {
            there: texts.isin(register[there].dropna().str.casefold().unique()).mean()
            for there in register.select_dtypes("str")
        }
        there = max(shares, key=shares.get)
        if shares[there] > 0.1:
            found[column] = there
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Write an extract by hand."""
    parser = argparse.ArgumentParser(prog="python -m ssplab.verify.shapes", description=__doc__)
    parser.add_argument("card", help="a data set of tables, such as payroll")
    parser.add_argument("shapes", help="shapes, between commas")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    shapes = [shape for shape in asked.shapes.split(",") if shape]
    print(odd_extract(asked.card, shapes, asked.folder, asked.seed))


if __name__ == "__main__":
    main()
