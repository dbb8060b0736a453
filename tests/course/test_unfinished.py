"""Which files are drafts."""

from ssplab.course.unfinished import MARK, drafts


def test_a_file_with_a_mark_is_a_draft(course):
    path = course / "datasets/payroll/build.py"
    path.write_text(f"# {MARK} the rows\n# {MARK} the totals\n", encoding="utf-8")
    assert drafts() == {path: 2}


def test_files_as_they_were_delivered_are_nobodys_draft_in_whatever_encoding(course):
    folder = course / "datasets/payroll/files"
    folder.mkdir()
    (folder / "delivered.txt").write_bytes(f"{MARK} É".encode("cp1252"))
    assert drafts() == {}
