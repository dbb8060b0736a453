"""Load, check and describe the course's data sets; own extracts are loaded by `ssplab.own`."""

import hashlib
import html
import inspect
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ssplab import synth
from ssplab.cards import Card, Table, load_card
from ssplab.errors import CheckFailed, SsplabError, nearest
from ssplab.files import whole_file
from ssplab.own import is_folder, load_own
from ssplab.packages import read_table
from ssplab.paths import cache_dir, course_root
from ssplab.schema import failures


def load(
    data: str | Path,
    table: str | None = None,
    *,
    seed: int | None = None,
    scale: float | None = None,
) -> pd.DataFrame:
    """Load one table of a data set.

    Parameters
    ----------
    data : str or Path
        A data set's name (`ssplab data list`), or a folder with one file a table, named as on the
        card: `declarations.parquet` or `declarations.csv`.
    table : str, optional
        The card's main table by default.
    seed : int, optional
        The card's seed, whose sample ships, by default; another twin is generated, once, and kept
        in the user's cache folder.
    scale : float, default 1
        Size of a twin, relative to the sample that ships.

    Returns
    -------
    DataFrame
        One row a statistical unit of the table, columns and types as on the card; an own extract
        may have more columns.

    Raises
    ------
    SsplabError
        If there is no such data set or table (the nearest names are offered), if seed or scale
        are given for data that have none, or if an own extract does not fit the card.
    """
    if is_folder(data):
        return load_own(Path(data), table)
    card = load_card(data)
    name = card.main_table if table is None else _known(table, card.tables, f"table of {data!r}")
    return _read(card, name, card.tables[name], seed, scale)


def truth(
    data: str | Path,
    table: str | None = None,
    *,
    seed: int | None = None,
    scale: float | None = None,
) -> pd.DataFrame | None:
    """Load what was planted in a twin, of the same seed and scale as `load`.

    Returns
    -------
    DataFrame or None
        None where there is no truth: an own extract, or real data. A chapter then does not score.

    Raises
    ------
    SsplabError
        As `load`.
    """
    if is_folder(data):
        return None
    card = load_card(data)
    if not card.truth:
        return None
    wanted = table or (card.main_table if card.main_table in card.truth else next(iter(card.truth)))
    name = _known(wanted, card.truth, f"truth table of {data!r}")
    return _read(card, f"truth/{name}", card.truth[name], seed, scale)


@dataclass(frozen=True)
class Description:
    """A data set's card as text (in a terminal) and as a table (in a notebook)."""

    card: Card

    def __repr__(self) -> str:
        lines = [self.card.title, self.card.summary, ""]
        for name, table in self.card.tables.items():
            lines.append(f"{name}: {table.title}. One row: {table.unit}. {table.rows:,} rows.")
            for column, variable in table.variables.items():
                unit = f" [{variable.unit}]" if variable.unit else ""
                lines.append(f"  {column} ({variable.type}){unit}: {variable.meaning}")
            lines.append("")
        return "\n".join([*lines, f"Licence: {self.card.licence}"])

    def _repr_html_(self) -> str:
        def cells(*texts: str) -> str:
            return "".join(
                f"<td style='text-align:left'>{html.escape(text)}</td>" for text in texts
            )

        parts = [f"<p><b>{html.escape(self.card.title)}.</b> {html.escape(self.card.summary)}</p>"]
        for name, table in self.card.tables.items():
            rows = "".join(
                f"<tr>{cells(column, variable.type, variable.unit or '', variable.meaning)}</tr>"
                for column, variable in table.variables.items()
            )
            parts.append(
                f"<table class='dataframe'><caption><code>{name}</code>: "
                f"{html.escape(table.title)}. One row: {html.escape(table.unit)}. "
                f"{table.rows:,} rows.</caption><thead><tr>"
                "<th>variable</th><th>type</th><th>unit</th><th>meaning</th></tr></thead>"
                f"<tbody>{rows}</tbody></table>"
            )
        return "".join(parts)


def describe(data: str) -> Description:
    """Return a data set's card, in a form that shows itself in notebooks and terminals.

    Raises
    ------
    SsplabError
        If there is no such data set.
    """
    return Description(load_card(data))


