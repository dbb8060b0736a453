"""An edition of the kit: what is drawn, and what is whose."""

import numpy as np
import pandas as pd

from ssplab import load
from ssplab.course import load_card
from ssplab.data import generator
from ssplab.kits import Edition

OLD, NEW, PUBLIC, TEST = 5_600, 375, 750, 5_600  # enterprises, most of them with one declaration
COLUMNS = [
    *("declaration_id", "enterprise_id", "channel", "declared_on", "text"),
    *("nature", "area", "form_type", "event", "employees"),
]


def edition(seed: int) -> Edition:
    """Return declarations of activity: coded ones to learn from, others to code.

    About 6,000 declarations of the centres and 400 online ones are to be learnt from, with the code
    that a coder gave, right or wrong. The public part, 800, and the test part, 6,000, are online
    ones, with their true code. What people write online comes from the generator's harder setting,
    in which most texts have a word misspelt; what clerks write does not.

    Hard: words and slips that the labels have not met, few labels, wrong ones among them. Fair: the
    parts are drawn at random and share no enterprise, and what the text shows is all that there is.
    """
    twins = {"centre": _declarations(seed, False), "online": _declarations(seed, True)}
    drawn = {channel: _in_random_order(twins[channel], channel, seed) for channel in twins}
    old, online = drawn["centre"], drawn["online"]
    ends = np.cumsum([NEW, PUBLIC, TEST])
    parts = {
        "train": pd.concat([old[old["rank"] < OLD], online[online["rank"] < ends[0]]]),
        "public": online[online["rank"].between(ends[0], ends[1] - 1)],
        "test": online[online["rank"].between(ends[1], ends[2] - 1)],
    }
    rows = pd.concat(parts, names=["part"]).reset_index("part").reset_index(drop=True)
    rows["declared_on"] = pd.to_datetime(rows["declared_on"])
    coded = rows["code"].where(rows["part"] == "train", rows["true_code"])
    truth = pd.DataFrame(
        {"declaration_id": rows["declaration_id"], "code": coded, "employment": rows["employees"]}
    )
    return Edition(
        rows=rows[COLUMNS],
        truth=truth,
        part=rows["part"],
        context={"nomenclature": _nomenclature()},
    )


def _declarations(seed: int, harder: bool) -> pd.DataFrame:
    """Return all declarations of a twin, with their true code."""
    blocks = generator(load_card("activity_labels")).blocks(seed, 1, harder=harder)
    key = "declaration_id"
    tables = [
        block.tables["descriptions"].merge(block.truth["descriptions"][[key, "true_code"]], on=key)
        for block in blocks
    ]
    return pd.concat(tables, ignore_index=True)


def _in_random_order(twin: pd.DataFrame, channel: str, seed: int) -> pd.DataFrame:
    """Return the declarations of a channel, each with the place of its enterprise in the draw."""
    rows = twin[twin["channel"] == channel]
    stream = np.random.SeedSequence(seed, spawn_key=(2**31 + 1, channel == "online"))
    enterprises = np.random.default_rng(stream).permutation(rows["enterprise_id"].unique())
    place = pd.Series(np.arange(len(enterprises)), index=enterprises)
    return rows.assign(rank=rows["enterprise_id"].map(place))


def _nomenclature() -> pd.DataFrame:
    """Return the sub-classes with their label, and those of their group, division and section."""
    label = load("naf", "activities").set_index("code")["label"]
    levels = load("naf", "subclasses")[["subclass", "group", "division", "section"]]
    table = levels.rename(columns={"subclass": "code"}).assign(label=levels["subclass"].map(label))
    for level in ("group", "division", "section"):
        table[f"{level}_label"] = table[level].map(label)
    return table
