"""The book's pages of the data sets, written from their cards when the book is built.

They are plain Markdown, which JupyterLab shows too, and none is kept in git.
"""

import re

from ssplab.book.pictures import Telling, telling
from ssplab.course import (
    Band,
    Card,
    Image,
    OfficialFile,
    Table,
    Variable,
    card_names,
    course_path,
    course_root,
    find,
    load_card,
    read_by,
)
from ssplab.data import about_image, counted, limits
from ssplab.system import write_text

TWINS = "_twins.md"  # no page: `book/how-twins-are-made.md` includes it


def write_data_pages() -> None:
    """Write `book/datasets/`, where it differs from what is there.

    One page a card, with its figure beside it, and the table of the twins that the page on twins
    includes.

    Raises
    ------
    SsplabError
        If a card or its data cannot be read, if nobody wrote its figure, or if the disk is full.
    """
    folder = course_root() / "book" / "datasets"
    cards = [load_card(name) for name in card_names()]
    for card in cards:
        description = telling(card, folder / f"{card.name}.png")
        write_text(data_page(card, description), folder / f"{card.name}.md")
    write_text(twins_table(cards), folder / TWINS)


def data_page(card: Card, description: Telling) -> str:
    """Return a data set's page in plain Markdown, which the book and JupyterLab both show.

    The figure is `NAME.png`, beside the page.
    """
    parts = [
        f"# {card.title}",
        card.summary,
        f"![{description.alt}]({card.name}.png)",
        description.caption,
        _reading(card),
    ]
    if card.tables:
        parts += ["## Five rows", *_five_rows(card, description)]
    parts += [
        "## About the data",
        _grid(["Item", "Description"], [[what, text] for what, text in _facts(card)]),
    ]
    if card.tables:
        tables = [part for name, table in card.tables.items() for part in _table(name, table)]
        parts += ["## Tables", *tables]
    if card.images:
        images = [part for name, image in card.images.items() for part in _image(name, image)]
        parts += ["## Images", _opening(card), *images]
    if card.files:
        parts += ["## Files", *_files(card)]
    if card.official:
        parts += ["## Official source", *_official(card)]
    if card.nomenclatures:
        rows = [
            [nomenclature.name, nomenclature.vintage, nomenclature.source]
            for nomenclature in card.nomenclatures
        ]
        parts += ["## Nomenclatures", _grid(["Nomenclature", "Vintage", "Source"], rows)]
    if card.margins:
        rows = [[m.name, _number(m.published), m.unit, m.source] for m in card.margins]
        parts += [
            "## Calibration",
            "The published figures that the twin's true values meet.",
            _grid(["Figure", "Published", "Unit", "Source"], rows, right=[1]),
        ]
    if card.planted:
        parts += ["## What is planted", *_planted(card)]
    if card.difficulty:
        rows = [[_words(name), _number(value)] for name, value in card.difficulty.measures.items()]
        parts += [
            "## Difficulty",
            card.difficulty.statement,
            _grid(["Measure", "Value"], rows, right=[1]),
        ]
    if card.truth:
        parts += [
            "## Truth, kept apart",
            f'`ssplab.truth("{card.name}")` loads it. '
            + "Its images are where `ssplab.truth_image_path` says. " * bool(card.truth_images)
            + "It scores a method; it never tunes one.",
            *(part for name, table in card.truth.items() for part in _table(name, table)),
            *(part for name, one in card.truth_images.items() for part in _image(name, one)),
        ]
    return "\n\n".join(parts) + "\n"


def twins_table(cards: list[Card]) -> str:
    """Return, in Markdown, what the cards say of the synthetic twins and how hard they are."""
    twins = [card for card in cards if card.is_twin]
    sizes = [
        [
            _page_link(card),
            card.tables[card.main_table].unit,
            f"{card.tables[card.main_table].rows:,}",
            str(len(card.margins)),
            *(
                f"{sum(planted.rows for planted in card.planted if planted.kind == kind):,}"
                for kind in ("error", "legitimate")
            ),
        ]
        for card in twins
    ]
    measures = [
        [_page_link(card), _words(name), _number(value)]
        for card in twins
        for name, value in card.difficulty.measures.items()
    ]
    header = ["Twin", "One row of its main table", "Rows", "Published figures that it is fitted to"]
    header += ["Rows in error", "Rows legitimate and unusual"]
    return "\n\n".join(
        [
            _grid(header, sizes, right=[2, 3, 4, 5]),
            "How hard each is, with what a naive method reaches:",
            _grid(["Twin", "Measure", "Value"], measures, right=[2]) + "\n",
        ]
    )


