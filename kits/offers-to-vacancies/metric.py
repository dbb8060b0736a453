"""The metric of this kit: points for pairs of ads that are rightly joined, less what errors cost.

It needs numpy and pandas only, so that a team can read it and run it anywhere.
"""

import numpy as np
import pandas as pd

KEY = "ad_id"
RIGHT = 1.0  # a pair of ads for one recruitment, joined: one of them would be counted in vain
WRONG = -1.0  # a pair of ads for two recruitments, joined: one of them would not be counted
ERROR = -1.0  # one vacancy in a hundred too many or too few, in the zone in which it is


def metrics(truth, submission):
    """Return the metrics, the first of which ranks; the higher, the better.

    Parameters
    ----------
    truth : DataFrame
        `ad_id`; `recruitment`, the number of what an ad is for; `vacancy`, 1 if somebody is sought
        for it and 0 if it is a ghost or a pool; `of_zone`, the zone in which the ad stood.
    submission : DataFrame
        `recruitment`, a number that the ads share which are thought to be for one recruitment, or
        missing for an ad that shares it with no other; `vacancy`, from 0 to 1, the chance that
        somebody is sought. The same ads in the same order.

    Returns
    -------
    dict of str to float
        Points are counted per 100 true pairs, less one for each vacancy in 100 by which the number
        is wrong. Pairs are those of the ads of one zone. The number of vacancies in a zone is the
        sum, over the recruitments that were handed in, of the mean chance of their ads. Its errors
        are added up over zones without their sign, so that one zone does not make up for another;
        the last metric is the error of the whole number, with its sign.

    Raises
    ------
    ValueError
        If both frames have the key and it differs.
    """
    if KEY in submission and truth[KEY].tolist() != submission[KEY].tolist():
        raise ValueError(f"Row by row, {KEY} must be the same in both frames: sort both by {KEY}.")
    # An ad stands there several times where its zone was drawn several times, as the organisers do
    # for the interval of a score. Copies are no duplicates: the ad counts once, times `times`.
    ad = _codes(truth[KEY])
    is_first = ~pd.Series(ad).duplicated().to_numpy()
    times = np.bincount(ad)[ad][is_first]
    truth, submission = truth[is_first], submission[is_first]

    zone = _codes(truth["of_zone"])
    label = submission["recruitment"].to_numpy(dtype=float)
    alone = np.where(np.isnan(label), np.arange(1, len(label) + 1), 0)
    true = _codes(zone, truth["recruitment"])
    given = _codes(zone, np.nan_to_num(label), alone)
    true_pairs, given_pairs, right_pairs = (
        _count_pairs(groups, times) for groups in (true, given, _codes(true, given))
    )
    true_numbers = _numbers(true, truth["vacancy"], zone, times)
    error = _numbers(given, submission["vacancy"], zone, times) - true_numbers
    vacancies = max(true_numbers.sum(), 1)
    error_by_zone = float(100 * np.abs(error).sum() / vacancies)
    wrong_pairs = given_pairs - right_pairs
    gained = 100 * (RIGHT * right_pairs + WRONG * wrong_pairs) / max(true_pairs, 1)
    return {
        "points": float(gained + ERROR * error_by_zone),
        "percent right of pairs joined": _percent(right_pairs, given_pairs),
        "percent joined of true pairs": _percent(right_pairs, true_pairs),
        "percent F1 of pairs": _percent(2 * right_pairs, true_pairs + given_pairs),
        "percent error of vacancies by zone": error_by_zone,
        "percent vacancies too many": float(100 * error.sum() / vacancies),
    }


def _codes(*labels):
    """Return for each ad a whole number from 0, the same for ads that agree in all labels."""
    codes = np.zeros(len(labels[0]), dtype="int64")
    for label in labels:
        own, names = pd.factorize(np.asarray(label))
        codes = codes * len(names) + own
    return pd.factorize(codes)[0]


def _count_pairs(groups, times):
    """Return how many pairs of ads are in one group, times how often their zone was drawn."""
    sizes = np.bincount(groups)
    return (_of_group(groups, times) * sizes * (sizes - 1) / 2).sum()


def _numbers(groups, chance, zone, times):
    """Return for each zone the sum, over its groups of ads, of their mean chance."""
    mean = np.bincount(groups, chance.to_numpy(dtype=float)) / np.bincount(groups)
    return np.bincount(_of_group(groups, zone), mean * _of_group(groups, times))


def _of_group(groups, values):
    """Return the value of each group, which is the same for all of its ads."""
    of_group = np.zeros(groups.max() + 1, dtype="int64")
    of_group[groups] = values
    return of_group


def _percent(of, among):
    """Return how many of 100; 0 where there is nothing."""
    return float(100 * of / among) if among else 0.0
