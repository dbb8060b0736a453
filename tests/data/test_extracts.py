"""Own extracts: read as offices write them, or refused with a sentence; every problem named."""

import datetime
from decimal import Decimal

import pandas as pd
import pytest

import ssplab
from ssplab.course.cards import Table, load_card
from ssplab.data import extracts
from ssplab.data.extracts import examine, private_texts
from ssplab.data.reading import read_file
from ssplab.notebooks.runs import run
from ssplab.system.errors import CheckFailed, SsplabError

TABLES = load_card("payroll").tables


@pytest.fixture(scope="module")
def sound():
    """Declarations and establishments that fit together, in the card's types."""
    declarations = ssplab.load("payroll").head(60)
    establishments = ssplab.load("payroll", "establishments")
    there = establishments["siret"].isin(declarations["siret"])
    return {
        "declarations": declarations,
        "establishments": establishments[there].reset_index(drop=True),
    }


def as_text(frame, dates="%Y-%m-%d", number=str):
    """Return a frame of texts, as an office's program writes them."""
    texts = {}
    for name, values in frame.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            texts[name] = values.dt.strftime(dates)
        elif pd.api.types.is_float_dtype(values):
            texts[name] = values.map(number).where(values.notna())
        else:
            texts[name] = values.astype("str")
    return pd.DataFrame(texts)


def comma(value):
    return str(value).replace(".", ",")


def spaced(space):
    return lambda value: comma(f"{value:,.2f}".replace(",", space))


def grouped(value):
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        ({}, {}),
        ({"number": comma}, {"sep": ";", "encoding": "latin-1"}),
        ({"number": comma, "dates": "%d/%m/%Y"}, {"sep": ";", "encoding": "cp1252"}),
        ({"dates": "%d.%m.%Y"}, {"sep": "\t", "encoding": "utf-16"}),
        ({"dates": "%m/%d/%Y"}, {"encoding": "utf-8-sig"}),
        ({"dates": "%Y-%m-%dT00:00:00"}, {"quoting": 1, "lineterminator": "\r\n"}),
        ({"dates": "%Y-%m-%d 00:00:00+02:00"}, {"sep": "|", "lineterminator": "\r"}),
        ({"dates": "%Y%m%d", "number": spaced(" ")}, {"sep": ";"}),
        ({"number": spaced("\u00a0")}, {"sep": ";", "encoding": "latin-1"}),
        ({"number": spaced("\u202f")}, {"sep": ";"}),
        ({"number": grouped}, {"sep": ";"}),
        ({"number": "{:,.2f}".format}, {}),
    ],
)
def test_a_csv_as_offices_write_it(tmp_path, sound, texts, written):
    plain = sound["declarations"].assign(bureau="Évry")
    as_text(plain, **texts).to_csv(tmp_path / "declarations.csv", index=False, **written)
    pd.testing.assert_frame_equal(ssplab.load(tmp_path), plain)


def test_line_ends_are_mixed_and_empty_lines_end_the_file(tmp_path, sound):
    plain = sound["declarations"]
    lines = as_text(plain).to_csv(index=False, sep=";").splitlines()
    text = "\r\n".join(lines[:5]) + "\n" + "\r".join(lines[5:]) + "\n\n;;;;\r\n;;;;;;;;;;;;;;;\n"
    (tmp_path / "declarations.csv").write_bytes(text.encode())
    pd.testing.assert_frame_equal(ssplab.load(tmp_path), plain)


def dictionary(frame):
    return frame.astype({"pcs": "category", "siret": "category"})


def numbers_as_codes(frame):
    return frame.astype({"pcs": "int64", "work_time": "float64", "unit": "int32"})


def decimals(frame):
    exact = {n: [Decimal(str(v)) for v in frame[n]] for n in ("gross", "net", "quota")}
    hours = [None if pd.isna(v) else Decimal(str(v)) for v in frame["hours"]]
    return frame.assign(**exact, hours=pd.Series(hours, frame.index, dtype=object))


def moments(frame):
    days = [datetime.date(d.year, d.month, d.day) for d in frame["period_end"]]
    zoned = frame["period_start"].dt.tz_localize("Europe/Paris")
    return frame.assign(period_start=zoned, period_end=pd.Series(days, dtype=object))


def indexed(frame):
    return frame.set_index("declaration_id")


