"""Load the course's data sets, and own extracts in the form of a card."""

from pathlib import Path

import pandas as pd

from ssplab.course import Card, Table, cache_dir, load_card
from ssplab.data import generation
from ssplab.data.content import conform
from ssplab.data.extracts import card_of, is_folder, load_own, own_image_path
from ssplab.data.packages import read_table
from ssplab.data.spark_cells import pass_over_where_missing
from ssplab.system import SsplabError, nearest, show_plainly, style


def load(
    data: str | Path,
    table: str | None = None,
    *,
    seed: int | None = None,
    scale: float | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Load one table of a data set.

    Parameters
    ----------
    data : str or Path
        A data set's name (`ssplab data list`), or a folder with one file a table, named as on the
        card: `declarations.parquet`, `.csv`, `.xlsx` or `.sas7bdat`. For a name that `set_up` was
        given, or that its folder stands for, what was set up is loaded.
    table : str, optional
        The card's main table by default.
    seed : int, optional
        The card's seed, whose sample ships, by default; another twin is generated, once, and kept
        in the user's cache folder.
    scale : float, default 1
        Size of a twin, relative to the sample that ships.
    source : {"official"}, optional
        The published table in place of the one that ships, in the same form, where the card names
        one. It is fetched once, checked, and kept in the user's cache folder: see
        `ssplab.data.official`. Nothing else asks the network.

    Returns
    -------
    DataFrame
        One row a statistical unit of the table, columns and types as on the card; an own extract
        may have more columns.

    Raises
    ------
    SsplabError
        If there is no such data set or table (the nearest names are offered), if the data set
        consists of files (`folder`), if seed or scale are given for data that have none, if an
        own extract does not fit the card, or if there is no official source or it cannot be
        reached: the message says how to bring its files by hand.
    CheckFailed
        If a published file is not the one that the card describes.
    """
    if source is not None:
        from ssplab.data.official import load_official  # what reaches the network, when asked to

        return load_official(_of_source(data, seed, scale, source), table)
    data, seed, scale = _as_set_up(data, seed, scale)
    if is_folder(data):
        return load_own(Path(data), table)
    card = load_card(data)
    if card.files:
        raise SsplabError(
            f"{card.name!r} consists of files as they were delivered, which a chapter reads "
            f"itself: ssplab.{card.reading_call} is their folder."
        )
    name = card.main_table if table is None else _known(table, card.tables, f"table of {data!r}")
    return read_table_of(card, name, card.tables[name], seed, scale)


def truth(
    data: str | Path,
    table: str | None = None,
    *,
    seed: int | None = None,
    scale: float | None = None,
    source: str | None = None,
) -> pd.DataFrame | None:
    """Load what was planted in a twin, of the same seed and scale as `load`.

    Returns
    -------
    DataFrame or None
        None where there is no truth: an own extract, or real data. A chapter then does not score.

    Raises
    ------
    SsplabError
        As `load`; and for an official source, of which nobody knows the truth.
    """
    if source is not None:
        name = _of_source(data, seed, scale, source)
        raise SsplabError(
            f"The official source of {name!r} has no truth: nothing is planted in it, and nobody "
            "knows which of its values are right. Score a method on the twin: "
            f'ssplab.truth("{name}").'
            if load_card(name).truth
            else f"{name!r} has no truth: its data are real, and nothing is planted in them."
        )
    data, seed, scale = _as_set_up(data, seed, scale)
    if is_folder(data):
        return None
    card = load_card(data)
    if not card.truth:
        return None
    wanted = table or (card.main_table if card.main_table in card.truth else next(iter(card.truth)))
    name = _known(wanted, card.truth, f"truth table of {data!r}")
    return read_table_of(card, f"truth/{name}", card.truth[name], seed, scale)


def image_path(
    data: str | Path, image: str, *, seed: int | None = None, scale: float | None = None
) -> Path:
    """Return where an image of a data set lies: a GeoTIFF, which rasterio opens.

    Parameters
    ----------
    data : str or Path
        As `load` takes it.
    image : str
        One of the images on the card, such as `"scene_1"`.
    seed, scale
        As `load` takes them.

    Returns
    -------
    pathlib.Path
        Its bands have the names (`descriptions`), the order and the units of the card; a value is a
        count times `scales` plus `offsets`, and masked where there is none. An own extract may be
        in another projection, of other pixels and other types of counts. Its file is left as it is:
        where it is written otherwise than the card says, a copy that is, in a temporary folder,
        which is removed when Python ends.

    Raises
    ------
    SsplabError
        If there is no such data set or image (the nearest names are offered), or if an own extract
        does not have it, or has it otherwise than the card asks: the sentence says what to do.
    """
    data, seed, scale = _as_set_up(data, seed, scale)
    if is_folder(data):
        return own_image_path(Path(data), image)
    card = load_card(data)
    name = _known_image(image, card.images, f"image of {data!r}")
    return _file_of(card, f"{name}.tif", seed, scale)


def truth_image_path(
    data: str | Path, image: str, *, seed: int | None = None, scale: float | None = None
) -> Path | None:
    """Return where an image of what is true of a twin lies, of the same seed as `image_path`.

    Returns
    -------
    pathlib.Path or None
        None where there is no truth: an own extract. A chapter then does not score.

    Raises
    ------
    SsplabError
        As `image_path`.
    """
    data, seed, scale = _as_set_up(data, seed, scale)
    if is_folder(data):
        return None
    card = load_card(data)
    name = _known_image(image, card.truth_images, f"image of the truth of {data!r}")
    return _file_of(card, f"truth/{name}.tif", seed, scale)


def _known_image(name: str, images, what: str) -> str:
    if not images:
        raise SsplabError(f"There is no {what}: it has none.")
    return _known(name, images, what)


_chosen: dict[str, tuple[str | Path, int | None, float | None]] = {}
"""What `set_up` was told, by the name of the data set: data, seed and scale."""


def set_up(
    data: str | Path | None = None, *, seed: int | None = None, scale: float | None = None
) -> None:
    """Prepare a notebook, so that its cells hold only what they teach.

    Figures take the course's style, and a number shows plainly (`0.2039` rather than
    `np.float64(0.20394904458598725)`). Where `data` is given, `load("payroll")` and
    `truth("payroll")` mean this twin, or this extract, from here on. Cells that need Spark are
    passed over where it is not: see `ssplab.data.spark_cells`.

    Parameters
    ----------
    data, seed, scale
        A notebook's parameters, as `load` takes them: a data set's name or a folder of own data.

    Raises
    ------
    SsplabError
        If there is no such data set, or a folder fits no card.
    """
    style.use()
    show_plainly()
    pass_over_where_missing()
    _chosen.clear()
    if data is not None:
        card = card_of(Path(data)) if is_folder(data) else load_card(data)
        _chosen[card.name] = (data, seed, scale)


def _as_set_up(
    data: str | Path, seed: int | None, scale: float | None
) -> tuple[str | Path, int | None, float | None]:
    """Return what was set up under this name; what a call says itself goes before."""
    if (seed, scale) == (None, None) and isinstance(data, str):
        return _chosen.get(data, (data, None, None))
    return data, seed, scale


OFFICIAL = "official"


def _of_source(data: str | Path, seed: int | None, scale: float | None, source: str) -> str:
    """Return the name of a data set of which a source is asked for, once the call makes sense."""
    if source != OFFICIAL:
        raise SsplabError(
            f"source is {source!r}: leave it out for the data that ship, or for an extract of your "
            f"own, or write {OFFICIAL!r}."
        )
    if (seed, scale) != (None, None):
        raise SsplabError("An official source has no seed and no scale: leave them out.")
    if is_folder(data):
        raise SsplabError(
            f"{data} is a folder of your own: leave source out, or give a data set's name."
        )
    return str(data)


def as_set_up(data: str | Path) -> str | Path:
    """Return the data that a data set's name stands for here: what `set_up` was given, or itself.

    Whoever treats own data otherwise than a twin asks this first, since a notebook's cells go on
    saying the data set's name.
    """
    return _as_set_up(data, None, None)[0]


def read_table_of(
    card: Card,
    place: str,
    table: Table,
    seed: int | None = None,
    scale: float | None = None,
) -> pd.DataFrame:
    """Return a table of a data set by its place in the folder; see `load` for seed and scale."""
    if not card.is_twin and (seed is not None or scale is not None):
        generation.generator(card)  # says that this data set has neither
    if card.package:
        return conform(read_table(card.package, table.file), table)
    return conform(pd.read_parquet(_file_of(card, f"{place}.parquet", seed, scale)), table)


def _file_of(card: Card, place: str, seed: int | None, scale: float | None) -> Path:
    """Return where a file of a data set lies, once the twin of this seed and scale is there."""
    folder = card.folder
    seed = card.seed if seed is None else seed
    scale = 1 if scale is None else scale
    generation.check_scale(scale)
    if (seed, scale) != (card.seed, 1):
        mark = generation.fingerprint(card)
        folder = cache_dir() / f"{card.name}-{mark}-seed{seed}-scale{scale:g}"
        if not folder.exists():
            _build_once(card, folder, seed, scale)
    path = folder / place
    if not path.exists():
        raise SsplabError(
            f"{path} is missing. Restore it with git, or write it anew with "
            f"`{writing_command(card)}`."
        )
    return path


def _build_once(card: Card, folder: Path, seed: int, scale: float) -> None:
    try:
        generation.build(card, folder, seed=seed, scale=scale)
    except SsplabError:
        if not folder.exists():  # else another notebook built the same twin meanwhile
            raise


def writing_command(card: Card) -> str:
    """Return the command that writes the files of a data set that ship."""
    if not card.is_twin:
        return f"python datasets/{card.name}/{card.builder}"
    return f"ssplab data build {card.name} --sample"


def _known(name: str, names, what: str) -> str:
    if name in names:
        return name
    raise SsplabError(f"There is no {what} called {name!r}. {nearest(name, names)}")
