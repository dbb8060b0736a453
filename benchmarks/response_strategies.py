"""How long `response-strategies` takes on as many students as the real item, and how much memory.

By hand: `python benchmarks/response_strategies.py` prints, `--store` also writes
`benchmarks/response_strategies.json` with the machine named; the chapter shows some of it.

The chapter's own cells are run, in one process that generates nothing, on a twin with at least as
many logs as the public file of the real item. Seconds are those of the processor, memory is the
most that the process ever held, libraries and tables included.

A rival that is too slow for the chapter is scored afterwards, in a process of its own and on the
chapter's folds: boosting, with the chapter's settings, on which frequent moves and bigrams occur.
Linux and macOS only: it needs the module `resource`.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path

import matplotlib as mpl
import nbformat
import numpy as np
from machine import machine
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import ssplab

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "chapters" / "machine-learning" / "response-strategies.ipynb"
STORED = Path(__file__).with_suffix(".json")
REAL_LOGS = 16_763  # students of the item Climate control of PISA 2012 in ProcData
STAGES = {
    "load": ["load", "first"],
    "clean": ["in-order", "clean-logs", "clean"],
    "positions and rule": ["settings", "moves", "alone", "isolated", "accuracy", "auc"],
    "counts and bigrams": ["texts", "vectorizer", "text-model", "chance", "rivals", "score"],
    "features of theory": ["changes", "trials", "least-look", "features"],
    "boosting": ["theory", "same-model"],
    "draws of classes": ["draws", "gains"],
}
FREQUENT = 150  # logs in which a column of the rival must occur: boosting takes no sparse table
PACKAGES = ("numpy", "pandas", "scikit-learn")


def run(scale: float, stages: list[str]) -> tuple[dict[str, object], dict[str, float]]:
    """Run stages of the chapter; return what its cells bind, and the seconds of each stage."""
    mpl.use("agg")
    ssplab.set_up("student_logs", seed=2023, scale=scale)
    sources = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    names: dict[str, object] = {}
    seconds = {}
    for stage in stages:
        start = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):  # what is printed here is JSON only
            for cell in STAGES[stage]:
                exec(compile(sources[cell], cell, "exec"), names)
        seconds[stage] = round(time.process_time() - start, 2)
    return names, seconds


def whole(scale: float) -> dict[str, object]:
    """Run all stages on a twin that is in the cache already."""
    names, seconds = run(scale, list(STAGES))
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "scale": scale,
        "logs": len(names["features"]),
        "events": len(names["events"]),
        "seconds": seconds,
        "seconds in all": round(sum(seconds.values()), 1),
        "peak GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9, 2),
        "scores": names["scores"][["accuracy", "AUC"]].round(4).to_dict("index"),
    }


def rival(scale: float) -> dict[str, float]:
    """Score boosting on the frequent moves and bigrams."""
    names, _ = run(scale, list(STAGES)[:-1])
    columns = clone(names["runs"]).set_params(min_df=FREQUENT, dtype=np.float32)
    dense = FunctionTransformer(lambda table: table.toarray(), accept_sparse=True)
    model = make_pipeline(columns, dense, clone(names["boosting"]))
    chance, correct = names["chance"](model, names["texts"]), names["correct"]
    return {
        "accuracy": round(float(((chance > 0.5) == correct).mean()), 4),
        "AUC": round(float(roc_auc_score(correct, chance)), 4),
        "columns": len(columns.fit(names["texts"]).get_feature_names_out()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--scale", type=float, default=5.7, help="of the twin: 5.7 has 17,680 students"
    )
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # of the processes below: one core, and no waiting threads
    fresh = multiprocessing.get_context("spawn")
    with fresh.Pool(1) as pool:
        pool.apply(ssplab.load, ["student_logs"], {"seed": 2023, "scale": asked.scale})
    with fresh.Pool(1) as pool:
        measured = {"whole": pool.apply(whole, [asked.scale])}
    with fresh.Pool(1) as pool:
        measured["boosting on bigrams"] = pool.apply(rival, [asked.scale])
    measured["machine"] = machine(PACKAGES)
    text = json.dumps(measured, indent=1, ensure_ascii=False)
    print(text)
    if asked.store:
        if measured["whole"]["logs"] < REAL_LOGS:
            parser.error(f"at least {REAL_LOGS:,} logs are measured: take a larger --scale")
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
