"""The practice web as clients that people use see it: every site, in every scenario."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests
from playwright.sync_api import TimeoutError as NoWord
from processes import LIMIT, started
from small_web import DAY, POLITE, ask, wait, world
from typer.testing import CliRunner

from ssplab.cli import app
from ssplab.web import serve
from ssplab.web.scenarios import SCENARIOS
from ssplab.web.sites import all_sites

pytestmark = pytest.mark.slow  # crawls every site in every scenario

NAMES = [site.name for site in all_sites()]
SPIDER = Path(__file__).parents[1] / "web_spider.py"
QUICK = 10  # seconds of the practice web in one of this machine's


@pytest.fixture(scope="module")
def small():
    return world()


@pytest.fixture(scope="module", params=SCENARIOS)
def web(request, small):
    with serve(small, date=DAY, scenario=request.param) as opened:
        yield opened


@pytest.mark.parametrize("name", NAMES)
def test_httpx(web, name):
    with web.client(POLITE) as client:
        robots = ask(web, client, f"http://{name}.example/robots.txt")
        home = ask(web, client, f"http://{name}.example/", follow_redirects=True)
    assert robots.text.startswith("User-agent: *")
    assert home.status_code == 200
    assert re.search(r"<title>[^<]+", home.text, re.IGNORECASE)
    assert home.headers["server"] == name
    assert web.verdict(POLITE, name).polite


@pytest.mark.parametrize("name", NAMES)
def test_requests(web, name):
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": web.url}
        session.headers["user-agent"] = POLITE
        for _ in range(6):
            web.sleep(6)
            try:
                answer = session.get(f"http://{name}.example/", timeout=60)
            except requests.exceptions.RequestException as broken:
                assert web.scenario.break_every, broken
                continue
            if answer.status_code not in (429, 503):
                break
            web.sleep(wait(web, answer.headers["retry-after"]))
    assert answer.status_code == 200
    assert len(answer.content) > 500


@pytest.mark.parametrize("name", NAMES)
def test_playwright(web, window, name):
    context = window.new_context(proxy={"server": web.url})
    page = context.new_page()
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    for _ in range(6):
        # Not until it is loaded: a page that breaks off never is.
        answer = page.goto(f"http://{name}.example/", wait_until="commit")
        if answer.status == 503:
            web.sleep(wait(web, answer.header_value("retry-after")))
            continue
        with suppress(NoWord):  # a page may break off before its first word
            page.wait_for_function("document.title && document.body.innerText.trim()")
            break
    else:
        pytest.fail("six pages, and none with a word")
    assert answer.status == 200
    context.close()
    assert {one.split("/")[2] for one in asked} == {f"{name}.example"}
    agents = web.journal()["visitor"]
    browsers = agents[agents.str.contains("Chrome")].unique()
    assert not web.verdict(browsers[0]).polite  # a robot that calls itself a browser


def scrapy(proxies, sites, settings, **asked):
    """Run the spider in a process of its own, and return what it collected and counted.

    The first proxy is also that of the environment: Scrapy reads robots.txt through no other.
    """
    environment = os.environ | {"http_proxy": next(iter(proxies.values())), "no_proxy": ""}
    told = {"proxies": proxies, "sites": sites, "settings": settings, **asked}
    done = subprocess.run(
        [sys.executable, str(SPIDER), json.dumps(told)],
        capture_output=True, encoding="utf-8", timeout=100, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


LOUD = {"USER_AGENT": POLITE, "LOG_LEVEL": "ERROR", "RETRY_TIMES": 10}
KIND = {
    **LOUD,
    "ROBOTSTXT_OBEY": True,
    "AUTOTHROTTLE_ENABLED": True,
    "AUTOTHROTTLE_START_DELAY": 2.5 / QUICK,
    "DOWNLOAD_DELAY": 2.5 / QUICK,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "RANDOMIZE_DOWNLOAD_DELAY": False,
}


def test_scrapy_on_every_site_in_every_scenario(small):
    with ExitStack() as stack:
        webs = {
            name: stack.enter_context(
                serve(small, date=DAY, scenario=name, clock="real", speed=1000)
            )
            for name in SCENARIOS
        }
        found = scrapy({name: web.url for name, web in webs.items()}, NAMES, LOUD, pages=2)
    assert found["collected"].keys() == {f"{one} {site}" for one in SCENARIOS for site in NAMES}
    for visited in found["collected"].values():
        assert visited[0][1] == 200


def test_scrapy_that_throttles_itself_is_polite(small):
    with serve(small, date=DAY, clock="real", speed=QUICK) as web:
        found = scrapy({"calm": web.url}, ["fleuve-emploi"], KIND, pages=14, paths=["/offres"])
        log = web.journal()
        verdict = web.verdict()
    assert (log["status"] < 400).all()
    assert len(found["collected"]["calm fleuve-emploi"]) > 10
    assert verdict.polite, verdict


def test_scrapy_that_does_not_is_sent_away(small):
    with serve(small, date=DAY, clock="real", speed=1) as web:
        settings = {**LOUD, "RETRY_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 16}
        paths = [f"/?n={number}" for number in range(80)]
        found = scrapy(
            {"calm": web.url}, ["fleuve-emploi"], settings, pages=0, paths=paths, all_statuses=True
        )
        log = web.journal()
        verdict = web.verdict()
    assert (log["status"] == 429).any()
    assert found["counts"]["downloader/response_status_count/429"] > 0
    assert {"robots.txt first", "crawl-delay", "back-off"} <= {one.rule for one in verdict.broken}


def test_scrapys_cache_asks_only_for_what_is_new(small, tmp_path):
    settings = {
        **KIND,
        "HTTPCACHE_ENABLED": True,
        "HTTPCACHE_DIR": str(tmp_path),
        "HTTPCACHE_POLICY": "scrapy.extensions.httpcache.RFC2616Policy",
    }
    with serve(small, date=DAY, clock="real", speed=QUICK) as web:
        for _ in range(2):
            scrapy({"calm": web.url}, ["fleuve-emploi"], settings, pages=3, paths=["/offres"])
        log = web.journal()
        verdict = web.verdict()
    pages = log[log["path"] != "/robots.txt"]
    first, second = pages.iloc[: len(pages) // 2], pages.iloc[len(pages) // 2 :]
    assert first["status"].eq(200).all() and not first["conditional"].any()
    assert second["status"].eq(304).all() and second["conditional"].all()
    assert {one.rule for one in verdict.broken} <= {"crawl-delay"}


def test_the_command_warns_who_opens_it_to_the_network(monkeypatch, small):
    monkeypatch.setattr("ssplab.web.serving.Web.wait", lambda web: None)
    monkeypatch.setattr("ssplab.web.world.World.load", lambda *given, **options: small)
    shown = CliRunner().invoke(app, ["web", "--port", "0", "--host", "0.0.0.0"])
    assert shown.exit_code == 0
    assert "Everyone who reaches this machine" in shown.output
    assert "Everyone" not in CliRunner().invoke(app, ["web", "--port", "0"]).output


def test_the_command_opens_it_until_it_is_interrupted():
    command = [sys.executable, "-m", "ssplab", "web", "--port", "0", "--scenario", "strict"]
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = []
        while "Programs reach" not in (lines or [""])[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr.read()
        address = re.search(r"http://127\.0\.0\.1:\d+", lines[0])[0]
        index = requests.get(address, timeout=10, proxies={"http": ""}).text
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert errors == ""
    assert "strict" in index
    assert "Everyone" not in rest
    told = "".join(lines)
    assert all(f"http://{name}.localhost:" in told for name in NAMES)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--scenario", "clam"], "Did you mean calm"),
        (["--date", "2031-01-01"], "no offers on 2031-01-01"),
        (["--host", "192.0.2.1"], "Cannot listen on 192.0.2.1"),
    ],
)
def test_wrong_use_of_the_command_is_a_sentence(words, told):
    shown = subprocess.run(
        [sys.executable, "-m", "ssplab", "web", "--port", "0", *words],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert shown.returncode == 2
    assert told in " ".join(shown.stderr.split())
    assert "Traceback" not in shown.stderr