def validate(frame: pd.DataFrame, table: Table, *, where: str) -> None:
    """Validate a frame of the course against its card's table.

    Raises
    ------
    CheckFailed
        All that does not fit, one line a problem: column, what is wrong, values, rows.
    """
    cases = failures(frame, table)
    if cases.empty:
        return
    problems = []
    for (column, check), group in cases.groupby(["column", "check"], dropna=False, sort=False):
        values = ", ".join(map(str, group["failure_case"].drop_duplicates().head(3)))
        rows = ", ".join(str(row) for row in group["index"].dropna().head(3).astype(int))
        place = column if isinstance(column, str) else "columns"
        problems.append(f"  {place}: {check}, {values}" + (f" in rows {rows}" if rows else ""))
    raise CheckFailed("\n".join([f"{where} does not fit its card:", *problems]))


def check(name: str, *, regenerate: bool = True) -> None:
    """Check that a data set is what its card says.

    Tables, columns, types, codes, ranges, keys, foreign keys, rows, content hash; for a twin also
    what is planted, that its seed still gives this content, and the margins and the difficulty on
    the card; for real data that ship, that the script which built them is there.

    Raises
    ------
    CheckFailed
        With everything that differs.
    """
    card = load_card(name)
    tables = {
        place: _read(card, place, table, None, None)
        for place, table in synth.card_tables(card).items()
    }
    faults = []
    for place, table in synth.card_tables(card).items():
        try:
            validate(tables[place], table, where=f"{name}/{place}")
        except CheckFailed as error:
            faults.append(str(error))
        if len(tables[place]) != table.rows:
            faults.append(f"{place} has {len(tables[place])} rows, its card says {table.rows}")
        for key in table.foreign_keys:
            target = tables[key.references][card.tables[key.references].key]
            pointing = tables[place][key.columns].dropna()  # one that is missing points nowhere
            orphans = ~pd.MultiIndex.from_frame(pointing).isin(pd.MultiIndex.from_frame(target))
            if orphans.any():
                faults.append(
                    f"{place}: {orphans.sum()} rows have a {', '.join(key.columns)} that is not "
                    f"in {key.references}"
                )
    found = synth.content_hash(tables, card)
    if found != card.content_hash:
        faults.append(f"the content's hash is {found}, its card says {card.content_hash}")
    if card.origin == "synthetic":
        faults += _check_planted(card, tables)
        if regenerate:
            again = synth.generate(card, card.seed, 1)
            if synth.content_hash(again.named(), card) != found:
                differ = [at for at, frame in again.named().items() if not frame.equals(tables[at])]
                faults.append(
                    f"seed {card.seed} gives other content than the sample in {', '.join(differ)}: "
                    "a file or the generator has changed. Restore the file with git, or write the "
                    f"sample anew with `{_command(card)}`"
                )
            module = synth.generator(card)
            faults += _check_margins(card, module.measure_margins(again))
            faults += _check_difficulty(card, module.measure_difficulty(again))
    elif card.package is None and not (course_root() / card.builder).is_file():
        faults.append(f"{card.builder}, which built the tables, is missing")
    if faults:
        raise CheckFailed("\n".join([f"{name} is not what its card says:", *faults]))


def _check_planted(card: Card, tables: dict[str, pd.DataFrame]) -> list[str]:
    counts = _count_planted(card, tables)
    stated = {(one.kind, one.type): one.rows for one in card.planted}
    return [
        f"planted: {kind} {type_!r} stands on {counts.get((kind, type_), 0)} rows, "
        f"its card says {stated.get((kind, type_), 0)}"
        for kind, type_ in sorted(counts.keys() | stated.keys())
        if counts.get((kind, type_), 0) != stated.get((kind, type_), 0)
    ]


def _count_planted(card: Card, tables: dict[str, pd.DataFrame]) -> dict[tuple[str, str], int]:
    """Return the rows of the main table by kind and type of what is planted in them."""
    module = synth.generator(card)
    if hasattr(module, "count_planted"):  # what is planted is not told by one column of the truth
        return module.count_planted(tables)
    return tables[f"truth/{card.main_table}"].groupby(["kind", "type"]).size().to_dict()


def _check_margins(card: Card, measured: dict[str, float]) -> list[str]:
    """Hold the margins measured on a twin's sample against the card, to four digits.

    That each is near enough to what is published, the card's own schema says.
    """
    faults = []
    for margin in card.margins:
        value = measured.get(margin.name)
        if value is None:
            faults.append(f"margin {margin.name!r} is not measured by {card.builder}")
        elif margin.reached is None:
            faults.append(
                f"margin {margin.name!r} is {_digits(value):g}, and its card does not say so: add "
                "`reached`, and as `tolerance` how far from the published figure a sample of this "
                "size may be"
            )
        elif _digits(value) != _digits(margin.reached):
            faults.append(
                f"margin {margin.name!r} is {_digits(value):g}, its card says {margin.reached:g}"
            )
    return faults


