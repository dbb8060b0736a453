"""What trainees kept from when chapters had numbers: names of that time stay of use."""

import re


def without_number(name: str) -> str:
    """Return the name of today for one with a number: `02-payroll-anomalies/1`, `2-part`.

    Work copies and records of progress still say such names.
    """
    return re.sub(r"^\d{1,2}-", "", name)
