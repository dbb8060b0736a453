"""The practice web: sites to learn scraping on, which refuse, forbid and change as real ones do.

`serve` opens it for a notebook, `ssplab web` for a person's browser; its journal judges a crawl.
`serve_workshop` opens it for many at once, with sites of their own for each and a board for all.
`run_spider` runs a Scrapy spider on it, whose pauses take no time.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "crawling": ["Crawl", "InventedSites", "run_spider", "run_workers"],
        "journal": ["RULES"],
        "scenarios": ["SCENARIOS", "scenario_of"],
        "site": ["Site", "slug"],
        "serving": ["Web", "serve", "serve_workshop"],
        "sites": ["all_sites", "site_named"],
        "world": ["World"],
    },
)
