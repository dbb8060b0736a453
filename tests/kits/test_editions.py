"""An edition as it is handed out tells nothing but what it is meant to tell."""

import numpy as np
import pandas as pd
import pytest
from sample_kit import SAID

from ssplab.kits import Edition, Kit, build, cut, load_kit
from ssplab.kits.editions import renamed
from ssplab.system import SsplabError

SEED = 123_456_789_012_345
KIT = Kit.model_validate({"slug": "toy"} | SAID)
N = 900


def made(**changed):
    """An edition whose truth is plain from its order and its keys: the first third is wrong."""
    number = np.arange(N)
    form = pd.Series([f"F{i:05d}" for i in number])
    given = {
        "rows": pd.DataFrame({"form": form, "firm": (number // 3).astype(str), "pay": number % 7}),
        "truth": pd.DataFrame({"form": form[::-1], "wrong": (number < N / 3)[::-1]}),
        "part": pd.Series(np.where(number % 30 < 18, "train", "test")).mask(
            number % 30 >= 24, "public"
        ),
    }
    return Edition(**(given | changed))


def test_parts_hold_each_row_once_and_the_truth_stays_with_its_row():
    parts = renamed(KIT, made(), SEED)
    assert {part: len(rows) for part, rows in parts.rows.items()} == {
        "train": 540,
        "public": 180,
        "test": 180,
    }
    rows, truth = (pd.concat(by_part.values()) for by_part in (parts.rows, parts.truth))
    assert rows["form"].is_unique and not rows["form"].str.startswith("F").any()
    both = rows.merge(truth, on="form", validate="one_to_one")
    is_wrong = both["firm"].astype(int) < N / 9  # as it was made
    assert both["wrong"].equals(is_wrong.rename("wrong"))
    for part, part_rows in parts.rows.items():
        assert list(part_rows["form"]) == list(parts.truth[part]["form"])
    assert set(parts.tables("train", "public")) == {
        *("train", "public", "test", "train_truth", "public_truth")
    }


def test_neither_the_order_nor_the_identifier_tells_what_the_generator_knew():
    parts = renamed(KIT, made(), SEED)
    for part, truth in parts.truth.items():
        rank = truth["form"].str[1:].astype(int).rank()
        assert rank.is_monotonic_increasing  # so that the order of the rows is the identifiers'
        above = rank[truth["wrong"]].mean() - rank[~truth["wrong"]].mean()
        assert abs(above) < len(truth) / 8, part  # the order as it was made gives half of them


def test_a_seed_makes_the_same_edition_and_another_another():
    first, again, other = (renamed(KIT, made(), seed) for seed in (SEED, SEED, SEED + 1))
    pd.testing.assert_frame_equal(first.rows["test"], again.rows["test"])
    assert first.label == again.label != other.label
    assert not set(first.rows["test"]["form"]) & set(other.rows["test"]["form"])


def test_a_seed_that_trying_would_find_is_refused():
    with pytest.raises(SsplabError, match="The seed 2018 could be found by trying"):
        cut(KIT, 2018)


ROWS, TRUTH, PART = made().rows, made().truth, made().part
BROKEN = {
    "a key twice": (
        {"rows": ROWS.assign(form="F1")},
        "rows needs the column form, each value once",
    ),
    "no key": ({"truth": TRUTH.drop(columns="form")}, "truth needs the column form"),
    "other keys": ({"truth": TRUTH.iloc[1:]}, "other values of form"),
    "a part unknown": ({"part": PART.replace("public", "hidden")}, "part needs one of"),
    "a part missing": ({"part": PART.replace("public", "test")}, "each of them"),
    "a part too short": ({"part": PART.iloc[1:]}, "part needs one of"),
    "truth unsaid": ({"truth": TRUTH.assign(why="")}, "does not say what the truth's"),
    "truth shown": ({"rows": ROWS.assign(wrong=True)}, "rows show"),
    "a table unsaid": ({"context": {"firms": ROWS}}, "context holds other tables"),
    "a group in two parts": ({"rows": ROWS.assign(firm="1")}, "a firm is in two parts"),
}


@pytest.mark.parametrize(("changed", "told"), BROKEN.values(), ids=BROKEN)
def test_what_does_not_fit_is_refused_before_anything_is_written(changed, told):
    with pytest.raises(SsplabError, match=told):
        renamed(KIT, made(**changed), SEED)


def test_a_place_that_is_no_folder_is_refused_before_anything_is_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SsplabError, match="cannot be a folder of archives"):
        build("activity-coding", seed=SEED, out=tmp_path / "file")


def test_a_kit_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(SsplabError, match="activity-coding"):
        load_kit("activity-codin")
