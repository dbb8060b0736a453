"""Files as an office receives them: what ships, how it was built, what is planted in it."""

import io
import re
import shutil
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

import ssplab
from ssplab.course.cards import load_card
from ssplab.course.paths import course_root
from ssplab.data import check_data_set, checking, files
from ssplab.data.extracts import card_of, examine
from ssplab.system.errors import CheckFailed, SsplabError
from ssplab.system.modules import load_module

MAY = "declarations_2023-05.csv"
MONTHS = [f"declarations_2023-0{month}.csv" for month in (4, 5, 6)]
SAS = "contrats_2023.sas7bdat"
# What a library writes: its version decides the bytes, so that the content is compared
BY_A_LIBRARY = {"bordereau.xlsx", "contrats.parquet", SAS}


@pytest.fixture(scope="module")
def card():
    return load_card("office_files")


@pytest.fixture(scope="module")
def build(card):
    return load_module(card.folder / card.builder)


@pytest.fixture(scope="module")
def delivery(build):
    return build.deliver()


@pytest.fixture(scope="module")
def contents(build, delivery):
    return build.contents(delivery)


@pytest.fixture(scope="module")
def folder():
    return ssplab.folder("office_files")


def month(folder, name):
    """Read a month without the builder's reader, as the chapter does."""
    codes = {"Contrat": "str", "Établissement": "str", "Département": "str"}
    return pd.read_csv(folder / name, sep=";", encoding="ISO-8859-1", decimal=",", dtype=codes)


# Where the files are


def test_the_folder_holds_the_files_of_the_card_and_no_others(card, folder):
    assert {path.name for path in folder.iterdir()} == set(card.files)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("office_file", "Did you mean office_files"),
        ("payroll", r'tables, not of files: read it with ssplab\.load\("payroll"\).*office_files'),
    ],
)
def test_a_folder_that_is_not_there_is_told(name, told):
    with pytest.raises(SsplabError, match=told):
        ssplab.folder(name)


def test_files_are_not_loaded_as_a_table():
    with pytest.raises(SsplabError, match=r'ssplab\.folder\("office_files"\) is their folder'):
        ssplab.load("office_files")
    assert ssplab.truth("office_files") is None


def test_a_description_names_each_file(card):
    told = ssplab.describe("office_files")
    text = " ".join(repr(told).split())
    for name, file in card.files.items():
        assert f"{name}: {file.title}. {file.bytes:,} bytes." in text
        assert name in told._repr_html_()


def test_no_own_extract_stands_for_files(tmp_path, card):
    with pytest.raises(SsplabError, match="consists of files as they were delivered"):
        examine(tmp_path, card)
    with pytest.raises(SsplabError, match=r"declarations \(payroll\)"):
        card_of(tmp_path)


def test_files_are_not_generated():
    with pytest.raises(SsplabError, match=r"files as delivered.*ssplab\.folder\("):
        checking.generation.generator(load_card("office_files"))


# That they are what the card says


