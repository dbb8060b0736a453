"""Names of new things, and what a skeleton needs to know of the data that it starts from."""

import re
from dataclasses import asdict, dataclass

from ssplab.course import LESSONS, Card, course_path, course_root, load_card, notebooks
from ssplab.system import SsplabError

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
DATA_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
FEW_CODES = range(2, 13)  # groups that a first table can show


def check_slug(slug: str, what: str = "name") -> None:
    """Raise SsplabError unless a text may name a chapter, a part, a session, a kit or a project."""
    if not SLUG.fullmatch(slug):
        raise SsplabError(
            f"The {what} {slug!r} must be lower-case letters and digits in words joined by "
            "hyphens, with a letter first and no number in front, such as payroll-anomalies: the "
            "order of the course stands in _toc.yml, and changes."
        )


def check_untaken(slug: str) -> None:
    """Raise SsplabError if a chapter or a session has a slug: it names one notebook."""
    taken = [path for path in notebooks(*LESSONS) if path.stem == slug]
    if taken:
        raise SsplabError(
            f"{course_path(taken[0])} has that slug: a slug names one chapter or session of the "
            "course. Choose another."
        )


def check_data_name(name: str) -> None:
    """Raise SsplabError unless a text may name a new data set."""
    if not DATA_NAME.fullmatch(name):
        raise SsplabError(
            f"The name {name!r} must be lower-case letters and digits in words joined by "
            "underscores, with a letter first, such as job_offers."
        )
    if (course_root() / "datasets" / name).exists():
        raise SsplabError(f"There is a data set called {name} already: choose another name.")


def in_words(slug: str) -> str:
    """Return a slug, or a data set's name, as a short title: `Toy chapter`."""
    return slug.replace("-", " ").replace("_", " ").capitalize()


@dataclass(frozen=True)
class DataFacts:
    """What a skeleton says of the data set that it reads."""

    data: str
    table: str
    """Its main table, also the name of the variable that holds it."""
    unit: str
    rows: int
    key: list[str]
    amount: str
    """A variable that may be summed, and differs between groups."""
    amount_unit: str
    """As it stands after a number: ` EUR/month`, or nothing."""
    in_unit: str
    """As it stands after the variable's name on an axis: `, EUR/month`, or nothing."""
    group: str | None
    """A variable of few codes; None if there is none."""
    seed: int
    options: str
    """The arguments of `ssplab.load` after the data set's name, from the chapter's parameters."""
    licence: str

    def asdict(self) -> dict[str, object]:
        """Return the facts by name, for a template."""
        return asdict(self)


def data_facts(name: str) -> DataFacts:
    """Return what a skeleton needs to know of a data set.

    Raises
    ------
    SsplabError
        If there is no such data set, if it consists of files, or if its main table has no amount.
    """
    card = load_card(name)
    if card.files:
        raise SsplabError(
            f"{name} consists of files, and a new chapter begins with a table. Name another data "
            "set, such as --data payroll, and change the code afterwards."
        )
    main = card.tables[card.main_table]
    amount = _amount(card)
    unit = main.variables[amount].unit
    named = unit not in (None, "1")
    grouping = [
        column
        for column, variable in main.variables.items()
        if variable.codes and len(variable.codes) in FEW_CODES and not variable.missing
    ]
    return DataFacts(
        data=name,
        table=card.main_table,
        unit=main.unit,
        rows=main.rows,
        key=list(main.key),
        amount=amount,
        amount_unit=f" {unit}" if named else "",
        in_unit=f", {unit}" if named else "",
        group=grouping[0] if grouping else None,
        seed=card.seed or 0,
        options=", seed=seed, scale=scale" if card.is_twin else "",
        licence=card.licence,
    )


def _amount(card: Card) -> str:
    """Return a numeric variable of the main table: rather an amount in a unit than a ratio."""
    main = card.tables[card.main_table]
    numeric = {
        column: variable
        for column, variable in main.variables.items()
        if variable.type in ("float", "integer") and column not in main.key
    }
    if not numeric:
        raise SsplabError(
            f"The main table of {card.name}, {card.main_table}, has no numeric variable to begin "
            "with. Name another data set, such as --data payroll, and change the code afterwards."
        )

    def rank(column: str) -> tuple[bool, bool]:
        variable = numeric[column]
        return (variable.type != "float" or variable.unit == "1", variable.missing is not None)

    return min(numeric, key=rank)