def _check_difficulty(card: Card, measured: dict[str, float]) -> list[str]:
    return [
        f"difficulty: {name} is {measured.get(name)}, its card says {stated}"
        for name, stated in card.difficulty.measures.items()
        if round(measured.get(name, float("nan")), 3) != round(stated, 3)
    ]


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


def write_sample(card: Card, *, advance: Callable[[], None] = lambda: None) -> dict[str, object]:
    """Write the sample of a twin that ships (one file a table) and return what its card must say.

    The rows and the hash are returned, not written: changing a card is an author's decision.
    """
    twin = synth.generate(card, card.seed, 1, advance=advance)
    module = synth.generator(card)
    planted = _count_planted(card, twin.named())
    return write_tables(card, twin.named()) | {
        "planted": {f"{kind}: {type_}": int(n) for (kind, type_), n in planted.items()},
        "margins": {name: _digits(value) for name, value in module.measure_margins(twin).items()},
        "difficulty": module.measure_difficulty(twin),
    }


def write_tables(card: Card, tables: dict[str, pd.DataFrame]) -> dict[str, object]:
    """Write the files of a data set that ship: all of them, or none.

    Parameters
    ----------
    card : Card
        Its card; the rows and the hash on it may be of former files.
    tables : dict of DataFrame
        By place in the data set's folder, with the card's columns among theirs.

    Returns
    -------
    dict
        `rows` of each table and the `content_hash`, which the card must say.

    Raises
    ------
    SsplabError
        If the system refuses: a full disk, a read-only folder. What stood there still does.
    """
    folder = course_root() / "datasets" / card.name
    tables = {
        place: synth.conform(tables[place], table)
        for place, table in synth.card_tables(card).items()
    }
    with ExitStack() as together:
        for place, frame in tables.items():
            path = together.enter_context(whole_file(folder / f"{place}.parquet"))
            frame.to_parquet(path, index=False)
    return {
        "rows": {place: len(frame) for place, frame in tables.items()},
        "content_hash": synth.content_hash(tables, card),
    }


def _read(
    card: Card, place: str, table: Table, seed: int | None, scale: float | None
) -> pd.DataFrame:
    if card.origin == "real" and (seed is not None or scale is not None):
        synth.generator(card)  # says that real data have neither
    if card.package:
        return synth.conform(read_table(card.package, table.file), table)
    folder = course_root() / "datasets" / card.name
    seed = card.seed if seed is None else seed
    scale = 1 if scale is None else scale
    synth.check_scale(scale)
    if (seed, scale) != (card.seed, 1):
        # The generator's code is part of the name: a changed generator finds no stale twin.
        module = synth.generator(card)
        used = [one for one in vars(module).values() if inspect.ismodule(one)]
        lent = [one for one in used if one.__name__.startswith("ssplab.synth.")]
        code = "".join(map(inspect.getsource, [module, synth, *lent]))
        version = hashlib.sha256(code.encode()).hexdigest()[:12]
        folder = cache_dir() / f"{card.name}-{version}-seed{seed}-scale{scale:g}"
        if not folder.exists():
            _build_once(card, folder, seed, scale)
    path = folder / f"{place}.parquet"
    if not path.exists():
        raise SsplabError(
            f"{path} is missing. Restore it with git, or write it anew with `{_command(card)}`."
        )
    return synth.conform(pd.read_parquet(path), table)


def _build_once(card: Card, folder: Path, seed: int, scale: float) -> None:
    try:
        synth.build(card, folder, seed=seed, scale=scale)
    except SsplabError:
        if not folder.exists():  # else another notebook built the same twin meanwhile
            raise


def _command(card: Card) -> str:
    """Return the command that writes the files of a data set that ship."""
    if card.origin == "real":
        return f"python {card.builder}"
    return f"ssplab data build {card.name} --sample"


def _known(name: str, names, what: str) -> str:
    if name in names:
        return name
    raise SsplabError(f"There is no {what} called {name!r}. {nearest(name, names)}")
