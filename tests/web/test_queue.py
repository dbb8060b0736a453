"""Two workers of Scrapy in processes of their own, and a queue that they share, on one machine.

The queue is scrapy-redis's, on a server of fakeredis; the sites are the practice web's. What the
chapter `many-sites` tells on paper: each page is asked for once, both work, and a pause that each
worker keeps is no pause for a site that they share.
"""

import os
import subprocess
import sys
import threading

import pytest
import redis
import scrapy
from fakeredis import TcpFakeServer
from small_web import DAY, POLITE, world

from ssplab.system import SsplabError
from ssplab.web import InventedSites, crawling, run_workers, serve

pytestmark = pytest.mark.slow  # starts processes that pause

KEPT = {"DOWNLOAD_DELAY": 1, "DOWNLOAD_DELAY_JITTER": 0}
# Both workers begin at once, each with a page of the list: a worker with nothing to ask for looks
# again after five seconds only, by when the other might have done everything.
BEGINNINGS = {"worker-1": "/offres", "worker-2": "/offres?page=2"}
WORKER = """
import sys

import redis
from scrapy.crawler import CrawlerProcess
from scrapy_redis.spiders import RedisSpider

class Offers(RedisSpider):
    name = "offers"
    redis_key = f"{sys.argv[3]}:start_urls"
    max_idle_time = 4

    def parse(self, response):
        for link in response.css("article a, a[rel=next]"):
            yield response.follow(link, self.parse)

process = CrawlerProcess(dict(
    SCHEDULER="scrapy_redis.scheduler.Scheduler",
    DUPEFILTER_CLASS="scrapy_redis.dupefilter.RFPDupeFilter",
    SCHEDULER_PERSIST=True,
    REDIS_URL=sys.argv[1],
    USER_AGENT=sys.argv[2],
    ROBOTSTXT_OBEY=True,
    DOWNLOAD_DELAY=0.25,
    DOWNLOAD_DELAY_JITTER=0,
    CONCURRENT_REQUESTS=1,
    TELNETCONSOLE_ENABLED=False,
    LOG_LEVEL="ERROR",
))
process.crawl(Offers)
with redis.Redis.from_url(sys.argv[1]) as queue:
    queue.lpush("ready", sys.argv[2])
    if queue.blpop("go", timeout=100) is None:
        raise SystemExit("The other worker is not ready after 100 seconds.")
process.start()
"""


@pytest.fixture
def queue():
    server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    server.server_close()
    thread.join()


def test_two_workers_ask_for_each_page_once_and_both_work(queue, tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    with serve(world(), date=DAY, clock="real", speed=20) as web:
        environment = os.environ | {"http_proxy": web.url, "no_proxy": ""}
        workers = [
            subprocess.Popen(
                [sys.executable, str(script), queue, f"{name} {POLITE}", name],
                env=environment, stderr=subprocess.PIPE, text=True,
            )
            for name in BEGINNINGS
        ]  # fmt: skip
        try:
            with redis.Redis.from_url(queue) as client:
                for _ in workers:
                    assert client.blpop("ready", timeout=100) is not None
                for name, page in BEGINNINGS.items():
                    client.lpush(f"{name}:start_urls", f"http://fleuve-emploi.example{page}")
                client.lpush("go", *BEGINNINGS)
            told = [worker.communicate(timeout=120)[1] for worker in workers]
        finally:
            for worker in workers:
                worker.kill()
        asked = web.journal()
    assert [worker.returncode for worker in workers] == [0, 0], told
    pages = asked[~asked["path"].eq("/robots.txt")]
    assert (pages["status"] < 400).all()
    linked = pages[
        ~pages["path"].isin(BEGINNINGS.values())
    ]  # the filter is not asked of the others
    assert not linked["path"].duplicated().any()
    here = world()
    ads = {ad.reference for ad in here.ads_on("fleuve-emploi", here.day(DAY))}
    assert set(pages["path"].str.extract(r"(R\d+)")[0].dropna()) == ads
    assert pages["visitor"].value_counts(normalize=True).min() > 0.1, "one worker did it all"


class Round(scrapy.Spider):
    """Follows every link, and asks for what it has seen again where it is told to."""

    name = "round"
    again = False

    def parse(self, response):
        for link in response.css("a"):
            yield response.follow(link, self.parse)
        if self.again:
            yield response.request.replace(dont_filter=True)


def test_workers_may_ask_for_all_pages_of_the_sites_and_not_for_ever(monkeypatch):
    monkeypatch.setattr(crawling, "MOST", 10)
    sites = InventedSites({"one.example": 20, "two.example": 20})
    log = run_workers(Round, KEPT, sites, [{"start_urls": sites.homes}])
    assert len(log) == 42
    with pytest.raises(SsplabError, match="After 88 requests the spider still asks"):
        run_workers(Round, KEPT, sites, [{"start_urls": sites.homes, "again": True}])