def _reading(card: Card) -> str:
    """Return the code that opens a data set."""
    called = card.reading_call.partition("(")[0]
    bound = "files" if card.files else card.main_table
    return f"```python\nfrom ssplab import {called}\n\n{bound} = {card.reading_call}\n```"


def _files(card: Card) -> list[str]:
    """Return what is in each file, how it is written, and what it says if it is read rightly."""
    rows = [
        [f"`{name}`", file.title, file.form, f"{file.bytes:,}"] for name, file in card.files.items()
    ]
    facts = [
        [f"`{name}`", ", ".join(f"{_words(what)} {value:,.15g}" for what, value in told.items())]
        for name, told in ((name, file.facts) for name, file in card.files.items())
    ]
    return [
        _grid(["File", "Content", "How it is written", "Bytes"], rows, right=[3]),
        "Whoever reads them rightly finds:",
        _grid(["File", "What it says"], facts),
    ]


def _official(card: Card) -> list[str]:
    """Return which published tables can take the place of what ships, and how they are known."""
    first = next(iter(card.official))
    named = "" if first == card.main_table else f', "{first}"'
    parts = [
        f'```python\n{first} = load("{card.name}"{named}, source="official")\n```',
        "This line fetches the published files, checks them, and keeps the table that is made of "
        "them, in the form of this page, in your cache folder: the second time it asks nobody. "
        "[How to use the course](../how-to.md#the-published-table-in-place-of-the-twin) says what "
        "to do where there is no internet.",
    ]
    for name, official in card.official.items():
        rows = [
            ["Published at", f"<{official.page}>"],
            ["Reference period", official.period],
            ["What is different", official.differs],
            ["Licence", official.licence],
            ["What is known of the files", official.seen],
        ]
        reasons: dict[str, list[str]] = {}
        for column, why in (official.missing | official.left_out).items():
            reasons.setdefault(why, []).append(column)
        rows += [
            [f"May be missing: {_names(columns)}", _sentence(why)]
            for why, columns in reasons.items()
        ]
        files = [
            [f"`{file}`", f"<{one.url}>", _checked_by(one)] for file, one in official.files.items()
        ]
        parts += [
            f"### `{name}`, as it is published",
            f"{_sentence(official.title)}",
            _grid(["Item", "Description"], rows),
            _grid(["File", "Address", "Checked by"], files),
        ]
    return parts


def _checked_by(file: OfficialFile) -> str:
    if file.sha256:
        return f"sha256 `{file.sha256}`"
    size = f"{file.bytes:,} bytes" if file.bytes else f"{file.at_least:,} to {file.at_most:,} bytes"
    return f"its size, {size}, and the checksums in the archive"


def _page_link(card: Card) -> str:
    return f"[{card.name}](./{card.name}.md)"  # `./`: the page that includes the table asks for it


def _five_rows(card: Card, description: Telling) -> list[str]:
    table = card.tables[card.main_table]
    header = [
        f"`{name}`" + (f" ({variable.unit})" if variable.unit not in (None, "1") else "")
        for name, variable in table.variables.items()
    ]
    right = [
        column
        for column, variable in enumerate(table.variables.values())
        if variable.type in ("integer", "float")
    ]
    chosen = f"{description.chosen} of `{card.main_table}`, out of {table.rows:,}."
    if any(value == "" for row in description.rows for value in row):
        chosen += " An empty cell is a missing value."
    return [
        chosen,
        _grid(header, [[_plain(value) for value in row] for row in description.rows], right=right),
    ]


def _facts(card: Card) -> list[tuple[str, str]]:
    facts = [
        ("Origin", card.origin),
        *(("Statistical unit", card.tables[name].unit) for name in [card.main_table] if name),
        ("Coverage", card.coverage),
        ("Reference period", card.reference_period),
        ("Weights", card.weights),
        ("Confidentiality", card.confidentiality),
        *([] if card.files else [("Threshold", _threshold(card))]),
        ("Licence", card.licence),
        ("Source", card.source),
        ("Built by", f"`{_built_by(card)}`" + ("" if card.seed is None else f", seed {card.seed}")),
        ("Content hash", f"`{card.content_hash}`"),
    ]
    if card.contributors:
        rules = "; ".join(f"by `{unit}` {rule}" for unit, rule in card.contributors.items())
        sentence = f"In an extract of your own, totals are masked unless they have, {rules}."
        position = [item for item, _ in facts].index("Threshold")
        facts.insert(position + 1, ("Contributors", sentence))
    readers = [f"[{stem}](../../{course_path(find(stem))})" for stem in read_by(card.name)]
    if readers:
        facts.append(("Read by", ", ".join(readers)))
    return facts


