"""The sites of the practice web show what the twins hold, each in its own way, in both designs."""

import html.parser
import itertools
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import chromium_path
from playwright.sync_api import sync_playwright
from selectolax.lexbor import LexborHTMLParser as Tree
from small_web import DAY as SMALL_DAY
from small_web import POLITE, ads, ask

import ssplab
from ssplab.web import World, serve
from ssplab.web.site import MONTHS
from ssplab.web.sites import guichet_emploi, interim_express, jobflux, statistique
from ssplab.web.sites.cadres_et_metiers import employment_type, path_of
from ssplab.web.sites.guichet_emploi import DEMO, FIELDS, FIELDS_REDESIGNED
from ssplab.web.sites.panier_clair import Shelves, content_of, monday_of, per_unit_of

pytestmark = pytest.mark.slow  # asks every site in every scenario

DAY = date(2023, 4, 3)
DESIGNS = ("calm", "redesign")
SITES = (
    "cadres-et-metiers",
    "jobflux",
    "guichet-emploi",
    "petites-annonces",
    "interim-express",
    "panier-clair",
    "statistique",
    "trouvetout",
)
UNSAID = {
    "Entreprise confidentielle",
    "Entreprise non communiquée",
    "Employeur non communiqué",
    "Non communiqué",
    "Non précisée",
    "Confidentiel",
    "à voir en agence",
}


@pytest.fixture(scope="module")
def world():
    return World.load()


@pytest.fixture(scope="module", params=DESIGNS)
def web(request, world):
    with serve(world, date=DAY, scenario=request.param) as opened:
        yield opened


@pytest.fixture
def calm(world):
    with serve(world, date=DAY) as opened:
        yield opened


@pytest.fixture
def client(web):
    # The first to ask for a series waits while its table is read: a busy machine takes long.
    with web.client(POLITE, timeout=120) as opened:
        yield opened


# What a reader finds on a page


def clean(text: str) -> str:
    """Return a text with single spaces; no-break ones stay as they are."""
    return re.sub(r"[ \t\n]+", " ", text).strip()


def tree_of(answer) -> Tree:
    """Return a page as a browser reads it: its encoding stands in the header, or in the page."""
    named = answer.charset_encoding
    if named is None:
        named = re.search(rb"charset=\"?([\w-]+)", answer.content)[1].decode()
    return Tree(answer.content.decode(named))


def text_of(tree, selector: str) -> str | None:
    node = tree.css_first(selector)
    return None if node is None else clean(node.text())


def pairs(tree, names: str, values: str) -> dict[str, str]:
    """Return what is told in pairs: a name, and what stands beside it."""
    found = zip(tree.css(names), tree.css(values), strict=True)
    return {clean(name.text()): clean(value.text()) for name, value in found}


def day_of(text: str | None) -> date | None:
    """Return a date, written in figures or in words."""
    if text is None:
        return None
    if found := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text):
        day, month, year = map(int, found.groups())
        return date(year, month, day)
    day, month, year = re.fullmatch(r"(\d+)(?:er)?\s(\S+)\s(\d{4})", text).groups()
    return date(int(year), MONTHS.index(month) + 1, int(day))


def fields(tree, facts: dict, names: str, *, title: str = "h1", text: str = "") -> dict:
    """Return an ad's fields from its facts; `names` are theirs, those of `FACTS` in order."""
    told = {field: facts.get(name) for field, name in zip(FACTS, names.split("|"), strict=True)}
    return {
        **{name: None if value in UNSAID else value for name, value in told.items()},
        "title": text_of(tree, title),
        "description": text_of(tree, text),
    }


FACTS = (
    "company", "location", "contract", "salary", "occupation", "published", "apply_by",
    "reference",
)  # fmt: skip


def cadres(tree):
    facts = pairs(tree, ".fiche dt", ".fiche dd")
    facts["Employeur"] = text_of(tree, ".annonce-employeur")
    facts["Fonction"] = text_of(tree, ".annonce-fonction")
    names = "Employeur|Lieu|Contrat|Rémunération|Fonction|Parution|Candidature avant le|Référence"
    return fields(tree, facts, names, text=".annonce-texte > p")


def cadres_redesigned(tree):
    facts = pairs(tree, ".facts th", ".facts td")
    facts["Qui"] = text_of(tree, ".hero__org")
    facts["Référence"] = text_of(tree, ".trail [aria-current]")
    names = "Qui|Où|Contrat|Salaire|Fonction|En ligne|Clôture|Référence"
    return fields(tree, facts, names, text=".job__body p")


def flux(tree):
    state = json.loads(tree.css_first("#__ETAT__").text())
    pay = state["salaire"] or {"texte": None}
    assert text_of(tree, "h1") == clean(state["titre"])
    return {
        "title": state["titre"],
        "company": state["entreprise"],
        "location": state["lieu"],
        "contract": state["contrat"],
        "salary": pay["texte"],
        "occupation": state["categorie"],
        "published": datetime.fromisoformat(state["publie_le"]).strftime("%d/%m/%Y"),
        "apply_by": state["expire_le"]
        and date.fromisoformat(state["expire_le"]).strftime("%d/%m/%Y"),
        "reference": state["id"],
        "description": text_of(tree, ".recit_z2Qe"),
    }


def flux_redesigned(tree):
    facts = pairs(tree, ".Dsc-5e dt", ".Dsc-5e dd")
    facts["Référence"] = json.loads(tree.css_first("#__FLUX_DATA__").text())["uid"]
    names = "Employeur|Lieu|Contrat|Salaire|Catégorie|Publication|Limite|Référence"
    return fields(tree, facts, names, text="p.Txt-9c")


def guichet(tree):
    facts = pairs(tree, ".ge-conditions th", ".ge-conditions td")
    facts["Numéro"] = text_of(tree, "#ge-numero")
    facts["Actualisée"] = text_of(tree, "#ge-actualisation")
    names = (
        "Employeur|Lieu de travail|Type de contrat|Salaire|Métier|Actualisée|Répondre avant le|"
        "Numéro"
    )
    return fields(tree, facts, names, text="#ge-texte")


def guichet_redesigned(tree):
    facts = {}
    for point in tree.css(".dossier__points li"):
        name = clean(point.css_first("span").text())
        facts[name] = clean(point.text()).removeprefix(name).strip()
    facts["Numéro"] = text_of(tree, ".dossier__numero")
    names = "Employeur|Lieu|Contrat|Salaire|Métier|Mise à jour|Jusqu’au|Numéro"
    return fields(tree, facts, names, text=".dossier__recit")


