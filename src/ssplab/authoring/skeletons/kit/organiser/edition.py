"""An edition of the kit, from the organisers' seed."""

import numpy as np

from ssplab.course import load_card
from ssplab.data import generate
from ssplab.kits import Edition

SHARES = {"train": 0.5, "public": 0.2, "test": 0.3}


def edition(seed: int) -> Edition:
    """Return the rows of a twin of their own, drawn into three parts.

    # FILL IN: rows of one enterprise or household belong into one part (`group` in kit.yml).
    """
    twin = generate(load_card("{{ data }}"), seed, 1)
    key = ["{{ key | join('", "') }}"]
    planted = twin.truth["{{ table }}"]
    in_error = planted.loc[planted["kind"] == "error", key].drop_duplicates()
    rows = twin.tables["{{ table }}"].merge(in_error, on=key, how="left", indicator="found")
    rows = rows.assign(row_id=np.arange(len(rows)).astype(str))
    truth = rows[["row_id"]].assign(is_error=rows["found"] == "both")
    drawn = np.random.default_rng([seed, 1]).choice([*SHARES], len(rows), p=[*SHARES.values()])
    part = rows["row_id"].copy()
    part[:] = drawn
    return Edition(rows.drop(columns=["found", *key]), truth, part)
