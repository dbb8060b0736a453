"""What the answers that everybody has score, over several editions: `benchmarks/kits/SLUG.json`.

The brief tells the medians. A record says of which code and twin it is: a stale one turns red.
"""

import contextlib
import hashlib
import json
import os
import runpy
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict

from ssplab.course import course_root, normal
from ssplab.kits.building import BASELINE, estimator_of
from ssplab.kits.editions import Edition, mark_of
from ssplab.kits.facts import MIN_SEED, Kit, load_kit
from ssplab.system import load_module, write_text

SEEDS = tuple(MIN_SEED + number for number in range(1, 11))
"""Of the editions that are measured; that of no event, since they are public."""
ANSWERS = ("trivial", "baseline", "course", "truth")


class Record(BaseModel):
    """What was measured of a kit."""

    model_config = ConfigDict(extra="forbid")

    state: str
    """Mark of all that the scores depend on."""
    seeds: list[int]
    scores: dict[str, list[float]]
    """By answer, the metric that ranks on each edition's test part."""

    def median(self, answer: str) -> float:
        return statistics.median(self.scores[answer])

    def least_margin(self) -> float:
        """Return by how much the baseline beats the trivial answer at least."""
        pairs = zip(self.scores["baseline"], self.scores["trivial"], strict=True)
        return min(baseline - trivial for baseline, trivial in pairs)


def record_path(slug: str) -> Path:
    return course_root() / "benchmarks" / "kits" / f"{slug}.json"


def read_record(slug: str) -> Record | None:
    """Return what was measured, None if nothing was."""
    path = record_path(slug)
    return Record.model_validate_json(path.read_bytes()) if path.is_file() else None


def measure(
    slug: str, seeds: Sequence[int] = SEEDS, *, advance: Callable[[], None] = lambda: None
) -> Record:
    """Score the trivial answer, the baseline, the course's solution and the truth, and store it.

    Parameters
    ----------
    slug : str
        The kit.
    seeds : sequence of int
        Of the editions.
    advance : callable
        Called after each edition.

    Raises
    ------
    SsplabError
        If there is no such kit.
    """
    kit = load_kit(slug)
    organiser = kit.folder / "organiser"
    make = load_module(organiser / "edition.py").edition
    rivals = load_module(organiser / "rivals.py")
    scores: dict[str, list[float]] = {answer: [] for answer in ANSWERS}
    for seed in seeds:
        edition = make(seed)
        answers = {
            "trivial": rivals.trivial(edition),
            "baseline": _baseline(kit, edition),
            "course": rivals.course(edition),
            "truth": rivals.truth(edition),
        }
        for answer, handed_in in answers.items():
            scores[answer].append(_score(kit, edition, handed_in))
        advance()
    record = Record(state=state(kit), seeds=list(seeds), scores=scores)
    write_text(f"{json.dumps(record.model_dump(), indent=1)}\n", record_path(slug))
    return record


def state(kit: Kit) -> str:
    """Return a mark of the code and the twin that a record is of."""
    estimator = hashlib.sha256(estimator_of(normal.read(kit.folder / BASELINE)).encode())
    files = [kit.folder / "metric.py", kit.folder / "organiser" / "rivals.py"]
    return f"{mark_of(kit, *files)}-{estimator.hexdigest()[:8]}"


def _baseline(kit: Kit, edition: Edition) -> pd.DataFrame:
    key = kit.submission.key
    train, test = (edition.rows[edition.part == part] for part in ("train", "test"))
    truth = train[[key]].merge(edition.truth, on=key, validate="one_to_one")
    with _data_folder(edition):
        Path("estimator.py").write_text(
            estimator_of(normal.read(kit.folder / BASELINE)), encoding="utf-8"
        )
        estimator = runpy.run_path("estimator.py")["get_estimator"]().fit(train, truth)
        answers = estimator.predict(test)
    return answers.set_axis(test.index).assign(**{key: test[key]})


@contextlib.contextmanager
def _data_folder(edition: Edition) -> Iterator[None]:
    """Work in a folder whose `data` holds the context of an edition."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").mkdir()
        for name, table in edition.context.items():
            table.to_parquet(Path(folder) / "data" / f"{name}.parquet", index=False)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _score(kit: Kit, edition: Edition, answers: pd.DataFrame) -> float:
    key = kit.submission.key
    test = edition.rows.loc[edition.part == "test", [key]].sort_values(key, ignore_index=True)
    truth = test.merge(edition.truth, on=key, validate="one_to_one")
    answers = test.merge(answers[[key, *kit.submission.columns]], on=key, validate="one_to_one")
    metrics = runpy.run_path(str(kit.folder / "metric.py"))["metrics"](truth, answers)
    return round(float(metrics[kit.metric.name]), 4)
