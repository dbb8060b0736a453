"""The search: accents and capitals make no difference, from a server and from files."""

import pytest
from browser import Overheard, served

from ssplab.book.extensions.search_folded import fold

pytestmark = pytest.mark.slow  # builds small books

QUERIES = ["enquete", "ENQUÊTE", "enque\N{COMBINING CIRCUMFLEX ACCENT}te", "echelle", "Échelle"]
QUERIES += ["oeuvre", "ŒUVRE", "resume naif", "l'enquête"]


@pytest.mark.parametrize("files", [False, True], ids=["server", "files"])
def test_accents_and_capitals_make_no_difference(samples, window, files):
    with served(samples) as address:
        page = window.new_page()
        overheard = Overheard(page)
        found = {}
        for query in [*QUERIES, "enquetrice"]:
            page.goto(f"{samples.as_uri() if files else address}/search.html?q={query}")
            page.locator(".search-summary", has_not_text="Preparing").filter(
                has_text="match"
            ).wait_for()
            page.wait_for_load_state("networkidle")
            found[query] = page.locator("#search-results li > a").count()
        page.close()
    assert found.pop("enquetrice") == 0
    assert [query for query, count in found.items() if count == 0] == []
    assert (overheard.outside, overheard.faults) == ([], [])


def test_numbers_are_not_in_the_index(samples):
    index = (samples / "searchindex.js").read_text(encoding="utf-8")
    assert "resum" in index
    assert "20231" not in index


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Enquête", "enquete"), ("ŒUVRE", "oeuvre"), ("Straße", "strasse"), ("1 234 ½", "1 234 1⁄2")],
)
def test_folding(text, folded):
    assert fold(text) == folded
