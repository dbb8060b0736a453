"""The lab's experimental projects: `book/lab/projects/`, a file each, as their page shows them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from ssplab.book.forms import LAB, SLUG, Text, check_names, cited, read_form, reference_keys
from ssplab.course import Page, course_root, parts
from ssplab.system import SsplabError

FOLDER = f"{LAB}/projects"
Kind = Literal["new data", "new methods", "watch and training", "before the lab"]
"""How the slides of October 2018 sort the projects."""
NONE = "none"
Some = Annotated[list[Text], Field(min_length=1)]


class Facts(BaseModel):
    """What a project's file says; `not stated` where its sources do not tell."""

    model_config = ConfigDict(extra="forbid")

    title: Text
    kind: Kind
    subject: Text
    """What it is about, in a sentence."""
    sponsor: Text
    """The business unit that proposed it and pays for it with its people's days."""
    partners: Some
    """With whom it is done, as the sources name them."""
    data: Text
    method: Some
    state: Text
    """How far it was, and when."""
    deliverables: Text
    published: Text
    """What of its results anybody can read."""
    chapters: list[str] = []
    """Slugs of the chapters that take it up."""
    kits: list[str] = []
    """Slugs of the hackathon kits that do."""
    sources: Annotated[list[str], Field(min_length=1)]
    """Keys of `book/references.bib`."""


@dataclass(frozen=True)
class Project:
    """A project: the name of its file, and what the file says."""

    slug: str
    facts: Facts

    @cached_property
    def taken_up(self) -> list[tuple[str, Page]]:
        """The chapters and kits that take it up, each with its part's caption, in their order."""
        return [
            (part.caption, page)
            for part in parts()
            for page in part.pages
            if (page.is_chapter and page.stem in self.facts.chapters)
            or (page.is_kit and page.slug in self.facts.kits)
        ]

    @cached_property
    def traits(self) -> dict[str, list[str]]:
        """What it is found by: the name of each filter, and the values that the project has."""
        return {
            "Kind": [self.facts.kind],
            "Done with": self.facts.partners,
            "Method": self.facts.method,
            "In the course": list(dict.fromkeys(caption for caption, _ in self.taken_up)) or [NONE],
        }


def projects() -> list[Project]:
    """Return the projects: by kind as the slides order these, then by title.

    Raises
    ------
    SsplabError
        If a file is not YAML, breaks its form, or names a chapter, a kit or a reference that is not
        there; the file and the field are told.
    """
    found = [_read(path.stem) for path in sorted((course_root() / FOLDER).glob("*.yml"))]
    kinds = get_args(Kind)
    return sorted(found, key=lambda one: (kinds.index(one.facts.kind), one.facts.title.casefold()))


def _read(slug: str) -> Project:
    source = f"{FOLDER}/{slug}.yml"
    if not SLUG.fullmatch(slug):
        raise SsplabError(
            f"{source}: the name of a project is of small letters, digits and hyphens."
        )
    facts = read_form(Facts, (course_root() / source).read_text(encoding="utf-8"), source)
    listed = [page for part in parts() for page in part.pages]
    chapters = [page.stem for page in listed if page.is_chapter]
    check_names(facts.chapters, chapters, source, "chapters")
    check_names(facts.kits, [page.slug for page in listed if page.is_kit], source, "kits")
    check_names(facts.sources, reference_keys(), source, "sources")
    return Project(slug, facts)


def project_markdown(project: Project) -> str:
    """Return what the page tells under a project's title, in MyST: its subject, then each fact."""
    facts = project.facts
    by_part: dict[str, list[str]] = {}
    for caption, page in project.taken_up:
        by_part.setdefault(caption, []).append(f"[{page.name}]({page.link})")
    told = {
        "Kind": facts.kind,
        "Done with": "; ".join(facts.partners),
        "Sponsor": facts.sponsor,
        "Data": facts.data,
        "Method": ", ".join(facts.method),
        "State": facts.state,
        "Deliverables": facts.deliverables,
        "Published": facts.published + cited(facts.sources),
        "In the course": "; ".join(
            f"{caption}: {', '.join(links)}" for caption, links in by_part.items()
        )
        or "no chapter yet",
    }
    items = [f"{name}\n: {_one_line(text)}" for name, text in told.items()]
    return "\n\n".join([facts.subject, *items])


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def values(found: Sequence[Project]) -> dict[str, list[str]]:
    """Return what projects can be filtered by: each filter's values, in the order of the page."""
    listed: dict[str, dict[str, None]] = {}
    for project in found:
        for name, its in project.traits.items():
            listed.setdefault(name, {}).update(dict.fromkeys(its))
    return {name: list(its) for name, its in listed.items()}
