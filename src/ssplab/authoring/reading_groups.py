"""A new session of a reading group: its page, and the notebook that reproduces a number."""

from ssplab.authoring.affiliated import new_folder
from ssplab.authoring.names import check_slug, check_untaken, data_facts, in_words
from ssplab.authoring.registering import Entry
from ssplab.authoring.writing import Created
from ssplab.course import course_root


def new_session(slug: str, *, data: str = "payroll", progress: bool = True) -> Created:
    """Write the skeleton of a session in `reading-groups/SLUG/` and register it.

    Parameters
    ----------
    slug : str
        Of the paper's subject, such as `record-linkage`.
    data : str
        The data set that its notebook starts from.
    progress : bool
        Show a bar on the terminal.

    Raises
    ------
    SsplabError, CheckFailed
        As `ssplab.authoring.new_chapter`; nothing is written then.
    """
    check_slug(slug)
    check_untaken(slug)
    home = f"reading-groups/{slug}"
    return new_folder(
        course_root() / home,
        {"session.md": "session/session.md"},
        {f"{slug}.ipynb": "session/notebook.md"},
        facts=data_facts(data).asdict() | {"title": in_words(slug), "slug": slug},
        entry=Entry(f"{home}/session", in_words(slug), (Entry(f"{home}/{slug}", "Notebook"),)),
        caption="Reading groups",
        opening="reading-groups",
        progress=progress,
    )
