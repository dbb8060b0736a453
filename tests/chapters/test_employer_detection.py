"""What `employer-detection` promises beside its outputs.

Its search takes any two lists of names; an own extract may hold names without addresses, and is
refused with every problem named; its benchmark counts what it says.
"""

import json
import subprocess
import sys
from runpy import run_path

import pandas as pd
import pytest

import ssplab
from ssplab import taught
from ssplab.course import normal
from ssplab.course.naming import select
from ssplab.course.paths import course_root
from ssplab.data.extracts import examine
from ssplab.notebooks.runs import run
from ssplab.system.errors import CheckFailed

[CHAPTER] = [path for path in select(["employer-detection"]) if "chapters" in path.parts]
SCRIPT = course_root() / "benchmarks" / "employer_detection.py"
STORED = SCRIPT.with_suffix(".json")
UNIT_ADDRESS = [
    *["numeroVoieEtablissement", "typeVoieEtablissement", "libelleVoieEtablissement"],
    *["codePostalEtablissement", "libelleCommuneEtablissement", "codeCommuneEtablissement"],
    *["codeCedexEtablissement", "libelleCedexEtablissement"],
]


# --- the search


search = taught("employer-detection", "search")
clean = taught("cleaning-labels", "clean")

LISTED = pd.Series(
    {"a": "BOULANGERIE DUPONT", "b": "GARAGE DU PONT", "c": None, "d": "ŒUVRES SAINT-ÉLOI"}
)


def labels(found, form):
    return found.loc[found["asked"].eq(form), "listed"].tolist()


def test_any_two_lists_of_names():
    asked = pd.Series({1: "boulangerie dupon", 2: None, 3: "oeuvres st eloi", 4: "xyz"})
    found = search(clean(asked), clean(LISTED), k=2)
    assert labels(found, 1) == ["a", "b"]
    assert labels(found, 3)[0] == "d"
    assert labels(found, 2) == [], "a blank resembles nothing"
    assert labels(found, 4) == [], "without a trigram in common, nothing resembles"
    assert found["score"].between(0, 1, inclusive="right").all()


def test_a_name_without_a_block_is_compared_with_all():
    asked = pd.Series(["boulangerie dupont"] * 3)
    blocks = pd.Series(["75", None, "13"]), pd.Series(["69", "75", None, None], LISTED.index)
    found = search(clean(asked), clean(LISTED), 3, *blocks)
    assert set(labels(found, 0)) == {"b", "d"}, "its own block, and what has none"
    assert set(labels(found, 1)) == {"a", "b", "d"}
    assert set(labels(found, 2)) == {"d"}


def test_of_equals_the_first_is_kept():
    listed = pd.Series(["ABC"] * 5, index=list("vwxyz"))
    found = search(pd.Series({"one": "ABC"}), listed, k=2)
    assert found["listed"].tolist() == ["v", "w"]
    assert (found["score"] == 1).all()


def test_a_unit_of_three_names_takes_one_place():
    listed = pd.Series(["ABCD", "ABCE", "ABCF", "ABXY"], index=["unit", "unit", "unit", "other"])
    found = search(pd.Series({"one": "ABCE"}), listed, k=2)
    assert found["listed"].tolist() == ["unit", "other"]
    assert found["score"].iloc[0] == 1, "its best name counts"


@pytest.mark.parametrize(("asked", "listed"), [([None], ["A B"]), (["A B"], [None]), ([], [])])
def test_nothing_to_compare_gives_an_empty_table(asked, listed):
    found = search(pd.Series(asked, dtype="str"), pd.Series(listed, dtype="str"))
    assert found.empty
    assert list(found) == ["asked", "listed", "score"]


def test_searching_in_pieces_finds_the_same():
    names = pd.Series([f"ENTREPRISE {number}" for number in range(3_000)])
    whole = search(names[:2_000], names, k=1)  # more pairs than one piece holds
    assert (whole["score"] == 1).all()
    assert set(whole["asked"]) == set(names.index[:2_000])


def test_places_that_are_written_otherwise_are_alike():
    places = taught("employer-detection", "places")
    towns = pd.Series(["Lyon 3e", "LYON CEDEX 03", "St-Étienne", "STE FOY LES LYON", None])
    found = places(pd.Series(["69003", "69427", "42000", None, None], dtype="str"), towns)
    expected = ["LYON", "LYON", "SAINT ETIENNE", "SAINTE FOY LES LYON"]
    assert found["town"].dropna().tolist() == expected
    assert found["department"].dropna().tolist() == ["69", "69", "42"]


# --- candidates


def test_candidates_do_not_depend_on_the_order_of_the_tables(tables):
    candidates = taught("employer-detection", "candidates")
    register_of = taught("employer-detection", "register_of")
    register = register_of(tables["establishments"], tables["enterprises"])
    forms = tables["forms"].head(100)
    found = candidates(forms, register)
    assert not found.duplicated(["form", "siret"]).any()
    assert found.groupby("form").size().max() <= 20
    shuffled = candidates(forms.sample(frac=1, random_state=0), register)
    pd.testing.assert_frame_equal(found, shuffled)


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
    "register": ([], UNIT_ADDRESS),
    "register's streets": ([], ["numeroVoieEtablissement", "libelleVoieEtablissement"]),
    "towns": TOWNS,
    "register's towns": ([], TOWNS[1]),
}


