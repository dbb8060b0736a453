"""How French is written: without accents, shortened, and misspelt by finger or by ear."""

import re
from collections.abc import Callable
from pathlib import Path

from ssplab.data.twins.dice import Dice
from ssplab.data.twins.words import Text, Texts, Words, read_words


class Spelling(Words):
    """`texts.yml`."""

    small_words: Texts
    """Words that an acronym leaves out."""
    abbreviations: dict[str, Text]
    """Long words and what they are shortened to."""
    sounds: dict[str, Text]
    """What is spelt, and what is heard; of those in a word the first three may be misspelt."""
    keyboard: Texts
    """Rows of letters on a keyboard."""


SPELLING = read_words(Path(__file__).with_name("texts.yml"), Spelling)
_SHORT = {long.lower(): short for long, short in SPELLING.abbreviations.items()}
_LONG = {short.lower(): long for long, short in SPELLING.abbreviations.items()}
_NEIGHBOURS = {
    letter: neighbour
    for row in SPELLING.keyboard
    for letter, neighbour in zip(row, row[1:] + row[-2], strict=True)
}
_ACCENTS = str.maketrans(
    "àâäáãçéèêëîïíôöóùûüúÿñÀÂÄÁÃÇÉÈÊËÎÏÍÔÖÓÙÛÜÚŸÑ", "aaaaaceeeeiiiooouuuuynAAAAACEEEEIIIOOOUUUUYN"
)
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def without_accents(text: str) -> str:
    """Return a text without accents and ligatures."""
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    return text.translate(_ACCENTS)


def unaccented(text: str) -> str:
    """Return a text in capitals without accents, as SIRENE writes."""
    return without_accents(text).upper()


def normalised(text: str) -> str:
    """Return a text's words in small letters without accents or punctuation, one space between."""
    return _NOT_WORDS.sub(" ", without_accents(text).lower()).strip()


def of(name: str) -> str:
    """Return “of” a town in French: de Rennes, du Havre, d'Annecy."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    vowel = unaccented(name[0]) in "AEIOUY"
    return f"d'{name}" if vowel else f"de {name}"


def initials(text: str) -> str:
    """Return the acronym of a name, in capitals."""
    words = re.split(r"[\s'-]+", text)
    return "".join(
        unaccented(word[0]) for word in words if word.lower() not in SPELLING.small_words
    )


# Slips: each takes the dice first


def abbreviated(dice: Dice, words: list[str]) -> list[str]:
    """Return words most of which are shortened, or spelt out, where that is usual."""
    return [
        _SHORT.get(word.lower(), _LONG.get(word.lower(), word)) if dice.chance(0.7) else word
        for word in words
    ]


def respaced(dice: Dice, words: list[str]) -> list[str]:
    """Part the longest word in two, or join two words."""
    if len(words) > 1 and dice.chance(0.3):
        i = dice.below(len(words) - 1)
        return [*words[:i], words[i] + words[i + 1], *words[i + 2 :]]
    i = max(range(len(words)), key=lambda j: len(words[j]))
    if len(words[i]) < 6:
        return words
    cut = 3 + dice.below(len(words[i]) - 5)
    return [*words[:i], words[i][:cut], words[i][cut:], *words[i + 1 :]]


def slipped(dice: Dice, words: list[str], slip: Callable[[Dice, str], str]) -> list[str]:
    """Put a slip into most of the longer words."""
    return [slip(dice, word) if len(word) > 3 and dice.chance(0.9) else word for word in words]


def misspelt(dice: Dice, word: str) -> str:
    """Return a word of four letters or more with a slip of the fingers."""
    i = 1 + dice.below(len(word) - 2)
    how = dice.below(4)
    if how == 0:
        return word[:i] + word[i + 1 :]
    if how == 1:
        return word[:i] + word[i] + word[i:]
    if how == 2:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    return word[:i] + _NEIGHBOURS.get(word[i], "e") + word[i + 1 :]


def by_ear(dice: Dice, word: str) -> str:
    """Return a word spelt as it is heard, where it can be heard otherwise."""
    rest = word[1:]
    heard = [(spelt, sound) for spelt, sound in SPELLING.sounds.items() if spelt in rest][:3]
    if not heard:
        return word
    spelt, sound = dice.pick(heard)
    return word[0] + rest.replace(spelt, sound, 1)
