"""Sphinx extension: a search that takes no notice of accents, nor of upper and lower case.

The index and the query go through the same folding, so `enquete` finds `enquête` and the other way
round. The rest is Sphinx's search for English.
"""

import json
import unicodedata

from sphinx.search.en import SearchEnglish

# Letters that Unicode does not take apart.
LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss"}

# Pages opened as files cannot read each other: their results come without an extract of the page.
SPLITTER = r"""
function splitQuery(query) {
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  const ligatures = LIGATURES;
  return query
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/./gu, (letter) => ligatures[letter] ?? letter)
    .split(/[^\p{Letter}\p{Number}]+/gu)
    .filter((word) => word);
}
""".replace("LIGATURES", json.dumps(LIGATURES))


def fold(text: str) -> str:
    """Return a text in lower case and without accents."""
    parts = unicodedata.normalize("NFKD", text.lower())
    letters = (one for one in parts if not unicodedata.category(one).startswith("M"))
    return "".join(LIGATURES.get(letter, letter) for letter in letters)


# Words of grammar that stand on most pages: they tell no page from another, and weigh.
COMMON = """
about after all also any before both can cannot does each first from give given gives has have how
its last like made make makes many more most much must name named need needs never next not one only
other others own same say says see should show shown shows some still take takes than them
themselves then these thing those three told two too under use used uses very was were what
when where which
while who whose without would you your
"""


class Folded(SearchEnglish):
    """Sphinx's search for English, with words folded in the index and in the query."""

    lang = "folded"
    js_splitter_code = SPLITTER
    stopwords = SearchEnglish.stopwords | set(COMMON.split())

    def split(self, input):
        # A name such as `read_csv` is found by its words, which keeps the index small.
        return super().split(fold(input).replace("_", " "))

    def word_filter(self, word):
        """Leave out letters that stand alone and what holds digits: tables and code are full."""
        return len(word) > 2 and super().word_filter(word) and word.isalpha()


def setup(app):
    app.add_search_language(Folded)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
