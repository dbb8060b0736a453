"""Call records as operators deliver them: `msisdn, datetime, cell_id, event_type`."""

import pandas as pd

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
