"""What the delivery note claims and what the files hold."""

from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.system import COLOURS


def draw(card, tables):
    """Draw, for each file that the note lists, its rows less those that the note claims."""
    facts = {name: file.facts for name, file in card.files.items() if "claimed_rows" in file.facts}
    names = list(facts)
    differences = [int(one["rows"] - one["claimed_rows"]) for one in facts.values()]
    claimed = [int(one["claimed_rows"]) for one in facts.values()]
    wrong = min(names, key=lambda name: differences[names.index(name)])

    fig = Figure()
    ax = fig.subplots()
    ax.barh(names, differences, color=COLOURS["orange"])
    ax.scatter([0] * len(names), names, s=14, color=COLOURS["blue"], zorder=3)
    for name, difference, rows in zip(names, differences, claimed, strict=True):
        ax.annotate(
            f"{rows:,}",
            (0, name),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
        if difference:
            ax.annotate(
                f"{difference}".replace("-", "−"),
                (difference, name),
                xytext=(-4, 0),
                textcoords="offset points",
                ha="right",
                va="center",
            )
    ax.invert_yaxis()
    ax.set(
        xlim=(1.25 * min(differences), -0.3 * min(differences)),  # room for the numbers
        xlabel="rows in the file less rows on the note",
        title="One file holds less than its note claims",
    )
    return Picture(
        fig,
        "Seven files that the delivery note lists, one a line, with the rows that the note claims. "
        "Six hold just that many rows; the file of June has a bar to the left, for the rows that "
        "it lacks.",
        f"Beside each point stand the rows that the note claims. `{wrong}` lacks "
        f"{-min(differences)} of them: who does not compare a delivery with its note does not see "
        "it.",
        f"invented files, cut from the synthetic twin payroll, seed {card.seed}.",
    )
