"""A Scrapy spider let loose on the practice web: `python web_spider.py JSON`.

The JSON has `proxies` (name → address), `sites`, `paths` (to begin with), `pages` (links followed
from each of these) and `settings`; what was collected is printed as JSON.
"""

import json
import sys
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import CrawlerProcess

ASKED = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
collected: dict[str, list] = {}


class Visitor(scrapy.Spider):
    name = "visitor"
    handle_httpstatus_all = ASKED.get("all_statuses", False)

    async def start(self):
        for name, proxy in ASKED["proxies"].items():
            for site in ASKED["sites"]:
                for path in ASKED.get("paths", ["/"]):
                    yield scrapy.Request(
                        f"http://{site}.example{path}",
                        meta={"proxy": proxy, "of": f"{name} {site}", "left": ASKED["pages"]},
                        dont_filter=len(ASKED["proxies"]) > 1,  # the same address on each
                    )

    def parse(self, response):
        meta = response.meta
        collected.setdefault(meta["of"], []).append((response.url, response.status))
        if meta["left"] > 0 and isinstance(response, scrapy.http.HtmlResponse):
            host = urlsplit(response.url).netloc
            links = [response.urljoin(one) for one in response.css("a::attr(href)").getall()]
            same = [one for one in dict.fromkeys(links) if urlsplit(one).netloc == host]
            for address in same[: meta["left"]]:
                yield response.follow(
                    address, meta={"proxy": meta["proxy"], "of": meta["of"], "left": 0}
                )


if __name__ == "__main__":
    process = CrawlerProcess({"TELNETCONSOLE_ENABLED": False, **ASKED["settings"]})
    crawler = process.create_crawler(Visitor)
    process.crawl(crawler)
    process.start()
    counts = {
        name: value
        for name, value in crawler.stats.get_stats().items()
        if isinstance(value, int) and ("status_count" in name or "httpcache" in name)
    }
    print(json.dumps({"collected": collected, "counts": counts}))