def petites(tree):
    facts = pairs(tree, ".fiche td:nth-child(1)", ".fiche td:nth-child(2)")
    names = "Employeur|Ville|Contrat|Salaire|Rubrique|Parue le|Avant le|Réf."
    return fields(tree, facts, names, text="p.texte")


def petites_redesigned(tree):
    facts = pairs(tree, ".meta b", ".meta span")
    facts["Rubrique"] = text_of(tree, ".crumb").removeprefix("Annonces / ")
    names = (
        "Qui\u00a0?|Où\u00a0?|Quel contrat\u00a0?|Combien\u00a0?|Rubrique|Depuis\u00a0?|"
        "Jusqu'à\u00a0?|Référence"
    )
    return fields(tree, facts, names, text=".say")


def interim(tree):
    facts = pairs(tree, ".ix-etiquette span", ".ix-etiquette b")
    facts["Réf."] = text_of(tree, ".ix-pas").partition("Réf. ")[2]
    names = "Client|Lieu|Type|Rémunération|Secteur|Mise en ligne|Répondre|Réf."
    return fields(tree, facts, names, text=".ix-recit > p")


def interim_redesigned(tree):
    facts = pairs(tree, ".u-card dt", ".u-card dd")
    place, _, contract = text_of(tree, ".u-lead").rpartition(", ")
    facts |= {"Lieu": place, "Type": contract}
    facts["Réf."] = text_of(tree, "main > p").removeprefix("Missions / ")
    return fields(
        tree, facts, "Client|Lieu|Type|Paie|Secteur|Publié|Répondre|Réf.", text=".u-story"
    )


class Design(NamedTuple):
    """How a site shows its ads: where the list is, its links to ads, its count, an ad's page."""

    start: str
    links: str
    count: str
    read: Callable


SHOWN = {
    ("cadres-et-metiers", "calm"): Design("/offres", ".offre-intitule a", "#nombre-offres", cadres),
    ("cadres-et-metiers", "redesign"): Design(
        "/offres", ".job-card__link", "#count", cadres_redesigned
    ),
    ("guichet-emploi", "calm"): Design("/offres", ".ge-intitule a", "#ge-nombre", guichet),
    ("guichet-emploi", "redesign"): Design(
        "/offres", ".pile__lien", ".filtre__bilan", guichet_redesigned
    ),
    ("petites-annonces", "calm"): Design("/annonces", ".an > a", "p > b", petites),
    ("petites-annonces", "redesign"): Design(
        "/annonces", ".box h2 a", "#found", petites_redesigned
    ),
    ("interim-express", "calm"): Design("/missions", ".ix-mission", ".ix-total b", interim),
    ("interim-express", "redesign"): Design(
        "/missions", ".u-tile-name a", ".u-sum", interim_redesigned
    ),
}
LISTED = sorted({site for site, _ in SHOWN})


def log_in(web, client):
    names = FIELDS_REDESIGNED if web.scenario.redesign else FIELDS
    address = "http://guichet-emploi.example/connexion"
    page = tree_of(ask(web, client, address))
    form = {names.account: DEMO.name, names.password: DEMO.password, names.then: "/offres"}
    form[names.token] = page.css_first(f"input[name={names.token}]").attributes["value"]
    web.sleep(6)
    answer = client.post(address, data=form)
    assert answer.status_code == 303
    return answer


def whole_list(web, client, site, design) -> tuple[list[str], int]:
    """Return the paths of all ads, from the first page of a list to the last, and the count."""
    paths, count = [], 0
    for number in itertools.count(1):
        answer = ask(web, client, f"http://{site}.example{design.start}?page={number}")
        if answer.status_code == 404:
            return paths, count
        assert answer.status_code == 200
        tree = tree_of(answer)
        count = int(re.sub(r"\D", "", re.match(r"[\d\s]+", text_of(tree, design.count))[0]))
        found = [node.attributes["href"] for node in tree.css(design.links)]
        paths += found
        onward = [a for a in tree.css("a[href]") if f"page={number + 1}" in a.attributes["href"]]
        assert bool(onward) == (len(paths) < count)
    raise AssertionError


@pytest.mark.parametrize("site", LISTED)
def test_lists_hold_the_ads_of_the_day(web, client, world, site):
    if site == "guichet-emploi":
        log_in(web, client)
    design = SHOWN[site, web.scenario.name]
    paths, count = whole_list(web, client, site, design)
    shown = world.ads_on(site, DAY)
    assert count == len(shown)
    assert paths == [address_of(ad) for ad in shown]


@pytest.mark.parametrize("site", [*LISTED, "jobflux"])
def test_every_field_of_an_ad_is_found(web, client, world, site):
    if site == "jobflux":
        read = flux_redesigned if web.scenario.redesign else flux
    else:
        read = SHOWN[site, web.scenario.name].read
    if site == "guichet-emploi":
        log_in(web, client)
    shown = world.ads_on(site, DAY)
    # All in one design, every fifth in the other; a site that hides its fields is found out.
    for ad in shown[:: 5 if web.scenario.redesign else 1]:
        answer = ask(web, client, f"http://{site}.example{address_of(ad)}")
        assert answer.status_code == 200
        read_ad = read(tree_of(answer))
        published, apply_by = read_ad.pop("published"), read_ad.pop("apply_by")
        if site == "interim-express":
            assert published_on(published, web.date) == ad.published
            assert (apply_by is None) == (ad.apply_by is None)
        else:
            assert (day_of(published), day_of(apply_by)) == (ad.published, ad.apply_by)
        expected = {name: getattr(ad, name) for name in read_ad}
        if read is petites_redesigned or read is petites:
            expected["description"] = clean(expected["description"])
        assert read_ad == {name: value and clean(value) for name, value in expected.items()}


def address_of(ad) -> str:
    if ad.site == "cadres-et-metiers":
        return path_of(ad)
    start = {
        "jobflux": "/o/",
        "guichet-emploi": "/offres/",
        "petites-annonces": "/annonce/",
        "interim-express": "/missions/",
    }
    return start[ad.site] + ad.reference


