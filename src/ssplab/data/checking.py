"""Are the data sets what their cards say; and the files that ship, written for authors."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import pandas as pd

from ssplab.course import Card, Table, card_images, card_tables, load_card
from ssplab.data import generation
from ssplab.data.content import conform, content_hash
from ssplab.data.files import file_faults, planted_faults
from ssplab.data.images import image_faults, image_hash, write_image
from ssplab.data.loading import read_table_of, writing_command
from ssplab.data.schema import failures
from ssplab.system import CheckFailed, whole_file


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


def check_data_set(name: str, *, regenerate: bool = True) -> None:
    """Check that a data set is what its card says.

    Tables, columns, types, codes, ranges, keys, foreign keys, rows, content hash; images, their
    bands, projections, places and content hashes; for a twin also
    what is planted, that its seed still gives this content, and the margins and the difficulty on
    the card; for real data that ship, that the script which built them is there; for files as
    delivered, their bytes, what they say if they are read rightly, and what is planted.

    Raises
    ------
    CheckFailed
        With everything that differs.
    """
    card = load_card(name)
    faults = file_faults(card) if card.files else _table_faults(card, regenerate=regenerate)
    if faults:
        raise CheckFailed("\n".join([f"{name} is not what its card says:", *faults]))


def check_data_sets(names: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Check data sets, as many at a time as there are processors; see `check_data_set`.

    Yields
    ------
    name : str
        In the order of `names`.
    fault : str or None
        Everything that differs; None if nothing does.
    """
    if len(names) == 1:  # no process is worth its start
        yield names[0], _fault(names[0])
        return
    workers = min(len(names), os.cpu_count() or 1)
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    try:
        yield from zip(names, pool.map(_fault, names), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _fault(name: str) -> str | None:
    try:
        check_data_set(name)
    except CheckFailed as error:
        return str(error)
    return None


def _table_faults(card: Card, *, regenerate: bool) -> list[str]:
    name = card.name
    tables = {
        place: read_table_of(card, place, table) for place, table in card_tables(card).items()
    }
    faults = []
    for place, table in card_tables(card).items():
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
    found = content_hash(tables, card)
    if found != card.content_hash:
        faults.append(f"the content's hash is {found}, its card says {card.content_hash}")
    for place, image in card_images(card).items():
        path = card.folder / f"{place}.tif"
        faults += [f"{place}.tif: {told}" for told in image_faults(path, image)]
    if card.is_twin:
        faults += planted_faults(card, _count_planted(card, tables))
        if regenerate:
            again = generation.generate(card, card.seed, 1)
            if content_hash(again.named(), card) != found:
                differ = [at for at, frame in again.named().items() if not frame.equals(tables[at])]
                faults.append(
                    f"seed {card.seed} gives other content than the sample in {', '.join(differ)}: "
                    "a file or the generator has changed. Restore the file with git, or write the "
                    f"sample anew with `{writing_command(card)}`"
                )
            faults += [
                f"seed {card.seed} gives another {place}.tif than the sample has"
                for place, image in card_images(card).items()
                if image_hash(again.images[place], image) != image.content_hash
            ]
            module = generation.generator(card)
            faults += _check_margins(card, module.measure_margins(again))
            faults += _check_difficulty(card, module.measure_difficulty(again))
    elif card.package is None and not (card.folder / card.builder).is_file():
        faults.append(f"datasets/{name}/{card.builder}, which built the tables, is missing")
    return faults


def _count_planted(card: Card, tables: dict[str, pd.DataFrame]) -> dict[tuple[str, str], int]:
    """Return the rows of the main table by kind and type of what is planted in them."""
    module = generation.generator(card)
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
    """Write the sample of a twin that ships and return what its card must say.

    There is one file for each table and each image.

    The rows and the hash are returned, not written: changing a card is an author's decision.
    """
    twin = generation.generate(card, card.seed, 1, advance=advance)
    module = generation.generator(card)
    planted = _count_planted(card, twin.named())
    with ExitStack() as together:
        for place, image in card_images(card).items():
            path = together.enter_context(whole_file(card.folder / f"{place}.tif"))
            write_image(path, twin.images[place], image)
        told = write_tables(card, twin.named())
    return told | {
        "images": {
            place: image_hash(twin.images[place], image)
            for place, image in card_images(card).items()
        },
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
    tables = {place: conform(tables[place], table) for place, table in card_tables(card).items()}
    with ExitStack() as together:
        for place, frame in tables.items():
            path = together.enter_context(whole_file(card.folder / f"{place}.parquet"))
            frame.to_parquet(path, index=False)
    return {
        "rows": {place: len(frame) for place, frame in tables.items()},
        "content_hash": content_hash(tables, card),
    }
