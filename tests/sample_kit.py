"""The facts of a kit, as its author writes them."""

import yaml

SAID = {
    "title": "Toy kit",
    "title_fr": "Kit jouet",
    "question": "Which forms are wrong?",
    "question_fr": "Lesquels sont faux ?",
    "data": "payroll",
    "main_table": "declarations",
    "truth": {"wrong": "Whether it is wrong"},
    "seed": 123_456_789_012_345,
    "group": "firm",
    "submission": {
        "key": "form",
        "columns": {"score": {"type": "number", "meaning": "How suspect", "sample": 0}},
    },
    "metric": {"name": "found", "meaning": "Share that is found", "decimals": 2},
    "margin": 1,
}


def kit_facts(**changed):
    """Return the text of a `kit.yml`."""
    return yaml.safe_dump(SAID | changed)