@pytest.mark.parametrize("site", [*LISTED, "jobflux"])
def test_an_ad_that_is_gone_is_said_to_be(web, client, world, site):
    if site == "guichet-emploi":
        log_in(web, client)
    before = set(world.ads_on(site, DAY - timedelta(days=20)))
    now = {ad.ad_id for ad in world.ads_on(site, DAY)}
    gone = min(ad for ad in before if ad.ad_id not in now)
    answer = ask(web, client, f"http://{site}.example{address_of(gone)}")
    assert answer.status_code == 410
    assert "expirée" in tree_of(answer).css_first("h1").text()
    assert gone.title not in answer.text
    missing = ask(web, client, f"http://{site}.example{address_of(gone)}0")
    assert missing.status_code in (404, 301)


@pytest.mark.parametrize(
    ("site", "words", "place"),
    [
        ("cadres-et-metiers", "q", "lieu"),
        ("guichet-emploi", "motcle", "lieu"),
        ("petites-annonces", "mot", "ville"),
        ("interim-express", "metier", "ville"),
    ],
)
def test_searches_find_what_they_should(web, client, world, site, words, place):
    if site == "guichet-emploi":
        log_in(web, client)
    design = SHOWN[site, web.scenario.name]
    encoding = "iso-8859-1" if site == "petites-annonces" else "utf-8"
    town = "\u00c9pinal-la-Neuve"
    for name, value in ((words, "développeur"), (place, "Lyon"), (place, town)):
        query = f"{name}={''.join(f'%{byte:02X}' for byte in value.encode(encoding))}"
        tree = tree_of(ask(web, client, f"http://{site}.example{design.start}?{query}"))
        asked = {"words": value} if name == words else {"place": value}
        found = [
            ad
            for ad in world.ads_on(site, DAY)
            if matches(ad, **asked)
        ]  # fmt: skip
        count = int(re.sub(r"\D", "", re.match(r"[\d\s]+", text_of(tree, design.count))[0]))
        assert count == len(found)
        assert bool(tree.css(design.links)) == bool(found)
        assert tree.css_first(f"input[name={name}]") is not None


