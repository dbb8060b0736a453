"""Choices from one stream of random numbers."""

import datetime
import itertools
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

Choice = TypeVar("Choice")


class Dice:
    """Choices from one stream of uniform numbers, the same on every processor.

    Each method but `some` draws one number, whatever it returns.

    Parameters
    ----------
    rng : Generator
        The stream; it is read ahead, so nothing else may draw from it.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._numbers = itertools.chain.from_iterable(
            rng.random(8192).tolist() for _ in itertools.count()
        )

    def uniform(self) -> float:
        """Return a number from 0 to 1, 1 excluded."""
        return next(self._numbers)

    def chance(self, probability: float) -> bool:
        """Tell whether something happens that has this probability."""
        return next(self._numbers) < probability

    def below(self, n: int) -> int:
        """Return a whole number from 0 to n, n excluded."""
        return int(next(self._numbers) * n)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """Return one of the choices, each as likely as the others."""
        return choices[int(next(self._numbers) * len(choices))]

    def weighted(self, odds: Mapping[Choice, float]) -> Choice:
        """Return one of the choices, each as likely as its weight says."""
        return list(odds)[self.bounded(cumulated(odds.values()))]

    def bounded(self, bounds: Sequence[float]) -> int:
        """Return the position of a choice, from the cumulated weights of all."""
        return bisect_right(bounds, next(self._numbers) * bounds[-1])

    def some(self, choices: Sequence[Choice], number: int) -> list[Choice]:
        """Return up to `number` of the choices in random order; it draws a number for each."""
        rest = list(choices)
        return [rest.pop(self.below(len(rest))) for _ in range(min(number, len(rest)))]

    def day(self, first: int, last: int) -> int:
        """Return a day, as an ordinal, from the years first to last."""
        start = datetime.date(first, 1, 1).toordinal()
        return start + self.below(datetime.date(last + 1, 1, 1).toordinal() - start)


def cumulated(weights: Iterable[float]) -> list[float]:
    """Return the cumulated sums of weights, as `Dice.bounded` wants them."""
    return list(itertools.accumulate(weights))
