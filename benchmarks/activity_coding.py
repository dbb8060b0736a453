"""How the methods of `activity-coding` grow with the coded examples: accuracy and seconds.

By hand: `python benchmarks/activity_coding.py` prints, `--store` also writes
`benchmarks/activity_coding.json` with the machine named; the chapter shows the accuracies.

The functions are run from the chapter's own cells. Every method learns from the chapter's own
examples, then from all declarations outside the asked, and is asked about the same ones.
`one model a code` is the chapter's fastText with the loss `ova` in place of the softmax, at the
learning rate and the number of readings that suit it. Accuracy is the percentage of the asked that
get the coder's code; seconds, to learn and to guess, are those of the processor, on one thread.
Each twin has a process of its own.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import fasttext
import nbformat
import pandas as pd
from machine import machine
from threadpoolctl import threadpool_limits

import ssplab

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "chapters" / "textual-analysis" / "activity-coding.ipynb"
STORED = Path(__file__).with_suffix(".json")
CELLS = ["load", "split", "dictionary", "exact", "nearest", "text-columns"]
CELLS += ["linear-model", "with-form", "learn-fasttext", "first-guesses"]
SEEDS = (2023,)
OVA = {"loss": "ova", "lr": 0.5, "epoch": 50}
PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "fasttext-community")


def chapter(**names: object) -> dict[str, object]:
    """Run the cells of the chapter that define its methods, and return what they bind."""
    sources = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    namespace = {"ssplab": ssplab, **names}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in CELLS:
            exec(compile(sources[cell], cell, "exec"), namespace)
    return namespace


def one_model_a_code(file: str, **settings: object) -> object:
    """Return fastText with a yes or no for each code, in place of the softmax."""
    return fasttext.train_supervised(file, **settings | OVA)


def methods(own: dict[str, object]) -> dict[str, Callable[[pd.DataFrame, pd.DataFrame], object]]:
    """Return the methods by name: each learns from a table and guesses the codes of another."""

    def of_fasttext(learn: pd.DataFrame, test: pd.DataFrame) -> pd.Series:
        model = own["learn_fasttext"](own["with_form"](learn), learn["code"])
        return own["first_guesses"](model, own["with_form"](test), 1)[0][0]

    def of_ova(learn: pd.DataFrame, test: pd.DataFrame) -> pd.Series:
        own["fasttext"] = SimpleNamespace(train_supervised=one_model_a_code)
        try:
            return of_fasttext(learn, test)
        finally:
            own["fasttext"] = fasttext

    def of_nearest(learn: pd.DataFrame, test: pd.DataFrame) -> object:
        texts = own["dictionary"](learn).reset_index()
        found = own["nearest"](test["cleaned"], texts["cleaned"], own["letters"])
        return own["code_of"](found, texts)

    def of_linear(learn: pd.DataFrame, test: pd.DataFrame) -> object:
        model = own["linear_model"]().fit(own["with_form"](learn), learn["code"])
        return model.predict(own["with_form"](test))

    return {
        "nearest text": of_nearest,
        "linear, form": of_linear,
        "fastText, form": of_fasttext,
        "fastText, form, one model a code": of_ova,
    }


def measure(seed: int, scale: float) -> list[dict[str, object]]:
    """Let each method learn from the chapter's examples and from all, and ask it about the same."""
    ssplab.set_up("activity_labels", seed=seed, scale=scale)
    measured = []
    with threadpool_limits(1):
        own = chapter(data="activity_labels", seed=seed, scale=scale)
        test = own["test"]
        for learn in (own["learn"], own["declarations"].drop(test.index)):
            for name, guess in methods(own).items():
                start = time.process_time()
                guesses = guess(learn, test)
                measured.append(
                    {
                        "seed": seed,
                        "method": name,
                        "learnt": len(learn),
                        "asked": len(test),
                        "accuracy": round(100 * float((test["code"] == guesses).mean()), 2),
                        "seconds": round(time.process_time() - start, 1),
                    }
                )
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", help="of twins; 2023 is stored")
    parser.add_argument("--scale", type=float, help="of the twin; 1 is 40,000 declarations")
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    if asked.store and (asked.seeds or asked.scale):
        parser.error("what is stored is of one twin: leave --seeds and --scale out")
    fresh, measured = multiprocessing.get_context("spawn"), []
    for seed in asked.seeds or SEEDS:
        with fresh.Pool(1) as pool:
            rows = pool.apply(measure, [seed, asked.scale or 1])
        print(*map(json.dumps, rows), sep="\n", flush=True)
        measured += rows
    if asked.store:
        stored = {"measured": measured, "machine": machine(PACKAGES)}
        text = json.dumps(stored, indent=1, ensure_ascii=False)
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