def _threshold(card: Card) -> str:
    return f"In an extract of your own, counts under {card.threshold} are masked."


def _built_by(card: Card) -> str:
    return card.builder if card.package else f"datasets/{card.name}/{card.builder}"


def _table(name: str, table: Table) -> list[str]:
    keys = [f"One row: {table.unit}.", f"{table.rows:,} rows.", f"Key: {_names(table.key)}."]
    if table.optional:
        keys.append(f"Optional: {_sentence(table.optional)}")
    keys += [f"{_names(key.columns)} refer to `{key.references}`." for key in table.foreign_keys]
    rows = [
        [f"`{column}`", variable.type, variable.unit or "", _meaning(variable)]
        for column, variable in table.variables.items()
    ]
    return [
        f"### `{name}`: {table.title}",
        " ".join(keys),
        _grid(["Variable", "Type", "Unit", "Meaning"], rows),
    ]


def _opening(card: Card) -> str:
    """Return the code that reads an image."""
    return (
        "```python\nimport rasterio\nfrom ssplab import image_path\n\n"
        f'with rasterio.open(image_path("{card.name}", "{next(iter(card.images))}")) as file:\n'
        "    counts = file.read(masked=True)\n```"
    )


def _image(name: str, image: Image) -> list[str]:
    nodata = f" A count of {image.nodata} says that there is no value." if image.nodata == 0 else ""
    rows = [
        [f"`{band}`", "" if one.unit == "1" else one.unit, counted(one), _band_meaning(one)]
        for band, one in image.bands.items()
    ]
    return [
        f"### `{name}`: {image.title}",
        about_image(image).partition(". ")[2] + nodata,
        _grid(["Band", "Unit", "Value", "Meaning"], rows),
    ]


def _band_meaning(band: Band) -> str:
    sentences = [_sentence(band.meaning)]
    if band.codes:
        listed = "; ".join(f"`{code}` {label}" for code, label in band.codes.items())
        sentences.append(f"{listed}.")
    if limits(band):
        sentences.append(f"{limits(band)[0].upper()}{limits(band)[1:]}.")
    if band.default is not None:
        sentences.append(
            f"In an extract of your own without this band, each pixel has {band.default}."
        )
    return " ".join(sentences)


def _meaning(variable: Variable) -> str:
    sentences = [_sentence(variable.meaning)]
    if variable.codes:
        sentences.append(
            "; ".join(f"`{code}` {label}" for code, label in variable.codes.items()) + "."
        )
    low, high = variable.minimum, variable.maximum
    if low is not None and high is not None:
        sentences.append(f"From {_number(low)} to {_number(high)}.")
    elif low is not None:
        sentences.append(f"At least {_number(low)}.")
    elif high is not None:
        sentences.append(f"At most {_number(high)}.")
    if variable.missing:
        sentences.append(f"Missing: {_sentence(variable.missing)}")
    if variable.default:
        sentences.append(f"In an extract of your own without this column, {variable.instead}.")
    if variable.fractions:
        sentences.append(
            f"An extract of your own may have fractions: {_sentence(variable.fractions)}"
        )
    return " ".join(sentences)


def _planted(card: Card) -> list[str]:
    parts = []
    unusual = "Unusual and right" if card.files else "Legitimate extremes"
    for kind, title in [("error", "Errors"), ("legitimate", unusual)]:
        rows = [
            [_words(planted.type), planted.meaning, f"{planted.rows:,}", planted.severity]
            for planted in card.planted
            if planted.kind == kind
        ]
        if rows:
            grid = _grid(["Type", "Meaning", "Rows", "Severity"], rows, right=[2])
            parts += [f"### {title}", grid]
    return parts


def _grid(header: list[str], rows: list[list[str]], right: list[int] = ()) -> str:
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    cells = [[" ".join(cell.replace("|", "\\|").split()) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *cells])


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#$~])", r"\\\1", text)


def _number(value: float) -> str:
    separator = "," if abs(value) >= 10_000 else ""  # years have none
    return f"{value:{separator}.10g}".replace("-", "−")


def _names(columns: list[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _sentence(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def _words(name: str) -> str:
    return name.replace("_", " ")
