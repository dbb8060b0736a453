"""One table, one frame, whatever the format; hostile files are told and never waited for."""

import csv
import datetime
import gzip
import io
import os
import socket
from functools import cache

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import ssplab
from ssplab.course.cards import Table, Variable, card_names, load_card
from ssplab.course.paths import course_root
from ssplab.data.content import conform
from ssplab.data.delimited import BLOCK, read_csv
from ssplab.data.extracts import examine, load_own, private_texts
from ssplab.data.reading import read_file
from ssplab.system.errors import CheckFailed, SsplabError

WIDE = 30  # columns, each of which takes its time in every format
TABLES = [
    pytest.param(name, table, marks=[pytest.mark.slow] if len(about.variables) > WIDE else [])
    for name in card_names()
    for table, about in load_card(name).tables.items()
]


@cache
def head(name, table):
    """Return some rows of a table that ships: the first, and the first where a value is missing.

    Spaces that Windows-1252 does not have become those that it has.
    """
    frame = ssplab.load(name, table)
    for column in frame.select_dtypes("str"):
        frame[column] = frame[column].str.replace("\u202f", "\u00a0", regex=False)
    rows = {*range(min(25, len(frame)))}
    rows |= {int(np.argmax(missing)) for _, missing in frame.isna().items() if missing.any()}
    return frame.iloc[sorted(rows)].reset_index(drop=True)


def has_times(values):
    return bool((values.dt.normalize() != values).where(values.notna(), other=False).any())


def french(frame):
    """Return texts as a French office writes them: decimal commas, and days first if it is seen."""
    days = [values.dt.day for _, values in frame.select_dtypes("datetime").items()]
    form = "%d/%m/%Y" if any((day > 12).any() for day in days) else "%Y-%m-%d"
    texts = {}
    for name, values in frame.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            texts[name] = values.dt.strftime(f"{form} %H:%M" if has_times(values) else form)
        elif pd.api.types.is_float_dtype(values):
            texts[name] = values.map(lambda one: str(one).replace(".", ",")).where(values.notna())
        else:
            texts[name] = values
    return pd.DataFrame(texts)


def as_sas_gives_it(frame):
    """Return what pyreadstat reads of a SAS table: numbers, days or moments as objects, texts."""
    columns = {}
    for name, values in frame.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            timed = has_times(values)
            moments = [one if timed else one.date() for one in values.dt.to_pydatetime()]
            moments = pd.Series(moments, values.index, dtype=object)
            columns[name] = moments.where(values.notna(), None)
        elif pd.api.types.is_numeric_dtype(values):
            columns[name] = values.astype("float64")
        else:
            columns[name] = values.fillna("")
    return pd.DataFrame(columns)


def write_sas(frame, path, monkeypatch):
    """Put a file in place of a SAS table, which only SAS writes, and let it be read as `frame`."""
    path.write_bytes(b"SAS")
    monkeypatch.setattr(pyreadstat, "read_sas7bdat", lambda _: (as_sas_gives_it(frame), None))


WAYS = {
    "plain": lambda frame, path: frame.to_csv(path, index=False),
    "French": lambda frame, path: french(frame).to_csv(path, index=False, sep=";", quoting=1),
    "cp1252": lambda frame, path: french(frame).to_csv(
        path, index=False, sep="\t", encoding="cp1252", lineterminator="\r\n"
    ),
    "UTF-16": lambda frame, path: frame.to_csv(path, index=False, sep="|", encoding="utf-16"),
    "UTF-32": lambda frame, path: frame.to_csv(path, index=False, sep=";", encoding="utf-32"),
    "sep=": lambda frame, path: path.write_text(
        "sep=;\n" + frame.to_csv(index=False, sep=";"), encoding="utf-8-sig"
    ),
    "line ends": lambda frame, path: path.write_text(
        frame.assign(**{"": None}).to_csv(index=False, sep=";"), encoding="utf-8"
    ),
}


