"""Fit the constants of the payroll twin to its published margins.

For authors, by hand: `python datasets/payroll/calibrate.py --scale 25` prints the constants that
belong in `Calibration` of `generate.py`. The generator never refits them.

The margins are simulated with one seed, so that they are a smooth function of the constants
(common random numbers), and matched by least squares; a weak pull towards the present constants
decides what the margins leave open. The seed is none of those that chapters use.
"""

import argparse

import numpy as np
from scipy.optimize import least_squares

from ssplab.course import load_card
from ssplab.data import generate, generator

SEED = 500
PULL = 0.3
payroll = generator(load_card("payroll"))
# How far each constant may reasonably move, in the order of `Calibration`.
STEPS = np.array([0.3, 0.3, 0.3, 0.3, 0.1, 0.1, 0.1, 0.1, 0.6, 0.06, 0.05, 0.05, 0.008])
LOGARITHMS = 4  # the first ones, premiums, are fitted as logarithms


def to_vector(constants: payroll.Calibration) -> np.ndarray:
    """Return the constants as a vector of shape (13,)."""
    vector = np.hstack([np.asarray(value) for value in constants])
    vector[:LOGARITHMS] = np.log(vector[:LOGARITHMS])
    return vector


def to_constants(vector: np.ndarray) -> payroll.Calibration:
    """Return the constants of a vector of shape (13,)."""
    premium = np.exp(vector[:LOGARITHMS])
    return payroll.Calibration(tuple(premium), tuple(vector[LOGARITHMS:8]), *vector[8:])


def residuals(vector: np.ndarray, start: np.ndarray, scale: float) -> np.ndarray:
    """Return the distance to each published margin, in percent, and the pull to the start."""
    card = load_card("payroll")
    in_force = payroll.CALIBRATION
    payroll.CALIBRATION = to_constants(vector)
    try:
        reached = payroll.measure_margins(generate(card, SEED, scale))
    finally:
        payroll.CALIBRATION = in_force
    distance = [
        # The gap is a percentage itself: a point counts as two percent of a wage.
        2 * (reached[margin.name] - margin.published)
        if margin.published < 0
        else 100 * np.log(reached[margin.name] / margin.published)
        for margin in card.margins
        if margin.name != "mean bonus"  # depends on none of the constants
    ]
    return np.hstack([distance, PULL * (vector - start) / STEPS])


def fit(scale: float, evaluations: int) -> dict[str, tuple[np.ndarray, float]]:
    """Fit the constants, from those in force.

    Parameters
    ----------
    scale : float
        Size of the simulated twin.
    evaluations : int
        How often the margins' gradient is taken.

    Returns
    -------
    dict
        `now` and `fitted`: the constants as a vector of shape (13,), and the sum of squares of
        their residuals.
    """
    start = to_vector(payroll.CALIBRATION)
    found = least_squares(
        residuals,
        start,
        args=(start, scale),
        x_scale=STEPS,
        diff_step=0.05,  # wide: quantiles of a finite twin are not smooth at small steps
        max_nfev=evaluations,
    )
    now = np.square(residuals(start, start, scale)).sum()
    return {"now": (start, now), "fitted": (found.x, np.square(found.fun).sum())}


def main() -> None:
    """Fit, and print the constants with the margins before and after."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scale", type=float, default=25, help="size of the simulated twin")
    parser.add_argument("--evaluations", type=int, default=4, help="of the margins' gradient")
    options = parser.parse_args()
    for name, (vector, squares) in fit(options.scale, options.evaluations).items():
        print(f"{name}: sum of squares {squares:.2f}")
        for constant, value in to_constants(vector)._asdict().items():
            print(f"    {constant} = {np.round(value, 4).tolist()}")


if __name__ == "__main__":
    main()
