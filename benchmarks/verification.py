"""What each part of `ssplab test` costs, in processor seconds.

By hand, after a whole `ssplab test` on a quiet machine: `python benchmarks/verification.py` prints
what that run left in `_build/verification.json`, dearest first: steps, rooms of tests, and for each
chapter all that grows with it (its notebooks executed, another seed, the tests that name it).
`--store` also writes `benchmarks/verification.json` with this machine named, by which
`ssplab test --shard` deals its shares.
"""

import argparse
import json
import sys
from pathlib import Path

from machine import machine

STORED = Path(__file__).with_suffix(".json")
PACKAGES = ("pytest", "pytest-xdist", "nbval", "pandas")
SHOWN = ("steps", "rooms", "chapters")


def table(costs: dict[str, dict[str, float]]) -> str:
    """Return costs as text, dearest first in each part."""
    lines = []
    for kind in SHOWN:
        lines.append(f"{kind}, processor seconds")
        dearest = sorted(costs[kind].items(), key=lambda item: -item[1])
        lines += [f"{seconds:9.1f}  {name}" for name, seconds in dearest]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print what the last run cost, and store it if asked to."""
    from ssplab.course import course_root
    from ssplab.verify import suite

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    options = parser.parse_args(arguments)
    left = course_root() / "_build" / "verification.json"
    if not left.is_file():
        parser.error(f"{left} is not there: run `ssplab test`, whole, and then this again")
    costs = json.loads(left.read_text(encoding="utf-8"))
    missing = [step.name for step in suite.steps() if step.name not in costs["steps"]]
    if options.store and missing:
        parser.error(
            f"the last run left out {', '.join(missing)}: run `ssplab test`, whole, before --store"
        )
    print(table(costs))
    if options.store:
        checks = {step.name for step in suite.steps() if not step.is_pytest}
        dealt = {
            "steps": {name: cost for name, cost in costs["steps"].items() if name in checks},
            "files": costs["files"],
            "notebooks": costs["notebooks"],
        }
        measured = {kind: costs[kind] for kind in SHOWN}
        stored = {"machine": machine(PACKAGES), "measured": measured, "shards": dealt}
        STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        print(f"Stored in {STORED}", file=sys.stderr)


if __name__ == "__main__":
    main()
