"""How the search of `employer-detection` does on real names, without any address.

By hand: `python benchmarks/real_names.py WHEEL` prints, `--store` also writes
`benchmarks/real_names.json`; the chapter shows some of it. WHEEL is what
`pip download --no-deps catalystcoop.pudl==2024.2.6` fetches: the package of the Public Utility Data
Liberation project carries, under CC-BY 4.0, tables in which its people say which name that American
power companies, or power plants, have with one agency (FERC) belongs to which name with another
(EIA). Nothing of it is kept here but the counts.

Each name of the first agency that has a partner is asked for among all names of the second, of
whatever place. `first` is the share, in per cent, of the names whose partner comes first; of equal
scores each counts as first by lot, so a tie of three counts a third. `low` and `high` bound it at
95 %: a bootstrap that draws companies, or plants, with all their names. `among 20` is the share
whose partner is among the first twenty of the search. A name that the cleaning of the chapter makes
equal on both sides counts in `all` and not in `written otherwise`.
"""

import argparse
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from machine import machine
from rapidfuzz import distance, fuzz, process

from ssplab import taught

STORED = Path(__file__).with_suffix(".json")
FOLDER = "pudl/package_data/glue/"
WHEEL = "catalystcoop.pudl-2024.2.6-py3-none-any.whl"
RIVALS = {
    "token-set ratio": fuzz.token_set_ratio,
    "Jaro–Winkler": distance.JaroWinkler.similarity,
}
PACKAGES = ("pandas", "scikit-learn", "rapidfuzz")


def tables(wheel: Path) -> dict[str, pd.DataFrame]:
    """Return of companies and of plants their names with both agencies, cleaned.

    Returns
    -------
    dict
        Of each set a table with the columns `unit` (the project's key, which says who belongs
        together), `asked` and `listed` (cleaned names, missing where an agency has none).

    Raises
    ------
    SystemExit
        If the file is not the wheel, with what to do.
    """
    try:
        with zipfile.ZipFile(wheel) as packed:
            companies = pd.read_csv(packed.open(FOLDER + "utility_id_pudl.csv"))
            plants = pd.read_excel(io.BytesIO(packed.read(FOLDER + "pudl_id_mapping.xlsx")))
    except (OSError, KeyError, zipfile.BadZipFile) as problem:
        raise SystemExit(
            f"{wheel} is not the wheel with the names ({problem}).\n"
            "Fetch it: pip download --no-deps catalystcoop.pudl==2024.2.6"
        ) from problem
    clean = taught("cleaning-labels", "clean")
    read = {}
    for kind, table, word in [("companies", companies, "utility"), ("plants", plants, "plant")]:
        read[kind] = pd.DataFrame({"unit": table[f"{word}_id_pudl"]})
        for side, agency in [("asked", "ferc1"), ("listed", "eia")]:
            names = table[f"{word}_name_{agency}"].map(str, na_action="ignore").astype("str")
            read[kind][side] = clean(names)
    return read


def by_lot(is_best: pd.Series, is_right: pd.Series, asked: pd.Series) -> pd.Series:
    """Return of each name asked the chance that one drawn among its best is right."""
    return (is_right[is_best].astype("float")).groupby(asked[is_best]).mean()


def measure(names: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Return what search and rivals find among all names listed, of all and of hard names.

    Parameters
    ----------
    names : pandas.DataFrame
        As `tables` returns them.

    Returns
    -------
    dict
        Of `all` and of `written otherwise`: the number of names `asked`, of names `listed`, and of
        each method `first`, `low`, `high` in per cent; of the search also `among 20`.
    """
    listed = names[["unit", "listed"]].dropna().drop_duplicates(ignore_index=True)
    asked = names[["unit", "asked"]].dropna().drop_duplicates()
    asked = asked[asked["unit"].isin(listed["unit"])].reset_index(drop=True)
    equal = pd.MultiIndex.from_frame(asked).isin(pd.MultiIndex.from_frame(listed))
    parts = {"all": np.full(len(asked), True), "written otherwise": ~equal}

    found = taught("employer-detection", "search")(asked["asked"], listed["listed"], 20)
    right = found["asked"].map(asked["unit"]) == found["listed"].map(listed["unit"])
    best = found["score"] == found.groupby("asked")["score"].transform("max")
    among = right.groupby(found["asked"]).any().reindex(asked.index, fill_value=False)
    chances = {"search": by_lot(best, right, found["asked"]).reindex(asked.index, fill_value=0)}
    for name, scorer in RIVALS.items():
        firsts = []
        for number in asked.index:  # row by row: all scores at once would take a gigabyte
            query = [asked.loc[number, "asked"]]
            scores = process.cdist(query, listed["listed"], scorer=scorer)[0].round(4)
            tied = listed["unit"][scores == scores.max()]
            firsts.append((tied == asked.loc[number, "unit"]).mean())
        chances[name] = pd.Series(firsts)

    result = {}
    for part, rows in parts.items():
        of_part = {"asked": int(rows.sum()), "listed": len(listed)}
        for name, chance in chances.items():
            outcome = pd.DataFrame({"enterprise_id": asked["unit"], "first": chance})[rows]
            low, high = taught("automatic-coding", "interval")(outcome, "first")
            shares = {"first": outcome["first"].mean(), "low": low, "high": high}
            of_part[name] = {key: round(100 * float(share), 1) for key, share in shares.items()}
        of_part["search"]["among 20"] = round(100 * float(among[rows].mean()), 1)
        result[part] = of_part
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, metavar="WHEEL", help=f"path of {WHEEL}")
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    asked = parser.parse_args()
    measured = {kind: measure(names) for kind, names in tables(asked.wheel).items()}
    print(json.dumps(measured, indent=1, ensure_ascii=False))
    if asked.store:
        stored = {"source": WHEEL, "measured": measured, "machine": machine(PACKAGES)}
        text = json.dumps(stored, indent=1, ensure_ascii=False)
        STORED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
