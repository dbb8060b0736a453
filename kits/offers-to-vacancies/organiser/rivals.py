"""What the scores of the kit are compared with: the trivial answer, the course's, the truth."""

import numpy as np
import pandas as pd

from ssplab import load, taught

KEY = "ad_id"
OLD = 60  # days, as in the chapter on the number of vacancies


def trivial(edition) -> pd.DataFrame:
    """Return the answer that takes each ad for a recruitment of its own, and each for a vacancy."""
    keys = edition.rows.loc[edition.part == "test", [KEY]].reset_index(drop=True)
    return keys.assign(recruitment=np.nan, vacancy=1.0)


def course(edition) -> pd.DataFrame:
    """Return the answer of the chapters: the rule for pairs, and a ratio by stratum.

    Ads are joined by the rule of the chapter on duplicate ads, with one agreement, in which nothing
    is learnt. How many vacancies a group is worth comes from the training part: in each stratum, by
    the age of the group, by renewal and by whether the ad is alone, the true number of vacancies
    over the number of groups, which is the ratio estimator that survey statisticians would take. It
    makes good on average for ghosts, for pools, and for what the rule has joined or missed.
    """
    parts = {}
    for part in ("train", "test"):
        ads = edition.rows[(edition.part == part).to_numpy()].reset_index(drop=True)
        parts[part] = _grouped(ads)
    train, test = parts["train"], parts["test"]
    truth = train[[KEY]].merge(edition.truth, on=KEY, validate="one_to_one")
    true_size = truth.groupby("recruitment")[KEY].transform("size")
    sums = pd.DataFrame({"true": truth["vacancy"] / true_size, "given": 1 / train["size"]})
    sums = sums.groupby(train["stratum"]).sum()
    ratio = (sums["true"] / sums["given"]).clip(upper=1)
    answer = test[[KEY, "recruitment"]].copy()
    answer["vacancy"] = test["stratum"].map(ratio).fillna(ratio.mean())
    return answer


def truth(edition) -> pd.DataFrame:
    """Return the best answer that there is."""
    return edition.truth.loc[(edition.part == "test").to_numpy(), [KEY, "recruitment", "vacancy"]]


def _grouped(ads: pd.DataFrame) -> pd.DataFrame:
    """Return ads with the number of their group, its size, and the stratum of the ad."""
    town_of = taught("offers-to-vacancies", "town_of")
    same_vacancy = taught("offers-to-vacancies", "same_vacancy")
    town = ads["zone"] + " " + town_of(ads, load("communes"))
    group = pd.Series(same_vacancy(ads, town), ads.index)
    size = group.groupby(group).transform("size")
    seen = ads.groupby(group)
    age = seen["last_seen"].transform("max") - seen["first_seen"].transform("min")
    renewed = ads["published"] > ads["first_seen"] + pd.Timedelta(days=3)
    renewed = renewed.groupby(group).transform("any")
    stratum = 4 * (age.dt.days >= OLD) + 2 * renewed + (size > 1)
    return ads[[KEY]].assign(recruitment=group, size=size, stratum=stratum)