@pytest.mark.parametrize(
    "change", [lambda f: f, dictionary, numbers_as_codes, decimals, moments, indexed]
)
def test_a_parquet_as_programs_write_it(tmp_path, sound, change):
    change(sound["declarations"]).to_parquet(tmp_path / "declarations.parquet")
    pd.testing.assert_frame_equal(ssplab.load(tmp_path), sound["declarations"], check_like=True)


def test_a_parquet_folder_of_parts(tmp_path, sound):
    (tmp_path / "declarations").mkdir()
    for number, part in enumerate([sound["declarations"][:20], sound["declarations"][20:]]):
        part.to_parquet(tmp_path / f"declarations/{number}.parquet", index=False)
    pd.testing.assert_frame_equal(ssplab.load(tmp_path), sound["declarations"])


def test_another_order_more_columns_and_no_truth(tmp_path, sound):
    frame = sound["declarations"].iloc[:, ::-1].assign(office="Lille")
    frame.to_csv(tmp_path / "declarations.csv", index=False)
    extract = ssplab.load(tmp_path)
    pd.testing.assert_frame_equal(extract, frame)
    assert ssplab.truth(tmp_path) is None


def column(tmp_path, texts, type_, separator=";", **variable):
    """Read one column of texts beside an identifier; return values, and what is wrong with it."""
    measured = {"unit": "1", "decimals": 3} if type_ == "float" else {}
    table = Table.model_validate(
        {
            "title": "Things",
            "unit": "a thing",
            "rows": 1,
            "key": ["id"],
            "variables": {
                "id": {"type": "string", "meaning": "identifier"},
                "value": {"type": type_, "meaning": "a value", "missing": "may be"}
                | measured
                | variable,
            },
        }
    )
    path = tmp_path / "things.csv"
    lines = [f"{number}{separator}{text}" for number, text in enumerate(texts)]
    path.write_text("\n".join([f"id{separator}value", *lines]), encoding="utf-8")
    found = read_file(path, table)
    return found.frame["value"].tolist(), [(fault.what, fault.rows) for fault in found.faults]


@pytest.mark.parametrize(
    ("texts", "type_", "values"),
    [
        (["1,5", "1.234", "1.234.567"], "float", [1.5, 1234, 1234567]),
        (["1.5", '"1,234"'], "float", [1.5, 1234]),
        (["1 234,567", "−2"], "float", [1234.567, -2]),
        (["1'234.50", "12.345"], "float", [1234.5, 12.345]),
        (["0,123", "1,234"], "float", [0.123, 1.234]),
        (["1.23E+03", "+4.", ".5"], "float", [1230, 4, 0.5]),
        (["1 234", "12,0"], "integer", [1234, 12]),
        (["true", "OUI", "1", "Vrai"], "boolean", [True] * 4),
        (["false", "non", "0", "FAUX"], "boolean", [False] * 4),
        (["2023-5-1", "20230531"], "date", ["2023-05-01", "2023-05-31"]),
        (["31/05/2023 14:30", "1/6/2023"], "date", ["2023-05-31", "2023-06-01"]),
        (
            ["2023-05-31T14:30", "2023-6-1 08:05:07,5"],
            "datetime",
            ["2023-05-31 14:30:00.000", "2023-06-01 08:05:07.500"],
        ),
        (["31/05/2023 4:30"], "datetime", ["2023-05-31 04:30:00.000"]),
    ],
)
def test_values_are_read(tmp_path, texts, type_, values):
    found, faults = column(tmp_path, texts, type_)
    if type_ in ("date", "datetime"):
        found = [v.isoformat(" ", "milliseconds") for v in found]
        found = [v[:10] for v in found] if type_ == "date" else found
    assert (found, faults) == (values, [])


@pytest.mark.parametrize("text", ["", ".", "NA", "NaN", "null", "#N/A", "  "])
@pytest.mark.parametrize("type_", ["float", "integer", "boolean", "date", "datetime", "string"])
def test_marks_of_what_is_missing(tmp_path, text, type_):
    found, faults = column(tmp_path, [text], type_)
    assert pd.isna(found[0]) and faults == []


def test_a_code_that_looks_like_a_mark_of_missing_is_a_code(tmp_path):
    found, _ = column(tmp_path, ["NA", ""], "string", codes={"NA": "Namibia"})
    assert found[0] == "NA" and pd.isna(found[1])


