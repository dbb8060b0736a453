"""Call records as operators deliver them: `msisdn, datetime, cell_id, event_type`."""

import pandas as pd

import ssplab
from ssplab.course import normal
from ssplab.notebooks.runs import run

CODES = {"call": "MOC", "text": "SMS", "data": "GPRS"}
MAPPING = """
data: mobile_phones
tables:
  records:
    file: cdr.csv
    columns:
      user_id:
        from: msisdn
      timestamp:
        from: datetime
      antenna_id:
        from: cell_id
      event_type:
        codes: {MOC: call, SMS: text, GPRS: data}
  antennas:
    file: cells.csv
    columns:
      antenna_id:
        from: cell_id
"""


def deliver(folder, records, antennas):
    """Write records and places of antennas in that format, with the file that maps their columns.

    Parameters
    ----------
    folder : Path
    records, antennas : DataFrame
        Tables of the data set `mobile_phones`.
    """
    theirs = pd.DataFrame(
        {
            "msisdn": records["user_id"],
            "datetime": records["timestamp"].dt.strftime("%Y-%m-%d %H:%M:%S"),
            "cell_id": records["antenna_id"],
            "event_type": records["event_type"].map(CODES),
        }
    )
    theirs.to_csv(folder / "cdr.csv", index=False)
    places = antennas[["antenna_id", "x", "y"]].rename(columns={"antenna_id": "cell_id"})
    places.to_csv(folder / "cells.csv", index=False)
    (folder / "columns.yml").write_text(MAPPING, encoding="utf-8")


def office(folder, *beside):
    """Return a new folder with a quarter of the twin's customers in that format.

    Parameters
    ----------
    folder : Path
    *beside : str
        Further tables of the twin that lie there, whole.
    """
    folder.mkdir()
    records = ssplab.load("mobile_phones")
    records = records[records["user_id"].isin(records["user_id"].unique()[::4])]
    deliver(folder, records, ssplab.load("mobile_phones", "antennas"))
    for name in beside:
        ssplab.load("mobile_phones", name).to_csv(folder / f"{name}.csv", index=False)
    return folder


def shown(chapter, folder, out):
    """Return what the cells of a chapter show of such a folder, by their ids: no customer ever."""
    result = run(chapter, {"data": folder}, out, progress=False)
    cells = {cell.id: str(cell.get("outputs")) for cell in normal.read(result.notebook).cells}
    customers = pd.read_csv(folder / "cdr.csv", usecols=["msisdn"], dtype="str")["msisdn"].unique()
    found = [name for name in cells if any(one in cells[name] for one in customers)]
    assert not found, f"cells that show a customer: {found}"
    return cells
