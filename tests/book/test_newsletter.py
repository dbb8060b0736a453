"""The newsletter: the form of a post, what is wrong with one, and the feed as a client reads it."""

import html

import feedparser
import pytest

from ssplab.book.newsletter import FEED_FILE, FOLDER, feed, post_markdown, posts
from ssplab.system import SsplabError

OLDER = """\
---
title: "Rules & scores"
summary: What comes first.
updated: 2026-12-24
---
See [pay](/chapters/part/pay.ipynb#who).
"""
NEWER = """\
---
title: A second post
summary: What is new.
---
Text.
"""
PAGE = """\
<article><h1>Newsletter</h1>
<section id="second"><h2>A second post<a class="headerlink" href="#second">#</a></h2>
<p><time datetime="2026-12-01">1 December 2026</time></p><p>Text, <a href="#rules">as before</a>.
</p></section>
<section id="rules"><h2>Rules &amp; scores</h2>
<p>See <a class="term" aria-describedby="x" href="../../chapters/part/pay.html#who">pay</a>
and <a href="https://www.insee.fr/">Insee</a>.</p></section></article>
"""
BASE = "https://statistics.example/python/"
HERE = "http://intranet.example/course/"
LINK = "chapters/part/pay.html#who"


@pytest.fixture
def write(course):
    """A course of one chapter; returns a function that writes a post."""
    (course / "chapters/part/pay.ipynb").touch()
    (course / FOLDER).mkdir(parents=True)
    return lambda name, text: (course / FOLDER / name).write_text(text, encoding="utf-8")


@pytest.fixture
def both(write):
    write("2026-11-30-rules.md", OLDER)
    write("2026-12-01-second.md", NEWER)
    return posts()


def made(found, base=""):
    return feed(found, PAGE, title="The course", author="Its authors", base=base)


def read(found, base=""):
    """Return the feed as a client reads it that got it from an intranet."""
    address = HERE + FEED_FILE
    headers = {"content-type": "application/atom+xml; charset=utf-8", "content-location": address}
    return feedparser.parse(made(found, base), response_headers=headers)


def test_a_post_has_its_day_above_its_text(both):
    second, rules = both
    assert (second.slug, rules.slug) == ("second", "rules")
    assert post_markdown(second) == (
        '<time datetime="2026-12-01">1 December 2026</time>\n\nText.\n'
    )


@pytest.mark.parametrize(("base", "home"), [(BASE, BASE), (BASE[:-1], BASE), ("", HERE)])
def test_a_client_reads_posts_whose_links_lead_to_where_the_book_is(both, base, home):
    found = read(both, base)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    assert found.feed.title == "The course: newsletter of the lab"
    assert [entry.title for entry in found.entries] == ["A second post", "Rules & scores"]
    second, rules = found.entries
    assert rules.link == f"{home}book/lab/newsletter.html#rules"
    assert (rules.published, rules.updated) == (
        "2026-11-30T00:00:00+00:00",
        "2026-12-24T00:00:00+00:00",
    )
    assert (second.published, second.updated) == ("2026-12-01T00:00:00+00:00",) * 2
    assert found.feed.updated == "2026-12-24T00:00:00+00:00"
    assert f'href="{home}{LINK}"' in rules.content[0].value
    assert 'href="https://www.insee.fr/"' in rules.content[0].value
    assert f'href="{home}book/lab/newsletter.html#rules"' in second.content[0].value


def test_a_post_in_the_feed_is_what_the_page_says_without_its_title_and_the_pages_own_marks(both):
    second, rules = read(both).entries
    assert "A second post" not in second.content[0].value
    assert "1 December 2026" in second.content[0].value
    assert "headerlink" not in second.content[0].value
    assert "class=" not in rules.content[0].value and "aria-" not in rules.content[0].value


def test_without_an_address_no_outside_one_is_invented(both):
    told = html.unescape(made(both).decode())
    assert f'href="../../{LINK}"' in told
    assert 'href="newsletter.html#rules"' in told
    assert HERE not in told and BASE not in told


def test_identifiers_stay_wherever_the_book_is_and_the_bytes_are_the_same(both):
    ids = [[entry.id for entry in read(both, base).entries] for base in ("", BASE)]
    assert ids[0] == ids[1] == [
        f"tag:python-for-official-statistics.example,2026:newsletter/{slug}"
        for slug in ("second", "rules")
    ]  # fmt: skip
    assert made(both) == made(both)


def test_a_feed_without_a_post_can_be_read(write):
    assert posts() == []
    found = read([])
    assert (found.bozo, found.entries) == (False, [])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("rules.md", OLDER, r"rules\.md is not called as a post is"),
        ("2026-13-01-rules.md", OLDER, "is not called as a post is"),
        ("2026-11-30-Rules.md", OLDER, "is not called as a post is"),
        ("2026-11-30-a.md", "# A title\n\nText.\n", r"a\.md must begin with a line ---"),
        ("2026-11-30-a.md", OLDER.replace("summary", "sumary"), "sumary: Extra inputs"),
        ("2026-11-30-a.md", OLDER.replace("What comes first.", ""), r"a\.md .*summary: "),
        ("2026-11-30-a.md", OLDER.replace("title: ", "title: ["), r"a\.md is not YAML"),
        ("2026-11-30-a.md", OLDER.partition("See")[0], r"a\.md has no text"),
        ("2026-11-30-a.md", OLDER.replace("/pay.", "/gone."), r"links to /chapters/part/gone\."),
        ("2026-12-25-a.md", OLDER, "updated is 2026-12-24, before the post's own day"),
    ],
)
def test_what_is_wrong_with_a_post_is_said(write, name, text, told):
    write(name, text)
    with pytest.raises(SsplabError, match=told):
        posts()


def test_two_posts_of_one_name_are_refused(write, both):
    write("2026-12-30-rules.md", NEWER)
    with pytest.raises(SsplabError, match=r"2026-11-30-rules\.md and the post of 2026-12-30"):
        posts()
