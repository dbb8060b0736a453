"""Score what teams hand in: on one half of the test part now, on the other at the close.

It runs in processes of its own, so that what takes too long can be ended.
"""

import functools
import hashlib
import hmac
import json
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ssplab.kits import submission

PUBLIC_SHARE = 0.5
"""Of the rows of the test part: what the page shows before the close is computed on them."""
DRAWS = 500
LEVEL = 0.9


@dataclass(frozen=True)
class Judged:
    """The metrics of a submission on each half, the one that ranks first."""

    public: dict[str, float]
    private: dict[str, float]


@dataclass(frozen=True)
class Refusal:
    """Why a file is not scored, a line each problem."""

    told: str


class Judge:
    """The organisers' folder of an edition, opened once.

    Parameters
    ----------
    folder : str or Path
        As the organisers' archive is unpacked: `kit.json`, `metric.py`, `edition.json`, `data`.
    """

    def __init__(self, folder: str | Path):
        self.kit = submission.Folder(folder)
        edition = json.loads((Path(folder) / "edition.json").read_text(encoding="utf-8"))
        self.groups = _groups(self.kit)
        self.is_public = public_half(self.groups, edition["seed"])

    def judge(self, content: bytes, name: str) -> Judged | Refusal:
        """Check a file and score it on both halves."""
        try:
            part, answers = self.kit.check(content, name)
        except submission.Refused as refusal:
            return Refusal(str(refusal))
        if part != "test":
            return Refusal(
                f"{name} answers the {part} part, of which you have the truth: score it yourself, "
                "and hand in the answers to the test part."
            )
        halves = (self.is_public, ~self.is_public)
        judged = Judged(*(self.kit.metrics(part, answers, half) for half in halves))
        values = {**judged.public, **judged.private}.values()
        if not np.isfinite(list(values)).all():
            return Refusal(f"The metric of {name} is no finite number: tell the organisers.")
        return judged

    def private_draws(self, contents: list[bytes], draws: int = DRAWS) -> np.ndarray:
        """Return the scores of some submissions on samples of the private half.

        Groups are drawn with replacement, all their rows together, the same ones for each
        submission: the nonparametric bootstrap of Efron (1979), by cluster and paired.

        Returns
        -------
        array of shape (draws, n_submissions)
        """
        answers = [self.kit.check(content, "")[1] for content in contents]
        private = np.flatnonzero(~self.is_public)
        rows_of = list(pd.Series(private).groupby(self.groups[private]).apply(np.array))
        rng = np.random.default_rng(0)
        scores = np.empty((draws, len(answers)))
        for draw in range(draws):
            chosen = rng.integers(len(rows_of), size=len(rows_of))
            rows = np.concatenate([rows_of[group] for group in chosen])
            for place, table in enumerate(answers):
                scores[draw, place] = next(iter(self.kit.metrics("test", table, rows).values()))
        return scores


def certainty(scores: list[float], draws: np.ndarray) -> list[tuple[float, float, bool]]:
    """Return of each submission an interval, and whether it is level with the first.

    The first is the one of many that scored best, in part by chance: whoever is compared with it
    alone is denied too often. So the bound is that of all differences at once, after Hsu's multiple
    comparisons with the best (1984), by the bootstrap.

    Parameters
    ----------
    scores : list of float
        The private ones.
    draws : array of shape (n_draws, n_submissions)
        The same scores on samples of the private half; see `Judge.private_draws`.

    Returns
    -------
    list of (float, float, bool)
        Percentile bounds at `LEVEL`, and whether it may be the best one.
    """
    given = np.array(scores)
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    low, high = np.quantile(draws, tails, axis=0)
    errors = draws - given
    # By how much chance alone puts the best of the others before each one.
    ahead = np.quantile(errors.max(axis=1, keepdims=True) - errors, tails[1], axis=0)
    level = given.max() - given <= ahead
    return [
        (float(one), float(other), bool(is_level))
        for one, other, is_level in zip(low, high, level, strict=True)
    ]


def public_half(groups: np.ndarray, seed: str) -> np.ndarray:
    """Return which rows are in the public half, as the organisers' seed draws it.

    Rows of a group stay together; groups come in an order that only who knows the seed can tell.

    Parameters
    ----------
    groups : array of str
        Of each row.
    seed : str
        The organisers'.

    Returns
    -------
    array of bool
    """
    names, sizes = np.unique(groups, return_counts=True)
    drawn = [hmac.new(seed.encode(), name.encode(), hashlib.sha256).digest() for name in names]
    order = sorted(range(len(names)), key=drawn.__getitem__)
    before = np.cumsum(sizes[order]) - sizes[order] / 2
    public = {names[group] for group in np.array(order)[before <= PUBLIC_SHARE * len(groups)]}
    return np.array([group in public for group in groups])


def _groups(kit: submission.Folder) -> np.ndarray:
    """Return the group of each row of the test part, in the order of its identifiers."""
    key, group = kit.facts["key"], kit.facts["group"] or kit.facts["key"]
    rows = kit.table("test").sort_values(key)
    return rows[group].astype(str).to_numpy(dtype=object)


@functools.cache
def judge_of(folder: str) -> Judge:
    """Return the judge of a folder, the same one each time."""
    return Judge(folder)


def asked(what: str, folder: str, *arguments: object) -> object:
    """Return what a method of a folder's judge returns: what a process of its own is asked."""
    # A terminal's Ctrl-C goes to every process, and what is being scored is still answered.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return getattr(judge_of(folder), what)(*arguments)
