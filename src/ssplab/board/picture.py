"""The history of scores as a picture: a line a team, in steps, named where it ends."""

import io
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import matplotlib as mpl
from matplotlib import dates
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ssplab.board.standing import Standing
from ssplab.board.store import Event
from ssplab.system import style

NAMED = 6
"""How many teams have a colour and a name: more lines than colours could not be told apart."""
SIZE = (11, 6.2)  # inches: at 16 points, read from the back of a room
LONGEST = 18  # characters of a team's name beside its line
_LOCK = threading.Lock()  # matplotlib's settings are everybody's


def history(event: Event, shown: Standing, now: datetime) -> bytes:
    """Return the best public score of each team over time, as SVG.

    Parameters
    ----------
    event : Event
    shown : Standing
        What the page shows; the teams that are first in it are named.
    now : datetime
        Up to which the lines go, and not beyond the close.
    """
    with _LOCK, mpl.rc_context():
        style.use()
        mpl.rcParams.update(
            {
                "font.size": 16,
                "svg.hashsalt": "board",
                "timezone": event.zone,
                "text.parse_math": False,
            }
        )
        figure = Figure(figsize=SIZE)
        canvas = FigureCanvasSVG(figure)
        _draw(figure.add_subplot(), event, shown, now)
        made = io.BytesIO()
        canvas.print_svg(made, metadata={"Date": None})
    return made.getvalue()


def _draw(axes, event: Event, shown: Standing, now: datetime) -> None:
    end = min(now, event.closes_at)
    if shown.phase == "frozen":
        end = event.freezes_at
    named = [line.team for line in shown.lines if line.rank is not None][:NAMED]
    lines: dict[str, list] = {}
    for step in shown.steps:
        lines.setdefault(step.team, []).append((step.at, step.score))
    # A look goes to who came first, so that two teams which change places keep theirs.
    since = {step.team: step.at for step in reversed(shown.steps)}
    looks = zip(style.CYCLE, style.DASHES, strict=True)
    look_of = dict(zip(sorted(named, key=since.__getitem__), looks, strict=False))
    ends = []
    for team, points in lines.items():
        times, scores = zip(*points, (end, points[-1][1]), strict=True)
        colour, dash = look_of.get(team, ("grey", "-"))
        weight = {"linewidth": 2.5, "zorder": 3} if team in look_of else {"linewidth": 0.8}
        axes.step(times, scores, where="post", color=style.COLOURS[colour], ls=dash, **weight)
        axes.plot(times[0], scores[0], "o", color=style.COLOURS[colour], ms=5, zorder=3)
        if team in look_of:
            ends.append((scores[-1], team, style.COLOURS[colour]))
    axes.axhline(
        event.baseline_public, color=style.COLOURS["grey"], linewidth=1, linestyle=(0, (1, 3))
    )
    axes.margins(y=0.08)
    start = min([step.at for step in shown.steps], default=event.created_at)
    axes.set_xlim(start, max(end, start + timedelta(minutes=1)))
    _name(axes, [*ends, (event.baseline_public, "baseline", style.COLOURS["grey"])])
    axes.set_ylabel(event.metric)
    locator = dates.AutoDateLocator(tz=ZoneInfo(event.zone), minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=ZoneInfo(event.zone)))


def _name(axes, ends: list[tuple[float, str, str]]) -> None:
    """Write each name at the end of its line, or as near as the others let it."""
    low, high = axes.get_ylim()
    apart = (high - low) * 0.062
    place = low - apart
    places = []
    for score, name, colour in sorted(ends):
        place = max(score, place + apart)
        places.append((place, name, colour))
    # Pushed beyond the top, all come down together.
    over = max(0, place - high)
    for place, name, colour in places:
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        axes.annotate(
            short,
            (1, place - over),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            annotation_clip=False,
        )
