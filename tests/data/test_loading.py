"""The data room: load, truth, describe, builds that leave nothing half written."""

import errno
import html
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from processes import LIMIT, started, wait_until

import ssplab
from ssplab.cli import main
from ssplab.course.cards import Card, card_names, load_card
from ssplab.data import checking, content_hash, generation, loading
from ssplab.system.errors import CheckFailed, SsplabError

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
    monkeypatch.setattr(generation, "build", lambda *_, **__: pytest.fail("generated again"))
    pd.testing.assert_frame_equal(first, ssplab.load("payroll", **SMALL))


DEPENDS_ON = {
    # whether the twin job_offers is another when this file is
    "job_offers/generate.py": True,
    "job_offers/words.yml": True,
    "job_offers/card.yml": True,
    "data/twins/dice.py": True,
    "data/twins/firms.yml": True,
    "data/twins/names.yml": True,  # of a module that another of the twins' modules imports
    "data/content.py": True,  # which rounds what is generated
    "communes/card.yml": True,
    "job_offers/picture.py": False,
    "employers/generate.py": False,
    "scanner/words.yml": False,
    "web/app.py": False,
}


@pytest.fixture
def marks(monkeypatch):
    """A function that gives the mark of a twin, computed anew."""

    def mark(name):
        generation._fingerprint.cache_clear()
        return generation.fingerprint(load_card(name))

    yield mark
    generation._fingerprint.cache_clear()


@pytest.mark.parametrize("changed", DEPENDS_ON)
def test_a_cached_twin_is_of_all_that_makes_it(changed, marks, monkeypatch):
    before, read = marks("job_offers"), Path.read_bytes
    edited = []

    def edit(path):
        if path.as_posix().endswith(f"/{changed}"):
            edited.append(path)
        return read(path) + b"\n" * path.as_posix().endswith(f"/{changed}")

    monkeypatch.setattr(Path, "read_bytes", edit)
    assert (marks("job_offers") != before) == DEPENDS_ON[changed]
    assert bool(edited) == DEPENDS_ON[changed]


@pytest.mark.parametrize("package", ["numpy", "scipy"])
def test_a_cached_twin_is_of_the_libraries_that_draw_it(package, marks, monkeypatch):
    before, version = marks("payroll"), generation.version
    monkeypatch.setattr(
        generation, "version", lambda name: "0.1" if name == package else version(name)
    )
    assert marks("payroll") != before


def test_the_mark_is_in_the_name_under_which_a_twin_is_kept(monkeypatch):
    folders = []

    def build(card, out, **_):
        folders.append(out.name)
        raise SsplabError("not built")

    monkeypatch.setattr(generation, "build", build)
    with pytest.raises(SsplabError, match="not built"):
        ssplab.load("job_offers", seed=7)
    assert generation.fingerprint(load_card("job_offers")) in folders[0]


def test_real_data_have_no_seed_and_no_truth():
    panel = ssplab.load("wagepan")
    assert panel.shape == (4360, 44)
    assert ssplab.truth("wagepan") is None


@pytest.mark.parametrize("name", ["wagepan", "communes"])
@pytest.mark.parametrize("asked", [{"seed": 1}, {"scale": 1}, {"scale": 0}])
def test_real_data_have_neither_seed_nor_scale(name, asked):
    with pytest.raises(SsplabError, match=f"{name!r} holds real data: .* no seed and no scale"):
        ssplab.load(name, **asked)


def test_files_that_are_missing_tell_how_to_write_them(monkeypatch, tmp_path):
    cards = {name: load_card(name) for name in ("communes", "payroll")}
    monkeypatch.setattr(Card, "folder", tmp_path)
    monkeypatch.setattr(loading, "load_card", cards.get)
    with pytest.raises(SsplabError, match=r"`python datasets/communes/build\.py`"):
        ssplab.load("communes")
    with pytest.raises(SsplabError, match="`ssplab data build payroll --sample`"):
        ssplab.load("payroll")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: ssplab.load("payrol"), "Did you mean payroll"),
        (lambda: ssplab.load("comune"), "Did you mean communes"),
        (lambda: ssplab.load("zzz"), "There are: activity_labels, careers, communes, "),
        (lambda: ssplab.load("naf", "subclass"), "Did you mean subclasses"),
        (lambda: ssplab.truth("payroll", "zzz"), "There are: declarations, posts"),
        (lambda: ssplab.load("payroll", "declaration"), "Did you mean declarations"),
        (lambda: ssplab.load("payroll", scale=0), "above 0"),
        (lambda: ssplab.load("payroll", scale=-1), "above 0"),
        (lambda: ssplab.load("payroll", scale=float("nan")), "above 0"),
        (lambda: ssplab.load("payroll", scale=float("inf")), "above 0"),
        (lambda: ssplab.load("payroll", scale=True), "above 0"),
        (lambda: ssplab.load("payroll", scale="big"), "above 0"),
        (lambda: ssplab.load("payroll", seed=-1, scale=0.05), "whole number"),
        (lambda: ssplab.load("payroll", seed=1.5, scale=0.05), "whole number"),
        (lambda: ssplab.load("no/such/folder"), "does not exist"),
    ],
)
def test_bad_input_is_a_sentence(call, told):
    with pytest.raises(SsplabError, match=told):
        call()