@pytest.mark.parametrize("way", [*WAYS, "parquet", "xlsx", "sas7bdat"])
@pytest.mark.parametrize(("name", "table"), TABLES)
def test_a_table_is_the_same_in_every_format(name, table, way, tmp_path, monkeypatch):
    frame, described = head(name, table), load_card(name).tables[table]
    path = tmp_path / f"{table}.{way if way not in WAYS else 'csv'}"
    if way in WAYS:
        WAYS[way](frame, path)
    elif way == "parquet":
        frame.to_parquet(path, index=False)
    elif way == "xlsx":
        frame.to_excel(path, index=False)
    else:
        write_sas(frame, path, monkeypatch)
    read = read_file(path, described)
    assert (read.faults, read.absent) == ([], [])
    assert set(read.frame) == set(described.variables)
    pd.testing.assert_frame_equal(conform(read.frame, described), frame)


FIELDS = st.text(st.sampled_from('ab";,|\n é\u20ac\u00a0'), max_size=5)
ENDS = [  # Python quotes a line feed unasked only where lines end with one
    ("\n", csv.QUOTE_MINIMAL),
    ("\r\n", csv.QUOTE_MINIMAL),
    ("\r\n", csv.QUOTE_ALL),
    ("\r", csv.QUOTE_ALL),
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(FIELDS, FIELDS, FIELDS), min_size=1, max_size=6),
    st.sampled_from(";,|\t"),
    st.sampled_from(ENDS),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_what_a_program_writes_is_read_back(tmp_path_factory, records, separator, ends, encoding):
    text, (line_end, quoting) = io.StringIO(), ends
    writer = csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=quoting)
    writer.writerows([("x", "y", "z"), *records])
    path = tmp_path_factory.mktemp("csv") / "things.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    frame, found, lines = read_csv(path, ["x", "y", "z"])
    kept = [list(row) for row in records if any(map(str.strip, row))]
    assert found == separator
    assert frame.to_numpy().tolist() == kept
    at = [2 + sum(1 + "".join(row).count("\n") for row in records[:i]) for i in range(len(records))]
    at = [f"line {line}" for line, row in zip(at, records, strict=True) if list(row) in kept]
    assert [lines(i) for i in range(len(kept))] == at


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('a1";\n\r '), max_size=30))
def test_any_text_is_read_as_the_strict_reader_does_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("csv") / "things.csv"
    path.write_bytes(f"x;y\n{text}".encode())
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        records = list(csv.reader(io.StringIO(unified), delimiter=";", strict=True))
    except csv.Error:
        with pytest.raises(ValueError, match="quotation mark"):
            read_csv(path, ["x", "y"])
        return
    records = [row for row in records if any(map(str.strip, row))]
    if any(len(row) < 2 or any(map(str.strip, row[2:])) for row in records):
        with pytest.raises(ValueError, match="fields and the header 2"):
            read_csv(path, ["x", "y"])
        return
    assert read_csv(path, ["x", "y"])[0].to_numpy().tolist() == [row[:2] for row in records]


def test_a_column_may_be_called_as_an_archive_begins(tmp_path):
    (tmp_path / "things.csv").write_text("PK;y\n1;2\n", encoding="utf-8")
    assert read_csv(tmp_path / "things.csv", ["PK", "y"])[0]["PK"].tolist() == ["1"]


