"""The search page and the small sites of firms: what is planted stands there, as hard as told."""

import re

import pandas as pd
import pytest
from selectolax.lexbor import LexborHTMLParser as Tree
from small_web import POLITE, ask

import ssplab
from ssplab.course import course_root
from ssplab.web import World, serve
from ssplab.web.firms import DIRECTORIES, NOTICES, luhn_digit, small_web_of, vat_of

API = "http://trouvetout.example/api/recherche"


@pytest.fixture(scope="module")
def world():
    return World.load()


@pytest.fixture(scope="module")
def small(world):
    return small_web_of(world)


@pytest.fixture
def web(world):
    with serve(world) as opened:
        yield opened


@pytest.fixture
def client(web):
    with web.client(POLITE, timeout=120) as opened:
        yield opened


def joined(text: str) -> str:
    """Return a text without blanks and points."""
    return re.sub(r"[\s.]", "", text)


def notice_of(small, host: str) -> str:
    """Return the legal notice of an own site, which its home page links first."""
    pages = small.sites[host]
    return " ".join(pages[pages["/"].links[0][0]].lines)


def is_valid(number: str) -> bool:
    return luhn_digit(number[:-1]) == number[-1]


def test_luhn_and_the_number_for_tax():
    assert luhn_digit("7992739871") == "3", "the usual example of the rule"
    assert luhn_digit("18") == "2", "8 twice is 16, less 9 is 7; and 1 make 8"
    assert vat_of("000000098") == "FR15000000098", "98 leaves 1 over 97, and 12 + 3 are 15"
    valid = sum(is_valid(str(number)) for number in range(100_000_000, 100_010_000))
    assert valid == 1000, "one number in ten passes by chance"


def test_firms_are_active_companies_of_ten_and_more(small):
    enterprises = ssplab.load("employers", "enterprises").set_index("siren")
    theirs = enterprises.loc[list(small.firms)]
    assert len(theirs) > 1000
    assert theirs["etatAdministratifUniteLegale"].eq("A").all()
    assert not theirs["categorieJuridiqueUniteLegale"].eq("1000").any()
    assert theirs["trancheEffectifsUniteLegale"].between("11", "53").all()
    assert all(map(is_valid, small.firms))


def test_each_notice_gives_what_is_planted(small):
    own = small.own_sites.dropna()
    assert set(own["notice"]) == set(NOTICES)
    assert own["host"].is_unique
    for siren, host, notice in zip(own.index, own["host"], own["notice"], strict=True):
        text = notice_of(small, host)
        assert (siren in joined(text)) == (notice in ("spaced", "plain", "siret", "vat")), host
        number = joined(small.sites[host][small.sites[host]["/"].links[0][0]].lines[2])
        digits = re.search(r"\d{9}$", number)
        if notice == "misprint":
            assert not is_valid(digits[0])
            assert sum(one != other for one, other in zip(digits[0], siren, strict=True)) == 1
        if notice == "parent":
            assert is_valid(digits[0]) and digits[0] not in small.firms
        if notice == "vat":
            assert vat_of(siren) in number
        if notice == "siret":
            assert small.firms[siren].siret in number


def test_directories_show_many_firms_and_their_neighbours(small):
    for host, (share, shows) in DIRECTORIES.items():
        pages = [page for path, page in small.sites[host].items() if path != "/"]
        assert len(pages) == pytest.approx(share * len(small.firms), rel=0.1)
        numbers = [set(re.findall(r"\d{9}", joined(" ".join(page.lines)))) for page in pages]
        assert all(len(found) >= 2 if shows else not found for found in numbers)


def test_the_difficulty_is_as_told(small):
    told = (course_root() / "book" / "practice-web.md").read_text(encoding="utf-8")
    own = small.own_sites["host"]
    has = own.dropna()
    found = {siren: small.search(f"{firm.name} {firm.town}") for siren, firm in small.firms.items()}
    hosts = {siren: [result.host for result in results] for siren, results in found.items()}
    notices = {siren: notice_of(small, host) for siren, host in has.items()}
    shares = {
        "that have a site": own.notna().mean(),
        "whose own site is the first result of a search for name and town": sum(
            hosts[siren][0] == host for siren, host in has.items()
        )
        / len(own),
        "with a site whose own site is among the ten results": pd.Series(
            [host in hosts[siren] for siren, host in has.items()]
        ).mean(),
        "in one run of digits": sum(siren in text for siren, text in notices.items()) / len(has),
        "once blanks and points are taken out": sum(
            siren in joined(text) for siren, text in notices.items()
        )
        / len(has),
    }
    for what, share in shares.items():
        assert f"{what}: {100 * share:.0f} %." in told, (what, share)