@pytest.mark.parametrize(
    ("texts", "type_", "separator", "told", "rows"),
    [
        (["1,234", "2,345"], "float", ";", "thousands or decimals", [0, 1]),
        (["1,234"], "integer", ";", "thousands or decimals", [0]),
        (["1,5", "2,5", "3.5"], "float", ";", "a decimal point where others have", [2]),
        (["1,5"] * 3 + ["2.5", "3.5"], "float", ";", "a decimal point where others have", [3, 4]),
        (["2 100,50 EUR", "1,5"], "float", ";", "not numbers", [0]),
        (["1 2", "12 %"], "float", ";", "not numbers", [0, 1]),
        (["inf", "-Infinity", "1"], "float", ";", "infinite", [0, 1]),
        (["1e400", "9" * 400, "2e15", "1e15"], "float", ";", "beyond any plausible", [0, 1, 2]),
        (["9" * 400, "1"], "integer", ";", "beyond any plausible", [0]),
        (["0001-01-01", "2023-05-31", "9999-12-31"], "date", ";", "not plausible dates", [0, 2]),
        (["#REF!", "text", "#DIV/0!"], "string", ";", "formulas of a spreadsheet", [0, 2]),
        (["1,5", "2"], "integer", ";", "not whole numbers", [0]),
        (["peut-être"], "boolean", ";", "neither true nor false", [0]),
        (["05/06/2023", "2023-06-01"], "date", ";", "day first or the month first", [0]),
        (["31/05/2023", "05/31/2023"], "date", ";", "in the other order", [0, 1]),
        (["31/05/23", "45077", "31/02/2023", "13/05/2023"], "date", ";", "not dates", [0, 1, 2]),
        (["2023-05-30T22:00:00Z"], "date", ";", "the day depends on the place", [0]),
        (["2023-05-30T22:00:00+02:00"], "datetime", ";", "with a time zone", [0]),
        (["2023-05-30", "2023-05-30 24:10", "noon"], "datetime", ";", "with a time", [0, 1, 2]),
        (["05/06/2023 10:00"], "datetime", ";", "day first or the month first", [0]),
        (["9999-12-31 00:00"], "datetime", ";", "not plausible dates", [0]),
        (["1,23E+13", "12300000000017"], "string", ";", "dropped digits", [0]),
    ],
)
def test_values_that_could_be_misread_are_refused(tmp_path, texts, type_, separator, told, rows):
    found, faults = column(tmp_path, texts, type_, separator)
    assert [fault_rows for what, fault_rows in faults if told in what] == [rows]
    assert len(faults) == 1
    assert type_ == "string" or all(pd.isna(found[row]) for row in rows)


def test_a_pseudonym_of_hexadecimal_digits_is_no_number(tmp_path):
    texts = ["0e807941", "5bd1e995", "12345678"]
    found, faults = column(tmp_path, texts, "string")
    assert (list(found), faults) == (texts, [])


@pytest.mark.parametrize("text", ["1", "1.0", "1,0"])
def test_codes_that_lost_their_zeros_are_named_as_such(tmp_path, text):
    _, faults = column(tmp_path, ["10", text], "string", codes={"01": "one", "10": "ten"})
    assert faults == [("a spreadsheet has made numbers of these codes", [1])]


@pytest.mark.parametrize("text", ["2023-05-31", "31/05/2023"])
def test_another_column_of_the_file_proves_the_order_of_day_and_month(tmp_path, sound, text):
    frame = as_text(sound["declarations"].head(1), dates="%d/%m/%Y")
    frame = frame.assign(period_start="01/05/2023", period_end=text)
    frame.to_csv(tmp_path / "declarations.csv", index=False)
    if text.startswith("31"):
        assert ssplab.load(tmp_path)["period_start"].tolist() == [pd.Timestamp("2023-05-01")]
    else:
        with pytest.raises(CheckFailed, match="no date of the file tells which"):
            ssplab.load(tmp_path)


HEADER = ",".join(TABLES["declarations"].variables)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (HEADER.encode(), "holds no row"),
        (b"PK\x03\x04\x00\x00", "it is no text"),
        ("é;à\n1;2\n".encode("latin-1"), "names no column of the card, it begins with 'é;à'"),
        (f"{HEADER}\nEmployé".encode("cp850"), "neither in UTF-8 nor in Latin-1 .* line 2"),
        (f"{HEADER}\nsœur".encode("iso8859-15"), "neither in UTF-8 nor in Latin-1 .* line 2"),
        (f"{HEADER},gross\n".encode(), "two columns are called gross"),
        (f"{HEADER}\n{',' * 15}\n1,2\n".encode(), "line 3 has 2 fields and the header 16"),
        (f"{HEADER}\n{'1,' * 17}\n".encode(), "line 2 has 18 fields"),
        (f'{HEADER}\n"1,2\n3'.encode(), "at line 2 a quotation mark is not closed"),
    ],
)
def test_a_csv_that_cannot_be_read_is_a_sentence(tmp_path, content, told):
    (tmp_path / "declarations.csv").write_bytes(content)
    with pytest.raises(SsplabError, match=rf"(?s)declarations\.csv.*{told}"):
        ssplab.load(tmp_path)