def test_a_field_longer_than_a_block_of_the_reader_is_read(tmp_path):
    long = "é" * (BLOCK // 2 + 9)
    (tmp_path / "things.csv").write_text(f'x;y\n1;"{long}"\n2;short\n', encoding="utf-8")
    frame, _, _ = read_csv(tmp_path / "things.csv", ["x", "y"])
    assert (frame["y"] == [long, "short"]).all()


SOUND = "declaration_id;gross\nD1;1500\nD2;1700\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (SOUND.encode().replace(b"D2", b"\0\0"), "a zero byte stands in line 3"),
        (SOUND.encode() + SOUND.encode("utf-8-sig"), "byte order mark stands within line 4"),
        (SOUND.encode("utf-16")[:-1], "begins as UTF-16 does and goes on otherwise"),
        (SOUND.encode("utf-32")[:-2], "begins as UTF-32 does"),
        (SOUND.encode().replace(b"D2", b'"D2'), "at line 3 a quotation mark is not closed"),
        # The archive's time is fixed: content names the test, and xdist's workers must agree on it.
        (gzip.compress(SOUND.encode(), mtime=0), "no text but a gzip archive"),
        (b"\xd0\xcf\x11\xe0\0\0", "no text but a workbook of Excel 97"),
        (b"", "is empty"),
        (b"sep=;\n", "names no column of the card"),
        (b"declaration_id;gross\n\n;\n", "holds no row"),
    ],
)
def test_a_csv_of_another_kind_is_told(tmp_path, content, told):
    (tmp_path / "declarations.csv").write_bytes(content)
    with pytest.raises(SsplabError, match=rf"declarations\.csv .*{told}"):
        ssplab.load(tmp_path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as made, pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)  # the path of a socket may have about a hundred letters
        made.bind(path.name)


def make_parts(path):
    path.mkdir()
    os.mkfifo(path / "0.parquet")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx", ".sas7bdat"])
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: os.mkfifo(path), "a named pipe, not a file"),
        (make_socket, "a socket, not a file"),
        (lambda path: path.symlink_to("/dev/zero"), "a device, not a file"),
        (lambda path: path.symlink_to("gone"), "a link to gone, which is not there"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: path.touch(), "empty"),
    ],
)
def test_what_is_no_file_is_told_and_not_opened(tmp_path, make, told, suffix):
    make(tmp_path / f"declarations{suffix}")
    with pytest.raises(SsplabError, match=rf"declarations\{suffix} cannot be read: it is {told}"):
        load_own(tmp_path)
    with pytest.raises(CheckFailed, match=f"it is {told}"):
        examine(tmp_path, load_card("payroll"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(60)
def test_a_part_that_is_no_file_is_told(tmp_path):
    make_parts(tmp_path / "declarations.parquet")
    with pytest.raises(SsplabError, match=r"0\.parquet is a named pipe"):
        load_own(tmp_path)


def refuse(*_args, **_options):
    raise PermissionError(13, "Permission denied")


def test_what_may_not_be_read_is_told(tmp_path, monkeypatch):
    head("payroll", "declarations").to_csv(tmp_path / "declarations.csv")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.read_bytes", refuse)
        with pytest.raises(SsplabError, match=r"csv cannot be read: Permission denied\. Ask"):
            load_own(tmp_path)
    monkeypatch.setattr("os.listdir", refuse)
    with pytest.raises(SsplabError, match=r"The folder .* cannot be read \(Permission denied\)"):
        load_own(tmp_path)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("declarations.zip", r"declarations\.zip is an archive: unpack it"),
        ("declarations.csv.gz", r"declarations\.csv\.gz is an archive: unpack it"),
        ("everything.7z", r"everything\.7z is an archive: unpack it"),
        ("declarations.rar", "unpack it"),
        ("declarations.xls", r"save it in Excel as \.xlsx"),
        ("Declarations.ods", r"LibreOffice: save it there as \.xlsx"),
        ("declarations.sav", r"SPSS: save it there as \.csv"),
        ("declarations.dta", r"Stata: save it there as \.csv"),
        ("declarations.rds", r"R: write it there with write\.csv"),
        ("declarations.json", r"Then save it as \.csv, \.parquet or \.xlsx"),
        ("declarations.txt", r"Then rename it declarations\.csv"),
        ("declaration.sas7bdat", r"Is declaration\.sas7bdat the table .* rename it"),
    ],
)
def test_a_file_of_another_format_beside_is_told_what_to_do(tmp_path, name, told):
    (tmp_path / name).write_bytes(b"content")
    with pytest.raises(SsplabError, match=told) as refused:
        load_own(tmp_path)
    with pytest.raises(CheckFailed, match=told):
        examine(tmp_path, load_card("payroll"))
    assert ("rename it" in str(refused.value)) == ("rename" in told)


