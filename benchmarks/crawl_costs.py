"""What a page costs whoever collects it: bytes, and seconds of the collector's processor.

By hand: `python benchmarks/crawl_costs.py` prints, `--store` also writes
`benchmarks/crawl_costs.json` with the machine named.

The practice web serves without limits from a process of its own; a collector is another process,
which asks for the list of a site and the page of each offer, and reads three fields of it. Scrapy,
with its own defaults but for its log, is set beside a loop of httpx and selectolax; by default
Scrapy writes a line a page and an item, which costs time, and here it writes errors only.
Its bytes count the headers, those of the loop do not. Processor seconds are the collector's own,
without its start; collectors take turns, and the median round counts. Memory is what the
collector holds at the end.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psutil
from machine import machine

STORED = Path(__file__).with_suffix(".json")
HOME = "http://fleuve-emploi.example"
AGENT = "benchmark/1.0 (+http://benchmark.example)"
ROUNDS = 5
PACKAGES = ("scrapy", "httpx", "selectolax")


def spent() -> float:
    """Return the processor seconds of this process."""
    return sum(psutil.Process().cpu_times()[:2])


def by_scrapy() -> dict[str, float]:
    """Collect by Scrapy."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    class Offers(scrapy.Spider):
        name = "offers"
        start_urls = (HOME + "/offres",)

        def parse(self, response):
            for link in response.css("article a"):
                yield response.follow(link, self.parse_offer)
            for link in response.css("a[rel=next]"):
                yield response.follow(link, self.parse)

        def parse_offer(self, response):
            yield {
                "title": response.css("h1::text").get(),
                "published": response.css("dd.parution time::attr(datetime)").get(),
                "contract": response.css("dd.contrat::text").get(),
            }

    settings = {"USER_AGENT": AGENT, "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "ERROR"}
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(Offers)
    process.crawl(crawler)
    before = spent()
    process.start()
    stats = crawler.stats.get_stats()
    return {
        "seconds": spent() - before,
        "pages": stats["downloader/response_status_count/200"],
        "offers": stats["item_scraped_count"],
        "bytes": stats["downloader/response_bytes"],
    }


def by_loop() -> dict[str, float]:
    """Collect by a loop of httpx and selectolax."""
    import httpx
    from selectolax.lexbor import LexborHTMLParser

    pages = size = 0
    offers = []
    before = spent()
    with httpx.Client(
        proxy=os.environ["http_proxy"], headers={"user-agent": AGENT}, base_url=HOME,
        follow_redirects=True,
    ) as client:  # fmt: skip

        def tree(address: str) -> LexborHTMLParser:
            nonlocal pages, size
            answer = client.get(address).raise_for_status()
            pages, size = pages + 1, size + len(answer.content)
            return LexborHTMLParser(answer.text)

        address, links = "/offres", []
        while address:
            page = tree(address)
            links += [link.attributes["href"] for link in page.css("article a")]
            following = page.css_first("a[rel=next]")
            address = following.attributes["href"] if following else None
        for link in links:
            page = tree(link)
            offers.append([page.css_first(one).text() for one in ("h1", "time", "dd.contrat")])
    return {"seconds": spent() - before, "pages": pages, "offers": len(offers), "bytes": size}


COLLECTORS = {"Scrapy": by_scrapy, "httpx and selectolax": by_loop}


def collect(name: str) -> None:
    """Run one collector in this process, and print what it took."""
    took = COLLECTORS[name]()
    print(json.dumps({**took, "memory": psutil.Process().memory_info().rss / 2**20}))


def serve() -> None:
    """Serve without limits until the input ends; print the address."""
    from dataclasses import replace

    from ssplab.web import SCENARIOS
    from ssplab.web import serve as open_web

    with open_web(scenario=replace(SCENARIOS["calm"], rate_factor=0)) as web:
        print(web.url, flush=True)
        sys.stdin.read()


def measure() -> dict[str, object]:
    """Return the median round of each collector."""
    me = [sys.executable, __file__]
    rounds: dict[str, list[dict]] = {name: [] for name in COLLECTORS}
    with subprocess.Popen(
        [*me, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        environment = os.environ | {"http_proxy": server.stdout.readline().strip(), "no_proxy": ""}
        for _ in range(ROUNDS + 1):  # the first warms the server up
            for name, kept in rounds.items():
                done = subprocess.run(
                    [*me, "--collect", name], env=environment, capture_output=True, text=True,
                    check=True, timeout=600,
                )  # fmt: skip
                kept.append(json.loads(done.stdout))
                time.sleep(0.1)
        server.stdin.close()
    return {
        name: {
            "processor ms a page": round(
                1000 * statistics.median(one["seconds"] / one["pages"] for one in kept[1:]), 2
            ),
            "pages": kept[0]["pages"],
            "offers": kept[0]["offers"],
            "bytes an offer": round(kept[0]["bytes"] / kept[0]["offers"]),
            "memory MiB": round(statistics.median(one["memory"] for one in kept[1:])),
        }
        for name, kept in rounds.items()
    }


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help="write the result beside the script")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--collect", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve()
    elif given.collect:
        collect(given.collect)
    else:
        found = {"rounds": ROUNDS, **measure(), "machine": machine(PACKAGES)}
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        print(text, end="")
        if given.store:
            STORED.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
