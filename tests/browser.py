"""Chromium for the tests: found on the PATH, cut off from every other host, and overheard."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

# A script's promise may stay open for ever, and no time limit of the browser's driver ends it.
MATHS_DRAWN = """() => Promise.race([
  window.MathJax?.startup?.promise,
  new Promise((_, give_up) => setTimeout(() => give_up(Error('maths is not drawn')), 60_000)),
])"""


def chromium_path() -> str:
    """Return Chromium's path; without it skip, or fail under `SSPLAB_REQUIRE_BROWSER=1`."""
    for name in ["chromium", "chromium-browser", "google-chrome"]:
        if path := shutil.which(name):
            return path
    message = "No Chromium on the PATH. Install it (`apt-get install chromium`) to run this test."
    if os.environ.get("SSPLAB_REQUIRE_BROWSER") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open a browser that can resolve no host but this machine."""
    arguments = [
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-default-browser-check",
        "--no-first-run",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


class Overheard:
    """What a page asked for and complained of since it was opened."""

    def __init__(self, page: Page):
        self.outside: list[str] = []
        self.faults: list[str] = []
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("console", self._console)

    def _request(self, request):
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def _failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # the page was left before it was whole
            self.faults.append(f"failed: {request.url}")

    def _response(self, response):
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def _console(self, message):
        if message.type == "error":
            self.faults.append(f"console: {message.text}")


def look_for(page: Page, query: str) -> list[str]:
    """Type a query in the book's search field, as a reader does; return the results' titles."""
    page.keyboard.press("Control+k")
    page.keyboard.type(query)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.locator(".search-summary", has_text="finished").or_(
        page.locator(".search-summary", has_text="did not match")
    ).wait_for()
    page.wait_for_load_state("networkidle")
    return page.locator("#search-results li > a").all_inner_texts()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine and give its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(timeout=60)