def book(path, **sheets):
    with pd.ExcelWriter(path) as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False)


def test_sheets_of_one_workbook_are_tables(tmp_path):
    tables = {name: head("payroll", name) for name in ("declarations", "establishments")}
    posts = tables["declarations"]["siret"].head(1)
    firms = ssplab.load("payroll", "establishments")
    firms = firms[firms["siret"].isin(tables["declarations"]["siret"])].reset_index(drop=True)
    book(tmp_path / "extract.xlsx", declarations=tables["declarations"], establishments=firms)
    (tmp_path / "~$extract.xlsx").write_bytes(b"the lock of an open workbook")
    assert list(examine(tmp_path).rows) == ["declarations", "establishments"]
    pd.testing.assert_frame_equal(ssplab.load(tmp_path), tables["declarations"])
    pd.testing.assert_frame_equal(ssplab.load(tmp_path, "establishments"), firms)
    wrong = tables["declarations"].assign(gross="n.c.", siret=posts[0])
    book(tmp_path / "extract.xlsx", declarations=wrong, establishments=firms)
    with pytest.raises(
        CheckFailed, match=r"extract\.xlsx, sheet declarations, gross: not numbers: row 2 \('n\.c"
    ):
        ssplab.load(tmp_path)
    firms.to_csv(tmp_path / "establishments.csv", index=False)
    with pytest.raises(SsplabError, match=r"establishments\.csv and extract\.xlsx, sheet est"):
        ssplab.load(tmp_path, "establishments")


def test_a_workbook_named_as_a_table_has_one_sheet_that_holds_something(tmp_path):
    frame, path = head("payroll", "declarations"), tmp_path / "declarations.xlsx"
    book(path, Feuil1=frame, Feuil2=pd.DataFrame())
    pd.testing.assert_frame_equal(ssplab.load(tmp_path), frame)
    book(path, Feuil1=frame, Feuil2=frame)
    with pytest.raises(SsplabError, match="Feuil1, Feuil2 all hold something"):
        ssplab.load(tmp_path)
    book(path, Feuil1=frame, declarations=frame.head(3))
    assert len(ssplab.load(tmp_path)) == 3
    path.rename(tmp_path / "posts.xlsx")
    book(tmp_path / "pay.xlsx", Declaration=frame)
    with pytest.raises(CheckFailed, match=r"Is the sheet Declaration of pay\.xlsx the table"):
        book(tmp_path / "posts.xlsx", posts=frame)
        examine(tmp_path, load_card("payroll"))


def sheet(tmp_path, *rows):
    """Read a sheet of rows below the header `id, value, day` in a table made for it."""
    made = openpyxl.Workbook()
    for row in [("id", "value", "day"), *rows]:
        made.active.append(row)
    made.save(tmp_path / "things.xlsx")
    return read_file(tmp_path / "things.xlsx", table(value="float", day="date"))


def table(**types):
    measured = {"unit": "1", "decimals": 3}
    variables = {
        name: {"type": kind, "meaning": "a value", "missing": "may be"}
        | (measured if kind == "float" else {})
        for name, kind in types.items()
    }
    variables = {"id": {"type": "string", "meaning": "identifier"}} | variables
    told = {"title": "Things", "unit": "a thing", "rows": 1, "key": ["id"], "variables": variables}
    return Table.model_validate(told)


def test_cells_of_several_types_are_read(tmp_path):
    day = datetime.datetime(2023, 5, 31)
    read = sheet(tmp_path, ("A", 1.5, day), (), ("B", "2,5", "2023-06-01"), (3, None, None))
    assert read.frame["id"].tolist() == ["A", "B", "3"]
    assert read.frame["day"].dropna().tolist() == [day, pd.Timestamp("2023-06-01")]
    [fault] = read.faults
    assert "a decimal" in fault.what and read.place(fault.rows[0]) in ("row 2", "row 4")


