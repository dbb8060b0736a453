"""The data room: load, truth, describe, builds that leave nothing half written."""

import errno

import pandas as pd
import pytest

import ssplab
from ssplab import data, synth
from ssplab.cards import load_card
from ssplab.errors import CheckFailed, SsplabError

SMALL = {"seed": 7, "scale": 0.05}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SSPLAB_CACHE", str(tmp_path / "cache"))


def test_the_default_is_the_sample_that_ships():
    card = load_card("payroll")
    declarations = ssplab.load("payroll")
    assert len(declarations) == card.tables["declarations"].rows
    assert list(declarations) == list(card.tables["declarations"].variables)
    pd.testing.assert_frame_equal(declarations, ssplab.load("payroll", seed=card.seed, scale=1))


def test_another_seed_is_generated_once_and_cached(monkeypatch):
    first = ssplab.load("payroll", **SMALL)
    planted = ssplab.truth("payroll", **SMALL)
    assert set(planted["declaration_id"]) <= set(first["declaration_id"])
    monkeypatch.setattr(synth, "build", lambda *_, **__: pytest.fail("generated again"))
    pd.testing.assert_frame_equal(first, ssplab.load("payroll", **SMALL))


def test_real_data_have_no_seed_and_no_truth():
    panel = ssplab.load("wagepan")
    assert panel.shape == (4360, 44)
    assert ssplab.truth("wagepan") is None
    with pytest.raises(SsplabError, match="real data"):
        ssplab.load("wagepan", seed=1)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: ssplab.load("payrol"), "Did you mean payroll"),
        (lambda: ssplab.load("payroll", "declaration"), "Did you mean declarations"),
        (lambda: ssplab.load("payroll", scale=0), "above 0"),
        (lambda: ssplab.load("payroll", scale=float("nan")), "above 0"),
        (lambda: ssplab.load("payroll", scale="big"), "above 0"),
        (lambda: ssplab.load("payroll", seed=-1, scale=0.05), "whole number"),
        (lambda: ssplab.load("payroll", seed=1.5, scale=0.05), "whole number"),
        (lambda: ssplab.load("no/such/folder"), "does not exist"),
    ],
)
def test_bad_input_is_a_sentence(call, told):
    with pytest.raises(SsplabError, match=told):
        call()


def test_describe_shows_units_as_text_and_html():
    card = ssplab.describe("payroll")
    assert "EUR" in repr(card)
    assert "<caption>" in card._repr_html_()


def test_a_build_is_partitioned_and_can_be_loaded(tmp_path):
    out = synth.build(load_card("payroll"), tmp_path / "twin", **SMALL)
    assert list((out / "declarations.parquet").glob("part-*.parquet"))
    assert list((out / "truth" / "declarations.parquet").glob("part-*.parquet"))
    pd.testing.assert_frame_equal(
        ssplab.load(out), ssplab.load("payroll", **SMALL), check_like=True
    )


def test_a_build_never_overwrites(tmp_path):
    with pytest.raises(SsplabError, match="exists already"):
        synth.build(load_card("payroll"), tmp_path, **SMALL)


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), SsplabError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_build_that_stops_leaves_nothing(tmp_path, monkeypatch, failure, raised):
    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(raised):
        synth.build(load_card("payroll"), tmp_path / "twin", **SMALL)
    assert list(tmp_path.iterdir()) == []


def test_the_hash_sees_a_cent_a_missing_value_and_an_exchange():
    card = load_card("payroll")
    twin = synth.generate(card, 7, 0.05)
    before = synth.content_hash(twin.named(), card)
    for change in (
        lambda pay: pay.where(pay.index != 3, pay + 0.01),
        lambda pay: pay.where(pay.index != 3),
        lambda pay: pay.iloc[::-1].reset_index(drop=True),
    ):
        named = twin.named()
        named["declarations"] = named["declarations"].assign(
            gross=lambda d, f=change: f(d["gross"])
        )
        assert synth.content_hash(named, card) != before


def test_check_sees_a_changed_value(monkeypatch):
    sound = data._read

    def changed(card, place, *rest):
        frame = sound(card, place, *rest)
        if place == "declarations":
            frame.loc[5, "gross"] += 1
        return frame

    data.check("payroll", regenerate=False)
    monkeypatch.setattr(data, "_read", changed)
    with pytest.raises(CheckFailed, match="hash"):
        data.check("payroll", regenerate=False)
