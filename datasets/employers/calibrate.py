"""Fit the one constant of the employers twin: the share of people who write with care.

For authors, by hand: `python datasets/employers/calibrate.py` prints the value that belongs in
`CAREFUL` of `generate.py`. The generator never refits it.

The more people take care, the more forms an exact join gets right; the share is halved in on until
that is what the card's margin says. The seeds are none of those that chapters use.
"""

import argparse

import numpy as np

from ssplab.course import load_card
from ssplab.data import generator

FIRST_SEED = 500
employers = generator(load_card("employers"))


def exact_join(careful: float, twins: int) -> float:
    """Return the exact join's mean share of right forms, in percent, over some twins."""
    in_force = employers.CAREFUL
    employers.CAREFUL = careful
    try:
        reached = [
            employers.measure_margins(next(employers.blocks(seed, 1)))["exact join"]
            for seed in range(FIRST_SEED, FIRST_SEED + twins)
        ]
    finally:
        employers.CAREFUL = in_force
    return float(np.mean(reached))


def fit(twins: int, precision: float) -> float:
    """Return the share of people who write with care that reaches the card's margin.

    Parameters
    ----------
    twins : int
        Number of simulated twins whose mean is taken.
    precision : float
        The share is halved in on until it is known as well as this.
    """
    published = {margin.name: margin.published for margin in load_card("employers").margins}
    low, high = 0.3, 0.9
    while high - low > precision:
        middle = (low + high) / 2
        reached = exact_join(middle, twins)
        print(f"CAREFUL = {middle:.3f}: exact join {reached:.2f} %")
        low, high = (low, middle) if reached > published["exact join"] else (middle, high)
    return (low + high) / 2


def main() -> None:
    """Fit, and print the constant with the margin it reaches."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--twins", type=int, default=8, help="number of simulated twins")
    options = parser.parse_args()
    print(f"CAREFUL = {fit(options.twins, 0.005):.2f}")


if __name__ == "__main__":
    main()