@pytest.mark.parametrize("name", card_names())
def test_a_description_has_all_that_an_extract_must_hold_in_80_columns(name):
    described = ssplab.describe(name)
    text = repr(described)
    page = html.unescape(re.sub("<[^>]+>", " ", described._repr_html_()))
    words = " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    for table in described.card.tables.values():
        for told in (f"no two rows share: {', '.join(table.key)}.", table.title, table.unit):
            assert told in words and told in page
        for key in table.foreign_keys:
            told = f"{', '.join(key.columns)}: to be found in the table {key.references}"
            assert told in words and told in page
        for column, variable in table.variables.items():
            assert f"{column} ({variable.type})" in words
            for told in (variable.unit, variable.meaning, variable.missing):
                assert told is None or (" ".join(told.split()) in words and told in page)
            for code, label in (variable.codes or {}).items():
                assert " ".join(f"{code} {label}".split()) in words
                assert re.search(rf"{re.escape(code)} +{re.escape(label)}", page)


def test_a_description_says_limits_and_sets_long_lists_in_columns():
    text, page = repr(ssplab.describe("payroll")), ssplab.describe("payroll")._repr_html_()
    assert "\n      from 0 to 1\n" in text and "from 0 to 1" in page
    assert "\n      0 or more\n" in text
    assert "\n      01  Ain                      48  Lozère\n" in text
    assert "\n      1  man\n      2  woman\n" in text
    assert "<caption>" in page and page.count("columns:14em") == 3


def test_a_build_is_partitioned_and_can_be_loaded(tmp_path):
    out = generation.build(load_card("payroll"), tmp_path / "twin", **SMALL)
    assert list((out / "declarations.parquet").glob("part-*.parquet"))
    assert list((out / "truth" / "declarations.parquet").glob("part-*.parquet"))
    pd.testing.assert_frame_equal(
        ssplab.load(out), ssplab.load("payroll", **SMALL), check_like=True
    )


def test_a_build_has_the_permissions_that_the_umask_leaves(tmp_path, umask):
    out = generation.build(load_card("payroll"), tmp_path / "twin", **SMALL)
    paths = [out, *out.rglob("*")]
    assert {path.is_dir() for path in paths} == {True, False}
    for path in paths:
        most = 0o777 if path.is_dir() else 0o666
        assert stat.S_IMODE(path.stat().st_mode) == most & ~umask, path


def test_a_build_never_overwrites(tmp_path):
    with pytest.raises(SsplabError, match="exists already"):
        generation.build(load_card("payroll"), tmp_path, **SMALL)


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
        generation.build(load_card("payroll"), tmp_path / "twin", **SMALL)
    assert list(tmp_path.iterdir()) == []


def test_a_sample_that_stops_leaves_every_table_as_it_was(tmp_path, monkeypatch):
    card = load_card("payroll")
    twin = generation.generate(card, **SMALL)
    folder = tmp_path / "datasets" / "payroll"
    folder.mkdir(parents=True)
    (folder / "declarations.parquet").write_text("former")
    monkeypatch.setattr(Card, "folder", folder)
    written = []

    def fill(frame, path, **_):
        path.write_text("new")
        written.append(path)
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fill)
    with pytest.raises(SsplabError, match="No space left"):
        checking.write_tables(card, twin.named())
    assert len(written) == 3
    kept = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.read_text() for path in kept] == ["former"]


def build_command(*words):
    return [sys.executable, "-m", "ssplab", "data", "build", "payroll", "--seed", "7", *words]


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_a_system_that_refuses_to_write_is_a_sentence_and_leaves_nothing(tmp_path):
    """The system itself refuses here, in the middle of a part, as it does when a disk is full."""
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    command = build_command("--scale", "0.25", "--out", str(tmp_path / "twin"))
    run = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, timeout=LIMIT)
    assert run.returncode == 2
    assert "Nothing was kept" in run.stderr
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="sends the signal of Ctrl-C")
def test_ctrl_c_in_the_middle_of_a_build_leaves_nothing(tmp_path):
    command = build_command("--scale", "100", "--out", str(tmp_path / "twin"))
    with started(command, stderr=subprocess.PIPE, text=True) as run:
        wait_until(lambda: any(tmp_path.rglob("part-*.parquet")), run)
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=LIMIT)[1]
    assert run.returncode == 130
    assert "nothing half done was kept" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scale", ["0", "-1", "nan", "inf"])
