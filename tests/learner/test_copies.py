"""Work copies: made when a notebook is opened, never overwritten, taken anew on demand."""

import asyncio
import re

import nbformat
import pytest
from builders import code, markdown, notebook
from tornado.web import HTTPError
from traitlets.config import Config

from ssplab.course import paths
from ssplab.learner import copies
from ssplab.learner.contents import CourseContentsManager
from ssplab.learner.jupyterlab import made_work_dir
from ssplab.learner.start_page import START, start_page
from ssplab.system.errors import SsplabError

EXERCISE = "exercises/part/pay.ipynb"
CHAPTER = "chapters/part/pay.ipynb"


@pytest.fixture
def course(course, monkeypatch):
    """A course of one chapter with its exercise, its pages, and a work folder of its own."""
    for place in (CHAPTER, EXERCISE, "solutions/part/pay.ipynb"):
        write(course / place, "answer = ...")
    (course / "book/_static").mkdir(parents=True)
    (course / "book/how-to.md").write_text("# How to\n", encoding="utf-8")
    (course / "book/_static/dot.png").write_bytes(b"\x89PNG\r\n")
    (course / "_toc.yml").write_text(
        "format: jb-book\nroot: book/welcome\nparts:\n- caption: A part\n  chapters:\n"
        "  - file: chapters/part/pay\n    sections:\n"
        "    - {file: exercises/part/pay, title: Exercise}\n",
        encoding="utf-8",
    )
    (course / "datasets/payroll/card.yml").unlink()
    (course / "datasets/payroll").rmdir()
    monkeypatch.setenv("SSPLAB_WORK", str(course.parent / "work"))
    return course


@pytest.fixture
def contents(course):
    """What JupyterLab asks for files, with the course behind."""
    signatures = {"data_dir": str(course.parent)}  # not where the tester's own notebooks are signed
    manager = CourseContentsManager(
        root_dir=str(made_work_dir()), config=Config(NotebookNotary=signatures)
    )
    yield manager
    manager.notary.store.close()


def write(path, source):
    nbformat.write(notebook(markdown("# Pay"), code(source)), path)


def source_of(path):
    return nbformat.read(path, as_version=4).cells[1].source


def get(contents, place, **options):
    return asyncio.run(contents.get(place, **options))


def test_a_notebook_is_copied_when_it_is_opened_and_then_left_alone(course, contents):
    assert list(paths.work_dir().iterdir()) == []
    model = get(contents, EXERCISE)
    assert model["content"]["cells"][1]["source"] == "answer = ..."
    copies = [path for path in paths.work_dir().rglob("*.ipynb") if "checkpoints" not in str(path)]
    assert copies == [paths.work_dir() / EXERCISE]

    write(paths.work_dir() / EXERCISE, "answer = 12")
    write(course / EXERCISE, "answer = ...  # the course's next version")
    assert get(contents, EXERCISE)["content"]["cells"][1]["source"] == "answer = 12"
    assert source_of(course / EXERCISE) == "answer = ...  # the course's next version"


def test_what_a_copy_shows_is_trusted(contents):
    assert get(contents, CHAPTER)["content"]["cells"][1]["metadata"]["trusted"]


def test_the_course_is_not_written_when_a_copy_is_saved(course, contents):
    before = (course / EXERCISE).read_bytes()
    model = get(contents, EXERCISE)
    model["content"]["cells"][1]["source"] = "answer = 12"
    asyncio.run(contents.save(model, EXERCISE))
    assert (course / EXERCISE).read_bytes() == before
    assert source_of(paths.work_dir() / EXERCISE) == "answer = 12"


def test_a_new_version_is_offered_beside_and_touches_nothing(course, contents):
    get(contents, EXERCISE)
    assert copies.newer(EXERCISE) is None
    assert "New versions" not in start_page()
    made_of = (paths.work_dir() / EXERCISE).read_bytes()

    write(course / EXERCISE, "answer = ...  # next")
    place = copies.newer(EXERCISE)
    assert re.fullmatch(r"exercises/part/pay\.new-[0-9a-f]{8}\.ipynb", place)
    assert f"[yours]({EXERCISE}), [the new version]({place})" in start_page()
    assert get(contents, place)["content"]["cells"][1]["source"] == "answer = ...  # next"
    assert (paths.work_dir() / EXERCISE).read_bytes() == made_of


def test_the_name_of_a_version_that_is_no_more_leads_nowhere(course, contents):
    with pytest.raises(HTTPError, match="No such file"):
        get(contents, "exercises/part/pay.new-00000000.ipynb")


@pytest.mark.parametrize(
    "place", ["exercises/../_toc.yml", "exercises/part/../../secret.ipynb", "mine.ipynb", ""]
)
def test_nothing_else_is_brought(course, place):
    write(course / "secret.ipynb", "")
    assert copies.original(place) is None
    assert copies.copy_on_demand(place) is None


def test_pages_and_their_pictures_follow_the_course_and_are_read_only(course, contents):
    assert get(contents, "book/how-to.md")["content"] == "# How to\n"
    assert not get(contents, "book/how-to.md", content=False)["writable"]
    (course / "book/how-to.md").write_text("# How to, again\n", encoding="utf-8")
    assert get(contents, "book/how-to.md")["content"] == "# How to, again\n"
    assert get(contents, "book/_static/dot.png")["mimetype"] == "image/png"
    with pytest.raises(HTTPError, match="read-only"):
        asyncio.run(contents.save({"type": "file", "content": "", "format": "text"}, "book/a.md"))
    with pytest.raises(HTTPError):
        get(contents, "book/../_toc.yml")


