"""Everything that a board holds, as files: for the jury, and for whoever doubts a score."""

import json
import os
from datetime import datetime
from pathlib import Path

import pandas as pd

from ssplab.board.standing import Line, standing
from ssplab.board.store import Event, Store
from ssplab.system import SsplabError, temporary_folder


def export(store: Store, out: Path, now: datetime) -> Path:
    """Write event, ranking, teams, submissions with all their scores, and every file.

    It holds private scores, and no token.

    Parameters
    ----------
    store : Store
    out : Path
        A folder that is not there yet.
    now : datetime
        At which the ranking is.

    Raises
    ------
    SsplabError
        If the folder is there already, or cannot be written; nothing is written then.
    """
    out = out.resolve()
    if out.exists():
        raise SsplabError(f"{out} is there already: name a new folder.")
    event, teams, entries = store.event(), store.teams(), store.entries()
    shown = standing(event, teams, entries, now, store.results())
    names = {team.id: team.name for team in teams}
    metrics = store.metrics()
    rows = [
        {
            "submission": entry.id,
            "team": names[entry.team_id],
            "received_at": event.here(entry.received_at).isoformat(),
            "file_name": entry.file_name,
            **{f"public {name}": value for name, value in metrics[entry.id][0].items()},
            **{f"private {name}": value for name, value in metrics[entry.id][1].items()},
        }
        for entry in entries
    ]
    columns = list(_ranked(event, Line("")))  # also where there is no team yet
    ranking = pd.DataFrame([_ranked(event, line) for line in shown.lines], columns=columns)
    facts = {
        name: event.here(value).isoformat() if isinstance(value, datetime) else value
        for name, value in vars(event).items()
    }
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(out.parent) as folder:
            made = folder / out.name
            made.mkdir(mode=0o700)  # it holds private scores, before the close too
            (made / "files").mkdir()
            for number, content in store.contents():
                (made / "files" / f"{number}.csv").write_bytes(content)
            told = json.dumps({**facts, "phase": shown.phase}, ensure_ascii=False, indent=1)
            (made / "event.json").write_text(f"{told}\n", encoding="utf-8")
            for name, table in {
                "ranking": ranking.astype({"rank": "Int64", "handed_in": "Int64"}),
                "teams": pd.DataFrame({"team": [team.name for team in teams]}),
                "submissions": pd.DataFrame(rows),
            }.items():
                table.to_csv(made / f"{name}.csv", index=False)
            os.replace(made, out)
    except OSError as error:
        raise SsplabError(f"{out} could not be written: {error.strerror or error}.") from error
    return out


def _ranked(event: Event, line: Line) -> dict[str, object]:
    result = line.result
    return {
        "rank": line.rank,
        "team": line.team,
        "score": line.score,
        "low": result and result.low,
        "high": result and result.high,
        "level_with_first": result and result.level_with_first,
        "public_score": line.public,
        "handed_in": line.handed_in,
        "at": line.at and event.here(line.at).isoformat(),
    }
