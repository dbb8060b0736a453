"""An edition of a kit: its rows, cut into parts, under identifiers that tell nothing."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ssplab.course import load_card
from ssplab.kits.facts import MIN_SEED, Kit
from ssplab.system import SsplabError, load_module

PARTS = ("train", "public", "test")
WITH_TRUTH = ("train", "public")
"""The parts of which a team receives the truth."""


@dataclass(frozen=True)
class Edition:
    """What `kits/SLUG/organiser/edition.py` makes of a seed.

    Parameters
    ----------
    rows : DataFrame
        What there is to answer for, a row each, with its key.
    truth : DataFrame
        The same keys, in any order, with what `metric.py` needs.
    part : Series of str
        `train`, `public` or `test`, aligned with `rows`.
    context : dict of str to DataFrame
        Tables that all parts share.
    """

    rows: pd.DataFrame
    truth: pd.DataFrame
    part: pd.Series
    context: dict[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """An edition as it is handed out: each part shuffled, under new identifiers.

    `rows` and `truth` are by part, each sorted by the new identifier.
    """

    label: str
    """Names the edition and tells nothing of its seed."""
    rows: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    context: dict[str, pd.DataFrame]

    def tables(self, *parts_with_truth: str) -> dict[str, pd.DataFrame]:
        """Return tables by the name of their file in `data/`."""
        truths = {f"{part}_truth": self.truth[part] for part in parts_with_truth}
        return {**self.context, **self.rows, **truths}


def cut(kit: Kit, seed: int) -> Parts:
    """Make the edition of a seed, and cut it.

    A key is replaced by an identifier drawn at random, so that neither its order nor the order of
    the rows tells what the generator knew.

    Raises
    ------
    SsplabError
        If the seed is so small that trying would find it, or if `edition.py` returns rows, truth
        and parts that do not fit each other.
    """
    check_seed(seed)
    made = load_module(kit.folder / "organiser" / "edition.py").edition(seed)
    return renamed(kit, made, seed)


def check_seed(seed: int) -> None:
    """Raise SsplabError if trying every seed would find this one."""
    if seed < MIN_SEED:
        raise SsplabError(
            f"The seed {seed} could be found by trying. Leave it out, and one is drawn; or give "
            f"one of 13 digits or more, drawn at random."
        )


def renamed(kit: Kit, made: Edition, seed: int) -> Parts:
    """Return an edition cut into parts, under new identifiers; see `cut`."""
    key = kit.submission.key
    _check(kit, made)
    # A stream apart from the generator's, which begins with the same seed.
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2**31,)))
    drawn = rng.choice(9 * 10**7, len(made.rows), replace=False) + 10**7
    names = pd.Series([f"R{number}" for number in drawn], index=made.rows[key].to_numpy())
    rows = made.rows.assign(**{key: made.rows[key].map(names)})
    truth = made.truth.assign(**{key: made.truth[key].map(names)})
    part_of = pd.Series(made.part.to_numpy(), index=rows[key].to_numpy())
    return Parts(
        label=hashlib.sha256(str(seed).encode()).hexdigest()[:6],
        rows={part: _of_part(rows, part_of, part, key) for part in PARTS},
        truth={part: _of_part(truth, part_of, part, key) for part in PARTS},
        context={
            name: table.sample(frac=1, random_state=rng).reset_index(drop=True)
            for name, table in made.context.items()
        },
    )


def sample_submission(kit: Kit, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the answer that costs nothing, for rows of a part."""
    said = {name: column.sample for name, column in kit.submission.columns.items()}
    return rows[[kit.submission.key]].assign(**said)


def mark_of(kit: Kit, *files: Path) -> str:
    """Return a mark of a kit's twin, of what it is cut by, and of the content of some files.

    The twin is its card's content hash, and its generator and words, of which a kit may take
    another setting. What the kit says in words is not in the mark.
    """
    card = load_card(kit.data)
    said = kit.model_dump_json(
        include={"seed": True, "group": True, "submission": {"key"}, "metric": {"name"}}
    )
    digest = hashlib.sha256(f"{card.content_hash} {said}".encode())
    of_twin = (card.folder / card.builder, *card.folder.glob("words.yml"))
    for path in (*of_twin, kit.folder / "organiser" / "edition.py", *files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _of_part(table: pd.DataFrame, part_of: pd.Series, part: str, key: str) -> pd.DataFrame:
    columns = [key, *(name for name in table if name != key)]
    chosen = table.loc[table[key].map(part_of) == part, columns]
    return chosen.sort_values(key).reset_index(drop=True)


def _check(kit: Kit, made: Edition) -> None:
    key = kit.submission.key
    place = f"kits/{kit.slug}/organiser/edition.py"
    for name, table in {"rows": made.rows, "truth": made.truth}.items():
        if key not in table or table[key].duplicated().any():
            raise SsplabError(f"{place}: {name} needs the column {key}, each value once.")
    if set(made.rows[key]) != set(made.truth[key]):
        raise SsplabError(f"{place}: rows and truth have other values of {key}.")
    if len(made.part) != len(made.rows) or set(made.part) != set(PARTS):
        raise SsplabError(f"{place}: part needs one of {', '.join(PARTS)} a row, and each of them.")
    if unsaid := set(made.truth) - {key, *kit.truth}:
        raise SsplabError(f"{place}: kit.yml does not say what the truth's {unsaid} mean.")
    if shown := (set(made.rows) & set(kit.truth)) - {key}:
        raise SsplabError(f"{place}: rows show {shown} of the truth.")
    if set(made.context) != {*kit.context, *kit.other_context}:
        raise SsplabError(f"{place}: context holds other tables than kit.yml says.")
    if kit.group and made.part.groupby(made.rows[kit.group].to_numpy()).nunique().max() > 1:
        raise SsplabError(f"{place}: a {kit.group} is in two parts.")
