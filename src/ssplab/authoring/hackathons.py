"""A new kit for a hackathon: facts, brief, a metric with its test, a baseline, its edition."""

from ssplab.authoring.affiliated import new_folder
from ssplab.authoring.names import check_slug, data_facts, in_words
from ssplab.authoring.registering import Entry
from ssplab.authoring.writing import Created
from ssplab.course import course_root, load_card
from ssplab.kits import make_ready
from ssplab.system import SsplabError

TEXTS = (
    "kit.yml",
    "brief.md",
    "metric.py",
    "test_metric.py",
    "requirements.txt",
    "organiser/edition.py",
    "organiser/rivals.py",
)


def new_kit(slug: str, *, data: str = "payroll", progress: bool = True) -> Created:
    """Write the skeleton of a kit in `kits/SLUG/` and register it.

    Parameters
    ----------
    slug : str
        Such as `payroll-errors`.
    data : str
        A twin whose main table has planted errors: they are what the teams look for.
    progress : bool
        Show a bar on the terminal.

    Raises
    ------
    SsplabError, CheckFailed
        As `ssplab.authoring.new_chapter`, and if the data set has no planted errors; nothing is
        written then.
    """
    check_slug(slug)
    _check_truth(data)
    home = f"kits/{slug}"
    return new_folder(
        course_root() / home,
        {name: f"kit/{name}" for name in TEXTS},
        {"baseline.ipynb": "kit/baseline.md"},
        facts=data_facts(data).asdict() | {"title": in_words(slug)},
        entry=Entry(f"{home}/brief", in_words(slug), (Entry(f"{home}/baseline", "Baseline"),)),
        caption="Hackathons",
        opening="hackathons",
        before=make_ready,
        progress=progress,
    )


def _check_truth(data: str) -> None:
    card = load_card(data)
    if card.files:
        raise SsplabError(
            f"{data} consists of files, and the kit's metric needs a table. Name a twin, such as "
            "--data payroll."
        )
    truth = card.truth.get(card.main_table)
    needed = {"kind", *card.tables[card.main_table].key}
    if truth is None or not needed <= truth.variables.keys():
        raise SsplabError(
            f"{data} does not say which rows of {card.main_table} are in error (a truth of that "
            f"table with {', '.join(sorted(needed))}), and the kit's metric needs it. Name another "
            "twin, such as --data payroll."
        )
