"""Build the files of an invented delivery from the twin `payroll`; for authors.

`python datasets/office_files/build.py` writes `files/` anew and prints what the card must say of
it. The SAS file is made by the program `readstat` (Debian and Ubuntu: `apt-get install readstat`;
macOS: `brew install readstat`), since no Python package writes that format. Using the files needs
none of this.

The establishments of the files of April, May and June are the 1,600 of the sample that ships;
those of the software Tempo are in the 200 that follow when the twin is made larger.

What tells the hour of the build is set to a date: the times in the headers of the workbook and of
its archive, and those in the header of the SAS file.
"""

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat

from ssplab.course import load_card
from ssplab.data import load, write_files
from ssplab.data.twins.geography import departments
from ssplab.data.twins.words import Words, load_words
from ssplab.system import SsplabError

NAME = "office_files"
MONTHS = ("2023-04", "2023-05", "2023-06")
WHOLE = "2023-05"  # the month with all regions; the two others would make the files too large
ESTABLISHMENTS = 1600  # of the sample of the twin that ships
LARGER = 1.125  # the scale at which 200 others follow
TEMPO_SUBJECT = 11  # employees from which an employer pays the transport levy
# The establishment that June's file lost has this many declarations in June: enough to be seen in
# the total, few enough not to be seen without the note
LOST_BETWEEN = (40, 60)
SAS_EPOCH = pd.Timestamp("1960-01-01")
SENT = datetime(2023, 7, 11, 9, 0)
SAS_TIMES = 164  # where the header's two times begin, in a file without 4 bytes of alignment
WINDOWS = "cp1252"

NOTE, SAS, FIXED = "bordereau.xlsx", "contrats_2023.sas7bdat", "etablissements.txt"
LAYOUT, PARQUET, TEMPO = "dessin_etablissements.csv", "contrats.parquet", "tempo_2023-06.csv"
MONTHLY = {month: f"declarations_{month}.csv" for month in MONTHS}


class Sheet(Words):
    """What stands on a sheet of the workbook around its table."""

    title: str
    below_title: str
    header: tuple[str, ...]
    total: str
    below: tuple[str, ...]


class Note(Sheet):
    """The delivery note, with what it says of each file that it lists."""

    contents: dict[str, str]


class OfficeWords(Words):
    """The sender's words."""

    regions: tuple[str, ...]
    categories: dict[str, str]
    activities: dict[str, str]
    note: Note
    departments: Sheet
    layout: tuple[tuple[str, int, str], ...]
    labels: dict[str, str]


WORDS = load_words(NAME, OfficeWords)


class Delivery(NamedTuple):
    """The tables of the delivery before they are written; `claimed` is what the note was made of.

    All texts are in the sender's words; numbers and dates are numbers and dates.
    """

    monthly: dict[str, pd.DataFrame]
    claimed: dict[str, pd.DataFrame]
    tempo: pd.DataFrame
    establishments: pd.DataFrame
    started: pd.DataFrame
    contracts: pd.DataFrame


def deliver() -> Delivery:
    """Return what is delivered, made from the twin."""
    posts, establishments = (
        load("payroll", table, scale=LARGER).assign(
            etablissement=lambda rows: number(rows["siret"])
        )
        for table in ("posts", "establishments")
    )
    declarations = load("payroll", scale=LARGER)[["post_id", "month", "gross", "hours"]]
    rows = declarations.merge(
        posts[["post_id", "etablissement", "department", "pcs", "start"]],
        on="post_id",
        validate="m:1",
    )
    rows = rows.assign(contrat=contract(rows["post_id"])).sort_values(
        ["etablissement", "contrat"], kind="stable"
    )
    main = establishments.iloc[:ESTABLISHMENTS]
    later = establishments.iloc[ESTABLISHMENTS:]
    tempo = later[later["software"] == "Tempo"]
    codes = [code for code, one in departments().items() if one.region_name in WORDS.regions]
    from_main = rows[rows["etablissement"].isin(main["etablissement"])]
    claimed = {
        month: group if month == WHOLE else group[group["department"].isin(codes)]
        for month, group in from_main.groupby("month")
    }
    june = MONTHS[-1]
    lost = _lost(claimed[june])
    complete = claimed[june]["etablissement"] != lost
    of_regions = posts[
        posts["etablissement"].isin(main["etablissement"]) & posts["department"].isin(codes)
    ].assign(contrat=lambda rows: contract(rows["post_id"]))
    of_regions = of_regions.sort_values(["etablissement", "contrat"])
    return Delivery(
        monthly={**claimed, june: claimed[june][complete]},
        claimed=claimed,
        tempo=rows[rows["month"] == june].merge(
            tempo[["etablissement", "size"]], on="etablissement", validate="m:1"
        ),
        establishments=main,
        started=of_regions[of_regions["start"] >= "2023-01-01"],
        contracts=of_regions,
    )


