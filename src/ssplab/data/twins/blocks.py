"""A twin as a sequence of blocks, each drawn from random streams of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ssplab.system import SsplabError


@dataclass(frozen=True)
class BlockPlan:
    """How a twin is cut into blocks, so that a large one streams and begins with a smaller one.

    Block `i` depends on the seed and on `i` only.
    """

    twin: str
    """Name of the data set."""
    at_scale_1: int
    """Number of blocks of the sample that ships."""
    most: int
    """Number of blocks up to which identifiers keep to their width or range."""
    streams: int
    """Number of random streams that a block draws from."""

    def count(self, scale: float) -> int:
        """Return the number of blocks at a scale, one at least.

        Raises
        ------
        SsplabError
            If the twin would need more identifiers than there are.
        """
        number = max(1, round(self.at_scale_1 * scale))
        if number > self.most:
            raise SsplabError(
                f"scale is {scale:g}: the {self.twin} twin goes up to "
                f"{self.most / self.at_scale_1:g}. Take a smaller scale."
            )
        return number

    def draw(self, seed: int, scale: float) -> Iterator[tuple[int, list[np.random.Generator]]]:
        """Yield the number of each block at a scale, from 0, with its random streams."""
        for number in range(self.count(scale)):
            yield number, self.of_block(seed, number)

    def of_block(self, seed: int, number: int) -> list[np.random.Generator]:
        """Return the random streams of one block, independent of each other and of all others'."""
        streams = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(self.streams)
        return [np.random.default_rng(stream) for stream in streams]
