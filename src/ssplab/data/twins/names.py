"""What people, houses and firms are called; no name is somebody's."""

from pathlib import Path

from ssplab.data.twins.dice import Dice
from ssplab.data.twins.words import Texts, Words, read_words


class Names(Words):
    """`names.yml`."""

    surnames: Texts
    """Composed, none taken from a list of people."""
    landmarks: Texts
    """What a firm is called after: “du Vieux Port”."""
    houses: Texts
    """Names of houses, schools and residences."""
    saints: Texts
    syllables: Texts
    """How coined names begin."""
    endings: Texts
    """How they end."""


NAMES = read_words(Path(__file__).with_name("names.yml"), Names)


def coined(dice: Dice) -> str:
    """Return a coined name, such as “Batiplus”."""
    return dice.pick(NAMES.syllables) + dice.pick(NAMES.endings)
