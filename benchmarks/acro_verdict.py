"""ACRO's second opinion on the table of net pay by region and activity of the payroll twin.

ACRO (Automatic Checking of Research Outputs) asks for pandas before 3, so it runs by hand in an
environment of its own, without this package; of the root of the course:

    uv run --python 3.11 --no-project --with acro==1.0.2 --with pyarrow \
        python benchmarks/acro_verdict.py

prints what it finds; `--store` also writes `benchmarks/acro_verdict.json`, with versions and
parameters, which a test compares with `ssplab.safe_totals`, cell by cell.

ACRO takes each row as a contributor. So it is asked three times: of establishments, a row each,
under INSEE's rule (1, 85) and p = 10 %; of posts, a row each, with its defaults, as somebody would
who does not add up first; and of made-up cells, in which definitions differ.
"""

import argparse
import json
import logging
import platform
import re
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from acro import ACRO

ROOT = Path(__file__).resolve().parents[1]
STORED = Path(__file__).with_suffix(".json")
CHECKS = ("MinimumThresholdCheck", "PPercentCheck", "NKCheck")
RULES = {"safe_threshold": 3, "safe_nk_n": 1, "safe_nk_k": 0.85, "safe_pratio_p": 0.1}
MADE_UP = {
    ("dominated", "x"): [100, 4, 3, 2],
    ("exactly at k", "x"): [85, 5, 5, 5],
    ("exactly at p", "x"): [100, 20, 6, 4],
    ("a value is missing", "x"): [60, 30, None],
    ("a contribution is zero", "x"): [50, 30, 0],
    ("empty beside another", "y"): [40, 30, 30],
}


def payroll_posts() -> pd.DataFrame:
    """Return the posts of the sample that ships, with the region of their workplace."""
    posts = pd.read_parquet(ROOT / "datasets" / "payroll" / "posts.parquet")
    communes = pd.read_parquet(ROOT / "datasets" / "communes" / "communes.parquet")
    regions = communes.drop_duplicates("department").set_index("department")["region_name"]
    return posts.assign(region=posts["department"].map(regions))


def made_up_rows() -> pd.DataFrame:
    """Return the contributions of the made-up cells, a row each."""
    return pd.DataFrame(
        [
            {"region": region, "a17": activity, "net": value}
            for (region, activity), values in MADE_UP.items()
            for value in values
        ]
    ).astype({"net": "float64"})


def verdict(rows: pd.DataFrame, rules: dict[str, float]) -> dict[str, object]:
    """Return the cells of net pay by region and activity that each check of ACRO finds unsafe."""
    session = ACRO()
    parameters = session.sdc_checks.risk_appetite  # where ACRO's checks read them
    parameters |= rules
    table = session.crosstab(rows["region"], rows["a17"], values=rows["net"], aggfunc="sum")
    session.pivot_table(rows, "net", "region", "a17", aggfunc="sum")
    of_crosstab, of_pivot = (session.results.get_index(place).sdc["cells"] for place in (0, 1))
    if of_crosstab != of_pivot:
        raise SystemExit("ACRO's crosstab and pivot_table differ: store the verdicts of both.")
    return {
        "parameters": {name: value for name, value in parameters.items() if "safe_" in name},
        "cells": table.size,
        "unsafe": {
            check: sorted([table.index[i], table.columns[j]] for i, j in of_crosstab[check])
            for check in CHECKS
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", action="store_true", help=f"also write {STORED.name}")
    store = parser.parse_args().store
    logging.disable(logging.INFO)
    posts = payroll_posts()
    by_establishment = posts.groupby(["region", "a17", "siret"], as_index=False)["net"].sum()
    verdicts = {
        "establishments": verdict(by_establishment, RULES),
        "posts, defaults": verdict(posts, {}),
        "made up": verdict(made_up_rows(), RULES),
    }
    for name, found in verdicts.items():
        counts = ", ".join(f"{check} {len(cells)}" for check, cells in found["unsafe"].items())
        print(f"{name}: of {found['cells']} cells {counts}")
    if store:
        told = {
            "versions": {"python": platform.python_version()}
            | {name: version(name) for name in ("acro", "pandas", "numpy")},
            "made up": [[*cell, values] for cell, values in MADE_UP.items()],
            "verdicts": verdicts,
        }
        text = json.dumps(told, ensure_ascii=False, indent=1)
        # a cell a line
        text = re.sub(r'\[\s+("[^"]*"),\s+("[^"]*")\s+\]', r"[\1, \2]", text)
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
