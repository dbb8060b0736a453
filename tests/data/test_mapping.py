"""Own extracts with names, units and codes of their own: the template, and the mapping file."""

import datetime
import errno
import os
import re
import stat
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import yaml

import ssplab
from ssplab.course import card_names, load_card, normal
from ssplab.data import mapping, template
from ssplab.data.extracts import card_of, examine, has_table, private_texts
from ssplab.data.mapping import ColumnMapping, TableMapping, read_mapping
from ssplab.notebooks import runs
from ssplab.system import CheckFailed, SsplabError

TABLES = load_card("payroll").tables
WITH_TABLES = [name for name in card_names() if load_card(name).tables]


@pytest.fixture(scope="module")
def twin():
    """Declarations and their posts, with codes that a spreadsheet would spoil."""
    declarations = ssplab.load("payroll").head(300)
    posts = ssplab.load("payroll", "posts")
    posts = posts[posts["post_id"].isin(declarations["post_id"])].reset_index(drop=True)
    return {"declarations": declarations, "posts": posts}


# A person's way: from the template to a chapter's tables

NAMES = {
    "declaration_id": "ID_DECL",
    "post_id": "ID_POSTE",
    "siret": "NUMETAB",
    "gross": "SALBRUT",
    "net": "SALNET",
    "hours": "NBHEUR",
    "contract": "NATCTR",
    "sex": "SEXE",
}
CONTRACTS = {"01": "CDI", "02": "CDD", "03": "NON"}
SEXES = {"1": "M", "2": "F"}


def cents(values):
    return (values * 100).round().astype("int64")


def an_offices(declarations, posts, folder):
    """Write declarations and posts as an office has them, in two files of its own."""
    pay = declarations.assign(
        gross=cents(declarations["gross"]),
        net=cents(declarations["net"]),
        contract=declarations["contract"].map(CONTRACTS),
        quota=declarations["quota"] * 100,
        BUREAU="Évry",
    )
    for name in ("period_start", "period_end"):
        pay[name] = pay[name].dt.strftime("%d/%m/%Y")
    pay.drop(columns="unit").rename(columns=NAMES).to_csv(
        folder / "paie_2023.csv", sep=";", decimal=",", index=False, encoding="cp1252"
    )
    (folder / "annuel").mkdir()
    posts.assign(
        sex=posts["sex"].map(SEXES),
        work_time=posts["work_time"].astype(int),
        hours=posts["hours"] * 60,
    ).rename(columns=NAMES).to_parquet(folder / "annuel/postes.parquet")


def fill_in(text):
    """Fill in the template of `payroll`, line by line, as the remarks in it say."""
    text = text.replace("file: declarations.csv", "file: paie_2023.csv")
    text = text.replace("file: posts.csv", "file: annuel\\postes.parquet")
    pay, posts = text.split("\n  posts:\n")
    for ours, theirs in NAMES.items():
        pay = pay.replace(f"        from: {ours}\n", f"        from: {theirs}\n")
        posts = posts.replace(f"        from: {ours}\n", f"        from: {theirs}\n")
    for money in ("SALBRUT", "SALNET", "quota"):
        pay = pay.replace(f"from: {money}\n        #multiply", f"from: {money}\n        multiply")
    pay = pay.replace("from: NATCTR\n        #codes:", "from: NATCTR\n        codes:")
    for ours, theirs in CONTRACTS.items():
        pay = pay.replace(f"        #  {ours}: {ours}", f"          {theirs}: {ours}")
    head, unit = pay.split("      unit:\n        from: unit\n")
    pay = f'{head}      unit:\n        value: "10"\n{unit}'
    posts = posts.replace("from: SEXE\n        #codes:", "from: SEXE\n        codes:")
    for ours, theirs in SEXES.items():
        posts = posts.replace(f"        #  {ours}: {ours}", f"          {theirs}: {ours}", 1)
    posts = posts.replace("NBHEUR\n        #multiply: 0.01", "NBHEUR\n        multiply: 1/60", 1)
    return f"{pay}\n  posts:\n{posts}"


