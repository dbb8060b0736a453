"""What `employer-detection` promises beside its outputs.

Its retriever takes any two lists of names; an own extract may hold names without addresses, and is
refused with every problem named; its benchmark counts what it says.
"""

import json
import subprocess
import sys
from runpy import run_path

import numpy as np
import pandas as pd
import pytest

import ssplab
from ssplab.course import normal
from ssplab.course.naming import select
from ssplab.course.paths import course_root
from ssplab.data.extracts import examine
from ssplab.notebooks.runs import run
from ssplab.system.errors import CheckFailed

[CHAPTER] = [path for path in select(["employer-detection"]) if "chapters" in path.parts]
SCRIPT = course_root() / "benchmarks" / "employer_detection.py"
STORED = SCRIPT.with_suffix(".json")
FORM_ADDRESS = ["numvoi_x", "typevoi_x", "nomvoi_x", "cpladr_x", "cpost_x", "clt_x", "plt_x"]
UNIT_ADDRESS = [
    *["numeroVoieEtablissement", "typeVoieEtablissement", "libelleVoieEtablissement"],
    *["codePostalEtablissement", "libelleCommuneEtablissement", "codeCommuneEtablissement"],
    *["codeCedexEtablissement", "libelleCedexEtablissement"],
]


# --- the retriever


@pytest.fixture(scope="module")
def own():
    """What the chapter's cells bind that clean and retrieve."""
    sources = {cell.id: cell.source for cell in normal.read(CHAPTER).cells}
    namespace = {"np": np, "pd": pd}
    for cell in ("clean", "grams", "largest", "nearest"):
        exec(compile(sources[cell], cell, "exec"), namespace)
    defined = sources["rules"].split("\n\n\n")[0]  # `initials`; the rest asks for the tables
    exec(compile(defined, "rules", "exec"), namespace)
    return namespace


LISTED = pd.Series(
    {"a": "BOULANGERIE DUPONT", "b": "GARAGE DU PONT", "c": None, "d": "ŒUVRES SAINT-ÉLOI"}
)


def labels(found, form):
    return found.loc[found["asked"].eq(form), "listed"].tolist()


def test_any_two_lists_of_names(own):
    asked = pd.Series({1: "boulangerie dupon", 2: None, 3: "oeuvres st eloi", 4: "xyz"})
    found = own["nearest"](own["clean"](asked), own["clean"](LISTED), k=2)
    assert labels(found, 1) == ["a", "b"]
    assert labels(found, 3)[0] == "d"
    assert labels(found, 2) == [], "a blank resembles nothing"
    assert found.loc[found["asked"].eq(4), "score"].max() == 0
    assert found["score"].between(0, 1).all()


def test_a_name_without_a_block_is_compared_with_all(own):
    asked = pd.Series(["boulangerie dupont"] * 3)
    blocks = pd.Series(["75", None, "13"]), pd.Series(["69", "75", None, None], LISTED.index)
    found = own["nearest"](own["clean"](asked), own["clean"](LISTED), 3, *blocks)
    assert set(labels(found, 0)) == {"b", "d"}, "its own block, and what has none"
    assert set(labels(found, 1)) == {"a", "b", "d"}
    assert set(labels(found, 2)) == {"d"}


def test_of_equals_the_first_is_kept_and_each_name_is_sought_once(own):
    listed = pd.Series(["ABC"] * 5, index=list("vwxyz"))
    found = own["nearest"](pd.Series({"one": "ABC"}), listed, k=2)
    assert found["listed"].tolist() == ["v", "w"]
    assert (found["score"] == 1).all()


@pytest.mark.parametrize(("asked", "listed"), [([None], ["A B"]), (["A B"], [None]), ([], [])])
def test_nothing_to_compare_gives_an_empty_table(own, asked, listed):
    found = own["nearest"](pd.Series(asked, dtype="str"), pd.Series(listed, dtype="str"))
    assert found.empty
    assert list(found) == ["asked", "listed", "score"]


def test_order_of_equals_holds_in_a_large_register(own):
    scores = np.full((1, 2_000_000), 0.5)
    scores[0, -1] = 0.5001
    assert own["largest"](scores, 3).tolist() == [[1_999_999, 0, 1]]


def test_initials_of_names_that_are_all_missing(own):
    missing = pd.Series([None, None], dtype="str")
    assert own["initials"](missing).isna().all()
    letters = own["initials"](pd.Series(["CENTRE COMMUNAL D ACTION SOCIALE", "LA POSTE", None]))
    assert letters.iloc[0] == "CCAS"
    assert letters.iloc[1:].isna().all()


def test_searching_in_pieces_finds_the_same(own):
    names = pd.Series([f"ENTREPRISE {number}" for number in range(3_000)])
    whole = own["nearest"](names[:2_000], names, k=1)  # more pairs than one piece holds
    assert (whole["listed"].to_numpy() == whole["asked"].to_numpy()).all()


# --- the decision


@pytest.fixture
def decide():
    """The cells that decide, over two forms: the first has namesakes, the second has none."""
    sources = {cell.id: cell.source for cell in normal.read(CHAPTER).cells}
    namespace = {"np": np, "pd": pd, "wanted": 0.95}
    namespace["forms"] = pd.DataFrame(index=["tied", "sure"])
    namespace["pairs"] = pd.DataFrame(
        {"form": ["tied", "tied", "sure", "sure"], "siret": ["a", "b", "b", "c"]}
    )
    namespace["true"] = pd.DataFrame({"siret": ["a", "b"]}, index=["tied", "sure"])
    for cell in ("best", "own-clear"):
        exec(compile(sources[cell], cell, "exec"), namespace)
    namespace["ranking"] = namespace["best"](pd.Series([1.0, 1.0, 1.0, 0.4]))
    return namespace