def number(siret: pd.Series) -> pd.Series:
    """Return the sender's number of an establishment: four digits and one more."""
    return siret.str[5:9] + siret.str[-1]


def contract(post_id: pd.Series) -> pd.Series:
    """Return the sender's number of a contract: seven digits."""
    return post_id.str[-7:]


def _lost(june: pd.DataFrame) -> str:
    """Return the establishment whose declarations of June are not in the file: the first fit."""
    sizes = june.groupby("etablissement").size()
    return sizes[sizes.between(*LOST_BETWEEN)].index[0]


def monthly_csv(rows: pd.DataFrame) -> bytes:
    """Return a month as the main software writes it: semicolons, decimal commas, Windows-1252."""
    frame = pd.DataFrame(
        {
            "Contrat": rows["contrat"],
            "Établissement": rows["etablissement"],
            "Département": rows["department"],
            "Catégorie": rows["pcs"].map(WORDS.categories),
            "Début": rows["start"].dt.strftime("%d/%m/%Y"),
            "Brut": rows["gross"],
            "Heures": rows["hours"],
        }
    )
    text = frame.to_csv(
        sep=";", decimal=",", float_format="%.2f", index=False, lineterminator="\r\n"
    )
    return text.encode(WINDOWS)


def tempo_csv(rows: pd.DataFrame) -> bytes:
    """Return a month as the software Tempo writes it: commas, points, UTF-8 with a mark."""
    names = department_names()
    frame = pd.DataFrame(
        {
            "contract": rows["contrat"],
            "site": rows["etablissement"],
            "dept": rows["department"],
            "dept_name": rows["department"].map(names),
            "category": rows["pcs"],
            "start_date": rows["start"].dt.strftime("%Y-%m-%d"),
            "gross_pay": rows["gross"],
            "paid_hours": rows["hours"],
            "transport_levy": np.where(rows["size"] >= TEMPO_SUBJECT, "AP", "NA"),
        }
    )
    return frame.to_csv(float_format="%.2f", index=False, lineterminator="\n").encode("utf-8-sig")


def department_names() -> dict[str, str]:
    """Return the names of the départements by code, as the card of the twin has them."""
    return load_card("payroll").tables["posts"].variables["department"].codes


def fixed_width(establishments: pd.DataFrame) -> bytes:
    """Return the establishments, one a line without separators, as `layout_csv` lays them out."""
    columns = {
        "etablissement": establishments["etablissement"],
        "departement": establishments["department"],
        "activite": establishments["a17"],
        "libelle": establishments["a17"].map(WORDS.activities),
        "effectif": establishments["size"],
        "horaire": establishments["weekly_hours"],
    }
    fields = []
    for name, width, _ in WORDS.layout:
        whole = pd.api.types.is_integer_dtype(columns[name])
        texts = columns[name].astype("str")
        if (texts.str.len() > width).any():
            raise SsplabError(f"A value of {name} is longer than the {width} of words.yml.")
        fields.append(texts.str.rjust(width) if whole else texts.str.ljust(width))
    lines = pd.concat(fields, axis=1).agg("".join, axis=1)
    return "".join(line + "\r\n" for line in lines).encode(WINDOWS)


def layout_csv() -> bytes:
    """Return the layout of the fixed-width file: where each field begins and how wide it is."""
    lines, first = ["nom;début;longueur;contenu"], 1
    for name, width, content in WORDS.layout:
        lines.append(f"{name};{first};{width};{content}")
        first += width
    return "".join(line + "\r\n" for line in lines).encode(WINDOWS)


def workbook(delivery: Delivery) -> bytes:
    """Return the delivery note and the table of départements, whose codes lost their zeros."""
    gross = {
        **{MONTHLY[month]: rows["gross"] for month, rows in delivery.claimed.items()},
        TEMPO: delivery.tempo["gross"],
        FIXED: delivery.establishments["siret"],
        SAS: delivery.started["gross"],
        PARQUET: delivery.contracts["gross"],
    }
    listed = [
        [name, told, len(gross[name]), None if name == FIXED else round(gross[name].sum(), 2)]
        for name, told in WORDS.note.contents.items()
    ]
    counts = delivery.claimed[WHOLE]["department"].value_counts()
    # A spreadsheet makes a number of what looks like one: 1 for 01; it leaves 2A alone
    departments = [
        [int(code) if code.isdigit() else code, name, int(counts.get(code, 0))]
        for code, name in department_names().items()
    ]
    book = openpyxl.Workbook()
    book.remove(book.active)
    _fill(book.create_sheet("Bordereau"), WORDS.note, listed, summed=(2, 3))
    _fill(book.create_sheet("Départements"), WORDS.departments, departments, summed=(2,))
    book.properties.creator = "Bureau inventé"
    book.properties.created = SENT
    written = io.BytesIO()
    book.save(written)
    return _at_one_time(written.getvalue())


