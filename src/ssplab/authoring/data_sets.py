"""A new data set: a small true twin, its card filled in from what it gives, its sample."""

from pathlib import Path

from ssplab.authoring.names import check_data_name, in_words
from ssplab.authoring.registering import TOC, Entry, part_with, read_contents, with_page
from ssplab.authoring.rendering import text
from ssplab.authoring.writing import Created, all_or_none, format_code
from ssplab.course import Card, card_tables, course_root
from ssplab.data import check_data_set, write_sample
from ssplab.system import SsplabError, from_yaml

SEED = 2026
MEANINGS = {
    "wrong_unit": "Turnover in EUR instead of thousand EUR",
    "last_year": "Turnover of the year before",
}
SEVERITIES = {"wrong_unit": "a factor 1000", "last_year": "1.1 to 1.5"}
UNKNOWN = {  # what the generator will say
    "rows": {"firms": 1, "truth/firms": 1},
    "content_hash": f"sha256:{'0' * 64}",
    "planted": {f"error: {type_}": 0 for type_ in MEANINGS},
    "difficulty": {"prevalence": 0.0},
}


def new_data(name: str, *, origin: str = "synthetic") -> Created:
    """Write a small twin in `datasets/NAME/`, with the sample that ships, and register its page.

    Parameters
    ----------
    name : str
        Such as `job_offers`.
    origin : {"synthetic"}
        Real data are built by a script that nobody can write beforehand.

    Raises
    ------
    SsplabError
        If the name is not of the form or is taken, or if the origin is another; nothing is written
        then.
    """
    check_data_name(name)
    if origin != "synthetic":
        raise SsplabError(
            f"The origin is {origin!r}: only a synthetic data set has a skeleton. For real data "
            "write datasets/NAME/card.yml and build.py as those of datasets/communes/."
        )
    root = course_root()
    folder = root / "datasets" / name
    with all_or_none() as files:
        for module in ("generate.py", "picture.py"):
            files.write(folder / module, text(f"data/{module}", name=name))
        format_code(files.files)
        files.write(folder / "words.yml", text("data/words.yml"))
        card = _card(name, UNKNOWN)
        for place in card_tables(card):
            files.announce(folder / f"{place}.parquet")
        files.write(folder / "card.yml", _card_text(name, write_sample(card)))
        check_data_set(name)
        _register(files, root, name)
    return files.created()


def _card_text(name: str, told: dict[str, object]) -> str:
    named = {"name": name, "seed": SEED, "meanings": MEANINGS, "severities": SEVERITIES}
    return text("data/card.yml", **named, **told)


def _card(name: str, told: dict[str, object]) -> Card:
    """Return the card as long as its numbers are not known."""
    return Card.model_validate(from_yaml(_card_text(name, told)))


def _register(files, root: Path, name: str) -> None:
    contents = read_contents()
    home = part_with(contents, "book/datasets/", "book/parts/data-sets")
    if home is None:
        raise SsplabError(
            f"{TOC} has no part with the pages of data sets (book/datasets/…): where should the "
            "page stand? Add such a part first."
        )
    files.change(
        root / TOC,
        with_page(contents, Entry(f"book/datasets/{name}", in_words(name.replace("_", "-"))), home),
    )
