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
    .split(/[^\p{Letter}\p{Number}_]+/gu)
    .filter((word) => word);
}
""".replace("LIGATURES", json.dumps(LIGATURES))


def fold(text: str) -> str:
    """Return a text in lower case and without accents."""
    parts = unicodedata.normalize("NFKD", text.lower())
    letters = (one for one in parts if not unicodedata.category(one).startswith("M"))
    return "".join(LIGATURES.get(letter, letter) for letter in letters)


class Folded(SearchEnglish):
    """Sphinx's search for English, with words folded in the index and in the query."""

    lang = "folded"
    js_splitter_code = SPLITTER

    def split(self, input):
        return super().split(fold(input))

    def word_filter(self, word):
        """Leave out numbers: Sphinx takes none in a query, and tables are full of them."""
        return super().word_filter(word) and not word.isdecimal()


def setup(app):
    app.add_search_language(Folded)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
