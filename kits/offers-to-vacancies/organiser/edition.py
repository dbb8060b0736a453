"""An edition of the kit: ads of several zones, and the recruitment that each ad is for."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ssplab.course import load_card
from ssplab.data import conform, generator
from ssplab.data.twins.places import COMMUNES, name_and_rank
from ssplab.data.twins.texts import normalised
from ssplab.kits import Edition

SCALE = 4  # blocks of 6,000 ads, each a labour market of its own
OF_FIVE = ["train", "train", "public", "test", "test"]  # the parts of five zones of about one size


def edition(seed: int) -> Edition:
    """Return ads, the recruitment that each of them is for, and whether a vacancy is behind it.

    Ads are for one recruitment where the twin lists them as a duplicate pair of whatever type, so
    the ads of one ghost belong together too. A vacancy is behind those that the twin calls genuine:
    neither behind a ghost nor behind a pool of candidates, which is always renewed.

    A zone is a département in one of the twin's blocks. A recruitment has one workplace and stands
    in one block, so it is in one zone, and every ad shows its zone. Parts consist of whole zones,
    and so do the halves of the board: no recruitment is in two of them. The zone is what a
    collector knows who searches the sites département by département. A part drawn ad by ad would
    cut recruitments into pieces, whose number in the known truth would tell nothing of the whole.

    Zones are sorted by size, and of each five that follow one another two go to the training part,
    one to the public one and two to the test part, in an order that is drawn: so no part has all
    large towns, in which there are most ads to compare one with.

    What makes it hard: most pairs say more, less, or the same in other words; one text serves
    several vacancies; many ads name no employer. Fair: nothing is left out of the twin, and what
    tells ads apart is what a collector sees.
    """
    card = load_card("job_offers")
    rng = np.random.default_rng([seed, 1])
    blocks = [block.named() for block in generator(card).blocks(seed, SCALE)]
    told = pd.concat([_told(block) for block in blocks], keys=range(len(blocks)), names=["block"])
    told = told.reset_index("block").reset_index(drop=True)
    told["zone"] = told["block"].astype(str) + " " + told["department"]
    told["recruitment"] = told.groupby(["zone", "recruitment"]).ngroup()
    numbers = rng.permutation(told["recruitment"].max() + 1)
    codes = _codes(told["zone"].unique(), rng)
    sizes = told.groupby("zone").size().sort_values(ascending=False, kind="stable")
    part = told["zone"].map(_parts(sizes, rng))
    told["zone"] = told["zone"].map(codes)
    truth = pd.DataFrame(
        {
            "ad_id": told["ad_id"],
            "recruitment": numbers[told["recruitment"]],
            "vacancy": (told["kind"] == "genuine").astype(int),
            "of_zone": told["zone"],
        }
    )
    ads = conform(told[list(card.tables["ads"].variables)], card.tables["ads"])
    return Edition(
        rows=ads.assign(zone=told["zone"]),
        truth=truth,
        part=part,
        context={"sites": conform(blocks[0]["sites"], card.tables["sites"])},
    )


def _told(block: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the ads of a block with the number of their recruitment and their département."""
    known = block["truth/ads"][["ad_id", "kind", "vacancy_id", "departement"]]
    ads = block["ads"].merge(known, on="ad_id", validate="one_to_one")
    ads["recruitment"] = _recruitments(ads["ad_id"], block["truth/pairs"])
    return ads.assign(department=_departments(ads, block["truth/vacancies"]))


def _recruitments(ad_id: pd.Series, pairs: pd.DataFrame) -> np.ndarray:
    """Return for each ad the number of its recruitment, from the pairs of one block."""
    same = pairs[pairs["type"] != "non_duplicate"]
    place = pd.Series(np.arange(len(ad_id)), ad_id)
    ends = [place[same[side]].to_numpy() for side in ("ad_id_1", "ad_id_2")]
    joined = coo_array((np.ones(len(same), int), ends), shape=(len(ad_id), len(ad_id)))
    return connected_components(joined, directed=False)[1]


def _departments(ads: pd.DataFrame, vacancies: pd.DataFrame) -> pd.Series:
    """Return for each ad the département of its workplace, one for all ads of a recruitment.

    The twin keeps no workplace of a ghost, so it is what one of its ads tells as its place, or else
    the town that a text names; a few misspelt ones go to the largest zone.
    """
    commune = ads["vacancy_id"].map(vacancies.set_index("vacancy_id")["commune"])
    towns = {normalised(name_and_rank(town.name)[0]): town.code[:2] for town in COMMUNES}
    longest_first = "|".join(sorted(towns, key=len, reverse=True))
    named = ads["description"].map(normalised).str.extract(rf"\b({longest_first})\b", expand=False)
    department = commune.str[:2].fillna(ads["departement"]).fillna(named.map(towns))
    of_recruitment = department.groupby(ads["recruitment"]).transform("first")
    return of_recruitment.fillna(department.mode()[0])


def _codes(zones: np.ndarray, rng: np.random.Generator) -> dict[str, str]:
    """Return a code for each zone, drawn at random."""
    drawn = rng.permutation(len(zones)) + 1
    return dict(zip(zones, [f"Z{number:03d}" for number in drawn], strict=True))


def _parts(sizes: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Return the part of each zone, given its ads, the most first."""
    fives = [rng.permutation(OF_FIVE) for _ in range(0, len(sizes), len(OF_FIVE))]
    return pd.Series(np.concatenate(fives)[: len(sizes)], sizes.index)
