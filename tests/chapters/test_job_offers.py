"""What `job-offers` promises beside its outputs.

It runs on strict sites too, and its readers, which later chapters take from it, read the kinds of
text that the chapter names, and leave missing what they would have to guess. Pages that are kept
stay kept, and a page that is refused is not taken for an offer that is gone.
"""

import math
from types import SimpleNamespace

import httpx
import nbformat
import pandas as pd
import pytest
from papermill.exceptions import PapermillExecutionError

from ssplab import taught
from ssplab.course import find
from ssplab.notebooks.runs import run
from ssplab.system import SsplabError

read_ad = taught("job-offers", "read_ad")
yearly = taught("job-offers", "yearly")
posted_pay = taught("job-offers", "posted_pay")
right_in = taught("job-offers", "right_in")


@pytest.mark.slow  # executes the chapter
def test_it_runs_on_strict_sites(tmp_path):
    page = run("job-offers", {"scenario": "strict"}, tmp_path, progress=False).page
    assert "the list is complete" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_other_scenarios_are_refused_in_a_sentence(tmp_path):
    with pytest.raises((SsplabError, PapermillExecutionError), match='reads "calm" and "strict"'):
        run("job-offers", {"scenario": "flaky"}, tmp_path, progress=False)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("12,64 - 13,90 € brut de l'heure", 12.64 * 1820, 13.90 * 1820),
        ("Taux horaire : 11.92 €", 11.92 * 1820, 11.92 * 1820),
        ("26/29K€", 26_000, 29_000),
        ("1 630 € sur 13 mois", 1630 * 13, 1630 * 13),
        ("de 44 500 à 48000 euros bruts annuels", 44_500, 48_000),
        ("3 060 euros net", 3060 * 12 / 0.78, 3060 * 12 / 0.78),
    ],
)
def test_pay_is_read_by_hour_month_year_and_thousands(text, low, high):
    assert yearly(text) == pytest.approx((low, high))


def test_a_text_without_an_amount_states_no_pay():
    assert all(math.isnan(bound) for bound in yearly("selon convention collective"))


def test_what_a_page_lacks_is_none_and_spaces_are_plain():
    ad = read_ad("<h1>Soudeur&nbsp;(H/F)</h1><dl><dd class=salaire>1&#8239;980 €</dd></dl>")
    assert (ad["title"], ad["salary"], ad["place"]) == ("Soudeur (H/F)", "1 980 €", None)


def test_the_size_of_an_amount_knows_neither_net_pay_nor_thirteen_months():
    assert yearly("1 560 net", words=False) == (18_720, 18_720)
    assert yearly("1 630 € sur 13 mois", words=False) == (19_560, 19_560)
    assert yearly("26/29K€", words=False) == yearly("26/29K€")
    assert yearly("26 000 € sur 13 mois") == (26_000, 26_000)


def test_a_bound_that_is_read_and_not_stated_is_wrong():
    nothing = float("nan")
    read = pd.DataFrame({"low": [25_680.0, nothing, 25_000.4], "high": [25_680.0] * 3})
    meant = pd.DataFrame({"low": [nothing, nothing, 25_000.0], "high": [25_680.0] * 3})
    assert right_in(read, meant).tolist() == [False, True, True]


def test_a_posting_states_pay_and_its_unit_or_none():
    assert posted_pay({"title": "Soudeur"}) == (None, None, None)
    value = {"minValue": 13.5, "maxValue": 15, "unitText": "HOUR"}
    assert posted_pay({"baseSalary": {"value": value}}) == (13.5, 15, "HOUR")


@pytest.fixture
def kept(tmp_path):
    """Return what the cells that keep pages define, with a site that gives the status asked for."""
    asked = []

    def fetch(_web, _client, address, _pause):
        asked.append(address)
        status = int(address.rpartition("R")[2])
        return httpx.Response(
            status, text=f"page {len(asked)}", request=httpx.Request("GET", "http://s.example")
        )

    sources = {cell["id"]: cell["source"] for cell in nbformat.read(find("job-offers"), 4).cells}
    temporary = SimpleNamespace(name=str(tmp_path))
    names = {"fetch": fetch, "client": None, "pause": 1, "asked": asked, "temporary": temporary}
    names["web"] = SimpleNamespace(date="2023-04-03")
    makes_one = "temporary = TemporaryDirectory()"
    assert makes_one in sources["folder"]
    sources["folder"] = sources["folder"].replace(makes_one, "")
    names["start"] = lambda: [exec(sources[name], names) for name in ("folder", "file-of", "get")]
    names["start"]()
    return names


def test_a_second_start_leaves_the_kept_pages_and_asks_for_none_of_them(kept):
    assert kept["get"]("/offre/R200") == "page 1"
    kept["start"]()
    assert kept["get"]("/offre/R200") == "page 1"
    assert kept["asked"] == ["/offre/R200"]


@pytest.mark.parametrize("status", [404, 410])
def test_an_offer_that_is_gone_is_none_and_not_kept(kept, status):
    assert kept["get"](f"/offre/R{status}") is None
    assert not list(kept["folder"].iterdir())


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_refusal_stops_and_is_no_offer_that_is_gone(kept, status):
    with pytest.raises(httpx.HTTPStatusError, match=str(status)):
        kept["get"](f"/offre/R{status}")
    assert not list(kept["folder"].iterdir())
