"""One telling figure a data set, and the five rows beside it: what its page shows of its content.

`datasets/NAME/picture.py` draws the figure of that data set. Such a module has

- `draw(card, tables)`, which returns a `Picture`. The tables are those of the card under their
  places, `truth/…` for the truth, and none where it consists of files, which the module reads
  itself, as it does images; what is said of the figure is made there too, from the same numbers;
- `choose(main)` and `CHOSEN`, where the first five rows tell little: five others, picked by a rule,
  and the words that say which, in place of "The first five rows".

It is a file apart from the generator: real data have no generator, a generator needs no plotting,
and generated twins are kept under a mark of their generator's code, so that a colour mended there
would throw them all away.

A picture is drawn when the book is built, beside its page, and only if what it depends on changed:
the PNG itself carries the key of what it was made from, with what the page says of it.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd

from ssplab.course import Card, Variable, sources_of
from ssplab.data import load, truth
from ssplab.system import SsplabError, load_module, style, whole_file

PICTURE = "picture.py"
ROWS = 5
FIRST = "The first five rows"
# Narrower than a chapter's figures, so that its text can be read on a telephone.
SETTINGS = {"figure.figsize": (5.4, 3.6), "savefig.dpi": 150}
MADE = "ssplab"  # the PNG's metadata under this name hold a `Telling` and its key


class Picture(NamedTuple):
    """A figure and what is said of it."""

    figure: object
    """A matplotlib Figure, with a title and with units on its axes."""
    alt: str
    """What the figure shows, for those who do not see it: plain words, without Markdown."""
    caption: str
    """What to see in it, under the figure, in Markdown."""
    source: str = ""
    """The source line of real data; a twin's is the same for all."""


class Telling(NamedTuple):
    """What a data set's page shows of its content; the figure itself is in the PNG."""

    alt: str
    caption: str
    chosen: str
    """Which rows are shown: "The first five rows"."""
    rows: list[list[str]]
    """Five rows of the main table, written as on the card; none of a data set of files."""


def telling(card: Card, png: Path) -> Telling:
    """Return what a data set's page shows, and have its figure in `png`.

    Parameters
    ----------
    card : Card
        The data set's card.
    png : Path
        The figure; it is drawn anew if data, card or code are not those that it was made from.

    Raises
    ------
    SsplabError
        If the data set has no module that draws its figure, or if data or figure cannot be read
        or written.
    """
    _module(card)  # which says so where nobody wrote one
    key = _key(card)
    stored = _stored(png)
    if stored.pop("key", None) == key:
        return Telling(**stored)

    tables = {name: load(card.name, name) for name in card.tables}
    tables |= {f"truth/{name}": truth(card.name, name) for name in card.truth}
    return draw(card, tables, png, key)


def draw(card: Card, tables: dict[str, pd.DataFrame], png: Path, key: str = "") -> Telling:
    """Draw a data set's figure into `png`; see `telling`.

    Parameters
    ----------
    tables : dict of DataFrame
        By their place: `posts`, `truth/posts`.
    key : str, optional
        What the figure is made from; stored in it.
    """
    module = _module(card)
    with mpl.rc_context():
        style.use()
        mpl.rcParams.update(SETTINGS)
        picture = module.draw(card, tables)
        style.source(picture.figure.axes[0], picture.source or _source(card))
        description = Telling(
            " ".join(picture.alt.split()),
            " ".join(picture.caption.split()).replace(" %", "\N{NO-BREAK SPACE}%"),
            getattr(module, "CHOSEN", FIRST),
            _five_rows(card, tables, module) if card.tables else [],
        )
        made = json.dumps({"key": key, **description._asdict()})
        with whole_file(png) as path:
            # Without the name of matplotlib's version, the bytes are those of the drawing only
            picture.figure.savefig(path, metadata={"Software": None, MADE: made})
    return description


def _five_rows(card: Card, tables: dict[str, pd.DataFrame], module: ModuleType) -> list[list[str]]:
    main = card.tables[card.main_table]
    choose = getattr(module, "choose", lambda frame: frame.head(ROWS))
    return _written(choose(tables[card.main_table])[list(main.variables)], main.variables)


def _source(card: Card) -> str:
    return f"synthetic twin {card.name}, seed {card.seed}; every unit is invented."


def _module(card: Card) -> ModuleType:
    path = card.folder / PICTURE
    if not path.is_file():
        raise SsplabError(
            f"The data set {card.name!r} has no figure for its page. Write "
            f"datasets/{card.name}/{PICTURE} with a function draw(card, tables) that returns "
            "a Picture; src/ssplab/book/pictures.py says what it holds."
        )
    return load_module(path)


def _key(card: Card) -> str:
    """Return a hash of all that a data set's figure is made from."""
    data = {
        *card.folder.glob("*.yml"),
        *card.folder.rglob("*.parquet"),
        *card.folder.rglob("*.tif"),
    }
    data |= {card.files_folder / name for name in card.files}
    digest = hashlib.sha256(version("matplotlib").encode())
    if card.package:
        digest.update(version(card.package).encode())
    code = sources_of(card.folder / PICTURE, card.folder / card.builder)
    # In an order that does not depend on where the course lies.
    for content in sorted(hashlib.sha256(path.read_bytes()).digest() for path in [*data, *code]):
        digest.update(content)
    return digest.hexdigest()


def _stored(png: Path) -> dict:
    """Return what a PNG says that it was made from; nothing if it is none of ours, or broken."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(png) as image:
            image.load()
            return json.loads(image.text[MADE])
    except (OSError, KeyError, ValueError, SyntaxError, AttributeError, UnidentifiedImageError):
        return {}


def _written(rows: pd.DataFrame, variables: dict[str, Variable]) -> list[list[str]]:
    """Return rows as text: codes as they are, floats with the decimals they are stored with."""
    return [
        [
            "" if pd.isna(value) else _value(value, variables[column])
            for column, value in zip(rows.columns, row, strict=True)
        ]
        for row in rows.itertuples(index=False)
    ]


def _value(value, variable: Variable) -> str:
    if variable.type == "float":
        return f"{value:.{variable.decimals}f}".replace("-", "−")
    if variable.type == "integer":
        return f"{value:d}".replace("-", "−")
    if variable.type == "date":
        return f"{value:%Y-%m-%d}"
    if variable.type == "datetime":
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)
