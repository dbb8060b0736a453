"""What sessions and kits share: a folder of skeletons, a notebook, a part of the contents."""

from collections.abc import Callable, Mapping
from pathlib import Path

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
from ssplab.authoring.writing import Created, all_or_none, format_code
from ssplab.course import AFFILIATED, course_root, normal
from ssplab.notebooks import refresh


def new_folder(
    folder: Path,
    texts: Mapping[str, str],
    notebooks: Mapping[str, str],
    *,
    facts: Mapping[str, object],
    entry: Entry,
    caption: str,
    opening: str,
    before: Callable[[list[Path]], object] = lambda notebooks: None,
    progress: bool,
) -> Created:
    """Write a folder from skeletons, execute its notebooks, register its page.

    Parameters
    ----------
    folder : Path
        It must not exist.
    texts, notebooks : mapping of str to str
        For each file of the folder its skeleton.
    facts : mapping of str to object
        What the skeletons name.
    entry : Entry
        The page.
    caption : str
        Of the part that holds it, made if there is none.
    opening : str
        The part's opening page, in `book/parts/` as among the skeletons in `part/`.
    before : callable
        Given the notebooks before they are executed.
    progress : bool
        Show a bar on the terminal.

    Raises
    ------
    SsplabError
        If a file is there already, or `_toc.yml` cannot be changed. Nothing is written then.
    CheckFailed
        If a notebook raised. Nothing is written then, either.
    """
    root = course_root()
    with all_or_none() as files:
        for name, skeleton in texts.items():
            files.write(folder / name, text(skeleton, **facts))
        for name, skeleton in notebooks.items():
            normal.write(notebook(skeleton, **facts), files.announce(folder / name))
        format_code([path for path in files.files if path.suffix in (".py", ".ipynb")])
        paths = [folder / name for name in notebooks]
        before(paths)
        refresh(paths, progress=progress)
        contents = read_contents()
        home = part_with(contents, f"book/parts/{opening}")
        if home:
            contents = with_page(contents, entry, home)
        else:
            page = root / f"book/parts/{opening}.md"
            if not page.exists():
                files.write(page, text(f"part/{opening}.md"))
            prefixes = ("chapters/", *(f"{name}/" for name in AFFILIATED))
            contents = with_part(
                contents,
                caption,
                [Entry(f"book/parts/{opening}", OVERVIEW), entry],
                part_with(contents, *prefixes),
            )
        files.change(root / TOC, contents)
    return files.created()