def test_codes_that_excel_made_numbers_of_are_told(tmp_path):
    frame = head("payroll", "declarations")
    numbers = frame["contract"].map(int)
    assert (numbers.map(str) != frame["contract"]).any()
    frame.assign(contract=numbers).to_excel(tmp_path / "declarations.xlsx", index=False)
    with pytest.raises(CheckFailed, match=r"contract: a spreadsheet has made numbers .* row 2 \("):
        ssplab.load(tmp_path)


def test_numbers_in_place_of_dates_and_huge_ones_are_told(tmp_path):
    read = sheet(tmp_path, ("A", 10**300, 45077), ("B", 2e15, 45078), ("C", 1, None))
    assert [(one.column, one.rows) for one in read.faults] == [
        ("value", [0, 1]),
        ("day", [0, 1]),
    ]
    assert "format of dates" in read.faults[1].todo


def test_formulas_that_were_not_counted_are_told_from_empty_cells(tmp_path):
    with pytest.raises(SsplabError, match="value holds formulas in place of values, see row 3"):
        sheet(tmp_path, ("A", 1, None), ("B", "=1+1", None))
    assert sheet(tmp_path, ("A", 1, None), ("B", None, None)).faults == []


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".sas7bdat"])
@pytest.mark.parametrize("content", [b"PK\3\4 and more", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_a_broken_file_is_told(tmp_path, suffix, content):
    (tmp_path / f"declarations{suffix}").write_bytes(content)
    with pytest.raises(SsplabError, match=rf"declarations\{suffix} cannot be read: "):
        load_own(tmp_path)


def test_a_table_of_sas_is_read(tmp_path):
    delivered = course_root() / "datasets" / "office_files" / "files" / "contrats_2023.sas7bdat"
    (tmp_path / "contracts.sas7bdat").write_bytes(delivered.read_bytes())
    described = table(CONTRAT="string", BRUT="float", DEBUT="date")
    described = described.model_copy(
        update={
            "key": ["CONTRAT"],
            "variables": {name: one for name, one in described.variables.items() if name != "id"},
        }
    )
    read = read_file(tmp_path / "contracts.sas7bdat", described)
    assert read.frame["CONTRAT"].str.fullmatch(r"\d{7}").all()
    assert pd.api.types.is_float_dtype(read.frame["BRUT"]) and read.frame["BRUT"].notna().all()
    [fault] = read.faults  # the file's dates have no format
    assert (fault.column, fault.what) == ("DEBUT", "numbers, not dates")
    assert read.place(0) == "observation 1"


def test_an_optional_column_may_be_absent(tmp_path):
    items = ssplab.load("scanner", "items").drop(columns=["size", "coicop"])
    items.to_csv(tmp_path / "items.csv", index=False)
    ssplab.load("scanner").head(50).to_csv(tmp_path / "sales.csv", index=False)
    extract = examine(tmp_path)
    assert [(one.table, one.column) for one in extract.absent] == [
        ("items", "size"),
        ("items", "coicop"),
    ]
    read = ssplab.load(tmp_path, "items")
    assert read["size"].isna().all() and read["size"].dtype == "float64"
    assert read["coicop"].isna().all() and read["coicop"].dtype == "str"
    items.assign(Size=1.5).to_csv(tmp_path / "items.csv", index=False)
    with pytest.raises(CheckFailed, match=r"size: the column is missing\. Is it Size"):
        examine(tmp_path)
    items.drop(columns="unit").to_csv(tmp_path / "items.csv", index=False)
    with pytest.raises(CheckFailed, match=r"items\.csv, unit: the column is missing\. Add it"):
        examine(tmp_path)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_of_numbers_alone_has_no_private_text(tmp_path, suffix):
    write = {"csv": pd.DataFrame.to_csv, "parquet": pd.DataFrame.to_parquet}[suffix]
    write(head("k401", "households"), tmp_path / f"households.{suffix}", index=False)
    assert private_texts(tmp_path) == frozenset()
    noted = head("k401", "households").assign(note="seen")
    (tmp_path / "noted").mkdir()
    write(noted, tmp_path / "noted" / f"households.{suffix}", index=False)
    assert private_texts(tmp_path / "noted") == {"seen"}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_quantities_may_have_fractions_where_the_card_says_so(tmp_path, suffix):
    sales = ssplab.load("scanner").head(50)
    weighed = sales.assign(quantity=sales["quantity"] + [0.0, 0.25] * 25)
    write = {"csv": pd.DataFrame.to_csv, "parquet": pd.DataFrame.to_parquet}[suffix]
    write(weighed, tmp_path / f"sales.{suffix}", index=False)
    pd.testing.assert_frame_equal(ssplab.load(tmp_path), weighed)
    write(sales.astype({"quantity": "float64"}), tmp_path / f"sales.{suffix}", index=False)
    pd.testing.assert_frame_equal(ssplab.load(tmp_path), sales)


def test_floats_of_a_parquet_are_finite_and_plausible(tmp_path):
    frame = head("payroll", "declarations").copy()
    frame.loc[1, "gross"], frame.loc[2, "gross"] = np.inf, -2e15
    frame.loc[3, "period_end"] = pd.Timestamp("9999-12-31")
    frame.to_parquet(tmp_path / "declarations.parquet")
    with pytest.raises(CheckFailed) as failure:
        ssplab.load(tmp_path)
    told = str(failure.value)
    assert "3 problems" in told
    assert "gross: infinite: row 1 (inf)" in told
    assert "gross: beyond any plausible amount: row 2" in told
    assert "period_end: not plausible dates" in told


def test_a_column_with_a_default_may_be_absent(tmp_path):
    """Texts and codes alone are an extract: rows are numbered, and each declaration counts once."""
    labels = ssplab.load("activity_labels")[["text", "code"]].head(120)
    labels.to_csv(tmp_path / "descriptions.csv", index=False)
    extract = examine(tmp_path)
    told = {one.column: str(one) for one in extract.absent}
    assert told["declaration_id"].endswith("the column is not there; its rows are numbered")
    assert told["employees"].endswith("the column is not there; each row has 1")
    assert told["channel"].endswith("the column is not there; all values are missing")
    read = ssplab.load(tmp_path)
    assert read["declaration_id"].tolist()[::119] == ["001", "120"]
    assert read["declaration_id"].dtype == "str" and read["employees"].dtype == "int64"
    assert read["employees"].eq(1).all() and read["channel"].isna().all()
    assert read[["text", "code"]].equals(labels)
    double = ssplab.load(tmp_path, "double_coding")
    assert double.empty and list(double) == list(ssplab.load("activity_labels", "double_coding"))
    assert "double_coding" not in examine(tmp_path, needed=["double_coding"]).rows
    labels.assign(Employees=2).to_csv(tmp_path / "descriptions.csv", index=False)
    with pytest.raises(CheckFailed, match=r"employees: the column is missing\. Is it Employees"):
        examine(tmp_path)


def test_rows_without_a_column_of_whole_numbers_are_numbered(tmp_path):
    """A log file has an order and no column that says it; a position is no text."""
    events = ssplab.load("student_logs").head(40).drop(columns="position")
    events.to_csv(tmp_path / "events.csv", index=False)
    students = ssplab.load("student_logs", "students")
    students.to_csv(tmp_path / "students.csv", index=False)
    read = ssplab.load(tmp_path)
    assert read["position"].dtype == "int64"
    assert read["position"].tolist() == list(range(1, 41))
    assert read.drop(columns="position").equals(events)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"type": "date", "default": "row number"}, "strings and integers only"),
        ({"type": "integer", "default": "one"}, "no whole number"),
        ({"type": "string", "default": "1", "missing": "not asked"}, "not both"),
    ],
)
def test_a_default_that_cannot_be_is_refused(said, told):
    with pytest.raises(ValidationError, match=told):
        Variable(meaning="A variable", **said)