def test_a_parquet_that_cannot_be_read_is_a_sentence(tmp_path):
    (tmp_path / "declarations.parquet").write_bytes(b"PAR")
    with pytest.raises(SsplabError, match=r"declarations\.parquet cannot be read"):
        ssplab.load(tmp_path)


def test_a_line_is_found_after_a_field_of_several_lines(tmp_path, sound):
    frame = as_text(sound["declarations"]).assign(note="one\ntwo")
    frame.loc[3, "gross"] = "n.c."
    frame.to_csv(tmp_path / "declarations.csv", index=False)
    lines = (tmp_path / "declarations.csv").read_text(encoding="utf-8").split("\n")
    with pytest.raises(CheckFailed, match=r"gross: not numbers: line 8 \('n\.c\.'\)"):
        ssplab.load(tmp_path)
    assert "n.c." in lines[7]


HOSTILE = """\
FOLDER does not fit the card of payroll, 14 problems:
  declarations.csv, declaration_id: the key is not unique: line 8 ('D1'), line 9 ('D1'). Keep \
one row of each.
  declarations.csv, post_id: missing: line 12. Fill them in, or leave these rows out.
  declarations.csv, siret: not in establishments.parquet: line 10 ('SYN9'). Add the rows there, \
or correct the identifiers.
  declarations.csv, period_end: not dates: line 13 ('31/02/2023'). Write dates as 2023-05-31 or \
31/05/2023.
  declarations.csv, contract: a spreadsheet has made numbers of these codes: line 14 ('1'), line \
15 ('1'), line 16 ('1') and 2 more. Write them as text, as on the card: 01, 02, 03.
  declarations.csv, quota: above 1: line 6 ('1,5'). Correct them, or their unit.
  declarations.csv, gross: not numbers: line 4 ('2 100,50 EUR'). Write numbers alone, without \
unit or words, and leave the field empty if not known.
  declarations.csv, net: the column is missing. Is it NET_pay? Then rename that one.
  declarations.csv, bonus: below 0: line 7 ('-20,0'). Correct them, or their unit.
  establishments.parquet, siret: the key is not unique: row 1 ('TWICE'), row 2 ('TWICE'). Keep \
one row of each.
  establishments.parquet, a38: the column is missing. Add it.
  establishments.parquet, size: not whole numbers: row 3 (12.5). Correct them.
  establishments.parquet, size: below 1: row 0 (0.0). Correct them, or their unit.
  establishments.parquet, software: missing: row 4. Fill them in, or leave these rows out.
Correct the files; `ssplab data show payroll` shows what the card asks for. Lines of a .csv and \
rows of an .xlsx count from 1, the header; observations of a .sas7bdat from 1; rows of a .parquet \
from 0."""


def hostile(folder, sound):
    """Write an extract with fourteen faults in two tables."""
    pay = as_text(sound["declarations"], dates="%d/%m/%Y", number=comma)
    pay = pay.rename(columns={"net": "NET_pay"})
    pay.loc[2, "gross"] = "2 100,50 EUR"
    pay.loc[4, "quota"], pay.loc[5, "bonus"] = "1,5", "-20,0"
    pay.loc[[6, 7], "declaration_id"] = "D1"
    pay.loc[8, "siret"], pay.loc[10, "post_id"] = "SYN9", ""
    pay.loc[11, "period_end"] = "31/02/2023"
    pay.loc[12:16, "contract"] = "1"
    pay.to_csv(folder / "declarations.csv", sep=";", index=False, encoding="cp1252")
    firms = sound["establishments"]
    extra = firms.head(5).assign(siret=["A", "TWICE", "TWICE", "B", "C"])
    firms = pd.concat([extra, firms], ignore_index=True).drop(columns="a38")
    firms = firms.astype({"size": "float64", "software": object})
    firms.loc[0, "size"], firms.loc[3, "size"], firms.loc[4, "software"] = 0, 12.5, None
    firms.to_parquet(folder / "establishments.parquet")