def plain(text: str) -> str:
    """Return a text without capitals and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in letters if not unicodedata.combining(one))


def matches(ad, words: str = "", place: str = "") -> bool:
    everything = plain(f"{ad.title} {ad.company or ''} {ad.description}")
    return plain(words) in everything and plain(place) in plain(ad.location)


# Cadres & Métiers


SCHEMA = {
    "JobPosting", "PropertyValue", "Organization", "Place", "PostalAddress", "MonetaryAmount",
    "QuantitativeValue", "BreadcrumbList", "ListItem",
}  # fmt: skip


def types_in(node) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(types_in, node))
    if not isinstance(node, dict):
        return set()
    assert "@type" in node
    return {node["@type"]}.union(*map(types_in, node.values()))


def test_structured_data_say_what_the_twin_holds(web, client, world):
    for ad in world.ads_on("cadres-et-metiers", DAY):
        tree = tree_of(ask(web, client, f"http://cadres-et-metiers.example{path_of(ad)}"))
        found = [json.loads(node.text()) for node in tree.css("script[type='application/ld+json']")]
        assert set().union(*map(types_in, found)) <= SCHEMA
        (posting,) = (one for one in found if one["@type"] == "JobPosting")
        assert len(found) == (2 if web.scenario.redesign else 1)
        assert posting["@context"].startswith("https://schema.org")
        assert posting["title"] == ad.title
        assert posting["description"] == ad.description
        assert posting["identifier"]["value"] == ad.reference
        assert date.fromisoformat(posting["datePosted"]) == ad.published
        assert posting.get("validThrough") == (ad.apply_by and ad.apply_by.isoformat())
        assert posting["jobLocation"]["address"]["addressLocality"] == ad.location
        assert posting["hiringOrganization"]["name"] == (ad.company or "confidential")
        pay = posting.get("baseSalary", {}).get("value", {})
        assert (pay.get("minValue"), pay.get("maxValue")) == (ad.salary_min, ad.salary_max)
        if pay:
            assert pay["unitText"] in {"HOUR", "MONTH", "YEAR"}


@pytest.mark.parametrize(
    ("contract", "kind"),
    [
        ("CDI", "FULL_TIME"),
        ("Durée indéterminée", "FULL_TIME"),
        ("CDD 6 mois", "TEMPORARY"),
        ("Contrat à durée déterminée (1 mois)", "TEMPORARY"),
        ("Mission d'intérim de 6 mois", "TEMPORARY"),
        ("Contrat d'apprentissage - 24 mois", "INTERN"),
        (None, "FULL_TIME"),
    ],
)
def test_contracts_have_their_type(contract, kind):
    assert employment_type(contract) == kind


def test_the_sitemap_lists_all_ads(web, client, world):
    answer = ask(web, client, "http://cadres-et-metiers.example/sitemap.xml")
    robots = ask(web, client, "http://cadres-et-metiers.example/robots.txt").text
    assert "Sitemap: http://cadres-et-metiers.example/sitemap.xml" in robots
    found = re.findall(r"<loc>(.*?)</loc><lastmod>(.*?)</lastmod>", answer.text)
    shown = world.ads_on("cadres-et-metiers", DAY)
    assert found == [
        (f"http://cadres-et-metiers.example{path_of(ad)}", ad.published.isoformat()) for ad in shown
    ]


def test_a_wrong_title_in_an_address_is_mended(web, client, world):
    ad = world.ads_on("cadres-et-metiers", DAY)[0]
    answer = ask(web, client, f"http://cadres-et-metiers.example/offres/autre-titre/{ad.reference}")
    assert (answer.status_code, answer.headers["location"]) == (301, path_of(ad))


# Jobflux


def flow(web, client, **query) -> list[dict]:
    """Return the offers of the hidden API, from its first page to its last."""
    if web.scenario.redesign:
        address, items, query = (
            "http://jobflux.example/api/v3/postings",
            "data",
            {"page": 1, **query},
        )
    else:
        address, items = "http://jobflux.example/api/v2/offres", "offres"
    found = []
    while True:
        page = ask(web, client, address, params=query).json()
        found += page[items]
        if web.scenario.redesign:
            onward, total = page["meta"]["next_page"], page["meta"]["count"]
            query["page"] = onward
        else:
            onward, total = page["curseur_suivant"], page["total"]
            query["curseur"] = onward
        if onward is None:
            assert len(found) == total
            return found
        assert len(page[items]) == jobflux.PER_PAGE


def test_the_hidden_api_goes_to_the_end(web, client, world):
    shown = world.ads_on("jobflux", DAY)
    found = flow(web, client)
    names = ("uid", "title", "place") if web.scenario.redesign else ("id", "titre", "lieu")
    assert [tuple(one[name] for name in names) for one in found] == [
        (ad.reference, ad.title, ad.location) for ad in shown
    ]
    pay = [one["pay" if web.scenario.redesign else "salaire"] for one in found]
    low = "low" if web.scenario.redesign else "min"
    assert [one and one[low] for one in pay] == [ad.salary and ad.salary_min for ad in shown]
    place = ad_place = shown[0].location
    assert {one[names[2]] for one in flow(web, client, lieu=place)} >= {ad_place}


def test_the_list_itself_is_empty(web, client, world):
    page = ask(web, client, "http://jobflux.example/offres").text
    assert not [ad for ad in world.ads_on("jobflux", DAY) if ad.reference in page]


def test_the_api_of_before_the_redesign_is_gone(web, client, world):
    reference = world.ads_on("jobflux", DAY)[0].reference
    before, after = "/api/v2/offres", "/api/v3/postings"
    gone, there = (before, after) if web.scenario.redesign else (after, before)
    answer = ask(web, client, f"http://jobflux.example{gone}")
    assert answer.status_code == (410 if web.scenario.redesign else 404)
    assert answer.json()["erreur"]["code"] == answer.status_code
    one = ask(web, client, f"http://jobflux.example{there}/{reference}").json()
    text = one["body" if web.scenario.redesign else "description"]
    assert text == world.ads_on("jobflux", DAY)[0].description


@pytest.mark.parametrize("cursor", ["é", "!!", "abc", "MjAyMy0wNC0wMy9hYQ"])
def test_a_cursor_that_means_nothing_is_refused(calm, cursor):
    with calm.client(POLITE) as client:
        answer = ask(
            calm, client, "http://jobflux.example/api/v2/offres", params={"curseur": cursor}
        )
    assert answer.status_code == 400
    assert "curseur" in answer.json()["erreur"]["message"]


def test_a_cursor_of_yesterday_is_stale(calm):
    address = "http://jobflux.example/api/v2/offres"
    with calm.client(POLITE) as client:
        cursor = ask(calm, client, address).json()["curseur_suivant"]
        calm.date = DAY + timedelta(days=1)
        answer = ask(calm, client, address, params={"curseur": cursor})
    assert answer.status_code == 410


def test_the_script_shows_every_ad_as_one_scrolls(web, world, browser):
    context = browser.new_context(proxy={"server": web.url})
    page = context.new_page()
    page.goto("http://jobflux.example/offres?lieu=paris")
    shown = [ad for ad in world.ads_on("jobflux", DAY) if "paris" in ad.location.casefold()]
    assert len(shown) > jobflux.PER_PAGE
    cards = page.locator("#colonne > li" if web.scenario.redesign else "#flux > article")
    for _ in range(len(shown)):
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(50)
        if cards.count() == len(shown):
            break
    titles = [clean(one) for one in cards.locator("h2").all_text_contents()]
    assert titles == [clean(ad.title) for ad in shown]
    context.close()


# Guichet Emploi

LOGIN = "http://guichet-emploi.example/connexion"


def login_form(web, client, **given) -> dict[str, str]:
    page = tree_of(ask(web, client, LOGIN))
    token = page.css_first("input[name=jeton]").attributes["value"]
    usual = {
        "jeton": token,
        "identifiant": DEMO.name,
        "mot_de_passe": DEMO.password,
        "suite": "/offres",
    }
    return {**usual, **given}


def test_the_login_sends_to_the_page_that_was_asked(calm, world):
    ad = world.ads_on("guichet-emploi", DAY)[0]
    address = f"http://guichet-emploi.example/offres/{ad.reference}"
    with calm.client(POLITE) as client:
        sent = ask(calm, client, address)
        assert sent.status_code == 302
        then = sent.headers["location"]
        assert then.startswith("/connexion?suite=")
        page = tree_of(ask(calm, client, f"http://guichet-emploi.example{then}"))
        form = {
            node.attributes["name"]: node.attributes.get("value") for node in page.css("main input")
        }
        form |= {"identifiant": DEMO.name, "mot_de_passe": DEMO.password}
        calm.sleep(5)
        answer = client.post(LOGIN, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/offres/{ad.reference}")
        assert "httponly" in answer.headers["set-cookie"].casefold()
        assert ad.title in ask(calm, client, address).text
    assert not calm.journal()["marks"].str.contains("login failed").any()


@pytest.mark.parametrize(
    ("given", "status", "mark"),
    [
        ({"jeton": ""}, 403, False),
        ({"jeton": "0" * 32}, 403, False),
        ({"jeton": "é"}, 403, False),
        ({"mot_de_passe": "autre"}, 401, True),
        ({"identifiant": "autre"}, 401, True),
    ],
)
def test_a_wrong_form_opens_nothing(calm, given, status, mark):
    with calm.client(POLITE) as client:
        form = login_form(calm, client, **given)
        calm.sleep(5)
        answer = client.post(LOGIN, data=form)
        assert answer.status_code == status
        assert tree_of(answer).css_first("[role=alert]").text()
        assert ask(calm, client, "http://guichet-emploi.example/offres").status_code == 302
    assert calm.journal()["marks"].str.contains("login failed").any() == mark


def test_a_token_is_of_one_session(calm):
    with calm.client(POLITE) as client, calm.client(POLITE) as other:
        form = login_form(calm, client)
        calm.sleep(5)
        assert other.post(LOGIN, data=form).status_code == 403  # without a cookie
        login_form(calm, other)
        calm.sleep(5)
        assert other.post(LOGIN, data=form).status_code == 403  # with another's token


def test_who_is_logged_in_has_another_session_than_before(calm):
    with calm.client(POLITE) as client:
        form = login_form(calm, client)
        before = client.cookies["session"]
        calm.sleep(5)
        client.post(LOGIN, data=form)
        assert client.cookies["session"] != before


@pytest.mark.parametrize("then", ["//ailleurs.example", "http://ailleurs.example", "/\\ailleurs"])
def test_the_login_leads_nowhere_else(calm, then):
    with calm.client(POLITE) as client:
        form = login_form(calm, client, suite=then)
        calm.sleep(5)
        assert client.post(LOGIN, data=form).headers["location"] == "/offres"


def test_a_session_ends_by_itself_and_by_the_button(calm):
    address = "http://guichet-emploi.example/offres"
    with calm.client(POLITE) as client:
        log_in(calm, client)
        calm.sleep(guichet_emploi.MINUTES * 60 - 10)
        page = tree_of(ask(calm, client, address))
        assert page.css_first("#ge-nombre") is not None
        calm.sleep(guichet_emploi.MINUTES * 60)
        assert ask(calm, client, address).status_code == 302
        log_in(calm, client)
        page = tree_of(ask(calm, client, address))
        token = page.css_first("header input[name=jeton]").attributes["value"]
        calm.sleep(5)
        client.post("http://guichet-emploi.example/deconnexion", data={"jeton": "faux"})
        calm.sleep(5)
        client.post("http://guichet-emploi.example/deconnexion", data={"jeton": token})
        assert ask(calm, client, address).status_code == 302


# Petites Annonces


def test_pages_are_latin_1_and_say_so_in_two_ways(web, client, world):
    ad = next(one for one in world.ads_on("petites-annonces", DAY) if "é" in one.description)
    page = ask(web, client, f"http://petites-annonces.example/annonce/{ad.reference}")
    assert page.headers["content-type"] == "text/html"
    assert b"charset=iso-8859-1" in page.content
    with pytest.raises(UnicodeDecodeError):
        page.content.decode("utf-8")
    assert clean(ad.description) in clean(
        Tree(page.content.decode("iso-8859-1")).css_first("body").text()
    )
    listed = ask(web, client, "http://petites-annonces.example/annonces")
    assert listed.headers["content-type"] == "text/html; charset=iso-8859-1"
    # In lists, accents are entities; the euro, which latin-1 lacks, is one everywhere.
    assert listed.content.isascii()
    assert b"&eacute;" in listed.content


class Tags(html.parser.HTMLParser):
    """Counts the tags that are opened and closed."""

    def __init__(self):
        super().__init__()
        self.opened, self.closed = {}, {}

    def handle_starttag(self, tag, attributes):
        self.opened[tag] = self.opened.get(tag, 0) + 1

    def handle_endtag(self, tag):
        self.closed[tag] = self.closed.get(tag, 0) + 1


def test_html_is_broken(web, client):
    page = ask(web, client, "http://petites-annonces.example/annonces").text
    tags = Tags()
    tags.feed(page)
    left_open = {tag for tag, times in tags.opened.items() if times > tags.closed.get(tag, 0)}
    assert left_open >= (
        {"html", "p", "li"} if web.scenario.redesign else {"html", "p", "tr", "td"}
    )
    assert re.search(r"<\w+ [^>]*\w=[^\"'>\s]", page)  # an attribute without quotes


# Intérim Express


def published_on(text: str, today: date) -> date:
    """Return the day that a relative date means."""
    words = text.replace("\u00a0", " ")
    weeks = {"une": 1, "deux": 2, "trois": 3}
    if words == "aujourd’hui" or re.fullmatch(r"il y a \d+ heures?", words):
        return today
    if words == "hier":
        return today - timedelta(days=1)
    if words == "avant-hier":
        return today - timedelta(days=2)
    if found := re.fullmatch(r"il y a (\d+) jours", words):
        return today - timedelta(days=int(found[1]))
    if found := re.fullmatch(r"il y a (\w+) semaines?", words):
        return today - timedelta(weeks=weeks[found[1]])
    day, month = re.fullmatch(r"le (\d+)(?:er)? (\S+)", words).groups()
    found = date(today.year, MONTHS.index(month) + 1, int(day))
    return found if found <= today else found.replace(year=today.year - 1)


@pytest.mark.parametrize("hour", [0, 1, 9, 23])
def test_relative_dates_give_the_day_back(hour):
    today = date(2023, 4, 3)
    told = set()
    for days, draw in itertools.product(range(120), (0, 0.3, 0.6, 0.9, 0.999)):
        published = today - timedelta(days=days)
        text = interim_express.since(published, today, hour, draw)
        assert published_on(text, today) == published
        if found := re.fullmatch(r"il y a (\d+)\sheures?", text):
            assert 0 < int(found[1]) <= hour
        told.add(re.sub(r"\d+", "n", text))
    assert len(told) >= 8
    with pytest.raises(AttributeError):
        published_on("récemment", today)


def test_relative_dates_of_lists_give_the_day_back(web, client, world):
    design = SHOWN["interim-express", web.scenario.name]
    tree = tree_of(ask(web, client, f"http://interim-express.example{design.start}"))
    if web.scenario.redesign:
        told = [dl.css("dd")[-1].text() for dl in tree.css(".u-tile-info")]
    else:
        told = [node.text() for node in tree.css(".ix-quand")]
    shown = world.ads_on("interim-express", DAY)[: len(told)]
    assert [published_on(one, web.date) for one in told] == [ad.published for ad in shown]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (0, "aujourd’hui au plus tard"),
        (1, "demain au plus tard"),
        (5, "dans 5\u00a0jours au plus tard"),
        (28, "avant le 1er\u00a0mai 2023"),
        (-1, "avant le 2\u00a0avril 2023"),
    ],
)
def test_the_last_day_to_answer_is_told_from_today(days, told):
    today = date(2023, 4, 3)
    assert interim_express.before(today + timedelta(days=days), today) == told


# Panier Clair


def shelf(outlet: str, day: date) -> pd.Series:
    """Return the scanner's prices of a week in an outlet, euros a pack by barcode."""
    sales = ssplab.load("scanner")
    week = sales[
        (sales["outlet"] == outlet)
        & (sales["date"] == pd.Timestamp(monday_of(day)))
        & (sales["quantity"] > 0)
    ]
    return week.set_index("ean")["price"]


