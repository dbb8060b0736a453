"""What `crawling-at-scale` promises beside its outputs: it runs on strict sites too, others are
refused in a sentence, and what it teaches is what the exercise takes from it.
"""

import pytest
from papermill.exceptions import PapermillExecutionError
from small_web import DAY, world
from spiders import HOME, Offers

from ssplab import taught
from ssplab.notebooks.runs import run
from ssplab.system import SsplabError
from ssplab.web import run_spider


@pytest.mark.slow  # executes the chapter
def test_it_runs_on_strict_sites(tmp_path):
    page = run("crawling-at-scale", {"scenario": "strict"}, tmp_path, progress=False).page
    assert "it may be used" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_other_scenarios_are_refused_in_a_sentence(tmp_path):
    with pytest.raises((SsplabError, PapermillExecutionError), match='reads "calm" and "strict"'):
        run("crawling-at-scale", {"scenario": "flaky"}, tmp_path, progress=False)


@pytest.mark.parametrize("scenario", ["calm", "strict", "flaky"])
def test_what_it_teaches_is_polite_and_complete_on_any_sites(scenario):
    import scrapy
    from scrapy.downloadermiddlewares.retry import RetryMiddleware

    class Listed(scrapy.Spider):
        name = "listed"
        start_urls = (HOME + "/offres",)

        def parse(self, response):
            for link in response.css("article a"):
                yield {"address": link.attrib["href"]}
            for link in response.css("a[rel=next]"):
                yield response.follow(link, self.parse)

    back_off = taught("crawling-at-scale", "BackOff")
    settings = {
        **taught("crawling-at-scale", "polite")(HOME, scenario),
        "DOWNLOAD_DELAY_JITTER": 0,
        "CONCURRENT_REQUESTS": 1,
        "RETRY_TIMES": 5,
        "DOWNLOADER_MIDDLEWARES": {RetryMiddleware: None, back_off: 550},
    }
    here = world()
    crawl = run_spider(Listed, settings, data=here, date=DAY, scenario=scenario)
    assert crawl.verdict().polite
    assert len(crawl.items) == len(here.ads_on("fleuve-emploi", here.day(DAY)))


def test_after_a_power_cut_what_still_waited_is_lost(tmp_path):
    settings = {"DOWNLOAD_DELAY": 1, "JOBDIR": "job"}
    here = {"data": world(), "date": DAY, "folder": tmp_path}
    begun = run_spider(Offers, settings, stop_after=2, **here)
    assert begun.stats["finish_reason"] == "shutdown"
    waiting = next(tmp_path.rglob("active.json"))  # written at a clean stop only
    waiting.unlink()
    resumed = run_spider(Offers, settings, **here)
    assert resumed.stats["finish_reason"] == "finished" and not len(resumed.items)
    assert resumed.stats["dupefilter/filtered"]
