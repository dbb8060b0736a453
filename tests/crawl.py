"""Every page of a built book opened in a browser: what it asks for, complains of and links to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag

from browser import MATHS_DRAWN, Overheard
from playwright.sync_api import Browser, Page

AT_ONCE = 4  # pages that wait for each other's silence together

SEEN = """() => ({
  links: [...document.querySelectorAll('a[href]')].map((link) => link.href),
  names: [...document.querySelectorAll('[id]')].map((element) => element.id),
  formulas: document.querySelectorAll('.math').length,
  drawn: document.querySelectorAll('mjx-container').length,
  misread: [...document.querySelectorAll('mjx-merror')].map((fault) => fault.textContent),
})"""


@dataclass
class Visit:
    """What a page did from its opening until it was silent."""

    requests: list[str]
    """What it asked for of the book: paths from the folder of the pages, itself among them."""
    faults: list[str]
    """Outside requests, page errors, errors in the console, missing files, maths not drawn."""
    links: list[str]
    """Addresses in full, of scripts' links too."""
    names: set[str]
    """What a link can lead to within it."""


def crawl(window: Browser, base: str, names: list[str]) -> dict[str, Visit]:
    """Open pages, each as a reader does who has seen those before, and return what they did.

    Parameters
    ----------
    window : Browser
        Without a network.
    base : str
        Address of the book's folder, with a slash at its end.
    names : list of str
        Paths of the pages from there.
    """
    context = window.new_context()
    visits = {}
    for start in range(0, len(names), AT_ONCE):
        tabs = [(name, *_open(context.new_page(), base + name)) for name in names[start:][:AT_ONCE]]
        for name, page, overheard, requests in tabs:
            page.wait_for_load_state("load")  # files are no network: its silence says nothing
            page.wait_for_load_state("networkidle")
            page.evaluate(MATHS_DRAWN)
            seen = page.evaluate(SEEN)
            own = [_path(one, base) for one in requests if one.startswith(base)]
            faults = [
                *(f"outside: {one}" for one in overheard.outside),
                *(f"beside the book: {one}" for one in requests if _is_beside(one, base)),
                *overheard.faults,
                *(f"maths misread: {one}" for one in seen["misread"]),
            ]
            if seen["drawn"] < seen["formulas"]:
                faults.append(f"{seen['drawn']} formulas drawn of {seen['formulas']}")
            visits[name] = Visit(list(dict.fromkeys(own)), faults, seen["links"], {*seen["names"]})
            page.close()
    context.close()
    return visits


def _open(page: Page, address: str) -> tuple[Page, Overheard, list[str]]:
    overheard = Overheard(page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address, wait_until="commit")
    return page, overheard, requests


def _path(address: str, base: str) -> str:
    return unquote(address.removeprefix(base).split("#")[0].split("?")[0])


def _is_beside(address: str, base: str) -> bool:
    """Return whether a file of this machine was asked for that the book does not hold."""
    origin = base[: base.index("/", len("http://"))]
    return address.startswith(origin) and not address.startswith(base)


def inner_links(visit: Visit, base: str) -> Iterator[tuple[str, str]]:
    """Give the path and the anchor of each link that stays in the book, or in its server."""
    for link in visit.links:
        address, anchor = urldefrag(link)
        if not _leads_outside(address):
            of_a_deck = anchor.startswith("/")  # the number of a slide, which its script writes
            yield _path(address, base), "" if of_a_deck else unquote(anchor)


def _leads_outside(address: str) -> bool:
    return not address.startswith(("http://127.0.0.1", "file:"))


def broken_links(visits: dict[str, Visit], html: Path, base: str) -> dict[str, list[str]]:
    """Return the links, by page, to a file or an anchor that is not there."""
    broken = {}
    for name, visit in visits.items():
        for path, anchor in inner_links(visit, base):
            there = (html / path).is_file()
            if not there or (anchor and path in visits and anchor not in visits[path].names):
                broken.setdefault(name, []).append(f"{path}#{anchor}" if anchor else path)
    return broken