def price_of(tree) -> float:
    """Return the price of a product's page."""
    if node := tree.css_first(".tag"):  # 2€39, in two sizes
        return float(node.text().strip().replace("€", "."))
    return float(tree.css_first("[itemprop=price]").text().replace("\u00a0€", "").replace(",", "."))


def test_prices_are_the_scanners(web, client):
    expected = shelf("O00003", DAY)
    site_map = ask(web, client, "http://panier-clair.example/sitemap.xml").text
    eans = re.findall(r"/produit/(\d+)</loc>", site_map)
    assert sorted(eans) == sorted(expected.index)
    for ean in eans[:: 1 if not web.scenario.redesign else 7]:
        page = ask(web, client, f"http://panier-clair.example/produit/{ean}")
        assert price_of(tree_of(page)) == expected[ean]


def test_aisles_hold_every_product_once(web, client):
    home = tree_of(ask(web, client, "http://panier-clair.example/"))
    aisles = {
        node.attributes["href"] for node in home.css("a[href^='/rayon/']")
    }  # fmt: skip
    assert len(aisles) == 12
    found = []
    for aisle in sorted(aisles):
        for number in itertools.count(1):
            answer = ask(web, client, f"http://panier-clair.example{aisle}?page={number}")
            if answer.status_code == 404:
                break
            found += re.findall(r'href="/produit/(\d+)"', answer.text)
    assert sorted(found) == sorted(shelf("O00003", DAY).index)


