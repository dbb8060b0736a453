"""The lab's projects: their form, what is wrong with one, and by what they are found."""

import pytest

from ssplab.authoring.rendering import text as skeleton
from ssplab.book.forms import REFERENCES
from ssplab.book.projects import FOLDER, Facts, project_markdown, projects, values
from ssplab.course import MARK
from ssplab.system import SsplabError, from_yaml

CONTENTS = """\
format: jb-book
root: book/welcome
parts:
  - caption: Part
    chapters:
      - file: chapters/part/pay
      - file: chapters/part/count
  - caption: Hackathons
    chapters:
      - file: kits/pay-kit/brief
"""
PROJECT = """\
title: Anomalies of pay
kind: new methods
subject: Which are wrong?
sponsor: not stated
partners: [One office, "Another, of a ministry"]
data: Declarations
method: [machine learning]
state: In October 2018 in the list.
deliverables: not stated
published: Nothing.
chapters: [count, pay]
kits: [pay-kit]
sources: [slides2018]
"""


@pytest.fixture
def write(course):
    """A course of two chapters and a kit; returns a function that writes a project."""
    (course / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    for stem in ("pay", "count"):
        (course / f"chapters/part/{stem}.ipynb").touch()
    (course / FOLDER).mkdir(parents=True)
    (course / REFERENCES).write_text("@misc{slides2018,\n}\n", encoding="utf-8")
    return lambda text, name="pay.yml": (course / FOLDER / name).write_text(text, encoding="utf-8")


def test_a_project_leads_to_its_chapters_in_the_order_of_the_course(write):
    write(PROJECT)
    [project] = projects()
    assert [page.stem for _, page in project.taken_up] == ["pay", "count", "brief"]
    told = project_markdown(project)
    assert told.startswith("Which are wrong?\n\nKind\n: new methods\n")
    assert (
        "Part: [Pay](/chapters/part/pay.ipynb), [Count](/chapters/part/count.ipynb); Hackathons: "
    ) in told
    assert "Published\n: Nothing. {cite:p}`slides2018`" in told


def test_projects_are_found_by_each_of_their_traits(write):
    write(PROJECT)
    new_data = PROJECT.replace("new methods", "new data").replace("machine learning", "text")
    write(new_data.replace("chapters: [count, pay]\nkits: [pay-kit]\n", ""), "logs.yml")
    assert [project.slug for project in projects()] == ["logs", "pay"]  # new data come first
    assert values(projects()) == {
        "Kind": ["new data", "new methods"],
        "Done with": ["One office", "Another, of a ministry"],
        "Method": ["text", "machine learning"],
        "In the course": ["none", "Part", "Hackathons"],
    }
    assert "In the course\n: no chapter yet" in project_markdown(projects()[0])


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        ("[count, pay]", "[coun]", r"pay\.yml, chapters: there is no coun\. Did you mean count"),
        ("[pay-kit]", "[kit]", r"pay\.yml, kits: there is no kit\. "),
        ("[slides2018]", "[slides2019]", r"pay\.yml, sources: .*Did you mean slides2018"),
        ("[slides2018]", "[]", r"pay\.yml breaks its form: sources: "),
        ("new methods", "new", r"pay\.yml breaks its form: kind: "),
        ("sponsor: not stated\n", "", r"pay\.yml breaks its form: sponsor: Field required"),
        ("sponsor", "sponser", "sponser: Extra inputs"),
        ("Which are wrong?", f'"{MARK} it"', f"subject: .*still has the mark {MARK}"),
        ("Which are wrong?", '" "', "subject: .*it is empty"),
        ("title: Anom", "title: [Anom", r"pay\.yml is not YAML"),
    ],
)
def test_what_is_wrong_with_a_project_is_said(write, said, instead, told):
    assert said in PROJECT
    write(PROJECT.replace(said, instead))
    with pytest.raises(SsplabError, match=told):
        projects()


def test_the_name_of_a_file_is_an_address(write):
    write(PROJECT, "Pay 2018.yml")
    with pytest.raises(SsplabError, match=r"Pay 2018\.yml: the name of a project"):
        projects()


def test_a_new_project_has_an_entry_of_the_form_yet_to_be_filled(write):
    entry = skeleton("project/project.yml", title="Toy project", slug="toy-project")
    assert list(from_yaml(entry)) == list(Facts.model_fields)
    write(entry, "toy-project.yml")
    with pytest.raises(SsplabError, match=f"subject: .*still has the mark {MARK}"):
        projects()
    filled = entry.replace(f"{MARK} a key of {REFERENCES}", "slides2018").replace(MARK, "Here:")
    write(filled, "toy-project.yml")
    assert [project.facts.title for project in projects()] == ["Toy project"]


def test_the_seven_projects_of_the_slides_are_there_and_what_was_before_the_lab():
    kinds = [project.facts.kind for project in projects()]
    assert [kinds.count(kind) for kind in dict.fromkeys(kinds)] == [3, 3, 1, 4]
    assert all("ssplab2018" in project.facts.sources for project in projects())