def test_a_tie_of_namesakes_is_no_decision(decide):
    links = decide["clear"](decide["ranking"])
    assert links.dropna().to_dict() == {"sure": "b"}
    assert decide["threshold"](decide["ranking"], 0) == pytest.approx(0.6)


def test_nobody_or_ties_alone_give_no_threshold(decide):
    assert decide["threshold"](decide["ranking"].iloc[:0], 0) == np.inf
    assert decide["threshold"](decide["ranking"].loc[["tied"]], 0) == np.inf


# --- own extracts


@pytest.fixture(scope="module")
def tables():
    forms = ssplab.load("employers").sample(600, random_state=1)
    establishments = ssplab.load("employers", "establishments").sample(3_000, random_state=1)
    enterprises = ssplab.load("employers", "enterprises")
    held = enterprises["siren"].isin(establishments["siren"])
    return {"forms": forms, "establishments": establishments, "enterprises": enterprises[held]}


def written(folder, tables):
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


TOWNS = ["clt_x"], ["libelleCommuneEtablissement", "libelleCedexEtablissement"]
BLANK = {
    "both": (FORM_ADDRESS, UNIT_ADDRESS),
    "register": ([], UNIT_ADDRESS),
    "register's streets": ([], ["numeroVoieEtablissement", "libelleVoieEtablissement"]),
    "towns": TOWNS,
    "register's towns": ([], TOWNS[1]),
}


@pytest.mark.parametrize("blank", BLANK)
def test_what_an_extract_lacks_is_not_compared_and_nothing_is_scored(tables, tmp_path, blank):
    (tmp_path / "office").mkdir()
    of_forms, of_units = BLANK[blank]
    enterprises = tables["enterprises"].iloc[:, ::-1].assign(bureau="Évry")
    lacking = {
        "forms": tables["forms"].assign(**dict.fromkeys(of_forms)),
        "establishments": tables["establishments"].assign(**dict.fromkeys(of_units)),
        # the real register's tables share names of columns
        "enterprises": enterprises.assign(dateDebut="2001-01-01", siret="none"),
    }
    folder = written(tmp_path / "office", lacking)
    result = run(CHAPTER, {"data": folder}, tmp_path / "out", progress=False)
    nb = normal.read(result.notebook)
    shown = {cell.id: str(cell.get("outputs")) for cell in nb.cells}
    assert "names alone" in shown["methods"]
    assert "right SIRET" not in shown["outcome"]


def test_an_extract_of_closed_units_is_reported(tables, tmp_path):
    (tmp_path / "office").mkdir()
    closed = tables["establishments"].assign(etatAdministratifEtablissement="F")
    folder = written(tmp_path / "office", {**tables, "establishments": closed})
    told = []
    result = run(CHAPTER, {"data": folder}, tmp_path / "out", progress=False, tell=told.append)
    assert not [line for line in told if line.startswith("not computed")]
    shown = {cell.id: str(cell.get("outputs")) for cell in normal.read(result.notebook).cells}
    assert "No establishment is open" in shown["own-tables"]


def test_every_problem_of_a_hostile_extract_is_named(tables, tmp_path):
    forms = tables["forms"].rename(columns={"rs_x": "RS_X "}).drop(columns="depcom_code")
    forms = pd.concat([forms, forms.head(1)])
    establishments = tables["establishments"].copy()
    establishments.loc[establishments.index[0], "siren"] = "000000000"
    establishments["dateDebut"] = establishments["dateDebut"].astype("str")
    establishments.loc[establishments.index[1], "dateDebut"] = "soon"
    hostile = {**tables, "forms": forms, "establishments": establishments}
    with pytest.raises(CheckFailed) as refused:
        examine(written(tmp_path, hostile))
    told = str(refused.value)
    for piece in ("depcom_code: the column is missing", "rs_x", "cabbi", "dateDebut", "'soon'"):
        assert piece in told, piece
    assert "not in enterprises.csv" in told


# --- the benchmark


def test_the_benchmark_measures_both_ways():
    before = STORED.read_bytes()
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--scales", "1"], capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, "")
    measured = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["block"] for one in measured] == ["département", "none"]
    for one in measured:
        stored = next(m for m in json.loads(before)["measured"] if m["block"] == one["block"])
        for counted in ("establishments", "names", "forms", "bytes_a_name"):
            assert one[counted] == stored[counted], "the stored file is of another twin"
    assert STORED.read_bytes() == before


def test_what_is_stored_names_the_machine_and_grows():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "numpy", "scikit-learn"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    sizes = [one["establishments"] for one in stored["measured"]]
    assert sizes == sorted(sizes)
    assert max(sizes) > 20 * min(sizes)


def test_ten_million_establishments_are_reached_by_a_power_law(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    at_ten_million = run_path(str(SCRIPT))["at_ten_million"]
    rows = [
        {"block": "none", "establishments": n, "seconds": 3600 * (n / 1e5) ** 2, "peak GB": n / 1e5}
        for n in (10, 1e4, 1e5)  # the first is off the line: only the two largest count
    ]
    rows[0]["seconds"] = 1
    assert at_ten_million(rows) == {"none": {"hours": 10_000, "peak GB": 100, "power": 2}}
