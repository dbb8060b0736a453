"""Who is first: the rules of a board, which ask no database and draw no page.

Of each team that submission counts which has the best public score, the earliest of equals. Before
the close teams are ranked by it, and after the close by the private score of the same submission:
who had chosen by the private half would have learnt it. Scores that are equal as they are shown
share a rank.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ssplab.board.store import Entry, Event, Result, Team


@dataclass(frozen=True)
class Line:
    """What the page says of a team; `None` where there is nothing yet.

    `score` ranks: the public one before the close, then the private one. `moved` is by how many
    ranks the close has brought a team up.
    """

    team: str
    rank: int | None = None
    score: float | None = None
    public: float | None = None
    handed_in: int = 0
    at: datetime | None = None
    moved: int | None = None
    result: Result | None = None


@dataclass(frozen=True)
class Step:
    """A team's best public score from a moment on."""

    team: str
    at: datetime
    score: float


@dataclass(frozen=True)
class Standing:
    """All that the page shows at a moment."""

    phase: str
    lines: list[Line]
    steps: list[Step]
    handed_in: int

    @property
    def told(self) -> str:
        """The standing in a sentence, for who does not see the page."""
        first = [line.team for line in self.lines if line.rank == 1]
        if not first:
            return "No team has handed in anything yet."
        verb = "leads" if self.phase == "open" else "led" if self.phase == "frozen" else "is first"
        if len(first) > 1:
            verb = {"leads": "lead", "is first": "are first"}.get(verb, verb)
        files = "1 file was" if self.handed_in == 1 else f"{self.handed_in} files were"
        return f"{' and '.join(first)} {verb}; {files} handed in."


def standing(
    event: Event,
    teams: Sequence[Team],
    entries: Sequence[Entry],
    now: datetime,
    results: Mapping[int, Result] | None = None,
) -> Standing:
    """Return who is first.

    Parameters
    ----------
    event : Event
    teams : sequence of Team
    entries : sequence of Entry
        All submissions, in the order in which they came.
    now : datetime
        A frozen board shows what had come before it froze.
    results : mapping of int to Result, optional
        By the number of a team.
    """
    phase = event.phase(now)
    if phase == "frozen":
        entries = [entry for entry in entries if entry.received_at < event.freezes_at]
    names = {team.id: team.name for team in teams}
    handed_in = Counter(entry.team_id for entry in entries)
    better = improvements(entries)
    counting = {entry.team_id: entry for entry in better}
    steps = [Step(names[one.team_id], one.received_at, one.public_score) for one in better]
    public = _ranks({team: entry.public_score for team, entry in counting.items()}, event.decimals)
    scores = {
        team: entry.private_score if phase == "closed" else entry.public_score
        for team, entry in counting.items()
    }
    ranks = _ranks(scores, event.decimals)
    lines = [
        Line(
            team=names[team],
            rank=ranks[team],
            score=scores[team],
            public=entry.public_score,
            handed_in=handed_in[team],
            at=entry.received_at,
            moved=public[team] - ranks[team] if phase == "closed" else None,
            result=_of(results, team, entry) if phase == "closed" else None,
        )
        for team, entry in counting.items()
    ]
    lines.sort(key=lambda line: (line.rank, line.at, line.team))
    waiting = sorted(names[team] for team in names if team not in counting)
    lines += [Line(name) for name in waiting]
    return Standing(phase, lines, steps, len(entries))


def improvements(entries: Iterable[Entry]) -> list[Entry]:
    """Return the submissions that were their team's best when they came: the last of each counts.

    `entries` come in the order of time.
    """
    best: dict[int, float] = {}
    better = []
    for entry in entries:
        if entry.team_id not in best or entry.public_score > best[entry.team_id]:
            best[entry.team_id] = entry.public_score
            better.append(entry)
    return better


def _ranks(scores: Mapping[int, float], decimals: int) -> dict[int, int]:
    """Return ranks, of which equals share the best: 1, 2, 2, 4."""
    shown = {team: round(score, decimals) for team, score in scores.items()}
    return {team: 1 + sum(other > one for other in shown.values()) for team, one in shown.items()}


def _of(results: Mapping[int, Result] | None, team: int, entry: Entry) -> Result | None:
    result = (results or {}).get(team)
    return result if result and result.submission_id == entry.id else None