def filled_in(folder, twin):
    """Make the template's folder, put an office's files into it, and fill in the mapping."""
    template.write_template(load_card("payroll"), folder)
    an_offices(twin["declarations"], twin["posts"], folder)
    path = folder / mapping.FILE
    path.write_text(fill_in(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_filled_template_gives_the_tables_of_the_twin(tmp_path, twin):
    twin["declarations"] = twin["declarations"].assign(unit="10")
    folder = tmp_path / "extract"
    filled_in(folder, twin)
    extract = examine(folder, needed=["posts"])
    assert extract.rows == {"declarations": 300, "posts": len(twin["posts"])}
    assert extract.unseen == []
    declarations = ssplab.load(folder)
    assert declarations.pop("BUREAU").eq("Évry").all()
    pd.testing.assert_frame_equal(declarations, twin["declarations"])
    pd.testing.assert_frame_equal(ssplab.load(folder, "posts"), twin["posts"])
    assert card_of(folder).name == "payroll"
    assert [has_table(folder, name) for name in TABLES] == [True, True, False]
    with pytest.raises(SsplabError, match=r"establishments\.csv is still the empty table"):
        ssplab.load(folder, "establishments")
    assert {"Évry", twin["posts"]["siret"][0]} <= private_texts(folder)
    assert not private_texts(folder) & {"01", "CDI", "1", "M"}


def test_a_sheet_of_a_workbook_is_mapped_as_a_file_is(tmp_path, twin):
    mapped(tmp_path, twin["declarations"].drop(columns="days"))
    pay = twin["declarations"].drop(columns="days").rename(columns={"gross": "SALBRUT"})
    pay["SALBRUT"] = cents(pay["SALBRUT"])
    pay["sexe"] = 1
    with pd.ExcelWriter(tmp_path / "paie.xlsx") as book:
        pd.DataFrame({"note": ["Paie"]}).to_excel(book, sheet_name="Lisez-moi", index=False)
        pay.to_excel(book, sheet_name="Paie 2023", index=False)
    said = {
        "file": "paie.xlsx",
        "sheet": "Paie 2023",
        "columns": {
            "gross": {"from": "SALBRUT", "multiply": "0.01"},
            "pcs": {"from": "sexe", "codes": {"1": "3"}},
        },
    }
    text = yaml.safe_dump({"data": "payroll", "tables": {"declarations": said}})
    (tmp_path / mapping.FILE).write_text(text)
    loaded = ssplab.load(tmp_path)
    assert loaded["gross"].tolist() == twin["declarations"]["gross"].tolist()
    assert loaded["pcs"].eq("3").all() and loaded["days"].isna().all()
    extract = examine(tmp_path)
    assert extract.unseen == [] and [one.column for one in extract.absent] == ["days"]


@pytest.mark.slow  # executes a chapter twice
def test_a_chapter_says_of_a_mapped_extract_what_it_says_of_the_twins_files(tmp_path):
    twin = {name: ssplab.load("payroll", name) for name in ("declarations", "posts")}
    twin["declarations"] = twin["declarations"].assign(unit="10")
    plain = tmp_path / "plain"
    plain.mkdir()
    for name, frame in twin.items():
        frame.to_parquet(plain / f"{name}.parquet")
    mapped = tmp_path / "mapped"
    filled_in(mapped, twin)
    shown = []
    for folder in (plain, mapped):
        path = runs.run("groups-and-weights", {"data": folder}, tmp_path / "out", progress=False)
        outputs = [cell.get("outputs") for cell in normal.read(path.notebook).cells]
        shown.append(outputs)
    assert shown[0] == shown[1]
    assert sum(len(outputs or ()) for outputs in shown[0]) > 5


# The template


@pytest.mark.parametrize("name", WITH_TABLES)
def test_a_template_maps_each_column_to_itself(tmp_path, name):
    card = load_card(name)
    written = template.write_template(card, tmp_path / "new")
    assert {path.name for path in written} == {mapping.FILE, *(f"{t}.csv" for t in card.tables)}
    said = read_mapping(tmp_path / "new")
    for table, described in card.tables.items():
        assert said.table(table).file == f"{table}.csv"
        columns = {name: column.source for name, column in said.table(table).columns.items()}
        assert columns == {name: name for name in described.variables}
        assert (tmp_path / f"new/{table}.csv").read_text() == ";".join(described.variables) + "\n"


@pytest.mark.parametrize("name", WITH_TABLES)
def test_what_a_template_offers_can_be_switched_on(tmp_path, name):
    card = load_card(name)
    text = re.sub(r"#sheet.*", "", template.mapping_text(card))
    text = re.sub(r"(?m)^( +)#(?=\w|  )", r"\1", text)
    (tmp_path / mapping.FILE).write_text(text, encoding="utf-8")
    said = read_mapping(tmp_path)
    for table, described in card.tables.items():
        for column, variable in described.variables.items():
            mapped = said.table(table).columns[column]
            assert all(theirs == ours for theirs, ours in mapped.codes.items())
            assert mapped.codes.keys() <= (variable.codes or {}).keys()
            assert bool(mapped.codes) == bool(variable.codes)
            assert (mapped.multiply is not None) == (
                variable.type in ("integer", "float") and variable.unit is not None
            )


def test_a_template_says_what_each_column_must_hold():
    text = template.mapping_text(load_card("payroll"))
    for told in (
        "This is the main table",
        "Key, which no two rows share: declaration_id.",
        "post_id: to be found in the table posts, if there is one.",
        "# Number, from 0 to 1. Never missing.",
        "# Number in h/month. May be missing: Day-rate contracts",
        "#  1: 1  # man",
        "01 Ain; 02 Aisne;",
    ):
        assert told in text


def test_a_template_is_refused_where_it_cannot_begin(tmp_path):
    card = load_card("payroll")
    with pytest.raises(SsplabError, match="consists of files as they were delivered"):
        template.write_template(load_card("office_files"), tmp_path / "new")
    (tmp_path / "note.txt").touch()
    with pytest.raises(SsplabError, match="not an empty folder"):
        template.write_template(card, tmp_path)
    with pytest.raises(SsplabError, match="not an empty folder"):
        template.write_template(card, tmp_path / "note.txt")
    with pytest.raises(SsplabError, match="git would take your data"):
        template.write_template(card, card.folder / "own")
    assert not (card.folder / "own").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (OSError(errno.ENOSPC, "No space left"), SsplabError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_template_is_whole_or_not_there(tmp_path, monkeypatch, there, failure, raised):
    folder = tmp_path / "new"
    if there:
        folder.mkdir(mode=0o700)
    write = template.write_text

    def full(text, path):
        if path.name == "posts.csv":
            raise SsplabError("full") if isinstance(failure, OSError) else failure
        return write(text, path)

    monkeypatch.setattr(template, "write_text", full)
    with pytest.raises(raised):
        template.write_template(load_card("payroll"), folder)
    assert folder.exists() == there
    assert list(tmp_path.rglob("*")) == ([folder] if there else [])
    monkeypatch.undo()
    template.write_template(load_card("payroll"), folder)
    assert not there or stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_table_left_empty_is_no_table(tmp_path, twin):
    template.write_template(load_card("payroll"), tmp_path)
    with pytest.raises(CheckFailed, match=r"declarations\.csv is still the empty table of the te"):
        examine(tmp_path)
    twin["declarations"].to_parquet(tmp_path / "declarations.parquet")
    with pytest.raises(CheckFailed, match=r"name your own file after `file:` of declarations"):
        examine(tmp_path)
    text = (tmp_path / mapping.FILE).read_text(encoding="utf-8")
    (tmp_path / mapping.FILE).write_text(
        text.replace("declarations.csv", "declarations.parquet"), encoding="utf-8"
    )
    assert examine(tmp_path).rows == {"declarations": 300}
    (tmp_path / "posts.csv").write_text("post_id;siret\n", encoding="utf-8")
    with pytest.raises(CheckFailed, match=r"posts\.csv holds no row"):
        examine(tmp_path)


# What is wrong in a mapping file

SOUND = """\
data: payroll
tables:
  declarations:
    file: pay.csv
    columns:
      gross:
        from: BRUT
      contract:
        from: CTR
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (SOUND, "", r"line 1, columns\.yml: below it must stand lines such as `data: payroll`"),
        (SOUND, "payroll", "line 1, columns.yml: below it must stand lines such as `data: pay"),
        ("data: payroll\n", "", r"line 1, data: the data set is not named"),
        ("data: payroll", "data: payrol", "line 1, data: no data set .* Did you mean payroll"),
        ("data: payroll", "data: office_files", "line 1, data: .*consists of files"),
        ("data: payroll", "data: payroll\nfiles: 3", r"line 2, files: this cannot be said here\."),
        ("declarations:", "declaration:", "line 3, declaration: .* Did you mean declarations"),
        ("    file: pay.csv", "    sheets: pay.csv", "line 4, declarations, sheets: .*mean sheet"),
        ("pay.csv", "../pay.csv", "line 4, declarations, file: it must lie in the folder"),
        ("pay.csv", "/tmp/pay.csv", "line 4, declarations, file: it must lie in the folder"),
        ("pay.csv", "C:\\pay.csv", "line 4, declarations, file: it must lie in the folder"),
        ("pay.csv", "pay.csv\n    sheet: A", "line 4, .*file: `sheet` is of a workbook of Excel"),
        ("file: pay.csv", "file:", "line 4, declarations, file: nothing stands after the colon"),
        ("    file: pay.csv\n    columns:", "    columns: x", r"gross: BRUT|line \d"),
        ("      gross:", "      gros:", "line 6, declarations, gros: .* Did you mean gross"),
        (
            "gross:\n        from: BRUT",
            "gross: BRUT",
            "line 6, declarations, gross: write `from: B",
        ),
        ("from: BRUT", "form: BRUT", "line 7, declarations, gross, form: .* Did you mean from"),
        ("from: BRUT", "from: [A, B]", "line 7, .* gross, from: one text must stand"),
        ("from: BRUT", "from:", "line 7, .* gross, from: nothing stands after the colon"),
        ("from: BRUT", "multiply: 0,01", r"line 7, .* multiply: '0,01' is not a number.* 1/60"),
        ("from: BRUT", "multiply: 1e400", "line 7, .* multiply: '1e400' is not a number"),
        ("from: BRUT", "multiply: 0", "line 7, .* multiply: '0' is no factor"),
        ("from: BRUT", "multiply: 1/0", "line 7, .* multiply: '1/0' is no factor"),
        ("from: BRUT", "value: 1\n        from: B", "line 7, .* value: all rows get one value"),
        ("from: BRUT", "value: 1 EUR", "line 7, .* value: '1 EUR' is not a number, such as 0.5"),
        ("from: BRUT", "codes: {A: 1.5}", r"line 7, .* codes: A: '1\.5' is not fit"),
        (
            "from: BRUT",
            "multiply: 0.01\n        codes: {A: 5}",
            "line 8, .* codes: codes are replaced first",
        ),
        ("from: CTR", "multiply: 2", "line 9, .* contract, multiply: .* and this is a text"),
        ("from: CTR", "codes: [CDI, CDD]", "line 9, .* codes: below it must stand .*`M: 1`"),
        ("from: CTR", "codes:\n          CDI: [1]", "line 10, .* CDI: one text must stand"),
        ("      contract:", "      gross:", r", line 8: 'gross' stands here a second time\."),
        (
            "        from: BRUT",
            "\tfrom: BRUT",
            r", line 7: .*begins with a tab: indent with spaces",
        ),
        ("      contract:", "     contract:", r", line 8: .*Look at this line and the one above"),
        ("from: CTR", "from: *x", r", line 9: .*undefined alias.*quotation marks"),
        ("from: CTR", "? [a]\n        : b", r", line 9: a list stands in front of a colon"),
        ("from: CTR", "from: \x01", r", a character: .*not allowed"),
        ("from: CTR", f"from: {'[' * 9999}", "exceed"),
        ("from: CTR", "codes: &a {A: *a}", r"recursive"),
        ("data: payroll", "data: payroll\n---\ndata: x", r"but found another document"),
    ],
)
def test_a_fault_of_a_mapping_file_is_told_with_its_line(tmp_path, old, new, told):
    assert old in SOUND
    (tmp_path / mapping.FILE).write_text(SOUND.replace(old, new), encoding="utf-8")
    with pytest.raises(SsplabError, match=rf"(?s)columns\.yml.*{told}") as failure:
        card_of(tmp_path)
    assert not isinstance(failure.value, CheckFailed)


@pytest.mark.skipif(os.name != "posix", reason="pipes and links as POSIX has them")
@pytest.mark.parametrize("make", ["mkdir", "mkfifo", "symlink_to"])
def test_a_mapping_file_that_is_no_file_is_told(tmp_path, make):
    path = tmp_path / mapping.FILE
    if make == "mkfifo":
        os.mkfifo(path)
    else:
        getattr(path, make)(*(["nowhere"] if make == "symlink_to" else []))
    with pytest.raises(SsplabError, match=r"columns\.yml is no file, or a link"):
        card_of(tmp_path)


def test_all_faults_are_told_at_once_in_their_order(tmp_path):
    text = SOUND.replace("BRUT", "BRUT\n        multiply: x").replace(
        "CTR", "CTR\n        codes: 1"
    )
    (tmp_path / mapping.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(SsplabError, match=r"(?s)line 8.*line 11"):
        card_of(tmp_path)


def test_a_mapping_file_of_nearly_its_name_or_in_other_letters_is_told(tmp_path):
    for name in ("columns.yaml", "Columns.yml", "columns.yml.txt"):
        (tmp_path / name).write_text(SOUND, encoding="utf-8")
        with pytest.raises(SsplabError, match=rf"{name}: a mapping file is called columns\.yml"):
            card_of(tmp_path)
        (tmp_path / name).unlink()
    (tmp_path / mapping.FILE).write_bytes(f"{SOUND}# é".encode("latin-1"))
    with pytest.raises(SsplabError, match="is not in UTF-8"):
        card_of(tmp_path)
    (tmp_path / mapping.FILE).write_bytes(f"{SOUND}# é".encode("utf-8-sig"))
    assert card_of(tmp_path).name == "payroll"


# What does not fit between a mapping and the files


def mapped(folder, frame, **columns):
    """Write declarations as `pay.csv`, and a mapping file that says these things of them."""
    frame.to_csv(folder / "pay.csv", sep=";", index=False)
    said = {"file": "pay.csv", "columns": columns}
    text = yaml.safe_dump({"data": "payroll", "tables": {"declarations": said}})
    (folder / mapping.FILE).write_text(text, encoding="utf-8")


def test_a_file_that_is_not_there_or_not_read_is_told(tmp_path, twin):
    mapped(tmp_path, twin["declarations"])
    (tmp_path / "pay.csv").rename(tmp_path / "pays.csv")
    with pytest.raises(SsplabError, match=r"pay\.csv, which is not in .*Did you mean pays\.csv"):
        ssplab.load(tmp_path)
    (tmp_path / "pays.csv").rename(tmp_path / "pay.odt")
    text = (tmp_path / mapping.FILE).read_text().replace("pay.csv", "pay.odt")
    (tmp_path / mapping.FILE).write_text(text)
    with pytest.raises(SsplabError, match=r"pay\.odt, which is not read.*Save pay\.odt as \.csv"):
        ssplab.load(tmp_path)


def test_a_column_of_theirs_that_is_not_there_is_told(tmp_path, twin):
    frame = twin["declarations"].rename(columns={"gross": "SALBRUT", "net": "salnet"})
    mapped(tmp_path, frame, gross={"from": "SALBRT"}, net={"from": "SALNET"})
    with pytest.raises(CheckFailed) as failure:
        examine(tmp_path)
    told = str(failure.value)
    assert "gross comes from SALBRT, which pay.csv does not have. Did you mean SALBRUT?" in told
    assert "net comes from SALNET, which pay.csv does not have. It is written salnet there." in told


def test_a_column_that_is_missing_is_offered_for_the_mapping(tmp_path, twin):
    frame = twin["declarations"].rename(columns={"net": "NETS"})
    mapped(tmp_path, frame, gross={"from": "gross"})
    with pytest.raises(CheckFailed, match=r"Is it NETS\? Then write `from: NETS` in columns\.yml"):
        examine(tmp_path)
    others = {f"V{number}": 1 for number in range(9)}
    mapped(
        tmp_path, frame.rename(columns={"NETS": "PAYE"}).assign(**others), gross={"from": "gross"}
    )
    with pytest.raises(
        CheckFailed, match=r"one of PAYE, V0, .*V8\? Then write its name after `fro"
    ):
        examine(tmp_path)
    mapped(tmp_path, frame.drop(columns="NETS"), gross={"from": "gross"})
    with pytest.raises(CheckFailed, match=r"net: the column is missing\. Add it\."):
        examine(tmp_path)


def test_what_does_not_fit_is_told_with_the_names_of_both(tmp_path, twin):
    frame = twin["declarations"].astype({"gross": "str", "quota": "float64"})
    frame["quota"] *= 100
    frame.loc[2, "gross"], frame.loc[3, "quota"], frame.loc[4, "pcs"] = "2100 EUR", 150, "9"
    frame.loc[5, "bonus"] = -1
    frame = frame.rename(columns={"gross": "SALBRUT", "quota": "TX", "pcs": "CSP"})
    columns = {
        "gross": {"from": "SALBRUT"},
        "quota": {"from": "TX", "multiply": "0.01"},
        "pcs": {"from": "CSP"},
        "month": {"value": "2023-05"},
    }
    mapped(tmp_path, frame, **columns)
    with pytest.raises(CheckFailed) as failure:
        examine(tmp_path)
    told = str(failure.value)
    assert "pay.csv, gross (theirs: SALBRUT): not numbers: line 4 ('2100 EUR')." in told
    assert "pay.csv, quota (theirs: TX × 0.01): above 1: line 5 ('150.0')." in told
    assert "pay.csv, bonus: below 0: line 7 ('-1.0')." in told
    assert "Correct the files or columns.yml;" in told
    frame.loc[2, "SALBRUT"], frame.loc[3, "TX"], frame.loc[5, "bonus"] = "2100", 50, 0
    mapped(tmp_path, frame, **columns)
    [unseen] = examine(tmp_path).unseen
    assert str(unseen).startswith("declarations, pcs (theirs: CSP): 1 code(s) that the card does")
    assert (unseen.column, unseen.codes, unseen.rows) == ("pcs", ["9"], 1)
    assert ssplab.load(tmp_path)["month"].eq("2023-05").all()


def test_a_code_that_the_card_does_not_know_is_told_as_unseen(tmp_path, twin):
    frame = twin["declarations"].assign(contract="CDI")
    frame.loc[0, "contract"] = "STAGE"
    mapped(tmp_path, frame, contract={"codes": {"CDI": "77"}})
    [unseen] = examine(tmp_path).unseen
    assert (unseen.codes, unseen.rows) == (["77", "STAGE"], 300)


def test_two_of_ours_come_from_one_of_theirs_and_a_name_may_change_its_place(tmp_path, twin):
    frame = twin["declarations"].drop(columns="period_start").rename(columns={"gross": "brut"})
    frame = frame.rename(columns={"net": "gross"})
    mapped(
        tmp_path,
        frame,
        period_start={"from": "period_end"},
        period_end={"from": "period_end"},
        gross={"from": "brut"},
        net={"from": "gross"},
    )
    loaded = ssplab.load(tmp_path)
    assert loaded["period_start"].equals(loaded["period_end"])
    wanted = twin["declarations"][["gross", "net", "period_end"]]
    pd.testing.assert_frame_equal(loaded[["gross", "net", "period_end"]], wanted)
    assert set(loaded) == set(TABLES["declarations"].variables)


def test_an_extract_in_another_form_than_the_chapters_is_refused(tmp_path, twin):
    mapped(tmp_path, twin["declarations"])
    with pytest.raises(SsplabError, match=r"in the form of payroll.*asks for scanner"):
        examine(tmp_path, load_card("scanner"))


# Values, whatever type their file gives

NON = {"NON": "false", "OUI": "true", "?": ""}


@pytest.mark.parametrize(
    ("values", "type_", "codes", "recoded"),
    [
        (["01", " M ", "no"], "string", {"01": "1", "M": "2", "no": "3"}, ["1", "2", "3"]),
        ([1, 2, 3], "string", {"1": "a", "2": "b"}, ["a", "b", "3"]),
        ([1.0, np.nan, 2.5], "string", {"1": "a", "": "b"}, ["a", "b", "2.5"]),
        ([True, False], "string", {"true": "1", "false": "2"}, ["1", "2"]),
        (["OUI", "NON", "?"], "boolean", NON, ["true", "false", ""]),
        (["9999", "1,5", ""], "float", {"9999": "", "": "0"}, ["", "1,5", "0"]),
        ([9999.0, 1.5, np.nan], "float", {"9999": "", "": "0"}, [None, 1.5, 0]),
        ([Decimal("9999"), Decimal("1.5")], "float", {"9999": ""}, [None, 1.5]),
        ([np.inf, 2.0], "float", {"2": "3"}, [np.inf, 3]),
        ([99, 1], "integer", {"99": "", "1": "2"}, [None, 2]),
        (
            [datetime.date(2999, 12, 31), datetime.date(2023, 5, 1)],
            "date",
            {"2999-12-31": ""},
            [None, datetime.date(2023, 5, 1)],
        ),
    ],
)
def test_their_codes_become_ours(values, type_, codes, recoded):
    variable = next(v for t in TABLES.values() for v in t.variables.values() if v.type != "boolean")
    variable = variable.model_copy(update={"type": type_})
    said = TableMapping(columns={"value": ColumnMapping(codes=codes)})
    found = said.recode("value", pd.Series(values), variable)
    assert [None if pd.isna(one) else one for one in found] == recoded


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_units_are_exact_in_the_last_cent(tmp_path, twin, kind):
    frame = twin["declarations"].assign(gross=cents(twin["declarations"]["gross"]))
    mapped(tmp_path, frame, gross={"multiply": "0.01"})
    if kind == "parquet":
        frame.to_parquet(tmp_path / "pay.parquet")
        text = (tmp_path / mapping.FILE).read_text().replace("pay.csv", "pay.parquet")
        (tmp_path / mapping.FILE).write_text(text)
    assert ssplab.load(tmp_path)["gross"].tolist() == twin["declarations"]["gross"].tolist()


def test_a_factor_may_make_whole_numbers_of_others_and_others_of_whole_ones(tmp_path, twin):
    posts = twin["posts"].assign(age=twin["posts"]["age"] / 100)
    posts.to_csv(tmp_path / "posts.csv", index=False)
    text = "data: payroll\ntables:\n  posts:\n    columns:\n      age:\n        multiply: 100\n"
    (tmp_path / mapping.FILE).write_text(text)
    assert ssplab.load(tmp_path, "posts")["age"].tolist() == twin["posts"]["age"].tolist()
    (tmp_path / mapping.FILE).write_text(text.replace("100", "10"))
    with pytest.raises(CheckFailed, match=r"age \(theirs: age × 10\): not whole numbers"):
        ssplab.load(tmp_path, "posts")


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", "01", "01"),
        ("integer", "35", 35),
        ("float", "0.5", 0.5),
        ("date", "2023-05-31", pd.Timestamp("2023-05-31")),
        ("datetime", "2023-05-31 14:30", pd.Timestamp("2023-05-31 14:30")),
        ("boolean", "true", True),
    ],
)
def test_one_value_for_all_rows_has_the_cards_type(type_, text, value):
    name, variable = next(iter(TABLES["posts"].variables.items()))
    table = TABLES["posts"].model_copy(
        update={"variables": {name: variable.model_copy(update={"type": type_})}}
    )
    said = TableMapping(columns={name: ColumnMapping(value=text)})
    assert said.rename(pd.DataFrame({"x": [1, 2]}), table, "f.csv")[name].tolist() == [value] * 2


# Names that mean two things


def test_a_folder_of_a_data_sets_name_is_asked_about(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert runs._data("payroll") == "payroll"
    (tmp_path / "payroll").mkdir()
    with pytest.raises(SsplabError, match=r"`-p data \./payroll`; for the data set leave"):
        runs.run("payroll-anomalies", {"data": "payroll"}, tmp_path / "out")
    assert runs._data("./payroll") == str(tmp_path / "payroll")
    for folder in (tmp_path / "payroll", type(tmp_path)("payroll")):
        with pytest.raises(CheckFailed, match=r"holds no declarations\.csv"):
            runs.run("payroll-anomalies", {"data": folder}, tmp_path / "out")
    assert len(ssplab.load("payroll", "posts")) == TABLES["posts"].rows