def test_a_scale_that_makes_no_sense_is_refused_before_anything_is_written(
    scale, tmp_path, monkeypatch, capsys
):
    words = ["data", "build", "payroll", "--seed", "7", f"--scale={scale}"]
    monkeypatch.setattr(sys, "argv", ["ssplab", *words, "--out", str(tmp_path / "twin")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "it must be a number above 0" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_hash_sees_a_cent_a_missing_value_and_an_exchange():
    card = load_card("payroll")
    twin = generation.generate(card, 7, 0.05)
    before = content_hash(twin.named(), card)
    for change in (
        lambda pay: pay.where(pay.index != 3, pay + 0.01),
        lambda pay: pay.where(pay.index != 3),
        lambda pay: pay.iloc[::-1].reset_index(drop=True),
    ):
        named = twin.named()
        named["declarations"] = named["declarations"].assign(
            gross=lambda d, f=change: f(d["gross"])
        )
        assert content_hash(named, card) != before


def test_check_sees_a_changed_value(monkeypatch):
    sound = checking.read_table_of

    def changed(card, place, *rest):
        frame = sound(card, place, *rest)
        if place == "declarations":
            frame.loc[5, "gross"] += 1
        return frame

    checking.check_data_set("payroll", regenerate=False)
    monkeypatch.setattr(checking, "read_table_of", changed)
    with pytest.raises(CheckFailed, match="hash"):
        checking.check_data_set("payroll", regenerate=False)


@pytest.fixture(scope="module")
def sample(generated):
    return generated("payroll")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reached": 3000.0, "tolerance": 700.0}, r"'mean gross' is 3667, its card says 3000"),
        ({"reached": None, "tolerance": None}, r"'mean gross' is 3667, and its card does not say"),
        ({"name": "modal gross"}, r"'modal gross' is not measured by generate\.py"),
    ],
)
def test_check_holds_margins_against_the_sample(monkeypatch, sample, change, told):
    card = load_card("payroll")
    first, *others = card.margins
    margins = [first.model_copy(update=change), *others]
    changed = card.model_copy(update={"margins": margins})
    monkeypatch.setattr(generation, "generate", lambda *_: sample)
    monkeypatch.setattr(checking, "load_card", lambda name: changed)
    with pytest.raises(CheckFailed, match=told) as caught:
        checking.check_data_set("payroll")
    assert len(str(caught.value).splitlines()) == 2  # all else is as the card says


def test_check_sees_that_a_build_script_is_gone(monkeypatch):
    gone = load_card("naf").model_copy(update={"builder": "gone.py"})
    monkeypatch.setattr(checking, "load_card", lambda name: gone)
    with pytest.raises(CheckFailed, match=r"naf/gone\.py, which built the tables, is missing"):
        checking.check_data_set("naf")


def test_check_sees_a_parent_that_is_no_item(monkeypatch):
    sound = checking.read_table_of

    def changed(card, place, *rest):
        frame = sound(card, place, *rest)
        if place == "activities":
            frame.loc[100, "parent"] = "99.9"
        return frame

    monkeypatch.setattr(checking, "read_table_of", changed)
    with pytest.raises(CheckFailed, match="1 rows have a parent that is not in activities"):
        checking.check_data_set("naf")


@pytest.fixture
def as_before(monkeypatch):
    """What `set_up` changes of this process is as before after the test."""
    printing = np.get_printoptions()
    monkeypatch.setattr(loading, "_chosen", {})
    with mpl.rc_context():
        yield
    np.set_printoptions(**printing)


@pytest.mark.usefixtures("as_before")
def test_what_is_set_up_is_what_its_name_loads(tmp_path):
    ssplab.set_up("payroll", **SMALL)
    pd.testing.assert_frame_equal(ssplab.load("payroll"), ssplab.load("payroll", **SMALL))
    pd.testing.assert_frame_equal(ssplab.truth("payroll"), ssplab.truth("payroll", **SMALL))
    card = load_card("payroll")
    assert len(ssplab.load("payroll", seed=card.seed)) == card.tables["declarations"].rows
    ssplab.load("payroll").to_parquet(tmp_path / "declarations.parquet")
    ssplab.set_up(str(tmp_path), seed=1, scale=1)
    assert len(ssplab.load("payroll")) == len(ssplab.load("payroll", **SMALL))
    assert ssplab.truth("payroll") is None
    ssplab.set_up()
    assert len(ssplab.load("payroll")) == card.tables["declarations"].rows


@pytest.mark.usefixtures("as_before")
def test_a_notebook_that_is_set_up_shows_a_number_as_a_number():
    ssplab.set_up()
    assert repr(pd.Series([0.25]).mean()) == "0.25"


@pytest.mark.usefixtures("as_before")
def test_setting_up_what_does_not_exist_says_what_does():
    with pytest.raises(SsplabError, match="payroll"):
        ssplab.set_up("payrol")