def promoted(outlet: str, day: date) -> set[str]:
    """Return what is at most nine tenths of the median price of the eight weeks before."""
    sales = ssplab.load("scanner")
    week = pd.Timestamp(monday_of(day))
    before = sales[
        (sales["outlet"] == outlet)
        & (sales["quantity"] > 0)
        & sales["date"].between(week - pd.Timedelta(weeks=8), week - pd.Timedelta(days=1))
    ]
    usual = before.groupby("ean")["price"].agg(["median", "count"])
    now = shelf(outlet, day)
    known = usual.loc[usual["count"] >= 3, "median"].round(2).reindex(now.index)
    return set(now.index[now <= 0.9 * known])


def test_promotions_are_a_tenth_under_the_usual_price(web, client):
    found = []
    for number in itertools.count(1):
        answer = ask(web, client, f"http://panier-clair.example/promotions?page={number}")
        if answer.status_code == 404:
            break
        found += re.findall(r'href="/produit/(\d+)"', answer.text)
    assert 20 < len(found) < 200
    assert sorted(found) == sorted(promoted("O00003", DAY))


@pytest.mark.parametrize("day", [date(2023, 1, 2), date(2023, 5, 10), date(2023, 6, 30)])
@pytest.mark.parametrize("outlet", ["O00001", "O00002", "O00007"])
def test_shelves_hold_what_was_sold(world, outlet, day):
    sold = Shelves(world).of(outlet, monday_of(day))
    assert {ean: item.price for ean, item in sold.items()} == shelf(outlet, day).to_dict()
    assert {ean for ean, item in sold.items() if item.promotion} == promoted(outlet, day)
    assert all(
        (item.usual is not None) == (10 <= item.promotion < 100)
        for item in sold.values()
        if item.promotion or item.usual
    )


def test_prices_depend_on_the_store_and_the_week(web, client):
    ours, theirs = shelf("O00003", DAY), shelf("O00002", DAY)
    ean = next(ean for ean in theirs.index if ours.get(ean) not in (None, theirs[ean]))
    web.sleep(6)
    answer = client.post("http://panier-clair.example/magasins", data={"magasin": "O00002"})
    assert answer.status_code == 303
    page = ask(web, client, f"http://panier-clair.example/produit/{ean}")
    assert price_of(tree_of(page)) == theirs[ean]
    web.sleep(6)
    wrong = client.post("http://panier-clair.example/magasins", data={"magasin": "O99999"})
    assert wrong.status_code == 400


def test_a_price_lasts_from_monday_to_sunday(calm):
    ours = {day: shelf("O00003", day) for day in (DAY, DAY + timedelta(days=7))}
    both = ours[DAY].index.intersection(ours[DAY + timedelta(days=7)].index)
    changed = next(ean for ean in both if ours[DAY][ean] != ours[DAY + timedelta(days=7)][ean])
    new = next(iter(ours[DAY + timedelta(days=7)].index.difference(ours[DAY].index)))
    address = "http://panier-clair.example/produit/"
    with calm.client(POLITE) as client:
        told = []
        for days in (0, 6, 7):
            calm.date = DAY + timedelta(days=days)
            page = ask(calm, client, address + changed)
            told.append(price_of(tree_of(page)))
        assert told == [ours[DAY][changed]] * 2 + [ours[DAY + timedelta(days=7)][changed]]
        assert ask(calm, client, address + new).status_code == 200
        calm.date = DAY
        assert ask(calm, client, address + new).status_code == 410
        assert ask(calm, client, address + "1").status_code == 404
        answer = ask(calm, client, "http://panier-clair.example/promotions?tri=hasard")
        assert answer.status_code == 400


@pytest.mark.parametrize("order", ["prix", "prix-desc"])
def test_lists_are_sorted_by_price(calm, order):
    address = "http://panier-clair.example/rayon/fromages"
    with calm.client(POLITE) as client:
        tree = tree_of(ask(calm, client, address, params={"tri": order}))
    prices = [float(node.attributes["content"]) for node in tree.css("[itemprop=price]")]
    assert len(prices) == 24
    assert prices == sorted(prices, reverse=order == "prix-desc")


@pytest.mark.parametrize(
    ("size", "unit", "content", "by_unit"),
    [
        (0.8, "KG", "800\u00a0g", "2,50\u00a0€ le kg"),
        (1.5, "L", "1,5\u00a0l", "1,33\u00a0€ le litre"),
        (0.75, "L", "75\u00a0cl", "2,67\u00a0€ le litre"),
        (12, "P", "12\u00a0pièces", "0,17\u00a0€ la pièce"),
        (1, "P", "1\u00a0pièce", "2,00\u00a0€ la pièce"),
        (np.nan, "KG", "", ""),
    ],
)
def test_packs_are_told_as_on_labels(size, unit, content, by_unit):
    assert content_of(size, unit) == content
    assert per_unit_of(2.0, size, unit) == by_unit


# The office of statistics

API = "http://statistique.example/api/v1"


def new_key(web, client) -> str:
    web.sleep(6)
    form = {"organisme": "Cours", "contact": "equipe@statistique-publique.example"}
    answer = client.post(
        "http://statistique.example/cle", data=form, headers={"accept": "application/json"}
    )
    assert answer.status_code == 201
    return answer.json()["cle"]


