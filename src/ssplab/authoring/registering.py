"""New pages in `_toc.yml`: a few lines of text, so that its comments and its order stay."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from ssplab.course import course_root
from ssplab.system import SsplabError, from_yaml

TOC = "_toc.yml"
OVERVIEW = "Overview"  # the short title of every part's opening page
CAPTION = re.compile(r"(?P<indent> *)- caption: *(?P<caption>.+)")


@dataclass(frozen=True)
class Entry:
    """A page of the contents."""

    file: str
    """Path from the course's folder, without a suffix."""
    title: str | None = None
    sections: tuple["Entry", ...] = ()

    def lines(self, indent: str = "") -> list[str]:
        """Return the entry as lines of YAML."""
        told = [f"{indent}- file: {self.file}"]
        told += [f"{indent}  title: {self.title}"] if self.title else []
        told += [f"{indent}  sections:"] if self.sections else []
        return told + [line for section in self.sections for line in section.lines(f"{indent}    ")]

    def files(self) -> list[str]:
        """Return the page, and those below it, in order."""
        return [self.file, *(file for section in self.sections for file in section.files())]


@dataclass(frozen=True)
class Part:
    """A part of the contents, as `_toc.yml` spells it."""

    caption: str
    start: int
    """The position of its first line."""
    end: int
    """The position after its last line that says something; comments before the next are its."""
    files: list[str]


def read_contents() -> str:
    """Return the text of `_toc.yml`."""
    return (course_root() / TOC).read_text(encoding="utf-8")


def part_with(contents: str, *prefixes: str) -> Part | None:
    """Return the last part that holds a page whose path begins so; None if none does."""
    having = [
        part for part in _parts(contents) if any(file.startswith(prefixes) for file in part.files)
    ]
    return having[-1] if having else None


def with_page(contents: str, entry: Entry, part: Part) -> str:
    """Return the contents with a page more, the last of its part.

    Raises
    ------
    SsplabError
        If `_toc.yml` is laid out in a way that lines cannot be added to; the lines are told.
    """
    lines = contents.splitlines()
    first = next((line for line in lines[part.start : part.end] if "- file:" in line), "- file:")
    indent = first[: first.index("-")]
    return _checked(contents, part.end, entry.lines(indent), entry.files())


def with_part(
    contents: str, caption: str, entries: Sequence[Entry], after: Part | None = None
) -> str:
    """Return the contents with a part more, after another, or the last.

    Raises
    ------
    SsplabError
        As `with_page`.
    """
    parts = _parts(contents)
    position = after.end if after else parts[-1].end if parts else len(contents.splitlines())
    match = next(filter(None, map(CAPTION.match, contents.splitlines())), None)
    indent = match["indent"] if match else "  "
    new = [f"{indent}- caption: {caption}", f"{indent}  chapters:"]
    new += [line for entry in entries for line in entry.lines(f"{indent}    ")]
    return _checked(contents, position, new, [file for one in entries for file in one.files()])


def _checked(contents: str, position: int, new: list[str], files: list[str]) -> str:
    """Return the contents with new lines, if these add the given pages and no others."""
    lines = contents.splitlines()
    changed = "\n".join([*lines[:position], *new, *lines[position:]]) + "\n"
    before, after = _files(contents), _files(changed)
    if after is None or [file for file in after if file not in files] != before:
        raise SsplabError(
            f"{TOC} is laid out in a way that lines cannot be added to without a person. Nothing "
            "was written. Add these lines by hand, run the command again without them, or lay the "
            f"file out as a list of parts:\n" + "\n".join(new)
        )
    return changed


def _files(contents: str) -> list[str] | None:
    try:
        return _in_order(from_yaml(contents))
    except yaml.YAMLError:
        return None


def _in_order(node: object) -> list[str]:
    """Return the values of `file`, at any depth, in order."""
    if isinstance(node, dict):
        own = [node["file"]] if isinstance(node.get("file"), str) else []
        return own + [file for value in node.values() for file in _in_order(value)]
    if isinstance(node, list):
        return [file for value in node for file in _in_order(value)]
    return []


def _parts(contents: str) -> list[Part]:
    lines = contents.splitlines()
    starts = [number for number, line in enumerate(lines) if CAPTION.match(line)]
    parts = []
    for start, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        told = [
            number
            for number in range(start, following)
            if lines[number].strip() and not lines[number].lstrip().startswith("#")
        ]
        end = told[-1] + 1
        caption = str(from_yaml(CAPTION.match(lines[start])["caption"]))
        files = [
            match[1] for line in lines[start:end] if (match := re.match(r" *- file: *(\S+)", line))
        ]
        parts.append(Part(caption, start, end, files))
    return parts
