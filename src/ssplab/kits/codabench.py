"""An edition as a bundle for Codabench, where teams hand in their CSV files and see a leaderboard.

The form is Codabench's version 2: docs.codabench.org, *Competition bundle structure* and *Yaml
structure*. The bundle holds the truth: it is the organisers' alone.
"""

import datetime
import json
import shutil
from pathlib import Path

import matplotlib.figure
import pandas as pd
import yaml

from ssplab.kits.facts import Kit

IMAGE = "codalab/codalab-legacy:py39"
"""Codabench's own image with pandas; the scoring program needs no other package."""
DAYS = 2
COMMAND = "python3 /app/program/scoring.py /app/input /app/output"
SCORING = '''"""Score one submission, as Codabench calls it: scoring.py INPUT OUTPUT."""

import json
import shutil
import sys
from pathlib import Path

import kit

given, output = Path(sys.argv[1]), Path(sys.argv[2])
program = Path(__file__).resolve().parent
data = program / "data"
if not data.exists():
    shutil.copytree(given / "ref", data)
answers = sorted((given / "res").glob("*.csv"))
if len(answers) != 1:
    sys.exit(f"The archive holds {len(answers)} CSV files: put submission.csv alone into it.")
try:
    _, metrics = kit.score(answers[0], program)
except kit.Refused as refusal:
    sys.exit(str(refusal))
columns = {f"metric_{i}": value for i, value in enumerate(metrics.values())}
(output / "scores.json").write_text(json.dumps(columns), encoding="utf-8")
'''


def write(kit: Kit, team: Path, organiser: Path, folder: Path) -> Path:
    """Write a bundle to a new folder and return it.

    Parameters
    ----------
    kit : Kit
    team, organiser : Path
        What teams and organisers receive, laid out.
    folder : Path
    """
    facts = json.loads((organiser / "kit.json").read_text(encoding="utf-8"))
    pages = {"Brief": "brief.md", "Data": "data.md", "Terms": "NOTICE.md"}
    folder.mkdir()
    (folder / "pages").mkdir()
    for name in pages.values():
        shutil.copyfile(team / name, folder / "pages" / name)
    program = folder / "scoring_program"
    program.mkdir()
    (program / "scoring.py").write_text(SCORING, encoding="utf-8")
    (program / "metadata.yaml").write_text(f"command: {COMMAND}\n", encoding="utf-8")
    for name in ("kit.py", "metric.py", "kit.json"):
        shutil.copyfile(organiser / name, program / name)
    # As CSV: the image need not read Parquet.
    reference = folder / "reference_data"
    reference.mkdir()
    for name in ("test", "test_truth", *_context(facts)):
        table = pd.read_parquet(organiser / "data" / f"{name}.parquet")
        kept = [facts["key"]] if name == "test" else list(table)
        table[kept].to_csv(reference / f"{name}.csv", index=False)
    shutil.copytree(team, folder / "starting_kit")
    _logo(kit, folder / "logo.png")
    (folder / "competition.yaml").write_text(
        yaml.safe_dump(_competition(kit, facts, pages), sort_keys=False, allow_unicode=True),
        encoding="utf-8",
    )
    return folder


def _context(facts: dict) -> list[str]:
    """Return the tables of which an answer takes values."""
    values = (column.get("values") for column in facts["columns"].values())
    return sorted({one.partition(".")[0] for one in values if isinstance(one, str)})


def _competition(kit: Kit, facts: dict, pages: dict[str, str]) -> dict[str, object]:
    start = datetime.date.today()
    end = start + datetime.timedelta(days=DAYS)
    columns = [
        {
            "title": name,
            "key": f"metric_{index}",
            "index": index,
            "sorting": "desc",
            "precision": kit.metric.decimals,
        }
        for index, name in enumerate(facts["metrics"])
    ]
    return {
        "version": 2,
        "title": kit.title,
        "description": kit.question,
        "image": "logo.png",
        "terms": "pages/NOTICE.md",
        "docker_image": IMAGE,
        "make_programs_available": False,
        "make_input_data_available": False,
        "pages": [{"title": title, "file": f"pages/{name}"} for title, name in pages.items()],
        "tasks": [
            {
                "index": 0,
                "name": kit.title,
                "scoring_program": "scoring_program",
                "reference_data": "reference_data",
            }
        ],
        "phases": [
            {
                "index": 0,
                "name": "Hackathon",
                # The organisers set both on the site, or here.
                "start": f"{start} 08:00:00",
                "end": f"{end} 18:00:00",
                "max_submissions_per_day": 20,
                "starting_kit": "starting_kit",
                "accepts_only_result_submissions": True,
                "tasks": [0],
            }
        ],
        "leaderboards": [
            {
                "title": "Results",
                "key": "main",
                "submission_rule": "Force_Last",
                "columns": columns,
            }
        ],
    }


def _logo(kit: Kit, path: Path) -> None:
    """Draw the picture that Codabench asks for: the kit's title."""
    figure = matplotlib.figure.Figure(figsize=(4, 4), dpi=100)
    figure.text(0.5, 0.5, kit.title, ha="center", va="center", wrap=True, fontsize=22)
    figure.savefig(path, metadata={"Software": None})
