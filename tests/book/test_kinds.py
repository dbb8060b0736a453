"""One page of each kind: whatever a page has, one that is chosen has it too."""

import pytest
from kinds import one_of_each_kind, pages_of, pieces_of

PLAIN = '<p class="lead">Text</p><table class="t"><tr><td class="row0 col0">1</td></tr></table>'


@pytest.fixture
def pages(tmp_path):
    """Write pages of a book by path, and return its folder."""

    def write(texts):
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(f"<body>{text}</body>", encoding="utf-8")
        return tmp_path

    return write


def test_pages_of_one_kind_have_one_of_them(pages):
    other = PLAIN.replace("row0 col0", "row7 col12").replace("Text", "Other words")
    html = pages({f"chapters/part-{n}/{n}.html": PLAIN if n else other for n in range(5)})
    assert len(one_of_each_kind(html)) == 1


@pytest.mark.parametrize(
    "piece",
    [
        '<p class="new">Text</p>',
        '<p role="note">Text</p>',
        '<p style="color: red">Text</p>',
        "<aside>Text</aside>",
        '<script src="../_static/new.js"></script>',
        '<img src="picture.svg">',
    ],
)
def test_a_page_with_a_new_piece_is_chosen(piece, pages):
    html = pages({"chapters/a/z.html": PLAIN + piece, "chapters/a/a.html": PLAIN})
    assert one_of_each_kind(html) == ["chapters/a/z.html"]


def test_each_room_is_a_kind(pages):
    names = ["book/a.html", "book/data/a.html", "chapters/a/a.html", "search.html"]
    html = pages(dict.fromkeys([*names, "chapters/b/b.html", "_static/x.html"], PLAIN))
    assert one_of_each_kind(html) == names


def test_the_kinds_of_the_book_have_all_that_it_has(html):
    chosen = one_of_each_kind(html)
    everything = set().union(*(pieces_of(html, name) for name in pages_of(html)))
    assert set().union(*(pieces_of(html, name) for name in chosen)) == everything
    assert 2 * len(chosen) < len(pages_of(html))
