"""Lines added to `_toc.yml`: where, and with what left as it was."""

import pytest
import yaml

from ssplab.authoring.registering import Entry, part_with, with_page, with_part
from ssplab.system import SsplabError

CONTENTS = """\
format: jb-book
root: book/welcome
parts:
  - caption: First  # what comes first
    chapters:
      - file: book/parts/first
      # a remark on the chapter
      - file: chapters/first/pay
        sections:
          - file: exercises/first/pay
            title: Exercise

  # a remark on the part
  - caption: "Data: all"
    chapters:
      - file: book/datasets/pay
"""
PAGE = Entry("chapters/first/rent", "Rent", (Entry("exercises/first/rent", "Exercise"),))
LINES = """\
      - file: chapters/first/rent
        title: Rent
        sections:
          - file: exercises/first/rent
            title: Exercise
"""


def test_a_page_becomes_the_last_of_its_part_and_all_else_stays():
    changed = with_page(CONTENTS, PAGE, part_with(CONTENTS, "chapters/first/"))
    assert changed == CONTENTS.replace(
        "\n\n  # a remark on the part", f"\n{LINES}\n  # a remark on the part"
    )


def test_a_page_of_the_last_part_stands_at_the_end():
    changed = with_page(CONTENTS, Entry("book/datasets/rent"), part_with(CONTENTS, "book/datasets"))
    assert changed == f"{CONTENTS}      - file: book/datasets/rent\n"


def test_a_part_stands_after_the_one_named_and_before_the_remarks_on_the_next():
    changed = with_part(
        CONTENTS, "Second", [Entry("book/parts/second")], part_with(CONTENTS, "chapters/")
    )
    new = "  - caption: Second\n    chapters:\n      - file: book/parts/second\n"
    assert changed == CONTENTS.replace(
        "\n\n  # a remark on the part", f"\n{new}\n  # a remark on the part"
    )


def test_a_part_without_one_to_follow_is_the_last():
    changed = with_part(CONTENTS, "Second", [Entry("book/parts/second")])
    captions = [part["caption"] for part in yaml.safe_load(changed)["parts"]]
    assert captions == ["First", "Data: all", "Second"]


def test_captions_are_read_as_yaml_reads_them():
    assert part_with(CONTENTS, "book/datasets/").caption == "Data: all"
    assert part_with(CONTENTS, "chapters/").caption == "First"
    assert part_with(CONTENTS, "kits/") is None


def test_contents_laid_out_otherwise_are_left_to_a_person():
    flow = "parts:\n  - caption: First\n    chapters: [{file: chapters/first/pay}]\n"
    assert part_with(flow, "chapters/first/") is None
    odd = flow + "  - caption: Second\n    chapters: [\n      {file: kits/pay},\n      ]\n"
    with pytest.raises(SsplabError, match="Add these lines by hand"):
        with_part(odd + "more: &here {}\n", "Third", [PAGE])
