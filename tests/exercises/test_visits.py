"""Functions that collect from the practice web, as exercises judge them."""

import pytest
from spiders import Offers

from ssplab.exercises import visits
from ssplab.web import run_spider

SITE, DAY = "petites-annonces", "2023-05-15"
HOME = f"http://{SITE}.example"
AGENT = "tests/1.0 (+mailto:stat@office.example)"


def polite(web):
    client = web.client(AGENT, base_url=HOME)
    client.get("/robots.txt")
    web.sleep(3)
    return client.get("/annonces").status_code


def rude(web):
    client = web.client(base_url=HOME)
    return [client.get(path).status_code for path in ("/annonces", "/vieilles-annonces")]


def test_a_polite_visit_returns_what_the_function_does():
    visit = visits.visit(polite, [SITE], DAY)
    assert (visit.result, visit.error, visit.requests) == (200, "", 2)
    assert visit.rules_not_kept() is None


def test_a_rude_visit_says_which_rules_were_not_kept():
    told = visits.visit(rude, [SITE], DAY).rules_not_kept()
    assert "“identified”" in told
    assert "“no trap”" in told
    assert visits.visit(rude, [SITE], DAY).rules_not_kept("back-off") is None


def test_strict_sites_ask_for_more():
    assert "“crawl-delay”" not in str(visits.visit(polite, [SITE], DAY).rules_not_kept())
    again = visits.visit(
        lambda web: (polite(web), web.sleep(3), web.client(AGENT).get(f"{HOME}/annonces?page=2")),
        [SITE],
        DAY,
        "strict",
    )
    assert "“crawl-delay”" in again.rules_not_kept()


def test_a_function_that_never_ends_is_stopped():
    def endless(web):
        while True:
            web.client(AGENT, base_url=HOME).get("/robots.txt")

    visit = visits.visit(endless, [SITE], DAY)
    assert "does its loop end?" in visit.error
    assert visit.requests == visits.MOST


@pytest.mark.parametrize("fault", [ZeroDivisionError("by nought"), SystemExit(3)])
def test_whatever_a_function_raises_the_web_is_closed(fault):
    held = []

    def fails(web):
        held.append(web)
        raise fault

    assert type(fault).__name__ in visits.visit(fails, [SITE], DAY).error
    assert not held[0].thread.is_alive()


def test_a_judge_calls_a_function_once_a_day_until_another_is_examined():
    calls = []

    def counted(web):
        calls.append(web.scenario.name)
        return polite(web)

    judge = visits.Judge(SITE, day=DAY)
    is_function, raises, asks_nobody = (one.fault for one in judge.conditions([]))
    assert "the function itself" in is_function(3)
    assert [is_function(counted), raises(counted), asks_nobody(counted)] == [None] * 3
    judge.visit(counted, "2023-05-16", lambda: "strict")
    assert calls == ["calm", "strict"]
    assert is_function(counted) is None
    assert judge.rude(counted) is None
    assert calls == ["calm", "strict", "calm"]
    assert "2 requests where 1 do" in judge.heavy(counted, enough=1, spare=0)
    assert judge.heavy(counted, enough=1, spare=1) is None


OTHER = "interim-express"


def of_two(web):
    client = web.client(base_url=f"http://{OTHER}.example")
    return polite(web), client.get("/robots.txt").status_code


def test_of_several_sites_each_must_be_asked_and_each_is_judged():
    judge = visits.Judge(SITE, OTHER, day=DAY)
    is_function, _, asks_nobody = (one.fault for one in judge.conditions([]))
    assert is_function(polite) is None
    assert asks_nobody(polite) == f"No request reached {OTHER}."
    assert is_function(of_two) is None
    assert asks_nobody(of_two) is None
    assert judge.visit(of_two).asked == {SITE: 2, OTHER: 1}
    told = judge.rude(of_two)
    assert "“identified”" in told
    assert OTHER in told


def test_who_pauses_as_patient_sites_ask_is_rude_to_strict_ones():
    def pauses(web):
        client = web.client(AGENT, base_url=HOME)
        client.get("/robots.txt")
        for page in (1, 2):
            web.sleep(3)
            client.get(f"/annonces?page={page}")

    judge = visits.Judge(SITE, day=DAY)
    strict = judge.rude_to_strict("2023-04-17")
    is_function = judge.conditions([])[0].fault
    assert is_function(pauses) is None
    assert judge.rude(pauses) is None
    assert "“crawl-delay”" in strict(pauses)

    def fails_where_refused(web):
        polite(web)
        if web.scenario.name == "strict":
            raise ValueError("refused")

    assert is_function(fails_where_refused) is None
    assert "raises ValueError: refused" in strict(fails_where_refused)
    assert is_function(polite) is None
    assert strict(polite) is None


def test_a_judge_of_crawls_looks_at_sites_day_scenario_and_manners():
    fleuve = visits.CrawlJudge("fleuve-emploi")
    where = ("calm", DAY)
    gives, polite_there = fleuve.gives_a_crawl(where), fleuve.is_polite(where, "Rude.")

    def crawled(scenario, day):
        return run_spider(Offers, scenario=scenario, date=day, stop_after=2)

    assert "the function itself" in fleuve.is_function(crawled(*where))
    assert fleuve.is_function(crawled) is None
    assert gives(crawled) is None
    assert fleuve.crawl(crawled, where) is fleuve.crawl(crawled, where)
    assert "Rude. Not kept: “identified”" in polite_there(crawled)
    for answer, told in [
        (lambda scenario, day: None, "gives None; what run_spider returns"),
        (lambda scenario, day: 1 / 0, "raises ZeroDivisionError"),
        (lambda scenario, day: crawled(scenario, "2023-05-16"), "a crawl of another day"),
        (lambda scenario, day: crawled("strict", day), "of 'strict': hand `scenario` on"),
    ]:
        assert fleuve.is_function(answer) is None
        assert told in gives(answer)
    both = visits.CrawlJudge("fleuve-emploi", SITE)
    assert f"asked {SITE}.example for nothing" in both.gives_a_crawl(where)(crawled)