def _fill(sheet, around: Sheet, rows: list[list], summed: tuple[int, ...]) -> None:
    """Write a title, a table from the fourth line on, its total, and notes below."""
    totals = {
        column: round(sum(row[column] for row in rows if row[column] is not None), 2)
        for column in summed
    }
    total = [totals.get(column) for column in range(len(around.header))]
    total[0] = around.total
    for line in [[around.title], [around.below_title], [], list(around.header), *rows, total, []]:
        sheet.append(line)
    for note in around.below:
        sheet.append([note])
    for column, width in zip("ABCD", (30, 44, 14, 16), strict=True):
        sheet.column_dimensions[column].width = width
    for cell in [sheet["A1"], *sheet[4], *sheet[4 + len(rows) + 1]]:
        cell.font = openpyxl.styles.Font(bold=True)


def _at_one_time(archive: bytes) -> bytes:
    """Return a workbook's archive without the hour at which it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                time = f">{SENT:%Y-%m-%dT%H:%M:%SZ}</dcterms:modified>".encode()
                content = re.sub(rb">[^<]*</dcterms:modified>", time, content)
            entry = zipfile.ZipInfo(name, SENT.timetuple()[:6])
            new.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def sas_file(rows: pd.DataFrame) -> bytes:
    """Return the contracts begun in 2023 as a SAS data set, dates as days since 1960.

    Raises
    ------
    SsplabError
        If the program `readstat` is not installed, or fails.
    """
    if shutil.which("readstat") is None:
        raise SsplabError(
            f"{SAS} cannot be written: the program readstat is not installed. On Debian and Ubuntu "
            "`apt-get install readstat`, on macOS `brew install readstat`."
        )
    frame = pd.DataFrame(
        {
            "CONTRAT": rows["contrat"],
            "ETAB": rows["etablissement"],
            "DEP": rows["department"],
            "DEBUT": (rows["start"] - SAS_EPOCH).dt.days.astype("float64"),
            "FIN": (rows["end"] - SAS_EPOCH).dt.days.astype("float64"),
            "BRUT": rows["gross"],
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        sav, sas = Path(folder, "contrats.sav"), Path(folder, SAS)
        pyreadstat.write_sav(frame, sav, column_labels=WORDS.labels)
        done = subprocess.run(["readstat", sav, sas], capture_output=True, text=True)
        if done.returncode or not sas.is_file():
            raise SsplabError(f"readstat could not write {SAS}: {done.stderr or done.stdout}")
        content = bytearray(sas.read_bytes())
    first = SAS_TIMES + (4 if content[35:36] == b"3" else 0)
    seconds = (pd.Timestamp(SENT) - SAS_EPOCH).total_seconds()
    content[first : first + 16] = np.array([seconds, seconds], "<f8").tobytes()
    return bytes(content)


def parquet_file(rows: pd.DataFrame) -> bytes:
    """Return the contracts of the year with their types: categories, dates, whole numbers."""
    frame = pd.DataFrame(
        {
            "contrat": rows["contrat"],
            "etablissement": rows["etablissement"].astype("category"),
            "departement": rows["department"].astype("category"),
            "categorie": rows["pcs"].map(WORDS.categories).astype("category"),
            "debut": rows["start"],
            "fin": rows["end"],
            "brut": rows["gross"],
            "heures": rows["hours"],
        }
    )
    return frame.to_parquet(None, index=False, compression="zstd")


def contents(delivery: Delivery) -> dict[str, bytes]:
    """Return all files but the SAS one, by name."""
    return {
        **{MONTHLY[month]: monthly_csv(rows) for month, rows in delivery.monthly.items()},
        TEMPO: tempo_csv(delivery.tempo),
        NOTE: workbook(delivery),
        FIXED: fixed_width(delivery.establishments),
        LAYOUT: layout_csv(),
        PARQUET: parquet_file(delivery.contracts),
    }


def read_monthly(path: Path) -> pd.DataFrame:
    """Read a month of the main software."""
    codes = dict.fromkeys(["Contrat", "Établissement", "Département", "Catégorie"], "str")
    frame = pd.read_csv(path, sep=";", encoding=WINDOWS, decimal=",", dtype=codes)
    return frame.assign(Début=pd.to_datetime(frame["Début"], format="%d/%m/%Y"))


def read_tempo(path: Path) -> pd.DataFrame:
    """Read the month of the software Tempo, in which the code NA is not a missing value."""
    codes = ["contract", "site", "dept", "dept_name", "category", "transport_levy"]
    frame = pd.read_csv(
        path,
        encoding="utf-8-sig",
        dtype=dict.fromkeys(codes, "str"),
        keep_default_na=False,
        na_values={"paid_hours": [""]},
    )
    return frame.assign(start_date=pd.to_datetime(frame["start_date"], format="%Y-%m-%d"))


def read_sheet(path: Path, around: Sheet, sheet: str) -> pd.DataFrame:
    """Read the table of a sheet, without its total and what stands below."""
    frame = pd.read_excel(path, sheet_name=sheet, header=3)
    first = around.header[0]
    return frame.iloc[: frame.index[frame[first] == around.total][0]].assign(
        **{first: lambda rows: rows[first].astype("str")}
    )


def read_fixed(path: Path, layout: Path) -> pd.DataFrame:
    """Read the fixed-width file by its layout."""
    fields = pd.read_csv(layout, sep=";", encoding=WINDOWS)
    codes = dict.fromkeys(["etablissement", "departement", "activite", "libelle"], "str")
    return pd.read_fwf(
        path,
        widths=fields["longueur"].tolist(),
        names=fields["nom"].tolist(),
        encoding=WINDOWS,
        dtype=codes,
    )


def read_sas(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read the SAS file: its rows, dates as dates, and the labels of its variables."""
    frame, about = pyreadstat.read_sas7bdat(path)
    days = {
        name: pd.to_datetime(frame[name], unit="D", origin=SAS_EPOCH) for name in ("DEBUT", "FIN")
    }
    return frame.assign(**days), about.column_names_to_labels


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Return what the files say when they are read rightly, by file, under the card's `facts`.

    `gross` is in euros. `claimed_rows` and `claimed_gross` of a file are the delivery note's.
    """
    note = read_sheet(folder / NOTE, WORDS.note, "Bordereau").set_index("Fichier")
    departments = read_sheet(folder / NOTE, WORDS.departments, "Départements")
    tempo = read_tempo(folder / TEMPO)
    fixed = read_fixed(folder / FIXED, folder / LAYOUT)
    started, labels = read_sas(folder / SAS)
    contracts = pd.read_parquet(folder / PARQUET)
    facts = {
        NOTE: {"files": len(note), "departments": len(departments)},
        LAYOUT: {"fields": len(WORDS.layout), "width": sum(width for _, width, _ in WORDS.layout)},
        TEMPO: {
            "rows": len(tempo),
            "gross": tempo["gross_pay"].sum(),
            "establishments": tempo["site"].nunique(),
        },
        FIXED: {"rows": len(fixed), "posts": fixed["effectif"].sum()},
        SAS: {"rows": len(started), "gross": started["BRUT"].sum(), "labels": len(labels)},
        PARQUET: {"rows": len(contracts), "gross": contracts["brut"].sum()},
    }
    for name in MONTHLY.values():
        rows = read_monthly(folder / name)
        facts[name] = {
            "rows": len(rows),
            "gross": rows["Brut"].sum(),
            "establishments": rows["Établissement"].nunique(),
            "codes_with_zero": rows["Département"].str.startswith("0").sum(),
        }
    for name, row in note.iterrows():
        facts[name]["claimed_rows"] = row["Lignes"]
        if pd.notna(row["Total brut"]):
            facts[name]["claimed_gross"] = row["Total brut"]
    return {
        name: {what: round(float(value), 2) for what, value in told.items()}
        for name, told in facts.items()
    }


def count_planted(folder: Path) -> dict[tuple[str, str], int]:
    """Return the rows that carry each thing that is planted, by `(kind, type)` of the card."""
    facts = measure(folder)
    lost = sum(one["claimed_rows"] - one["rows"] for one in facts.values() if "claimed_rows" in one)
    codes = read_sheet(folder / NOTE, WORDS.departments, "Départements")["Code"]
    levy = read_tempo(folder / TEMPO)["transport_levy"]
    return {
        ("error", "establishment_lost"): int(lost),
        ("error", "zero_lost"): int((codes.str.len() == 1).sum()),
        ("legitimate", "code_na"): int((levy == "NA").sum()),
    }


def main() -> None:
    """Build, write, and print what the card must say."""
    delivery = deliver()
    card = load_card(NAME)
    files = {**contents(delivery), SAS: sas_file(delivery.started)}
    told = write_files(card, files)
    facts = measure(card.files_folder)
    for name, one in told["files"].items():
        print(f"  {name}: {one} facts: {facts[name]}")
    print("content_hash:", told["content_hash"])
    print("planted:", count_planted(card.files_folder))


if __name__ == "__main__":
    main()
