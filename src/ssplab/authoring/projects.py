"""A new project of the lab, beside the course: charter, backlog, notebook, report, data card, and
what the list of projects will say of it.
"""

from pathlib import Path

from ssplab.authoring.names import check_slug, data_facts, in_words
from ssplab.authoring.rendering import notebook, text
from ssplab.authoring.writing import Created, all_or_none, format_code
from ssplab.course import course_root, normal
from ssplab.notebooks import check_kernel, execute, in_thread
from ssplab.system import CheckFailed, SsplabError

TEXTS = (
    "charter.md",
    "backlog.md",
    "report.md",
    "data-card.md",
    "confidentiality.md",
    "project.yml",
)
NOTEBOOK = "notebook.ipynb"


def new_project(slug: str, *, out: Path | None = None, data: str = "payroll") -> Created:
    """Write the skeleton of a project into a new folder.

    Parameters
    ----------
    slug : str
        Such as `nowcasting-employment`.
    out : Path, optional
        The new folder. By default SLUG in the working directory, or beside the course if that is
        in the course: a project's data and results are not the course's.
    data : str
        The data set that stands for the project's own in its notebook.

    Raises
    ------
    SsplabError
        If the slug is not of the form, or the folder is there already; nothing is written then.
    CheckFailed
        If the notebook raised; nothing is written then, either.
    """
    check_slug(slug)
    folder = (out or _outside() / slug).expanduser().resolve()
    if folder.exists():
        raise SsplabError(f"{folder} is there already: name another folder with --out.")
    facts = data_facts(data).asdict() | {"title": in_words(slug), "slug": slug}
    check_kernel()
    with all_or_none() as files:
        for name in TEXTS:
            files.write(folder / name, text(f"project/{name}", **facts))
        path = files.announce(folder / NOTEBOOK)
        normal.write(notebook("project/notebook.md", **facts), path)
        format_code([path])
        stored = normal.read(path)
        problem = in_thread(execute(stored, folder))
        if problem:
            raise CheckFailed(f"{path}, {problem}")
        normal.write(normal.normal_form(stored), path)
    return files.created()


def _outside() -> Path:
    here, root = Path.cwd(), course_root()
    return root.parent if here.is_relative_to(root) else here
