"""A redesign of some pages only: who has it, from when, and what is different there."""

from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pytest
from selectolax.lexbor import LexborHTMLParser
from small_web import POLITE

from ssplab.system.errors import SsplabError
from ssplab.web import World, serve
from ssplab.web.scenarios import LOOKS, SCENARIOS
from ssplab.web.site import HERE
from ssplab.web.sites import all_sites

PARTIAL = SCENARIOS["partial"]
BEFORE, BEGINS, AFTER = date(2023, 4, 3), date(2023, 4, 4), date(2023, 4, 5)
PAGES = {"fleuve-emploi": "/offre/", "interim-express": "/missions/"}
OLD = {"fleuve-emploi": "dd.salaire", "interim-express": ".ix-e-paye b"}
MOVED = {"fleuve-emploi": "dd.remuneration", "interim-express": ".ix-e-gain b"}
SILENT = {"fleuve-emploi": "Non précisé", "interim-express": "à voir en agence"}
each_site = pytest.mark.parametrize("site", PAGES)


@pytest.fixture(scope="module")
def twin():
    return World.load()


def pages_of(twin, site, scenario, day=AFTER, most=60):
    """Return the ads of a site on a day and their pages, politely."""
    found = []
    with serve(twin, date=day, scenario=scenario) as web:
        client = web.client(POLITE, base_url=f"http://{site}.example")
        for ad in twin.ads_on(site, day)[:most]:
            web.sleep(2)
            page = client.get(PAGES[site] + quote(ad.reference))
            assert page.status_code == 200
            found.append((ad, page))
    return found


def text_in(page, selector):
    element = LexborHTMLParser(page.text).css_first(selector)
    return None if element is None else element.text()


def test_each_look_is_there_on_the_sites_that_are_named():
    for look in LOOKS:
        there = {
            site.name for site in all_sites() if (HERE / "templates" / site.name / look).is_dir()
        }
        assert there == set(PAGES)


@each_site
def test_where_pay_has_moved_the_old_field_is_gone_and_the_new_one_tells_it(twin, site):
    moved = 0
    for ad, page in pages_of(twin, site, PARTIAL):
        pay = ad.salary or SILENT[site]
        if text_in(page, MOVED[site]) is None:
            assert text_in(page, OLD[site]) == pay
        else:
            moved += 1
            assert text_in(page, OLD[site]) is None
            assert text_in(page, MOVED[site]) == pay
    assert 12 <= moved <= 36  # of 60, at a share of 0.4


@each_site
def test_where_pay_is_in_the_text_the_field_is_there_and_silent(twin, site):
    silenced = 0
    calm = {ad.ad_id: page for ad, page in pages_of(twin, site, "calm")}
    for ad, page in pages_of(twin, site, replace(PARTIAL, look="pay-in-text")):
        assert text_in(page, OLD[site]) in (ad.salary, SILENT[site])
        if ad.salary and text_in(page, OLD[site]) == SILENT[site]:
            silenced += 1
            assert f"Rémunération : {ad.salary}" in text_in(page, "main")
        elif ad.salary:
            assert page.content == calm[ad.ad_id].content
    assert silenced > 5


@each_site
def test_the_share_and_the_first_day_are_kept(twin, site):
    everywhere = replace(PARTIAL, look_share=1)
    assert all(text_in(page, OLD[site]) is None for _, page in pages_of(twin, site, everywhere))
    later = replace(everywhere, look_from=BEGINS)
    assert all(text_in(page, OLD[site]) for _, page in pages_of(twin, site, later, BEFORE))
    assert all(text_in(page, MOVED[site]) for _, page in pages_of(twin, site, later, BEGINS))
    none = replace(PARTIAL, look_share=0)
    assert all(text_in(page, OLD[site]) for _, page in pages_of(twin, site, none))


def test_the_same_ads_have_it_each_day_and_only_their_pages_change_overnight(twin):
    began = replace(PARTIAL, look_from=BEGINS)
    with serve(twin, date=BEFORE, scenario=began) as web:
        client = web.client(POLITE, base_url="http://fleuve-emploi.example")
        ads = [ad for ad in twin.ads_on("fleuve-emploi", AFTER) if ad.first_seen < BEFORE][:40]
        held = {}
        looks = []
        for day in (BEFORE, BEGINS, AFTER):
            web.date = day
            looks.append(set())
            for ad in ads:
                web.sleep(1)
                tag = {"if-none-match": held[ad.ad_id]} if ad.ad_id in held else {}
                page = client.get(f"/offre/{ad.reference}", headers=tag)
                if page.status_code == 200:
                    held[ad.ad_id] = page.headers["etag"]
                    if text_in(page, "dd.remuneration") is not None:
                        looks[-1].add(ad.ad_id)
        assert not looks[0] and looks[1]
        assert not looks[2]  # nothing has changed again: all are answered by 304
        assert web.journal()["status"].iloc[-len(ads) :].eq(304).mean() > 0.8


def test_lists_and_other_sites_stay_as_they_are(twin):
    addresses = ["http://fleuve-emploi.example/offres", "http://interim-express.example/missions"]
    for site in ("jobflux", "cadres-et-metiers", "petites-annonces"):
        ad = twin.ads_on(site, AFTER)[0]
        path = {"jobflux": "/o/", "petites-annonces": "/annonce/"}.get(site)
        if path:
            addresses.append(f"http://{site}.example{path}{ad.reference}")
        addresses.append(f"http://{site}.example/")
    bodies = []
    for scenario in ("calm", replace(PARTIAL, look_share=1)):
        with serve(twin, date=AFTER, scenario=scenario) as web:
            client = web.client(POLITE)
            bodies.append([client.get(address).content for address in addresses])
    assert bodies[0] == bodies[1]


def test_a_look_that_is_not_there_is_refused(twin):
    with pytest.raises(SsplabError, match="pay-moved"):
        serve(twin, scenario=replace(PARTIAL, look="pay-movd"))
