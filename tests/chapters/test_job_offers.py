"""What `job-offers` promises beside its outputs.

It runs on strict sites too, and its readers, which later chapters take from it, read the kinds of
text that the chapter names, and leave missing what they would have to guess.
"""

import math

import pytest
from papermill.exceptions import PapermillExecutionError

from ssplab import taught
from ssplab.notebooks.runs import run
from ssplab.system import SsplabError

read_ad = taught("job-offers", "read_ad")
yearly = taught("job-offers", "yearly")
day_of = taught("job-offers", "day_of")
posted_pay = taught("job-offers", "posted_pay")


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


def test_a_date_in_words_is_read_and_another_text_refused():
    assert str(day_of("1er août 2023").date()) == "2023-08-01"
    with pytest.raises(ValueError):
        day_of("hier")


def test_a_posting_without_pay_states_none():
    assert posted_pay({"title": "Soudeur"}) == (None, None)