def test_the_files_are_what_the_card_says():
    check_data_set("office_files")


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A course whose files may be spoilt."""
    for name in ("office_files", "payroll", "communes"):
        shutil.copytree(course_root() / "datasets" / name, tmp_path / "datasets" / name)
    (tmp_path / "_toc.yml").touch()
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    return tmp_path / "datasets" / "office_files"


def test_check_sees_a_changed_byte_and_a_file_too_many(copy):
    path = copy / "files" / MAY
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))  # what git might do
    (copy / "files" / "work.xlsx").touch()
    with pytest.raises(CheckFailed, match="does not list") as caught:
        check_data_set("office_files")
    assert f"{MAY} has 801499 bytes and the sha256" in str(caught.value)


def test_a_missing_file_is_told_with_what_to_do(copy):
    (copy / "files" / SAS).unlink()
    with pytest.raises(SsplabError, match=rf"lacks {SAS}\. Restore it with git, or write"):
        ssplab.folder("office_files")
    with pytest.raises(CheckFailed, match=f"{SAS} is missing"):
        check_data_set("office_files")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("facts: {rows: 15700,", "facts: {rows: 15701,", f"{MAY}: rows is 15700.0, its card says"),
        ("rows: 54", "rows: 55", "planted: error 'establishment_lost' stands on 54 rows"),
        ("content_hash: sha256:6", "content_hash: sha256:7", "the hash of all files is"),
    ],
)
def test_check_holds_the_card_against_the_files(copy, old, new, told):
    text = (copy / "card.yml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (copy / "card.yml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CheckFailed) as caught:
        check_data_set("office_files")
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2  # all else is as the card says


# How they are built


def test_text_is_built_to_the_same_bytes(folder, contents):
    texts = {name: content for name, content in contents.items() if name not in BY_A_LIBRARY}
    assert len(texts) == 6
    for name, content in texts.items():
        assert content == (folder / name).read_bytes(), name


def test_the_workbook_is_built_to_the_same_cells(folder, contents):
    built = openpyxl.load_workbook(io.BytesIO(contents["bordereau.xlsx"]))
    shipped = openpyxl.load_workbook(folder / "bordereau.xlsx")
    assert built.sheetnames == shipped.sheetnames == ["Bordereau", "Départements"]
    for one, other in zip(built, shipped, strict=True):
        assert list(one.values) == list(other.values)


def test_parquet_and_sas_are_built_from_the_same_content(folder, contents, build, delivery):
    shipped = pd.read_parquet(folder / "contrats.parquet")
    built = pd.read_parquet(io.BytesIO(contents["contrats.parquet"]))
    pd.testing.assert_frame_equal(built, shipped)
    started, _ = build.read_sas(folder / SAS)
    assert started["CONTRAT"].tolist() == delivery.started["contrat"].tolist()
    assert started["BRUT"].tolist() == delivery.started["gross"].tolist()
    for name, dates in [("DEBUT", "start"), ("FIN", "end")]:
        pd.testing.assert_series_equal(
            started[name], delivery.started[dates], check_names=False, check_index=False
        )


def test_the_hour_of_the_build_is_nowhere(folder):
    with zipfile.ZipFile(folder / "bordereau.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2024, 1, 15, 9, 0, 0)}
        times = re.findall(rb">(\d{4}-[^<]+)</dcterms", archive.read("docProps/core.xml"))
    assert times == [b"2024-01-15T09:00:00Z"] * 2
    _, about = pyreadstat.read_sas7bdat(folder / SAS, metadataonly=True)
    assert f"{about.creation_time:%F %T}" == f"{about.modification_time:%F %T}"
    assert f"{about.creation_time:%F %T}" == "2024-01-15 09:00:00"


def test_a_missing_readstat_is_told_before_anything_is_written(build, delivery, monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    with pytest.raises(SsplabError, match="apt-get install readstat"):
        build.sas_file(delivery.started)


def test_a_value_too_wide_for_its_field_is_refused(build, delivery):
    wide = delivery.establishments.head(1).assign(size=12_345)
    with pytest.raises(SsplabError, match="A value of effectif is longer than the 4"):
        build.fixed_width(wide)


def test_builder_and_card_name_the_same_files(card, tmp_path, monkeypatch):
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    with pytest.raises(SsplabError, match=r"does not name .*work\.csv"):
        files.write_files(card, {"work.csv": b""})
    assert not list(tmp_path.iterdir())


# What a beginner meets


def test_a_month_read_without_looking_fails_then_misleads(folder):
    with pytest.raises(UnicodeDecodeError):
        pd.read_csv(folder / MAY)
    assert pd.read_csv(folder / MAY, encoding="ISO-8859-1").shape == (15_700, 1)
    naive = pd.read_csv(folder / MAY, encoding="ISO-8859-1", sep=";")
    assert pd.api.types.is_string_dtype(naive["Brut"])
    changed = naive["Département"].astype("str") != month(folder, MAY)["Département"]
    assert changed.sum() == 465
    assert changed.mean() == pytest.approx(0.0296, abs=5e-5)


def test_the_encodings_named_on_the_card_give_the_same_texts(folder):
    for name in MONTHS:
        content = (folder / name).read_bytes()
        assert content.decode("cp1252") == content.decode("ISO-8859-1")
        assert not content.isascii()


def test_the_other_software_is_in_another_form(folder):
    path = folder / "tempo_2023-06.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfcontract,site,dept,")
    tempo = pd.read_csv(path, dtype={"site": "str"})
    assert np.issubdtype(tempo["gross_pay"].dtype, np.floating)
    assert tempo["transport_levy"].isna().sum() == 106  # the code NA, lost
    sites = {name: set(month(folder, name)["Établissement"]) for name in MONTHS}
    assert not set(tempo["site"]) & set.union(*sites.values())


def test_sas_is_read_by_pandas_and_by_pyreadstat(folder):
    by_pandas = pd.read_sas(folder / SAS, encoding="utf-8")
    frame, about = pyreadstat.read_sas7bdat(folder / SAS)
    pd.testing.assert_frame_equal(by_pandas, frame, check_dtype=False)
    assert about.column_names_to_labels["DEBUT"] == (
        "Début du contrat, jours depuis le 1er janvier 1960"
    )
    began = pd.to_datetime(by_pandas["DEBUT"], unit="D", origin="1960-01-01")
    assert began.dt.year.eq(2023).all()


def test_parquet_keeps_types_and_gives_one_column(folder):
    path = folder / "contrats.parquet"
    whole = pd.read_parquet(path)
    assert isinstance(whole["departement"].dtype, pd.CategoricalDtype)
    assert np.issubdtype(whole["debut"].dtype, np.datetime64)
    assert list(pd.read_parquet(path, columns=["brut"])) == ["brut"]


# Is the delivery what it claims to be?


def test_the_note_agrees_with_every_file_but_june(folder):
    note = pd.read_excel(folder / "bordereau.xlsx", header=3, nrows=7).set_index("Fichier")
    found = {name: month(folder, name)["Brut"].agg(["size", "sum"]) for name in MONTHS}
    tempo = pd.read_csv(folder / "tempo_2023-06.csv")
    found["tempo_2023-06.csv"] = tempo["gross_pay"].agg(["size", "sum"])
    found[SAS] = pd.read_sas(folder / SAS, encoding="utf-8")["BRUT"].agg(["size", "sum"])
    found["contrats.parquet"] = pd.read_parquet(folder / "contrats.parquet")["brut"].agg(
        ["size", "sum"]
    )
    claimed = note.loc[list(found), ["Lignes", "Total brut"]].to_numpy()
    lacking = (claimed - pd.DataFrame(found).T.to_numpy()).round(2)
    expected = {name: [0, 0] for name in found} | {MONTHS[2]: [54, 163_855.35]}
    assert dict(zip(found, lacking.tolist(), strict=True)) == expected


def test_the_total_of_the_note_is_not_a_file(folder):
    sheet = pd.read_excel(folder / "bordereau.xlsx", header=3)
    total = sheet[sheet["Fichier"] == "Total"]
    assert total["Lignes"].item() == sheet["Lignes"].iloc[:7].sum() == 28_944


def test_one_establishment_of_april_and_may_is_not_in_june(folder):
    april, may, june = (month(folder, name) for name in MONTHS)
    regions = set(april["Département"])
    may = may[may["Département"].isin(regions)]
    for earlier, rows in [(april, 54), (may, 55)]:
        gone = earlier[~earlier["Établissement"].isin(june["Établissement"])]
        assert gone["Établissement"].unique().tolist() == ["03611"]
        assert len(gone) == rows


def test_the_workbook_lost_the_zeros_at_the_source(folder):
    sheet = pd.read_excel(
        folder / "bordereau.xlsx", sheet_name="Départements", header=3, nrows=96, dtype="str"
    )
    assert sheet["Code"].head(9).tolist() == list("123456789")
    counts = month(folder, MAY)["Département"].value_counts()
    stated = sheet.set_index(sheet["Code"].str.zfill(2))["Déclarations"].astype("int64")
    assert stated[stated > 0].to_dict() == counts.to_dict()
