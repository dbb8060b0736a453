"""Build wages of young women of the United States, 1968 to 1988; for authors.

`python datasets/nlswork/build.py` downloads the package econtools (pip is needed), checks its
sha256, and writes `interviews.parquet`; with `--archives DIR` it takes its archive from DIR,
offline.
It prints what the card must say. Using the data needs none of this: the package, old, carries the
file for its own tests, and is neither installed nor imported.
"""

import argparse
import io
from pathlib import Path

import pandas as pd

from ssplab.course import load_card
from ssplab.data import archive, archives_folder, member, write_tables

ECONTOOLS = (
    "econtools==0.3.2",
    "econtools-0.3.2-py3-none-any.whl",
    "c286b6bcf2cc0652e426698085660135e8b9db949aa0f97a88a8006a23d17424",
)
INSIDE = "econtools/metrics/tests/data/nlswork.dta"
CENTURY = 1900  # the file writes years with two digits
WHOLE = ["union", "msp", "grade"]  # whole numbers, with missing ones


def main() -> None:
    """Build, write, and print what the card must say."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--archives", type=Path, help="folder of the package's archive")
    with archives_folder(parser.parse_args().archives) as folder:
        source = member(archive(*ECONTOOLS, folder), INSIDE)
    card = load_card("nlswork")
    panel = pd.read_stata(io.BytesIO(source))[list(card.tables["interviews"].variables)]
    for name in ("year", "birth_yr"):
        panel[name] = panel[name].astype("int64") + CENTURY
    for name in WHOLE:
        panel[name] = panel[name].astype("Int64")
    for name in ("ln_wage", "ttl_exp", "tenure"):
        panel[name] = panel[name].astype("float64").round(6)
    print(write_tables(card, {"interviews": panel.sort_values(["idcode", "year"])}))


if __name__ == "__main__":
    main()
