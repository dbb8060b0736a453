"""The browser of the chapter `one-schema`: its code is taken from the page, and brings home what
the API gives, politely."""

import re

import nbformat
import pytest
from browser import chromium_path

from ssplab import taught
from ssplab.course import find
from ssplab.web import serve

pytestmark = pytest.mark.slow  # drives a browser

AGENT = "ssplab-course/1.0 (+mailto:stat@office.example)"
SITE = "jobflux"


@pytest.fixture(scope="module")
def flux_by_browser():
    cells = {cell["id"]: cell["source"] for cell in nbformat.read(find("one-schema"), 4).cells}
    (code,) = re.findall(r"^```python\n(.*?)^```", cells["browser-text"], re.MULTILINE | re.DOTALL)
    names = {"read_rules": taught("web-and-rules", "read_rules")}
    exec(compile(code, "one-schema", "exec"), names)
    return names["flux_by_browser"]


@pytest.mark.parametrize("scenario", ["calm", "strict"])
def test_it_brings_home_what_the_api_gives_and_is_polite(flux_by_browser, scenario):
    chromium_path()  # skipped where there is none
    with serve("job_offers", scenario=scenario) as web:
        shown = web._world.ads_on(SITE, web.date)
        titles = flux_by_browser(web, AGENT, {"calm": 1, "strict": 5}[scenario])
        verdict = web.verdict(site=SITE)
        log = web.journal()
    assert titles == [ad.title for ad in shown]
    assert verdict.polite, verdict
    assert set(log["visitor"]) == {AGENT}
    assert not log["path"].str.endswith(".css").any()


def test_it_keeps_away_from_what_robots_txt_closes(flux_by_browser, monkeypatch):
    chromium_path()
    monkeypatch.setitem(flux_by_browser.__globals__, "read_rules", lambda client: Closed())
    with serve("job_offers") as web:
        with pytest.raises(Exception, match="ERR_FAILED"):
            flux_by_browser(web, AGENT, 1)
        assert web.journal().empty


class Closed:
    """Rules that close everything."""

    def can_fetch(self, agent, address):
        return False
