"""The newsletter: posts in Markdown in `book/lab/posts/`, and the Atom feed of what the page shows.

RFC 4287; the package feedgen writes it. Its bytes follow from the posts alone: nothing in it tells
when the book was built. Identifiers are tags (RFC 4151), which hold wherever the book is served.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from feedgen.feed import FeedGenerator
from pydantic import BaseModel, ConfigDict

from ssplab.book.forms import LAB, Text, read_form
from ssplab.course import course_root
from ssplab.system import SsplabError

FOLDER = f"{LAB}/posts"
PAGE = f"{LAB}/newsletter"
FEED_FILE = f"{PAGE}.xml"
AUTHORITY = "python-for-official-statistics.example"  # RFC 2606; an id must not change
FIRST_YEAR = 2026  # RFC 4151 asks for a year in which the authority was ours
NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-([a-z0-9]+(?:-[a-z0-9]+)*)")
FRONT_MATTER = re.compile(r"---\n(.*?\n)---\n(.*)", re.DOTALL)


class Opening(BaseModel):
    """What stands between the two lines of hyphens that a post begins with."""

    model_config = ConfigDict(extra="forbid")

    title: Text
    summary: Text
    """One or two sentences without a mark of Markdown: what a reader of the feed sees first."""
    updated: date | None = None
    """The day of a change that readers are to see again."""


@dataclass(frozen=True)
class Post:
    """A post of the newsletter."""

    slug: str
    """Its anchor on the page, and its name in the feed: the file's name without the date."""
    day: date
    opening: Opening
    text: str
    """In MyST."""

    @property
    def changed(self) -> date:
        """The day on which it was last changed so that readers should look again."""
        return self.opening.updated or self.day


def posts() -> list[Post]:
    """Return the posts, the newest first.

    Raises
    ------
    SsplabError
        If a file is not called `YEAR-MONTH-DAY-WORDS.md`, does not begin with its title and
        summary, or links to a file that is not there; or if two posts have the same words.
    """
    found: dict[str, Post] = {}
    for path in sorted((course_root() / FOLDER).glob("*.md"), reverse=True):
        post = _read(path.name, path.read_text(encoding="utf-8"))
        if post.slug in found:
            raise SsplabError(
                f"{FOLDER}/{path.name} and the post of {found[post.slug].day} are both called "
                f"{post.slug}: the feed would take them for one. Rename the newer."
            )
        found[post.slug] = post
    return list(found.values())


def _read(name: str, text: str) -> Post:
    source = f"{FOLDER}/{name}"
    named = NAME.fullmatch(name.removesuffix(".md"))
    try:
        day = date.fromisoformat(named[1]) if named else None
    except ValueError:
        day = None
    if day is None:
        raise SsplabError(
            f"{source} is not called as a post is: a day and some words, such as "
            "2026-11-30-what-is-new.md."
        )
    parted = FRONT_MATTER.fullmatch(text.replace("\r\n", "\n"))
    if not parted:
        raise SsplabError(
            f"{source} must begin with a line ---, then title: and summary:, then a line ---."
        )
    opening = read_form(Opening, parted[1], source)
    body = parted[2].strip()
    if not body:
        raise SsplabError(f"{source} has no text under its second line of hyphens.")
    if opening.updated and opening.updated < day:
        raise SsplabError(f"{source}: updated is {opening.updated}, before the post's own day.")
    for target in re.findall(r"\]\((/[^)#\s]+)", body):
        if not (course_root() / target[1:]).is_file():
            raise SsplabError(f"{source} links to {target}, and there is no such file.")
    return Post(named[2], day, opening, body)


def post_markdown(post: Post) -> str:
    """Return what the page tells under a post's title, in MyST: the day, then the text."""
    return f"{on(post.day)}\n\n{post.text}\n"


def on(day: date) -> str:
    """Return a day as pages show it, which machines can read too."""
    return f'<time datetime="{day}">{day.day} {day:%B %Y}</time>'


def feed(found: list[Post], page: str, *, title: str, author: str, base: str = "") -> bytes:
    """Return the Atom feed of the posts that a finished page shows.

    Parameters
    ----------
    found : list of Post
        The newest first.
    page : str
        The newsletter's page in HTML: what the feed holds of a post is what stands there.
    title, author : str
        Of the book.
    base : str
        The address at which the book is served. Without it links are relative to the feed's own
        address, as RFC 4287 lets them be: they lead to the right page wherever the feed was got.

    Returns
    -------
    bytes
        The same for the same posts, page and base.
    """
    home = f"{base.rstrip('/')}/{LAB}/" if base else ""
    shown = BeautifulSoup(page, "html.parser")
    made = FeedGenerator()
    made.id(_identifier("newsletter"))
    made.title(f"{title}: newsletter of the lab")
    made.subtitle("What chapters found, and what is new in the course.")
    made.author({"name": author})
    made.language("en")
    made.generator("Python for Official Statistics")
    made.link(href=f"{home}newsletter.xml", rel="self", type="application/atom+xml")
    made.link(href=f"{home}newsletter.html", rel="alternate", type="text/html")
    # feedgen would write the time of the build; a feed without a post has changed on no day.
    made.updated(_midnight(max((one.changed for one in found), default=date(FIRST_YEAR, 1, 1))))
    for post in found:
        entry = made.add_entry(order="append")
        entry.id(_identifier(f"newsletter/{post.slug}"))
        entry.title(post.opening.title)
        entry.summary(post.opening.summary)
        entry.published(_midnight(post.day))
        entry.updated(_midnight(post.changed))
        entry.link(href=f"{home}newsletter.html#{post.slug}", rel="alternate", type="text/html")
        entry.content(_content(shown.find("section", id=post.slug), home), type="html")
    return made.atom_str(pretty=True) + b"\n"


def _identifier(name: str) -> str:
    return f"tag:{AUTHORITY},{FIRST_YEAR}:{name}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _content(section: Tag, home: str) -> str:
    """Return what a section of the page says, without its title and what only the page needs."""
    section = BeautifulSoup(str(section), "html.parser").section
    for gone in section.select("h2, a.headerlink"):
        gone.decompose()
    for element in section.find_all(True):
        for attribute in ("href", "src"):
            if element.has_attr(attribute):
                address = element[attribute]
                own = "newsletter.html" if address.startswith("#") else ""
                element[attribute] = urljoin(home, own + address)
        for attribute in ("class", "aria-describedby"):
            del element[attribute]
    return section.decode_contents().strip()