def test_a_sessions_notebook_is_copied_and_its_page_follows_the_course(course, contents):
    folder = course / "reading-groups/pay-gap"
    folder.mkdir(parents=True)
    write(folder / "pay-gap.ipynb", "bet = ...")
    (folder / "session.md").write_text("# Pay\n", encoding="utf-8")
    for name in ("pay-gap.ipynb", "session.md"):
        asyncio.run(contents.get(f"reading-groups/pay-gap/{name}"))
    write(folder / "pay-gap.ipynb", "bet = 1")
    (folder / "session.md").write_text("# Pay gap\n", encoding="utf-8")
    asyncio.run(contents.get("reading-groups/pay-gap/pay-gap.ipynb"))
    page = asyncio.run(contents.get("reading-groups/pay-gap/session.md"))
    copy = course.parent / "work/reading-groups/pay-gap/pay-gap.ipynb"
    assert source_of(copy) == "bet = ..."
    assert page["content"] == "# Pay gap\n"
    assert not contents.is_writable("reading-groups/pay-gap/session.md")
    assert contents.is_writable("reading-groups/pay-gap/pay-gap.ipynb")


def test_the_start_page_is_written_anew_where_it_has_changed(course, contents):
    before = get(contents, START)
    assert before["content"] == start_page()
    assert get(contents, START, content=False)["last_modified"] == before["last_modified"]
    write(course / EXERCISE, "answer = ...  # next")
    assert get(contents, START)["last_modified"] == before["last_modified"]
    get(contents, EXERCISE)
    write(course / EXERCISE, "answer = ...  # after next")
    assert "New versions" in get(contents, START)["content"]


def test_reset_starts_again_and_keeps_each_former_copy(course, contents):
    get(contents, EXERCISE)
    for answer in ("1", "2"):
        write(paths.work_dir() / EXERCISE, f"answer = {answer}")
        [(copy, kept)] = copies.reset("pay")
        assert copy == paths.work_dir() / EXERCISE
        assert source_of(copy) == "answer = ..."
        assert source_of(kept) == f"answer = {answer}"
        assert re.fullmatch(r"pay\.kept-\d{4}-\d\d-\d\d(-2)?\.ipynb", kept.name)


def test_reset_takes_a_stem_a_path_of_the_course_or_one_of_the_work_folder(course, contents):
    for name, places in {
        "pay": [CHAPTER, EXERCISE],
        EXERCISE: [EXERCISE],
        str(paths.work_dir() / CHAPTER): [CHAPTER],
    }.items():
        get(contents, CHAPTER)
        get(contents, EXERCISE)
        done = [copy.relative_to(paths.work_dir()).as_posix() for copy, _ in copies.reset(name)]
        assert sorted(done) == sorted(places)


def test_reset_of_what_was_never_opened_or_is_not_there_says_so(course):
    with pytest.raises(SsplabError, match=r"no work copy of pay in .*Open it from the start"):
        copies.reset("pay")
    with pytest.raises(SsplabError, match=r"no notebook pya\. Did you mean pay\?"):
        copies.reset("pya")


def test_a_reset_that_cannot_write_gives_the_copy_back(course, contents, monkeypatch):
    get(contents, EXERCISE)
    write(paths.work_dir() / EXERCISE, "answer = 12")

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nbformat, "write", full)
    with pytest.raises(SsplabError, match="No space left"):
        copies.reset("pay")
    monkeypatch.undo()
    monkeypatch.setenv("SSPLAB_WORK", str(course.parent / "work"))
    assert source_of(paths.work_dir() / EXERCISE) == "answer = 12"


def test_a_damaged_copy_is_left_to_its_owner(course, contents):
    get(contents, EXERCISE)
    (paths.work_dir() / EXERCISE).write_text("{", encoding="utf-8")
    assert copies.newer(EXERCISE) is None
    assert "New versions" not in start_page()
    with pytest.raises(HTTPError):
        get(contents, EXERCISE)
    [(_copy, kept)] = copies.reset("pay")
    assert kept.read_text(encoding="utf-8") == "{"
    assert get(contents, EXERCISE)["content"]["cells"][1]["source"] == "answer = ..."


def test_the_work_folder_is_in_the_home_where_the_course_is_read_only(course, monkeypatch):
    monkeypatch.delenv("SSPLAB_WORK")
    assert paths.work_dir() == course / "work"
    monkeypatch.setattr(paths.os, "access", lambda path, mode: path != course)
    monkeypatch.setenv("HOME", str(course.parent / "home"))
    assert paths.work_dir() == course.parent / "home" / "work"


def test_a_work_folder_that_cannot_be_made_is_said(course, monkeypatch):
    (course.parent / "file").touch()
    monkeypatch.setenv("SSPLAB_WORK", str(course.parent / "file" / "work"))
    with pytest.raises(SsplabError, match=r"cannot be made .*SSPLAB_WORK"):
        made_work_dir()


def test_copies_of_when_chapters_had_numbers_are_found_again(course):
    former = copies.work_dir() / "exercises/2-part/02-pay.ipynb"
    former.parent.mkdir(parents=True)
    former.write_text("mine", encoding="utf-8")
    kept = former.with_name("02-pay.kept-2026-01-05.ipynb")
    kept.write_text("older", encoding="utf-8")
    copies.move_former_copies()
    today = copies.work_dir() / "exercises/part/pay.ipynb"
    assert today.read_text(encoding="utf-8") == "mine"
    assert today.with_stem("pay.kept-2026-01-05").read_text(encoding="utf-8") == "older"
    former.write_text("again", encoding="utf-8")
    copies.move_former_copies()
    assert today.read_text(encoding="utf-8") == "mine"
    assert former.read_text(encoding="utf-8") == "again"
