"""What `one-schema` promises beside its outputs.

It runs on strict sites too. Its functions, which the exercise takes from it, leave missing what a
site does not tell, refuse what breaks the schema, and code contracts by the first pattern that
fits.
"""

import pandas as pd
import pandera.pandas as pa
import pytest
from papermill.exceptions import PapermillExecutionError
from selectolax.lexbor import LexborHTMLParser

from ssplab import taught
from ssplab.notebooks.runs import run
from ssplab.system import SsplabError
from ssplab.web import serve

AGENT = "ssplab-course/1.0 (+mailto:stat@office.example)"
framed = taught("one-schema", "framed")
said = taught("one-schema", "said")
coded = taught("one-schema", "coded")
of_flux = taught("one-schema", "of_flux")
of_fleuve = taught("one-schema", "of_fleuve")
of_cadres = taught("one-schema", "of_cadres")
of_row = taught("one-schema", "of_row")
once = taught("one-schema", "once")
visitor = taught("one-schema", "visitor")
DAY = "2023-04-03"
USUAL = {"reference": "R1", "url": "/offre/R1", "title": "Soudeur", "published": "2023-04-01"}


@pytest.mark.slow  # executes the chapter
def test_it_runs_on_strict_sites(tmp_path):
    page = run("one-schema", {"scenario": "strict"}, tmp_path, progress=False).page
    assert "offers of 5 sites" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_other_scenarios_are_refused_in_a_sentence(tmp_path):
    with pytest.raises((SsplabError, PapermillExecutionError), match='reads "calm" and "strict"'):
        run("one-schema", {"scenario": "flaky"}, tmp_path, progress=False)


def test_what_a_record_does_not_have_is_missing_and_addresses_are_whole():
    table = framed([USUAL], "fleuve-emploi", "list", DAY)
    assert table.loc[0, "url"] == "http://fleuve-emploi.example/offre/R1"
    assert table.loc[0, ["company", "salary", "salary_min", "apply_by"]].isna().all()
    assert (table.loc[0, "way"], table.loc[0, "collected"]) == ("list", pd.Timestamp(DAY))


def test_no_records_are_a_table_without_rows_of_the_same_types():
    full, empty = (framed(rows, "jobflux", "API", DAY) for rows in ([USUAL], []))
    assert empty.empty
    assert empty.dtypes.equals(full.dtypes)


@pytest.mark.parametrize(
    "fault",
    [
        {"salary_min": 0},
        {"salary_max": "2 100 €"},
        {"salary_unit": "WEEK"},
        {"published": "2023-04-04"},
        {"published": None},
        {"title": None},
        {"pay": 2_100},
    ],
)
def test_what_breaks_the_schema_is_refused(fault):
    if "pay" in fault:  # a column that the schema does not know is left out, never renamed
        assert "pay" not in framed([USUAL | fault], "jobflux", "API", DAY)
        return
    with pytest.raises(pa.errors.SchemaErrors):
        framed([USUAL | fault], "jobflux", "API", DAY)


def test_the_same_reference_twice_on_a_site_is_refused():
    with pytest.raises(pa.errors.SchemaErrors):
        framed([USUAL, USUAL], "jobflux", "API", DAY)


def test_an_offer_read_on_two_pages_of_a_walk_stands_once_as_it_was_read_last():
    again = USUAL | {"title": "Soudeur (H/F)"}
    other = USUAL | {"reference": "R2"}
    assert once([USUAL, other, again]) == [again, other]
    assert len(framed(once([USUAL, again]), "jobflux", "API", DAY)) == 1


def test_a_row_of_a_table_keeps_the_strokes_of_its_reference_and_its_day_is_turned_round():
    row = LexborHTMLParser(
        '<table><tr><td class="an"><a href="/annonce/P/12">Soudeur</a></td>'
        '<td class="ct">—</td><td class="jour">01/04/2023</td></tr></table>'
    ).css_first("tr")
    record = of_row(row, "td.an a", {"contract": "td.ct", "published": "td.jour"})
    assert record == {
        "reference": "P/12", "url": "/annonce/P/12", "title": "Soudeur",
        "contract": None, "published": "2023-04-01",
    }  # fmt: skip


def test_phrases_that_say_nothing_are_none_and_spaces_are_plain():
    assert said("1\u202f980\xa0€  brut ") == "1 980 € brut"
    assert [said(text) for text in (None, "", " — ", "confidential")] == [None] * 4


def test_an_offer_of_the_api_without_pay_has_none():
    offer = {"id": "b8", "lien": "/o/b8", "titre": "Soudeur", "entreprise": None, "lieu": "Metz"}
    offer |= {"contrat": "cdi", "publie_le": "2023-04-03T00:00:00Z", "expire_le": None}
    record = of_flux(offer | {"salaire": None})
    assert (record["salary"], record["salary_min"], record["company"]) == (None, None, None)
    assert record["published"] == "2023-04-03"


def test_an_older_address_gives_its_reference_and_no_pay_is_no_key():
    box = LexborHTMLParser(
        '<article><h3><a href="/annonce.php?ref=R7">Soudeur</a></h3><span class="contrat">'
        'Contrat à préciser</span><time datetime="2023-04-01">1er avril</time></article>'
    ).css_first("article")
    record = of_fleuve(box)
    assert (record["reference"], record["contract"]) == ("R7", None)
    assert "salary" not in record


def test_a_posting_keeps_its_unit_and_an_employer_that_hides_is_none():
    posting = {
        "identifier": {"value": "C1"}, "url": "http://cadres-et-metiers.example/offres/x/C1",
        "title": "Chef", "hiringOrganization": {"name": "confidential"},
        "jobLocation": {"address": {"addressLocality": "Paris"}}, "employmentType": "FULL_TIME",
        "datePosted": "2023-04-01",
        "baseSalary": {"value": {"minValue": 46_000, "unitText": "YEAR"}},
    }  # fmt: skip
    record = of_cadres(posting)
    pay = [record[name] for name in ("salary_min", "salary_max", "salary_unit")]
    assert pay == [46_000, None, "YEAR"]
    assert (record["company"], record["apply_by"]) == (None, None)


def test_the_first_pattern_that_fits_counts_and_no_contract_has_no_code():
    table = {"CDI|INDETERMINEE": "permanent", "CDD|DETERMINEE": "fixed term"}
    words = ["Durée indéterminée", "C.D.D. 6 mois", "FULL_TIME", None]
    codes = coded(pd.Series(words, dtype="str"), table)
    assert codes[:3].tolist() == ["permanent", "fixed term", "other"]
    assert codes.isna().tolist() == [False, False, False, True]


def test_a_visitor_asks_for_no_page_twice_and_for_none_that_is_closed():
    with serve("job_offers") as web:
        _, pause, ask = visitor(web, "fleuve-emploi")
        assert ask("/offres").text == ask("/offres").text
        with pytest.raises(RuntimeError, match="closes"):
            ask("/recherche?mots=soudeur")
        assert (pause, len(web.journal())) == (1, 2)
        assert web.verdict(AGENT).polite
