"""The benchmark of a class: what it stored names the machine, and is what is told of it.

That it measures is tested where a class is open anyway: `tests/deploy/test_class.py`.
"""

import json
import re

from ssplab.course import course_root

STORED = course_root() / "benchmarks" / "class.json"
TOLD = course_root() / "deploy" / "README.md"


def test_what_is_stored_names_the_machine():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "processors", "python", "jupyterhub"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    assert stored["trainees at once"] >= 12


def test_what_deploy_tells_of_a_trainee_is_what_is_stored():
    stored = json.loads(STORED.read_text(encoding="utf-8"))["a trainee"]
    table = TOLD.read_text(encoding="utf-8").partition("| of a trainee |")[2].partition("\n\n")[0]
    told = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) to ([\d.]+) \|$", table, re.MULTILINE)
    assert told == [
        (name, *(str(cost[part]) for part in ("median", "lowest", "highest")))
        for name, cost in stored.items()
    ]