def test_a_hostile_extract_is_told_in_one_go(tmp_path, sound):
    hostile(tmp_path, sound)
    with pytest.raises(CheckFailed) as failure:
        examine(tmp_path)
    assert str(failure.value) == HOSTILE.replace("FOLDER", str(tmp_path))


def test_unseen_codes_survive_and_are_reported(tmp_path, sound):
    frame = sound["declarations"].assign(pcs="9")
    frame.loc[:2, "contract"] = ["77", "78", "77"]
    frame.to_csv(tmp_path / "declarations.csv", index=False)
    extract = examine(tmp_path)
    assert [(one.column, one.codes, one.rows) for one in extract.unseen] == [
        ("pcs", ["9"], 60),
        ("contract", ["77", "78"], 3),
    ]
    assert extract.rows == {"declarations": 60}
    assert ssplab.load(tmp_path)["contract"][:3].tolist() == ["77", "78", "77"]


def test_texts_that_no_card_lists_may_not_label_a_row(tmp_path, sound):
    frame = sound["declarations"].assign(office="Lille")
    frame.loc[0, "pcs"] = "9"
    frame.to_parquet(tmp_path / "declarations.parquet")
    private = private_texts(tmp_path)
    assert {"9", "Lille", frame["siret"][0], frame["declaration_id"][0]} <= private
    assert not private & {"3", "4", "5", "6", "10", "2023-04"}


def test_files_are_named_as_tables(tmp_path, sound):
    with pytest.raises(SsplabError, match=r"there are: .*declarations \(payroll\).* panel"):
        ssplab.load(tmp_path)
    sound["declarations"].to_csv(tmp_path / "declaration.csv", index=False)
    with pytest.raises(SsplabError, match=r"Is declaration\.csv the table declarations\?"):
        ssplab.load(tmp_path)
    card = load_card("payroll")
    with pytest.raises(CheckFailed, match=r"(?s)holds no declarations\.csv.*no establishments"):
        examine(tmp_path, card, ["establishments"])
    (tmp_path / "declaration.csv").rename(tmp_path / "declarations.csv")
    with pytest.raises(SsplabError, match=r"holds no posts\.csv or posts\.parquet"):
        ssplab.load(tmp_path, "posts")
    with pytest.raises(SsplabError, match="Did you mean posts"):
        ssplab.load(tmp_path, "post")
    sound["declarations"].to_parquet(tmp_path / "declarations.parquet")
    with pytest.raises(SsplabError, match="the same table: keep one"):
        ssplab.load(tmp_path)


def test_a_long_list_is_capped(tmp_path, sound, monkeypatch):
    monkeypatch.setattr(extracts, "PROBLEMS_SHOWN", 4)
    hostile(tmp_path, sound)
    with pytest.raises(CheckFailed, match=r"14 problems:(\n  \w+\.csv.*){4}\n  and 10 more\nCorr"):
        examine(tmp_path)


def test_the_chapter_on_job_offers_runs_on_an_extract_without_its_site(tmp_path):
    folder = tmp_path / "extract"
    folder.mkdir()
    for name in load_card("job_offers").tables:
        table = ssplab.load("job_offers", name)
        if name == load_card("job_offers").main_table:
            table = table[table["site"].eq("guichet-emploi")].head(300)
        table.to_csv(folder / f"{name}.csv", index=False)
    page = run("job-offers", {"data": str(folder)}, tmp_path / "out", progress=False).page
    assert "not scored" in page.read_text(encoding="utf-8")


def test_a_table_that_is_another_data_set_s_main_one_does_not_confuse(tmp_path):
    """`communes` is a data set, and a table of mobile_phones beside the records."""
    for name in load_card("mobile_phones").tables:
        ssplab.load("mobile_phones", name).head(3).to_parquet(tmp_path / f"{name}.parquet")
    assert extracts.card_of(tmp_path).name == "mobile_phones"
    (tmp_path / "records.parquet").unlink()
    assert extracts.card_of(tmp_path).name == "communes"


def test_two_main_tables_of_which_none_belongs_to_the_other_are_refused(tmp_path):
    for data, name in {"payroll": "declarations", "mobile_phones": "records"}.items():
        ssplab.load(data, name).head(3).to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(SsplabError, match=r"one data set.*it holds: .*\(mobile_phones\)"):
        extracts.card_of(tmp_path)
