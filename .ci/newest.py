"""What an issue says when the course does not hold on the newest packages.

`newest.py BEFORE AFTER LOGS RUN` prints it as Markdown: which packages moved between two locks,
those that pyproject.toml names first, and how each log in a folder ends. The lock AFTER may be
missing, where nothing could be resolved. RUN is the address of the pipeline's run.

It needs Python alone: on the newest packages, the course may not even be imported.
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
CLOSING = "What must hold"  # the title of the table with which `ssplab test` ends
LINES = 40  # of a log
LETTERS = 60_000  # of the whole; GitHub takes 65,536, GitLab more
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NAME = re.compile(r"[A-Za-z0-9._-]+")


def locked(lock: str) -> dict[str, str]:
    """Return the versions that a lock lists, by package."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))


def moved(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """Return what moved between two locks: by package, `1.2 → 1.3`, `new, 1.3`, `gone, was 1.2`."""
    told = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new:
            told[name] = (
                f"{old} → {new}" if old and new else f"new, {new}" if new else f"gone, was {old}"
            )
    return told


def asked_for(project: dict) -> set[str]:
    """Return the packages that pyproject.toml names, whatever for."""
    groups = project.get("dependency-groups", {}).values()
    listed = [*project["project"]["dependencies"], *(one for group in groups for one in group)]
    return {NAME.match(one)[0].lower() for one in listed if isinstance(one, str)}


def ending(log: str) -> str:
    """Return how a log ends: from the closing table on, if `ssplab test` came so far."""
    lines = COLOURS.sub("", log).rstrip().splitlines()
    titles = [number for number, line in enumerate(lines) if line.strip() == CLOSING]
    return "\n".join(lines[titles[-1] :][:LINES] if titles else lines[-LINES:])


def issue(moves: dict[str, str], asked: set[str], logs: dict[str, str], run: str) -> str:
    """Return the text of the issue.

    Parameters
    ----------
    moves : dict of str to str
        By package, from which version to which.
    asked : set of str
        The packages that pyproject.toml names.
    logs : dict of str to str
        By name of what failed, what it printed.
    run : str
        The address of the run.
    """
    lines = [
        "The weekly run takes the newest packages that `pyproject.toml` allows, and something does "
        f"not hold on them: {run}",
        "",
        "The course itself is as it was: its lock has not moved. Either adapt it and run "
        "`make lock NEWEST=1`, or bound the package in `pyproject.toml` and say why.",
        "",
        "## What moved",
        "",
    ]
    own = {name: how for name, how in moves.items() if name.lower() in asked}
    lines += [f"- **{name}**: {how}" for name, how in own.items()]
    lines += [f"- {name}: {how}" for name, how in moves.items() if name not in own]
    if not moves:
        lines.append("No package moved, or none could be resolved.")
    lines += ["", "## What failed"]
    for name, log in logs.items():
        fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall(r"`{3,}", log))])
        lines += ["", f"### {name}", "", f"{fence}text", ending(log), fence]
    if not logs:
        lines += ["", "No log was left: the run itself tells."]
    text = "\n".join(lines) + "\n"
    if len(text) > LETTERS:
        text = f"{text[:LETTERS]}\n```\n\nCut here: the run itself tells the rest.\n"
    return text


def main(before: str, after: str, logs: str, run: str) -> None:
    """Print the issue."""
    new = Path(after)
    old = locked(Path(before).read_text(encoding="utf-8"))
    changed = moved(old, locked(new.read_text(encoding="utf-8"))) if new.is_file() else {}
    failed = {
        path.stem: path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(Path(logs).glob("*.log"))
    }
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    sys.stdout.reconfigure(encoding="utf-8")
    print(issue(changed, asked_for(project), failed, run), end="")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