def test_another_twin_has_other_sites_and_the_same_one_the_same(world, small):
    again = small_web_of(World.load())
    assert again is not small
    assert again.own_sites.equals(small.own_sites)
    assert again.search("boulangerie lyon") == small.search("boulangerie lyon")
    other = small_web_of(World.load(seed=7))
    assert not other.own_sites.equals(small.own_sites)


def test_own_data_get_no_invented_sites(tmp_path):
    for name in ("forms", "enterprises", "establishments"):
        ssplab.load("employers", name).head(50).to_parquet(tmp_path / f"{name}.parquet")
    twin = World.load().register["enterprises"]
    try:
        ssplab.set_up(tmp_path)
        assert len(ssplab.load("employers", "enterprises")) == 50
        assert World.load().register["enterprises"].equals(twin)
    finally:
        ssplab.set_up()


def test_the_search_answers_programs(web, client):
    answer = ask(web, client, API, params={"q": "boulangerie lyon"}).json()
    assert answer["requete"] == "boulangerie lyon"
    results = answer["resultats"]
    assert [result["rang"] for result in results] == list(range(1, len(results) + 1))
    assert 3 <= len(results) <= 10
    hosts = [result["url"].split("/")[2] for result in results]
    assert len(set(hosts)) == len(hosts)
    for result in results:
        page = ask(web, client, result["url"])
        assert page.status_code == 200
        assert Tree(page.text).css_first("h1").text() == result["titre"]
    fewer = ask(web, client, API, params={"q": "boulangerie lyon", "n": 2}).json()
    assert fewer["resultats"] == results[:2]
    assert ask(web, client, API, params={"q": "xyzzyx"}).json()["resultats"] == []


@pytest.mark.parametrize("query", ["", "?q=", "?q=a&n=0", "?q=a&n=11", "?q=" + "a" * 201])
def test_what_the_search_cannot_answer_it_says_in_json(web, client, query):
    answer = ask(web, client, API + query)
    assert answer.status_code == 400
    assert answer.json()["erreur"]["message"]


def test_each_small_site_has_its_robots_and_its_verdict(web, client, small):
    closed = next(host for host in small.hosts if small.is_closed(host))
    unpaced = next(
        host for host in small.hosts if not small.pause_of(host) and not small.is_closed(host)
    )
    asks = next(
        host for host in small.hosts if small.pause_of(host) == 2 and not small.is_closed(host)
    )
    robots = {host: client.get(f"http://{host}.example/robots.txt").text for host in
              (closed, unpaced, asks)}  # fmt: skip
    assert "Disallow: /\n" in robots[closed] and "Disallow: /\n" not in robots[asks]
    assert "Crawl-delay: 2" in robots[asks] and "Crawl-delay" not in robots[unpaced]
    for host in (closed, unpaced, asks):
        assert client.get(f"http://{host}.example/").status_code == 200
    assert not web.verdict(site=closed).polite
    assert web.verdict(site=unpaced).polite and web.verdict(site=asks).polite
    client.get(f"http://{asks}.example/nulle-part")
    assert [fault.rule for fault in web.verdict(site=asks).broken] == ["crawl-delay"]
    assert client.get("http://personne.example/").status_code == 421


def test_every_page_of_a_small_site_is_reached_by_links(web, client, small):
    for host in list(small.own_sites["host"].dropna()[:5]):
        home = Tree(ask(web, client, f"http://{host}.example/").text)
        paths = [link.attributes["href"] for link in home.css("a")]
        assert len(paths) == 2
        for path in paths:
            assert ask(web, client, f"http://{host}.example{path}").status_code == 200
        assert ask(web, client, f"http://{host}.example/rien").status_code == 404
