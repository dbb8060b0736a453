"""Scrapy on the practice web, in this process: what real Scrapy does through the proxy, at once."""

import json
import os
import random
import subprocess
import sys
import time

import pytest
import scrapy
from scrapy.core import downloader
from small_web import DAY, POLITE, world
from spiders import HOME, Offers

from ssplab.system import SsplabError
from ssplab.web import InventedSites, crawling, run_spider, run_workers, serve

KIND = {"USER_AGENT": POLITE, "ROBOTSTXT_OBEY": True, "DOWNLOAD_DELAY": 1}
KEPT = {**KIND, "DOWNLOAD_DELAY_JITTER": 0}


class Broken(Offers):
    def parse_offer(self, response):
        raise KeyError("nothing here")


class Endless(scrapy.Spider):
    name = "endless"
    start_urls = (HOME + "/offres",)

    def parse(self, response):
        for number in range(30):
            yield response.follow(f"/offres?n={time.monotonic_ns()}{number}", self.parse)


@pytest.fixture(scope="module")
def small():
    return world()


def test_the_same_spider_gets_the_same_answers_and_no_pause_takes_time(small):
    before = time.monotonic()
    first, second = (run_spider(Offers, KEPT, data=small, date=DAY) for _ in range(2))
    assert time.monotonic() - before < first.seconds  # of which each crawl waits most
    assert first.items.equals(second.items) and first.stats == second.stats
    assert first.seconds == second.seconds and first.journal().equals(second.journal())
    assert first.verdict().polite and str(first.date) == DAY and first.scenario == "calm"


def test_real_scrapy_through_the_proxy_brings_the_same_items(small, tmp_path):
    """Where nothing is refused, the speed does not matter, and real time may be short."""
    spider = tmp_path / "spider.py"
    spider.write_text(
        "import scrapy\n"
        "class Offers(scrapy.Spider):\n"
        "    name = 'offers'\n"
        f"    start_urls = ['{HOME}/offres']\n"
        "    def parse(self, response):\n"
        "        for link in response.css('article a'):\n"
        "            yield response.follow(link, self.parse_offer)\n"
        "        for link in response.css('a[rel=next]'):\n"
        "            yield response.follow(link, self.parse)\n"
        "    def parse_offer(self, response):\n"
        "        title = response.css('h1::text').get()\n"
        "        yield {'address': response.url, 'title': title}\n"
    )
    with serve(small, date=DAY, clock="real", speed=1000) as web:
        command = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-O", "items.jsonl"]
        settings = {"USER_AGENT": POLITE, "ROBOTSTXT_OBEY": "True", "LOG_LEVEL": "ERROR"}
        command += [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
        environment = os.environ | {"http_proxy": web.url, "no_proxy": ""}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=100)
        asked = web.journal()
    lines = (tmp_path / "items.jsonl").read_text().splitlines()
    here = run_spider(Offers, KEPT, data=small, date=DAY)
    rows = here.items.to_dict("records")
    assert sorted(map(str, map(json.loads, lines))) == sorted(map(str, rows))
    assert sorted(asked["path"]) == sorted(here.journal()["path"])


def test_without_a_pause_it_is_refused_and_says_that_it_has_finished(small, capfd):
    crawl = run_spider(Offers, data=small, date=DAY, scenario="strict", settings=None)
    assert set(crawl.journal()["status"]) == {403}  # a library's own name
    crawl = run_spider(Offers, {"USER_AGENT": POLITE}, data=small, date=DAY, scenario="strict")
    assert crawl.stats["finish_reason"] == "finished"
    assert crawl.stats["retry/max_reached"] == len(crawl.log) > 0
    assert "Gave up retrying" in crawl.log[0]
    assert len(crawl.items) < 20
    assert capfd.readouterr() == ("", "")


def test_pages_that_break_off_are_asked_for_again(small):
    settings = {**KEPT, "RETRY_TIMES": 50}
    crawl = run_spider(Offers, settings, data=small, date=DAY, scenario="flaky")
    lost = [name for name in crawl.stats if name.endswith("ResponseDataLossError")]
    assert lost and crawl.journal()["size"].min() >= 0
    assert len(crawl.items) == len(run_spider(Offers, KEPT, data=small, date=DAY).items)


