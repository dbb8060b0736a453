"""A new chapter: its four files, its place in the contents, and its part if that is new."""

from ssplab.authoring.names import check_slug, check_untaken, data_facts, in_words
from ssplab.authoring.registering import (
    OVERVIEW,
    TOC,
    Entry,
    part_with,
    read_contents,
    with_page,
    with_part,
)
from ssplab.authoring.rendering import notebook, text
from ssplab.authoring.writing import Created, NewFiles, all_or_none, format_code
from ssplab.course import KINDS, MARK, course_root, normal
from ssplab.notebooks import refresh
from ssplab.system import SsplabError

MINUTES = {1: 75, 2: 90, 3: 90}  # with the reader's typing, at most


def new_chapter(
    place: str,
    *,
    title: str | None = None,
    data: str = "payroll",
    level: int = 1,
    progress: bool = True,
) -> Created:
    """Write a chapter's skeleton, its solution, its checks and its exercise; register it.

    Parameters
    ----------
    place : str
        `PART/SLUG`, such as `machine-learning/payroll-anomalies`; a part that is new gets its
        opening page.
    title : str, optional
        The question that the chapter asks; by default a place to fill.
    data : str
        The data set that it starts from.
    level : {1, 2, 3}
        1 for readers who are new to Python, 3 for a method in depth.
    progress : bool
        Show a bar on the terminal while the notebooks are executed.

    Raises
    ------
    SsplabError
        If a name is not of the form or is taken, if there is no such data set, or if its main table
        has no amount or no groups. Nothing is written then.
    CheckFailed
        If a notebook raised. Nothing is written then, either.
    """
    part, slug = _part_and_slug(place)
    if level not in MINUTES:
        raise SsplabError(f"The level is {level}: it must be 1, 2 or 3.")
    facts = data_facts(data).asdict()
    if facts["group"] is None:
        raise SsplabError(
            f"The main table of {data}, {facts['table']}, has no variable of few codes to group by "
            "in the first cells. Name another data set, such as --data payroll, and change the "
            "code afterwards."
        )
    facts |= {
        "part": part,
        "slug": slug,
        "title": " ".join((title or "").split())
        or f"{MARK} the question, as a director would ask it?",
        "level": level,
        "minutes": MINUTES[level],
        "key": _literal(facts["key"]),
    }
    root = course_root()
    with all_or_none() as files:
        written = [files.announce(root / kind / f"{part}/{slug}.ipynb") for kind in KINDS]
        chapter, solution, _exercise = written
        normal.write(notebook("chapter/chapter.md", **facts), chapter)
        normal.write(notebook("chapter/solution.md", **facts), solution)
        files.write(root / f"checks/{part}/{slug}.yml", text("chapter/checks.yml", **facts))
        format_code([chapter, solution])
        refresh([slug], progress=progress)
        _register(files, part, slug)
    return files.created()


def _part_and_slug(place: str) -> tuple[str, str]:
    part, slash, slug = place.partition("/")
    if not slash:
        raise SsplabError(
            f"{place!r} names no part: write PART/SLUG, such as machine-learning/{place}."
        )
    check_slug(part, "part")
    check_slug(slug, "slug")
    check_untaken(slug)
    return part, slug


def _literal(key: list[str]) -> str:
    """Return a key as the argument of `duplicated`: `["post_id", "month"]`."""
    return "[" + ", ".join(f'"{column}"' for column in key) + "]"


def _register(files: NewFiles, part: str, slug: str) -> None:
    place = f"{part}/{slug}"
    entry = Entry(
        f"chapters/{place}",
        in_words(slug),
        (Entry(f"exercises/{place}", "Exercise"), Entry(f"solutions/{place}", "Solution")),
    )
    contents, opening = read_contents(), f"book/parts/{part}"
    home = part_with(contents, f"chapters/{part}/", opening)
    if home:
        contents = with_page(contents, entry, home)
    else:
        page = course_root() / f"{opening}.md"
        if not page.exists():
            files.write(page, text("part/part.md", caption=in_words(part)))
        contents = with_part(
            contents,
            in_words(part),
            [Entry(opening, OVERVIEW), entry],
            part_with(contents, "chapters/"),
        )
    files.change(course_root() / TOC, contents)
