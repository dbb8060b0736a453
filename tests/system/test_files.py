"""A file is written whole or not at all."""

import errno
import stat
from pathlib import Path

import pytest

from ssplab.system.errors import SsplabError
from ssplab.system.files import place_together, whole_file, write_text


def test_a_text_is_written_only_when_it_changes(tmp_path):
    page = tmp_path / "folder" / "page.md"
    assert write_text("one", page)
    written = page.stat().st_ino
    assert not write_text("one", page)
    assert page.stat().st_ino == written
    assert write_text("two", page)
    assert page.read_text(encoding="utf-8") == "two"
    assert list(page.parent.iterdir()) == [page]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), ValueError("bad")])
def test_what_stood_there_stays_when_writing_stops(tmp_path, failure):
    page = tmp_path / "page.md"
    write_text("one", page)
    with pytest.raises(type(failure)), whole_file(page) as temporary:
        temporary.write_text("tw", encoding="utf-8")
        raise failure
    assert page.read_text(encoding="utf-8") == "one"
    assert list(tmp_path.iterdir()) == [page]


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(SsplabError, match="No space left"):
        write_text("one", tmp_path / "page.md")
    assert list(tmp_path.iterdir()) == []


def permissions(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path, umask):
    page = tmp_path / "page.md"
    write_text("one", page)
    assert permissions(page) == 0o666 & ~umask


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664])
def test_a_file_that_is_replaced_hands_on_its_permissions(tmp_path, umask, kept):
    page = tmp_path / "page.md"
    page.touch()
    page.chmod(kept)
    with whole_file(page) as temporary:
        assert permissions(temporary) & ~kept == 0
        temporary.write_text("one", encoding="utf-8")
    assert permissions(page) == kept


@pytest.mark.parametrize("stood", [False, True])
def test_a_private_file_is_private_from_its_first_moment(tmp_path, umask, stood):
    page = tmp_path / "page.md"
    if stood:
        page.touch()
        page.chmod(0o644)
    with whole_file(page, private=True) as temporary:
        assert permissions(temporary) == 0o600
        temporary.write_text("one", encoding="utf-8")
    assert permissions(page) == 0o600


def test_files_are_placed_together(tmp_path, umask):
    work, out = tmp_path / "work", tmp_path / "out"
    for folder in (work, out):
        folder.mkdir()
    for name in ("new", "old"):
        (work / name).write_text(name, encoding="utf-8")
    (out / "old").touch()
    (out / "old").chmod(0o640)
    place_together({work / name: out / name for name in ("new", "old")})
    assert [(out / name).read_text(encoding="utf-8") for name in ("new", "old")] == ["new", "old"]
    assert permissions(out / "new") == 0o666 & ~umask
    assert permissions(out / "old") == 0o640


def test_where_one_file_cannot_be_placed_none_is(tmp_path):
    work, out = tmp_path / "work", tmp_path / "out"
    for folder in (work, out, out / "taken"):
        folder.mkdir()
    for name in ("new", "old", "taken"):
        (work / name).write_text("new", encoding="utf-8")
    (out / "old").write_text("old", encoding="utf-8")
    with pytest.raises(OSError):
        place_together({work / name: out / name for name in ("new", "old", "taken")})
    assert (out / "old").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in out.iterdir()) == ["old", "taken"]
