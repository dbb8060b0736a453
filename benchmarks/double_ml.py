"""How double machine learning varies with the split and, on planted truth, with its ingredients.

By hand: `python benchmarks/double_ml.py` prints, `--store` also writes
`benchmarks/double_ml.json` with the machine named; the session `instruments-and-savings` of the
reading group shows it.

The functions are the session's own, taken by `taught`. `splits` has, for the partially linear
(`PLR`) and the interactive regression model (`IRM`), the estimate and the standard error of the
effect of eligibility in dollars, one of each for a split of the households into five folds; the
number of a split is the seed of its folds and of its forests. `planted` has, for each sample drawn
with the planted effect 1, the four estimates of that effect: naive or orthogonal, with nuisances
that learn from the same rows or from other rows.
"""

import argparse
import json
import os
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and scikit-learn are loaded

import doubleml
import numpy as np
from machine import machine

import ssplab
from ssplab import taught

SESSION = "instruments-and-savings"
STORED = Path(__file__).with_suffix(".json")
MODELS = {"PLR": doubleml.DoubleMLPLR, "IRM": doubleml.DoubleMLIRM}
FIRST = 2023
SPLITS = 50
SAMPLES = 400
PACKAGES = ("numpy", "scikit-learn", "DoubleML")


def split(number: int) -> dict[str, dict[str, float]]:
    """Return estimate and standard error of both models on one split of the households."""
    households = ssplab.load("k401").assign(assets=lambda rows: 1000 * rows["nettfa"])
    of_model = {}
    for name, kind in MODELS.items():
        model = taught(SESSION, "double_ml")(kind, households, number)
        of_model[name] = {
            "estimate": round(float(model.coef[0]), 1),
            "standard error": round(float(model.se[0]), 1),
        }
    return of_model


def planted(number: int) -> dict[str, float]:
    """Return the four estimates of the planted effect on one sample."""
    sample = taught(SESSION, "planted_sample")(np.random.default_rng(number))
    estimates = {}
    for rows in ("same", "other"):
        predict = taught(SESSION, f"{rows}_rows")
        pair = taught(SESSION, "naive_and_orthogonal")(predict, *sample)
        for score, estimate in zip(("naive", "orthogonal"), pair, strict=True):
            estimates[f"{score}, {rows} rows"] = round(float(estimate), 4)
    return estimates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, help=f"of the households; {SPLITS} is usual")
    parser.add_argument("--samples", type=int, help=f"with planted truth; {SAMPLES} is usual")
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    if asked.store and (asked.splits or asked.samples):
        parser.error("what is stored has the usual sizes: leave --splits and --samples out")
    measured = {"splits": [], "planted": []}
    for part, measure, size in (
        ("splits", split, asked.splits or SPLITS),
        ("planted", planted, asked.samples or SAMPLES),
    ):
        for number in range(FIRST, FIRST + size):
            measured[part].append({"number": number, **measure(number)})
            print(json.dumps({part: measured[part][-1]}), flush=True)
    if asked.store:
        text = json.dumps(measured | {"machine": machine(PACKAGES)}, indent=1, ensure_ascii=False)
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