@pytest.mark.slow  # runs the chapter
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
    shown = {cell.id: str(cell.get("outputs")) for cell in normal.read(result.notebook).cells}
    assert "gives candidates" in shown["answer"]
    assert "the right one is on it" not in shown["answer"]


@pytest.mark.slow  # runs the chapter
def test_an_extract_of_names_alone_is_reported(tables, tmp_path):
    (tmp_path / "office").mkdir()
    of_enterprise = ["denominationUniteLegale", "denominationUsuelle1UniteLegale"]
    of_enterprise += ["sigleUniteLegale", "nomUniteLegale"]
    of_unit = ["enseigne1Etablissement", "denominationUsuelleEtablissement"]
    states = ["siret", "siren", "dateDebut", "etatAdministratifEtablissement"]
    alone = {
        "forms": tables["forms"][["cabbi", "rs_x"]],
        "establishments": tables["establishments"][states + of_unit],
        "enterprises": tables["enterprises"][["siren", *of_enterprise]],
    }
    result = run(
        CHAPTER, {"data": written(tmp_path / "office", alone)}, tmp_path / "out", progress=False
    )
    shown = {cell.id: str(cell.get("outputs")) for cell in normal.read(result.notebook).cells}
    assert "it cannot be computed" in shown["report-first"]
    assert "the whole register" in shown["report-blocks"]
    assert "by address nothing can be computed" in shown["report-shortlist"]
    assert "gives candidates" in shown["answer"]
    assert "the right one is on it" not in shown["answer"]


@pytest.mark.slow  # runs the chapter
def test_an_extract_of_closed_units_is_reported(tables, tmp_path):
    (tmp_path / "office").mkdir()
    closed = tables["establishments"].assign(etatAdministratifEtablissement="F")
    folder = written(tmp_path / "office", {**tables, "establishments": closed})
    result = run(CHAPTER, {"data": folder}, tmp_path / "out", progress=False)
    shown = {cell.id: str(cell.get("outputs")) for cell in normal.read(result.notebook).cells}
    assert "an exact join links" in shown["answer"]


def test_every_problem_of_a_hostile_extract_is_named(tables, tmp_path):
    forms = tables["forms"].rename(columns={"rs_x": "RS_X "})
    forms = pd.concat([forms, forms.head(1)])
    establishments = tables["establishments"].drop(columns="etatAdministratifEtablissement")
    establishments.loc[establishments.index[0], "siren"] = "000000000"
    establishments["dateDebut"] = establishments["dateDebut"].astype("str")
    establishments.loc[establishments.index[1], "dateDebut"] = "soon"
    hostile = {**tables, "forms": forms, "establishments": establishments}
    with pytest.raises(CheckFailed) as refused:
        examine(written(tmp_path, hostile))
    told = str(refused.value)
    lacking = "etatAdministratifEtablissement: the column is missing"
    for piece in (lacking, "rs_x", "cabbi", "dateDebut", "'soon'"):
        assert piece in told, piece
    assert "not in enterprises.csv" in told


# --- the benchmark


@pytest.mark.slow  # runs the benchmark
def test_the_benchmark_measures_both_ways():
    before = STORED.read_bytes()
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--scales", "1"], capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, "")
    measured = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["block"] for one in measured] == ["département", "whole register"]
    for one in measured:
        stored = next(m for m in json.loads(before)["measured"] if m["block"] == one["block"])
        for counted in ("establishments", "names", "forms", "recall@20", "bytes_a_name"):
            assert one[counted] == stored[counted], "the stored file is of another twin"
    assert STORED.read_bytes() == before


def test_what_is_stored_names_the_machine_and_grows():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "numpy", "scikit-learn"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    sizes = [one["establishments"] for one in stored["measured"]]
    assert sizes == sorted(sizes)
    assert max(sizes) > 20 * min(sizes)


@pytest.mark.parametrize(("grows", "hours", "power"), [(2, 5_000_000.0, 2), (0.5, 50_000.0, 0.5)])
def test_ten_million_establishments_are_reached_by_a_power_of_one_at_least(
    monkeypatch, grows, hours, power
):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    at_ten_million = run_path(str(SCRIPT))["at_ten_million"]
    rows = [
        {
            "block": "none",
            "establishments": n,
            "forms": 2_000,
            "index": n / 1e5,
            "search": 3600 * (n / 1e5) ** grows,
            "peak GB": n / 1e5,
        }
        for n in (10, 1e4, 1e5)  # the first is off the line: only the two largest count
    ]
    rows[0]["search"] = 1
    assert at_ten_million(rows) == {
        "none": {
            "index hours": 0.03,
            "search hours": hours,
            "peak GB": 100,
            "power": power,
            "power taken": max(1, power),
        }
    }