def series(message) -> dict[tuple, float]:
    """Return the observations of an answer by names of codes and month."""
    (structure,) = message["data"]["structures"]
    dimensions = structure["dimensions"]["series"]
    assert [one["keyPosition"] for one in dimensions] == list(range(len(dimensions)))
    months = [one["id"] for one in structure["dimensions"]["observation"][0]["values"]]
    found = {}
    for key, held in message["data"]["dataSets"][0]["series"].items():
        codes = [
            one["values"][int(place)]["id"]
            for one, place in zip(dimensions, key.split(":"), strict=True)
        ]
        for rank, (value,) in held["observations"].items():
            found[*codes, months[int(rank)]] = value
    return found


def every_page(web, client, address, **query) -> dict:
    """Return all observations, page after page, as the answers say where to go on."""
    found, pages = {}, 0
    while address:
        answer = ask(web, client, address, params=query)
        message = answer.json()
        part = series(message)
        assert not found.keys() & part.keys()
        found |= part
        pages += 1
        assert message["meta"]["pagination"]["page"] == pages
        address, query = message["meta"]["pagination"]["suivante"], None
        assert (address is not None) == ("next" in answer.links)
        if address:
            assert answer.links["next"]["url"] == address
    assert pages == message["meta"]["pagination"]["pages"]
    return found


def test_the_api_gives_the_market(web, client):
    client.headers["x-cle-api"] = new_key(web, client)
    found = every_page(web, client, f"{API}/data/POSTES_OFFERTS/all")
    market = ssplab.load("job_offers", "market")
    told = market[market["month"] < "2023-03-01"]  # on 3 April, February is the last month
    expected = {}
    for row in told.itertuples():
        month = f"{row.month:%Y-%m}"
        expected[row.region, row.family, "ENSEMBLE", month] = row.vacancies
        expected[row.region, row.family, "CADRES", month] = row.executives
    assert found == expected
    one = every_page(
        web, client, f"{API}/data/POSTES_OFFERTS/11+84..CADRES", startPeriod="2023-02", taille="7"
    )
    assert one == {
        key: value
        for key, value in expected.items()
        if key[0] in {"11", "84"} and key[2] == "CADRES" and key[3] == "2023-02"
    }


def test_the_api_gives_turnover_and_prices(web, client):
    client.headers["x-cle-api"] = new_key(web, client)
    sales = ssplab.load("scanner").merge(ssplab.load("scanner", "items")[["ean", "family"]])
    sales = sales.merge(ssplab.load("scanner", "outlets")[["outlet", "format"]])
    month = sales["date"].dt.strftime("%Y-%m")
    known = sales[month <= "2023-02"]
    expected = known.groupby(["family", "format", month[known.index]])["turnover"].sum()
    found = every_page(web, client, f"{API}/data/CHIFFRE_AFFAIRES/all", taille="100")
    told = {
        (family.replace(" ", "-"), kind.upper(), when): value
        for (family, kind, when), value in expected.items()
    }
    assert found.keys() == told.keys()
    assert all(abs(found[key] - told[key]) < 0.006 for key in told)
    prices = every_page(web, client, f"{API}/data/INDICE_PRIX/FROMAGES-LS")
    assert prices["FROMAGES-LS", "2022-01"] == 100
    index = ssplab.truth("scanner", "index").query("family == 'FROMAGES LS' and coicop == 'all'")
    monthly = index.groupby(index["date"].dt.strftime("%Y-%m"))["index_continuing"].mean()
    assert prices["FROMAGES-LS", "2023-02"] == pytest.approx(
        100 * monthly["2023-02"] / monthly["2022-01"], abs=0.006
    )


def test_a_month_is_published_on_the_fifteenth(calm):
    with calm.client(POLITE) as client:
        client.headers["x-cle-api"] = new_key(calm, client)
        for day, last in (("2023-04-14", "2023-02"), ("2023-04-15", "2023-03")):
            calm.date = day
            found = every_page(calm, client, f"{API}/data/INDICE_PRIX/all")
            assert max(key[-1] for key in found) == last
    assert statistique.last_published(date(2023, 1, 3)) == "2022-11"
    assert statistique.last_published(date(2023, 1, 15)) == "2022-12"


def test_flows_say_what_they_are_made_of(web, client):
    key = {"cle": new_key(web, client)}
    flows = ask(web, client, f"{API}/dataflow", params=key).json()["data"]["dataflows"]
    assert [one["id"] for one in flows] == ["POSTES_OFFERTS", "CHIFFRE_AFFAIRES", "INDICE_PRIX"]
    told = ask(web, client, f"{API}/dataflow/POSTES_OFFERTS", params=key).json()
    (structure,) = told["data"]["structures"]
    regions = {one["id"]: one["name"] for one in structure["dimensions"]["series"][0]["values"]}
    assert regions["53"] == "Bretagne"
    families = {one["id"]: one["name"] for one in structure["dimensions"]["series"][1]["values"]}
    assert families["J"] == "Santé"


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/dataflow", None, 401),
        ("/dataflow", "inconnue", 403),
        ("/dataflow/RIEN", statistique.TRIAL, 404),
        ("/data/INDICE_PRIX/RIEN", statistique.TRIAL, 404),
        ("/data/INDICE_PRIX/A.B", statistique.TRIAL, 400),
        ("/data/INDICE_PRIX/all?startPeriod=2023", statistique.TRIAL, 400),
        ("/data/INDICE_PRIX/all?page=2", statistique.TRIAL, 400),
        ("/data/INDICE_PRIX/all?taille=101", statistique.TRIAL, 400),
        ("/data/INDICE_PRIX/all?page=-1", statistique.TRIAL, 400),
        ("/nothing", statistique.TRIAL, 404),
    ],
)
def test_what_the_api_cannot_answer_it_says_in_json(web, client, path, key, status):
    web.sleep(60)
    headers = {"x-cle-api": key} if key else {}
    answer = ask(web, client, f"{API}{path}", headers=headers)
    assert answer.status_code == status
    assert answer.json()["erreur"]["code"] == status
    assert answer.json()["erreur"]["message"]


def test_a_quota_is_for_a_minute_and_a_key(calm):
    with calm.client(POLITE, headers={"x-cle-api": statistique.TRIAL}) as client:
        left = []
        for _ in range(statistique.TRIAL_QUOTA):
            answer = client.get(f"{API}/dataflow")
            assert answer.status_code == 200
            left.append(int(answer.headers["x-quota-restant"]))
        assert left == list(range(statistique.TRIAL_QUOTA - 1, -1, -1))
        answer = client.get(f"{API}/dataflow")
        assert answer.status_code == 429
        wait = int(answer.headers["retry-after"])
        assert 0 < wait <= statistique.WINDOW
        own = {"x-cle-api": new_key(calm, client)}  # and six seconds pass
        assert client.get(f"{API}/dataflow", headers=own).status_code == 200
        calm.sleep(wait - 10)
        assert client.get(f"{API}/dataflow").status_code == 429
        calm.sleep(10)
        assert client.get(f"{API}/dataflow").status_code == 200