def test_a_slow_answer_takes_its_time_on_the_sites_clock(small):
    calm, flaky = (
        run_spider(Offers, {**KEPT, "RETRY_TIMES": 50}, data=small, date=DAY, scenario=name)
        for name in ("calm", "flaky")
    )
    assert flaky.seconds > calm.seconds + 20


def test_it_is_interrupted_and_goes_on(small, tmp_path):
    settings = {**KEPT, "JOBDIR": "job"}
    begun = run_spider(Offers, settings, data=small, date=DAY, folder=tmp_path, stop_after=10)
    resumed = run_spider(Offers, settings, data=small, date=DAY, folder=tmp_path)
    whole = run_spider(Offers, KEPT, data=small, date=DAY)
    assert begun.stats["finish_reason"] == "shutdown"
    assert 10 <= len(begun.items) < len(whole.items)
    parts = [*begun.items["address"], *resumed.items["address"]]
    assert sorted(parts) == sorted(whole.items["address"])


def test_what_was_kept_costs_no_request(small, tmp_path):
    settings = {**KEPT, "HTTPCACHE_ENABLED": True, "HTTPCACHE_DIR": "kept"}
    first, second = (
        run_spider(Offers, settings, data=small, date=DAY, folder=tmp_path) for _ in range(2)
    )
    assert len(first.journal()) > 20 and len(second.journal()) == 0
    assert first.items["address"].sort_values().tolist() == sorted(second.items["address"])


def test_an_error_of_the_spider_is_counted_and_told(small):
    crawl = run_spider(Broken, KEPT, data=small, date=DAY)
    assert crawl.stats["spider_exceptions/count"] > 0 and len(crawl.items) == 0
    assert "KeyError('nothing here')" in crawl.log[0]


def test_a_spider_that_does_not_end_is_ended(small, monkeypatch):
    monkeypatch.setattr(crawling, "MOST", 100)
    with pytest.raises(SsplabError, match="does it end"):
        run_spider(Endless, {"DOWNLOAD_DELAY": 1}, data=small, date=DAY)


@pytest.mark.parametrize("spider", [Offers.name, Offers(), dict])
def test_what_is_no_spider_is_refused_in_a_sentence(small, spider):
    with pytest.raises(SsplabError, match="no class of spiders"):
        run_spider(spider, data=small, date=DAY)


def test_it_leaves_scrapy_and_random_numbers_as_they_were(small):
    random.seed(5)
    expected = random.random()
    random.seed(5)
    run_spider(Offers, KIND, data=small, date=DAY)
    assert random.random() == expected
    assert downloader.monotonic is time.monotonic


def test_workers_on_invented_sites_keep_each_its_own_pause():
    class Pages(scrapy.Spider):
        name = "pages"

        def __init__(self, homes):
            self.start_urls = homes

        def parse(self, response):
            for link in response.css("a"):
                yield response.follow(link, self.parse)

    sites = InventedSites({"alpha.example": 5, "beta.example": 9}, {"alpha.example": 0.1,
                                                                    "beta.example": 3})  # fmt: skip
    settings = {"DOWNLOAD_DELAY": 1, "DOWNLOAD_DELAY_JITTER": 0}
    one = run_workers(Pages, settings, sites, [{"homes": sites.homes}])
    both = run_workers(Pages, settings, sites, [{"homes": [home]} for home in sites.homes])
    twice = run_workers(Pages, settings, sites, [{"homes": sites.homes}] * 2)
    for log in (one, both):
        assert len(log) == 16 and not log.duplicated(["host", "path"]).any()
        assert log.groupby("host")["seconds"].diff().min() > 0.999
    assert both.groupby("host")["worker"].nunique().eq(1).all() and both["worker"].nunique() == 2
    assert len(twice) == 32
    assert twice.groupby(["worker", "host"])["seconds"].diff().min() > 0.999
    assert twice.groupby("host")["seconds"].diff().median() < 0.6