def test_a_key_is_for_who_says_who_they_are(web, client):
    address = "http://statistique.example/cle"
    for form in ({}, {"organisme": "Cours", "contact": "nulle part"}, {"contact": "a@b.example"}):
        web.sleep(6)
        answer = client.post(address, data=form)
        assert answer.status_code == 400
        assert tree_of(answer).css_first("[role=alert]")
    web.sleep(6)
    form = {"organisme": "Cours", "contact": "equipe@statistique-publique.example"}
    page = tree_of(client.post(address, data=form))
    key = page.css_first("#ose-key" if web.scenario.redesign else "#os-cle").text()
    assert key == new_key(web, client)


# Both designs


def paths_of(world, site) -> list[str]:
    """Return pages of a site that people see: home, list, one ad, a form, texts, an error."""
    texts = ["/conditions-utilisation", "/a-propos", "/nulle-part"]
    if site == "panier-clair":
        ean = shelf("O00003", DAY).index[0]
        return ["/", "/rayon/fromages", f"/produit/{ean}", "/magasins", *texts]
    if site == "statistique":
        return ["/", "/donnees", "/donnees/POSTES_OFFERTS", "/api", "/cle", *texts]
    if site == "trouvetout":
        return ["/", "/recherche?q=boulangerie+lyon", "/recherche?q=", "/programmes", *texts]
    ad = world.ads_on(site, DAY)[0]
    start = "/offres" if site == "jobflux" else SHOWN[site, "calm"].start
    more = {
        "cadres-et-metiers": ["/fonctions"],
        "guichet-emploi": ["/aide"],
        "interim-express": ["/secteurs"],
    }
    return ["/", start, address_of(ad), *more.get(site, []), *texts]


def names_in(web, client, world, site) -> set[str]:
    """Return the ids and class names of a site's pages and style sheets."""
    found = set()
    if site == "guichet-emploi":
        page = ask(web, client, LOGIN).text
        found |= set(re.findall(r'\bid="([^"]+)"', page))
        log_in(web, client)
    for path in paths_of(world, site):
        tree = tree_of(ask(web, client, f"http://{site}.example{path}"))
        for node in tree.css("[class], [id]"):
            found |= set((node.attributes.get("class") or "").split())
            found |= {node.attributes["id"]} if node.attributes.get("id") else set()
    return found


@pytest.mark.parametrize("site", SITES)
def test_the_redesign_keeps_no_name(world, site):
    names = {}
    for design in DESIGNS:
        with serve(world, date=DAY, scenario=design) as web, web.client(POLITE) as client:
            names[design] = names_in(web, client, world, site)
    assert min(map(len, names.values())) > 10
    assert names["calm"] & names["redesign"] == set()


@pytest.mark.parametrize(
    "site", [one for one in SITES if one not in ("panier-clair", "statistique", "trouvetout")]
)
@pytest.mark.parametrize("design", DESIGNS)
def test_text_is_never_markup(site, design):
    nasty = '<script>alert("é")</script> & "\'</script>'
    texts = dict.fromkeys(("title", "company", "location", "contract", "salary"), nasty)
    small = World(ads().assign(**texts, occupation=nasty, description=nasty))
    with serve(small, date=SMALL_DAY, scenario=design) as web, web.client(POLITE) as client:
        if site == "guichet-emploi":
            log_in(web, client)
        ad = small.ads_on(site, web.date)[0]
        for path in (
            "/",
            "/offres" if site == "jobflux" else SHOWN[site, design].start,
            address_of(ad),
        ):
            answer = ask(web, client, f"http://{site}.example{path}", follow_redirects=True)
            assert answer.status_code == 200
            tree = tree_of(answer)
            scripts = [node for node in tree.css("script") if "alert" in node.text()]
            assert {node.attributes.get("type") for node in scripts} <= {
                "application/ld+json", "application/json",
            }  # fmt: skip
        assert text_of(tree, "h1") == clean(nasty)


@pytest.mark.parametrize("site", SITES)
def test_links_lead_somewhere_and_closed_paths_are_closed(web, client, world, site):
    if site == "guichet-emploi":
        log_in(web, client)
    robots = ask(web, client, f"http://{site}.example/robots.txt").text
    closed = re.findall(r"Disallow: (\S+)", robots)
    assert len(closed) >= 2
    seen = set()
    for path in paths_of(world, site):
        tree = tree_of(ask(web, client, f"http://{site}.example{path}"))
        assert tree.css_first("html").attributes["lang"] == "fr"
        assert len(tree.css("h1")) == 1
        traps = [node for node in tree.css("a") if node.attributes["href"] in closed[-1:]]
        assert len(traps) == 1
        for node in tree.css("a[href^='/']"):
            target = node.attributes["href"].partition("#")[0]
            shape = re.sub(r"[\d%].*", "", target)
            if shape in seen or target in closed:
                continue
            seen.add(shape)
            status = ask(web, client, f"http://{site}.example{target}").status_code
            assert status == 200, target


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield opened
        opened.close()


RULES = {name: {"enabled": True} for name in ("label-content-name-mismatch", "target-size")}
OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": RULES}


@pytest.mark.parametrize("site", SITES)
def test_everyone_can_use_it(web, world, browser, site):
    context = browser.new_context(proxy={"server": web.url}, viewport={"width": 360, "height": 780})
    page = context.new_page()
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    if site == "guichet-emploi":
        page.goto(LOGIN)
        assert not Axe().run(page, options=OPTIONS).response["violations"]
        page.locator("[autocomplete=username]").fill(DEMO.name)
        page.locator("[type=password]").fill(DEMO.password)
        page.locator("main form button").click()
        page.wait_for_url("**/offres")
    for path in paths_of(world, site)[:5]:
        web.sleep(30)
        page.goto(f"http://{site}.example{path}", wait_until="load")
        found = Axe().run(page, options=OPTIONS).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
    assert {one.split("/")[2] for one in asked if not one.startswith("data:")} == {
        f"{site}.example"
    }
    context.close()
