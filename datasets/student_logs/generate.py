"""The synthetic twin of log files of a digital test: students before a machine with three sliders.

A student has a strategy, which shapes the settings that are tried, and skill. A slider moved alone
may let the student see what it does, the more surely the longer the student looks; a change of one
slider beside others that stay may too, less surely. What was not understood is guessed. `correct`
is whether the diagram drawn at the end is that of the machine. Then logs are lost and clocks go
wrong. The model, what it is calibrated on and its limits are told on the card.
"""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.dice import Dice
from ssplab.data.twins.words import Odds, Share, Text, Words, load_words

CLASS_SIZES = (18, 21, 23, 25, 26, 27, 28, 29, 31, 32)  # of a block, in random order
BLOCK_STUDENTS = sum(CLASS_SIZES)
FEWEST, MOST = 1, 263  # events between start and end, as in the public file
HARDLY = 2  # at most as many: the student hardly interacts
NEUTRAL = (0, 0, 0)
LEVELS = (-2, -1, 1, 2)
EXTREMES = (-2, 2)
START, APPLY, RESET, DIAGRAM, END = range(5)
EVENT_TYPES = np.array(["start", "apply", "reset", "diagram", "end"])
TENTH = 0.1  # seconds, the resolution of the clock
LEGITIMATE = ("repeated_setting", "pause")
CLOCK = ("clock_reset", "clock_set_back")
PAUSE = 300  # tenths of a second between two settings
SWAPPABLE = 15  # tenths of a second between two events that may arrive in the wrong order
SWAPPED_WITH = 0.7  # share of logs that have two events so close
BESIDE = ("school_type", "device", "correct")
FILE = ["student_id", "item_id", "position", "timestamp", "event_type", "action"]
CARRIED = ("kind", "type", "hard", "true_timestamp")
TOLD = ("strategy", "skill", "log", "events", "isolated", "total_time", "understood", "diagram")


class School(Words):
    """A kind of school."""

    share: Share
    level: float
    """How far its students are above the average, in standard deviations of skill."""


class Item(Words):
    """The machine."""

    name: Text
    sliders: tuple[Text, Text, Text]
    dials: tuple[Text, Text]
    moves: dict[str, Text]
    """For each slider, the one dial that it moves."""

    @model_validator(mode="after")
    def _whole(self):
        if tuple(self.moves) != self.sliders or not set(self.moves.values()) <= set(self.dials):
            raise ValueError("moves must name a dial for each slider, in the order of the sliders")
        return self


class LogWords(Words):
    """What `words.yml` holds."""

    item: Item
    schools: Annotated[dict[str, School], Field(min_length=1)]
    devices: Odds


WORDS = load_words("student_logs", LogWords)
ITEM = WORDS.item
SOLUTION = np.array([ITEM.dials.index(ITEM.moves[slider]) for slider in ITEM.sliders])


class Strategy(NamedTuple):
    """How students of one strategy differ from others; the constants were fitted by simulation."""

    name: str
    share: float
    """Odds of a student of average skill in a class of average practice."""
    skill: float
    """Logarithm of the odds by standard deviation of skill."""
    practice: float
    """Logarithm of the odds by standard deviation of what the class has practised."""
    log_events: float
    """Mean of the logarithm of the number of events between start and end."""
    spread: float
    """Standard deviation of that logarithm."""
    resets: float
    """Share of students who make use of the reset button."""


class Behaviour(NamedTuple):
    """What students and machines do; constants are fitted by simulation, or assumptions."""

    strategies: tuple[Strategy, ...]
    # Classes
    class_effect: float = 0.60
    """Standard deviation of skill between classes of one kind of school, of 1 in all of them."""
    # Exploring
    in_order: float = 0.75
    """Share of students who take the sliders from left to right."""
    tidy: float = 0.90
    """Share of systematic students who nearly always put the other sliders back."""
    planned: float = 0.97
    """Chance that a systematic student leaves events for the sliders that are still to come."""
    alone: float = 0.2
    """Largest chance that an unsystematic student moves a slider alone."""
    zeros: float = 0.033
    """Largest share of sliders that an unsystematic student leaves at zero."""
    draws_meanwhile: tuple[float, float] = (0.30, 0.15)
    """Share of students who turn to the diagram meanwhile: systematic ones, others."""
    # Understanding
    attention: float = 4.0
    """Log odds that a student of average skill sees what a slider moved alone does."""
    attention_skill: float = 1.62
    """What a standard deviation of skill adds to them."""
    by_chance: float = 0.15
    """Share of students who see it too where they did not isolate the slider on purpose."""
    small_step: float = 0.85
    """How much of it is left after one step only, whose effect is small."""
    glance: float = 0.6
    """Seconds of looking after which half of it is reached, nearly nothing after half as many."""
    reasoning: float = -2.3
    """Log odds that a student infers it from a change of one slider beside others that stay."""
    reasoning_skill: float = 1.4
    reasoning_on_purpose: float = 1.2
    """What it adds to them that the student compares on purpose."""
    slip: float = 0.02
    """Chance of drawing an arrow other than what was understood."""
    guess: float = 0.483
    """Chance that a guess names one dial; it names both or none otherwise."""
    # Time, in seconds
    reading: float = 47.2
    reading_spread: float = 0.59
    pace: float = 2.62
    """Median time between two events, of a log of twelve."""
    pace_students: float = 0.16
    pace_events: float = 0.65
    pace_length: float = -0.235
    """Elasticity of that time to the number of events."""
    turning: float = 5.0
    """Median time before a student turns to the diagram at the end."""
    drawing: float = 9.2
    """Median time that the diagram then takes."""
    drawing_spread: float = 0.92
    unsure: float = 2.15
    """Factor of that time where a slider is not understood."""
    hasty: float = 0.045
    """Share of students who click without looking."""
    haste: float = 0.2
    """What is left of their time; of reading, its square root."""
    pauses: float = 0.02
    """Share of students who do something else for a while."""
    # What reaches the office
    lost: tuple[float, float, float] = (0.015, 0.04, 0.12)
    """Share of logs lost since the student left without an end: systematic strategies, others, and
    who hardly interacts."""
    outage: tuple[float, float] = (0.05, 0.40)
    """Share of classes on tablets whose network fails, and of logs lost there."""
    clock_reset: tuple[float, float] = (0.02, 0.05)
    """Share of logs in which the clock starts again: on computers, on tablets."""
    clock_set_back: float = 0.025
    swapped: float = 0.03
    slow: float = 0.05
    """Share of logs on a slow network, and of their events sent twice."""
    sent_twice: float = 0.15


FITTED = (
    #        name                odds   skill practice events spread resets
    Strategy("one_at_a_time", 0.402, 1.00, 0.60, 2.440, 0.695, 0.907),
    Strategy("turns_systematic", 0.135, 0.30, 0.40, 3.220, 0.695, 0.907),
    Strategy("one_change", 0.078, -0.10, 0.00, 2.460, 1.053, 0.880),
    Strategy("several_at_once", 0.130, -0.80, -0.15, 2.360, 1.053, 0.880),
    Strategy("extremes", 0.146, -0.90, -0.15, 2.120, 1.053, 0.880),
    Strategy("hardly_interacts", 0.057, -0.90, -0.15, 0.000, 0.000, 0.150),
)
NAMES = [strategy.name for strategy in FITTED]
SYSTEMATIC = ("one_at_a_time", "turns_systematic")
USUAL = Behaviour(FITTED)
HARDER = USUAL._replace(
    alone=0.6,
    zeros=0.5,
    by_chance=0.4,
    clock_reset=(0.05, 0.10),
    clock_set_back=0.06,
    slow=0.12,
)

PLAN = BlockPlan(twin="student_logs", at_scale_1=12, most=9600, streams=5)
n_blocks = PLAN.count


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each of ten classes with 260 students.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 3,120 students, of whom some 3,000 have a log.
    harder : bool
        More sliders moved alone by chance, from which less is learnt, and more faults of clocks.

    Yields
    ------
    Block
        Tables `events` and `students`; truth `events`, `students`, `classes`, `lost_events`.
    """
    for number, streams in PLAN.draw(seed, scale):
        yield _block(number, streams, HARDER if harder else USUAL)


def _block(number: int, streams: list[np.random.Generator], behaviour: Behaviour) -> Block:
    people, doing, timing, answering, spoiling = streams
    students, classes = _students(people, number, behaviour)
    events = _explore(Dice(doing), students, behaviour)
    _time(timing, events, students, behaviour)
    _understand(answering, events, students, behaviour)
    _finish(timing, events, students, behaviour)
    log = _lay_out(events, students)
    students["log"] = _lose(spoiling, students, behaviour)
    received, planted = _spoil(spoiling, log, students, behaviour)
    lost = log[students["log"].to_numpy()[log["student"]] != "received"]
    return Block(
        {"events": received[FILE], "students": students[["student_id", "class_id", *BESIDE]]},
        {
            "events": planted[[*FILE[:3], *CARRIED]],
            "students": students[["student_id", *TOLD]],
            "classes": classes,
            "lost_events": lost[FILE],
        },
    )


# Students


def _students(
    rng: np.random.Generator, block: int, behaviour: Behaviour
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the students of a block in the order of their identifiers, and its classes."""
    sizes = rng.permutation(CLASS_SIZES)
    schools = list(WORDS.schools)
    school = rng.choice(
        len(schools), len(sizes), p=_shares([WORDS.schools[name].share for name in schools])
    )
    device = rng.choice(len(WORDS.devices), len(sizes), p=_shares(WORDS.devices.values()))
    level = np.array([WORDS.schools[name].level for name in schools])
    effect = (level[school] + behaviour.class_effect * rng.standard_normal(len(sizes))).round(4)
    practice = rng.standard_normal(len(sizes)).round(4)
    outage = (np.array(list(WORDS.devices))[device] == "tablet") & (
        rng.random(len(sizes)) < behaviour.outage[0]
    )
    classes = pd.DataFrame(
        {
            "class_id": [f"C{block:04d}{rank}" for rank in range(len(sizes))],
            "effect": effect,
            "practice": practice,
            "outage": outage,
        }
    )
    home = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    within = np.sqrt(1 - behaviour.class_effect**2)
    skill = (effect[home] + within * rng.standard_normal(len(home))).round(4)

    odds = np.array([one.share for one in behaviour.strategies]) * np.exp(
        np.outer(skill, [one.skill for one in behaviour.strategies])
        + np.outer(practice[home], [one.practice for one in behaviour.strategies])
    )
    bounds = odds.cumsum(axis=1)
    number = (bounds < bounds[:, -1:] * rng.random((len(home), 1))).sum(axis=1)
    mean = np.array([one.log_events for one in behaviour.strategies])[number]
    spread = np.array([one.spread for one in behaviour.strategies])[number]
    patience = np.exp(mean + spread * rng.standard_normal(len(home)))
    patience = np.where(patience > MOST, MOST**2 / patience, patience)  # no heap at the longest
    events = np.clip(np.rint(patience), HARDLY + 1, MOST).astype(int)
    hardly = number == NAMES.index("hardly_interacts")
    events[hardly] = rng.integers(FEWEST, HARDLY, hardly.sum(), endpoint=True)
    students = pd.DataFrame(
        {
            "student_id": [f"S{block:04d}{rank:03d}" for rank in range(len(home))],
            "class_id": classes["class_id"].to_numpy()[home],
            "school_type": np.array(schools)[school][home],
            "device": np.array(list(WORDS.devices))[device][home],
            "strategy": np.array(NAMES)[number],
            "skill": skill,
            "events": events,
            "outage": outage[home],
        }
    )
    return students, classes


def _shares(weights) -> np.ndarray:
    weights = np.array(list(weights), dtype=float)
    return weights / weights.sum()


# What they try


class _Exploration:
    """What one student does between start and end, and where the sliders stand meanwhile."""

    def __init__(self, dice: Dice, events: int, *, resets: bool, draws: bool) -> None:
        self.dice = dice
        self.left = events
        """Events that are still to come, the diagram's apart."""
        self.resets = resets
        self.draws = draws
        self.state = NEUTRAL
        self.acts: list[tuple[int, tuple[int, int, int], bool]] = []
        """Kind of event, setting, and whether a slider is isolated on purpose."""

    def apply(self, setting: tuple[int, int, int], *, on_purpose: bool = False) -> None:
        self.acts.append((APPLY, setting, on_purpose))
        self.state = setting
        self.left -= 1

    def reset(self) -> None:
        self.acts.append((RESET, NEUTRAL, False))
        self.state = NEUTRAL
        self.left -= 1

    def draw(self) -> None:
        self.acts.append((DIAGRAM, NEUTRAL, False))

    def with_slider(self, slider: int, level: int, *, alone: bool) -> tuple[int, int, int]:
        setting = list(NEUTRAL if alone else self.state)
        setting[slider] = level
        return tuple(setting)


def _explore(dice: Dice, students: pd.DataFrame, behaviour: Behaviour) -> pd.DataFrame:
    """Return what the students do, one event a row, start and end left out.

    Returns
    -------
    DataFrame
        `student` (position), `kind`, `a`, `b`, `c` (setting after the event) and `on_purpose`.
    """
    resets = {one.name: one.resets for one in behaviour.strategies}
    rows = []
    for student, (strategy, events) in enumerate(
        zip(students["strategy"], students["events"], strict=True)
    ):
        unsystematic = strategy not in SYSTEMATIC
        exploration = _Exploration(
            dice,
            events,
            resets=dice.chance(resets[strategy]),
            draws=dice.chance(behaviour.draws_meanwhile[unsystematic]),
        )
        if strategy == "turns_systematic":
            at_first = round(events * (0.2 + 0.6 * dice.uniform()))
            _several_at_once(exploration, behaviour, until=events - at_first)
        if not unsystematic:
            _one_at_a_time(exploration, behaviour)
        elif strategy == "one_change":
            _one_change(exploration)
        else:
            _several_at_once(exploration, behaviour, extreme=strategy == "extremes")
        rows += [(student, kind, *setting, purpose) for kind, setting, purpose in exploration.acts]
    return pd.DataFrame(rows, columns=["student", "kind", "a", "b", "c", "on_purpose"])


def _one_at_a_time(exploration: _Exploration, behaviour: Behaviour) -> None:
    """Vary one thing at a time: each slider in its turn, the others at zero; then some checks."""
    dice, turn = exploration.dice, 0
    order = (0, 1, 2) if dice.chance(behaviour.in_order) else dice.some((0, 1, 2), 3)
    tidy = 0.97 if dice.chance(behaviour.tidy) else 0.35
    tests = max(1.0, exploration.left / 3 * (0.3 + 0.7 * dice.uniform()))
    while exploration.left > 0:
        if turn >= 3 and dice.chance(0.45):
            for _ in range(min(1 + dice.below(3), exploration.left)):
                exploration.apply(
                    tuple(dice.pick(LEVELS) if dice.chance(0.6) else 0 for _ in range(3))
                )
        else:
            mean = tests if turn < 3 else 1.5
            times = 1
            while times < 12 and dice.chance(1 - 1 / mean):
                times += 1
            if turn < 3 and dice.chance(behaviour.planned):
                kept = (2 - turn) * (2 if exploration.resets else 1)
                times = max(1, min(times, exploration.left - kept))
            alone, level = dice.chance(tidy), dice.pick(LEVELS)
            for _ in range(min(times, exploration.left)):
                setting = exploration.with_slider(order[turn % 3], level, alone=alone)
                exploration.apply(setting, on_purpose=True)
                step = dice.uniform()
                level = level if step < 0.3 else -level if step < 0.6 else dice.pick(LEVELS)
            if exploration.draws and dice.chance(0.6):
                exploration.draw()
        if exploration.resets and exploration.left > max(0, 2 - turn) and dice.chance(0.7):
            exploration.reset()
        turn += 1


def _one_change(exploration: _Exploration) -> None:
    """Move one slider each time and leave the others where they are."""
    dice = exploration.dice
    while exploration.left > 0:
        if exploration.resets and exploration.state != NEUTRAL and dice.chance(0.05):
            exploration.reset()
            continue
        slider = dice.below(3)
        before = exploration.state[slider]
        other = [level for level in LEVELS if level != before]
        level = 0 if before and dice.chance(0.05) else dice.pick(other)
        exploration.apply(exploration.with_slider(slider, level, alone=False))
        if exploration.draws and dice.chance(0.1):
            exploration.draw()


def _several_at_once(
    exploration: _Exploration, behaviour: Behaviour, *, extreme: bool = False, until: int = 0
) -> None:
    """Move several sliders at once, some students only to the ends of their range."""
    dice = exploration.dice
    zeros = behaviour.zeros * dice.uniform() ** 2
    alone = behaviour.alone * dice.uniform() ** 3
    favourite = dice.below(3)
    levels = EXTREMES if extreme else LEVELS

    def moved(level: int) -> int:
        if not extreme and dice.chance(0.25):
            return level
        return 0 if dice.chance(zeros) else dice.pick(levels)

    while exploration.left > until:
        if exploration.resets and exploration.state != NEUTRAL and dice.chance(0.15):
            exploration.reset()
            continue
        if dice.chance(alone):
            slider = favourite if dice.chance(0.55) else dice.below(3)
            setting = exploration.with_slider(slider, dice.pick(levels), alone=True)
        else:
            setting = tuple(moved(level) for level in exploration.state)
        exploration.apply(setting)
        if exploration.draws and dice.chance(0.1):
            exploration.draw()


# Time


def _time(
    rng: np.random.Generator, events: pd.DataFrame, students: pd.DataFrame, behaviour: Behaviour
) -> None:
    """Add `gap`, the seconds since the event before, and to students `turning` to the diagram."""
    count = len(students)
    lengths = students["events"].to_numpy()
    haste = np.where(rng.random(count) < behaviour.hasty, behaviour.haste, 1.0)
    pace = (
        haste
        * behaviour.pace
        * np.exp(behaviour.pace_students * rng.standard_normal(count))
        * (lengths / 12) ** behaviour.pace_length
    )
    student = events["student"].to_numpy()
    first = np.r_[True, student[1:] != student[:-1]]
    gap = pace[student] * np.exp(behaviour.pace_events * rng.standard_normal(len(events)))
    drawn = events["kind"].to_numpy() == DIAGRAM
    gap[drawn | np.r_[False, drawn[:-1] & ~first[1:]]] *= 2  # to turn there, and to draw an arrow
    gap[first] = (
        behaviour.reading
        * np.sqrt(haste)
        * np.exp(behaviour.reading_spread * rng.standard_normal(count))
    )
    paused = np.flatnonzero(rng.random(count) < behaviour.pauses)
    where = np.flatnonzero(first)[paused] + (
        rng.random(len(paused)) * np.bincount(student)[paused]
    ).astype(int)
    gap[where] += 30 + 90 * rng.random(len(paused))
    events["gap"] = np.maximum(TENTH, gap.round(1))
    events["first"] = first
    turning = behaviour.turning * np.exp(0.6 * rng.standard_normal(count))
    students["turning"] = np.maximum(TENTH, turning.round(1))


def _finish(
    rng: np.random.Generator, events: pd.DataFrame, students: pd.DataFrame, behaviour: Behaviour
) -> None:
    """Add to students `drawing`, the seconds that the diagram takes, and `total_time`."""
    spread = np.exp(behaviour.drawing_spread * rng.standard_normal(len(students)))
    unsure = np.where(students["understood"] == "111", 1.0, behaviour.unsure)
    students["drawing"] = np.maximum(TENTH, (behaviour.drawing * unsure * spread).round(1))
    spent = np.bincount(events["student"], np.rint(10 * events["gap"]))
    tail = np.rint(10 * (students["turning"] + students["drawing"])).to_numpy()
    students["total_time"] = (spent + tail) / 10


# What they understand


def isolates(setting: np.ndarray) -> np.ndarray:
    """Tell which slider a setting isolates: the only one off zero, -1 where there is none.

    Parameters
    ----------
    setting : ndarray of shape (events, 3)
        Positions of the sliders, -2 to 2.
    """
    off = setting != 0
    return np.where(off.sum(axis=1) == 1, off.argmax(axis=1), -1)


def _understand(
    rng: np.random.Generator, events: pd.DataFrame, students: pd.DataFrame, behaviour: Behaviour
) -> None:
    """Add to students what they understood, what they drew, and whether it is correct.

    An event from which slider `s` may be understood is missed with probability 1 - p; events are
    independent. A diagram is a pair of digits by slider, an arrow to each dial or none.
    """
    student, first = events["student"].to_numpy(), events["first"].to_numpy()
    acts = events["kind"].to_numpy() != DIAGRAM
    gap = events["gap"].to_numpy()
    look = np.r_[gap[1:], 0.0]
    last = np.r_[first[1:], True]
    look[last] = students["turning"]
    # Setting before each event; the diagram, which no student begins with, moves no slider
    setting = events[["a", "b", "c"]].to_numpy()
    standing = setting[np.maximum.accumulate(np.where(acts, np.arange(len(acts)), 0))]
    before = np.where(first[:, None], 0, np.r_[[NEUTRAL], standing[:-1]])

    skill = students["skill"].to_numpy()
    attention = _logistic(behaviour.attention + behaviour.attention_skill * skill)[student]
    on_purpose = events["on_purpose"].to_numpy()
    reasoning = _logistic(
        behaviour.reasoning
        + behaviour.reasoning_skill * skill[student]
        + behaviour.reasoning_on_purpose * on_purpose
    )
    seen = look**4 / (look**4 + behaviour.glance**4)
    applies = events["kind"].to_numpy() == APPLY
    alone = np.where(applies, isolates(setting), -1)
    effect = np.where(np.abs(setting).max(axis=1) == 2, 1.0, behaviour.small_step)
    notices = (rng.random(len(students)) < behaviour.by_chance)[student]
    purpose = (on_purpose | notices).astype(float)
    moved = setting != before
    compared = np.where(applies & (alone < 0) & (moved.sum(axis=1) == 1), moved.argmax(axis=1), -1)

    missed = np.zeros((len(students), 3))
    for slider, chance in [(alone, attention * effect * purpose), (compared, reasoning)]:
        rows = slider >= 0
        np.add.at(missed, (student[rows], slider[rows]), np.log1p(-(chance * seen)[rows]))
    understood = rng.random(missed.shape) < 1 - np.exp(missed)
    isolated = np.zeros(missed.shape, bool)
    isolated[student[alone >= 0], alone[alone >= 0]] = True

    slip = rng.random(missed.shape) < behaviour.slip
    guessed = rng.random(missed.shape)
    known = np.where(slip, 1 - SOLUTION, SOLUTION)
    guess = np.searchsorted([behaviour.guess, 2 * behaviour.guess], guessed, side="right")
    dial = np.where(understood, known, guess)  # 2 stands for both dials
    arrows = np.array(["10", "01", "11"])[dial]
    students["understood"] = ["".join("01"[one] for one in row) for row in understood.astype(int)]
    students["diagram"] = ["_".join(row) for row in arrows]
    students["correct"] = (dial == SOLUTION).all(axis=1).astype(int)
    students["isolated"] = isolated.sum(axis=1)


def _logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


# What reaches the office


def _lay_out(events: pd.DataFrame, students: pd.DataFrame) -> pd.DataFrame:
    """Return the whole logs as they should be, with start, the last diagram and end."""
    count = len(students)
    every = np.arange(count)
    tenths = np.rint(10 * events["gap"]).astype(int)
    since = tenths.groupby(events["student"]).cumsum()
    end = np.rint(10 * students["total_time"]).astype(int).to_numpy()
    turned = end - np.rint(10 * students["drawing"]).astype(int).to_numpy()
    log = pd.DataFrame(
        {
            "student": np.concatenate([events["student"], every, every, every]),
            "kind": np.concatenate(
                [events["kind"], *(np.full(count, kind) for kind in (START, DIAGRAM, END))]
            ),
            "tenths": np.concatenate([since, np.zeros(count, int), turned, end]),
        }
    )
    setting = [
        f"{a}_{b}_{c}" if kind == APPLY else None
        for kind, a, b, c in zip(events["kind"], events["a"], events["b"], events["c"], strict=True)
    ]
    log["action"] = setting + [None] * (3 * count)
    log = log.sort_values(["student", "tenths"], ignore_index=True)
    return _as_file(log.assign(timestamp=log["tenths"] / 10), students)


def _as_file(log: pd.DataFrame, students: pd.DataFrame) -> pd.DataFrame:
    """Return logs with the columns of the file, positions counted anew."""
    return log.assign(
        student_id=students["student_id"].to_numpy()[log["student"]],
        item_id=ITEM.name,
        position=log.groupby("student").cumcount() + 1,
        event_type=EVENT_TYPES[log["kind"]],
    )


def _lose(rng: np.random.Generator, students: pd.DataFrame, behaviour: Behaviour) -> np.ndarray:
    """Return what became of each log: received, lost in an outage, or lost since its student left.

    Who hardly interacts leaves without an end more often: logs are not missing at random.
    """
    systematic = students["strategy"].isin(SYSTEMATIC).to_numpy()
    hardly = students["strategy"].eq("hardly_interacts").to_numpy()
    leaves = np.array(behaviour.lost)[np.where(hardly, 2, np.where(systematic, 0, 1))]
    left = rng.random(len(students)) < leaves
    outage = students["outage"].to_numpy() & (rng.random(len(students)) < behaviour.outage[1])
    return np.where(left, "left", np.where(outage, "outage", "received"))


def _spoil(
    rng: np.random.Generator, log: pd.DataFrame, students: pd.DataFrame, behaviour: Behaviour
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events as received, and what their rows carry.

    A log has one fault of its clock at most. Events sent twice and events in the wrong order are
    put in first, so a clock that jumps moves them too.
    """
    draws = rng.random((len(students), 6))
    received = (students["log"] == "received").to_numpy()
    log = log[received[log["student"]]].reset_index(drop=True)
    whole = _disorder(rng, log, draws[:, :2], behaviour)
    whole, hidden = _shift(whole, students, draws[:, 2:], behaviour)
    carries = whole["type"].to_numpy(object)
    copies = carries == "duplicate"
    file = _as_file(whole.assign(timestamp=whole["tenths"] / 10), students)
    planted = file.assign(
        kind=np.where(np.isin(carries, LEGITIMATE), "legitimate", "error"),
        hard=np.where(copies, whole["delay"] > 0, hidden).astype(bool),
        true_timestamp=np.where(copies, np.nan, whole["true"] / 10),
    )
    return file, planted[carries != ""]


def _disorder(
    rng: np.random.Generator, log: pd.DataFrame, draws: np.ndarray, behaviour: Behaviour
) -> pd.DataFrame:
    """Return logs with events in the wrong order and events sent twice.

    Parameters
    ----------
    draws : ndarray of shape (students, 2)
        Uniform numbers that say in which logs either happens.

    Returns
    -------
    DataFrame
        With `type`, what a row carries; `delay` of a copy and `true` time, in tenths of a second.
    """
    student, tenths = log["student"].to_numpy(), log["tenths"].to_numpy()
    same_log = np.r_[student[1:] == student[:-1], False]
    following = np.where(same_log, np.r_[tenths[1:], 0] - tenths, 0)
    act = log["kind"].isin([APPLY, RESET]).to_numpy()
    both_acts = same_log & act & np.r_[act[1:], False]

    # What is true and misleading: the second of two events
    carried = np.full(len(log), "", dtype=object)
    action = log["action"].to_numpy(object)
    equal = both_acts & (log["kind"] == APPLY).to_numpy() & np.r_[action[1:] == action[:-1], False]
    carried[np.flatnonzero(equal) + 1] = "repeated_setting"
    carried[np.flatnonzero(both_acts & (following > PAUSE)) + 1] = "pause"

    order = np.arange(len(log), dtype=float)
    close = np.flatnonzero(both_acts & (following <= SWAPPABLE))
    close = close[np.argsort(rng.random(len(close)), kind="stable")]
    _, one_each = np.unique(student[close], return_index=True)
    swapped = close[one_each]
    swapped = swapped[draws[student[swapped], 0] < behaviour.swapped / SWAPPED_WITH]
    order[swapped], order[swapped + 1] = swapped + 1, swapped
    carried[swapped] = carried[swapped + 1] = "swapped"

    slow = draws[student, 1] < behaviour.slow
    twice = slow & (rng.random(len(log)) < behaviour.sent_twice)
    resent = np.flatnonzero(act & twice & (carried != "swapped"))
    late = rng.random(len(resent)) < 0.5
    delay = np.where(late, rng.integers(1, 5, len(resent), endpoint=True), 0)
    delay = np.where(delay < following[resent], delay, 0)  # before the next event arrives
    log = log.assign(type=carried, delay=0, true=tenths, order=order)
    copies = log.iloc[resent].assign(type="duplicate", delay=delay)
    copies = copies.assign(tenths=copies["tenths"] + delay, order=copies["order"] + 0.5)
    return pd.concat([log, copies]).sort_values("order", ignore_index=True)


def _shift(
    whole: pd.DataFrame, students: pd.DataFrame, draws: np.ndarray, behaviour: Behaviour
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return logs in which the clock starts again, or is set back, at a moment; it may be hidden.

    Parameters
    ----------
    draws : ndarray of shape (students, 4)
        Uniform numbers that say when, whether and how far.

    Returns
    -------
    DataFrame, ndarray
        Logs; of each row, whether its time is wrong and no step shows where the clock jumped.
    """
    student = whole["student"].to_numpy()
    length = np.rint(10 * students["total_time"]).astype(int).to_numpy()
    moment = 1 + (draws[:, 0] * (length - 1)).astype(int)
    tablet = (students["device"] == "tablet").to_numpy().astype(int)
    restart = draws[:, 1] < np.array(behaviour.clock_reset)[tablet]
    set_back = ~restart & (draws[:, 2] < behaviour.clock_set_back)
    back = np.minimum(moment, 10 + (290 * draws[:, 3] ** 2).astype(int))
    shift = np.where(restart, moment, np.where(set_back, back, 0))[student]
    late = (shift > 0) & (whole["tenths"].to_numpy() >= moment[student])
    fault = np.where(restart[student], "clock_reset", "clock_set_back")
    whole = whole.assign(
        tenths=whole["tenths"] - np.where(late, shift, 0),
        type=np.where(late & (whole["type"] != "duplicate"), fault, whole["type"]),
    )
    step = np.r_[0, np.diff(whole["tenths"])]
    step[np.r_[True, student[1:] != student[:-1]]] = 0
    jumps = late & ~np.r_[False, late[:-1]]  # the start of a log is never late
    shown = np.bincount(student[jumps & (step < 0)], minlength=len(students)) > 0
    return whole, late & ~shown[student]


# What the twin reaches


def clean(twin: Block) -> pd.DataFrame:
    """Return the received logs as they should be, as only the truth can: right clock, right order.

    Events sent twice are left out once. Columns are those of `events`.
    """
    by = ["student_id", "item_id", "position"]
    planted = twin.truth["events"][[*by, "type", "true_timestamp"]]
    events = twin.tables["events"].merge(planted, on=by, how="left", validate="1:1")
    events = events[events["type"] != "duplicate"]
    events = events.assign(timestamp=events["true_timestamp"].fillna(events["timestamp"]))
    return events.sort_values(["student_id", "timestamp"], ignore_index=True)[
        list(twin.tables["events"])
    ]


def settings(events: pd.DataFrame) -> np.ndarray:
    """Return the settings of the events `apply`, as an array of shape (events, 3)."""
    parts = events.loc[events["event_type"] == "apply", "action"].str.split("_", expand=True)
    return parts.to_numpy(dtype=np.int64)


def controls_isolated(events: pd.DataFrame) -> pd.Series:
    """Return the number of different sliders that each student isolates, 0 to 3."""
    alone = isolates(settings(events))
    student = events.loc[events["event_type"] == "apply", "student_id"]
    pairs = pd.DataFrame({"student_id": student.to_numpy(), "slider": alone}).drop_duplicates()
    counts = pairs[pairs["slider"] >= 0].groupby("student_id").size()
    return counts.reindex(events["student_id"].unique(), fill_value=0)


def measure_margins(twin: Block) -> dict[str, float]:
    """Return what the received logs, cleaned, reach of the public file's figures.

    The diagram's events are left out, since the public file has none.

    Returns
    -------
    dict
        By the name of the margin on the card: percent, seconds, numbers of events.
    """
    events = clean(twin)
    events = events[events["event_type"] != "diagram"]
    by_student = events.groupby("student_id")
    length, total = by_student.size(), by_student["timestamp"].max()
    gaps = by_student["timestamp"].diff().dropna()
    first = events[by_student.cumcount() == 1].set_index("student_id")["timestamp"]
    correct = twin.tables["students"].set_index("student_id")["correct"].loc[length.index] == 1
    isolated = controls_isolated(events).loc[length.index]
    resets = (events["event_type"] == "reset").groupby(events["student_id"]).any()
    hardly = length <= HARDLY + 2
    applies = events.loc[events["event_type"] == "apply", "action"].nunique()

    def percent(those) -> float:
        return 100 * those.mean()

    reached = {
        "correct": percent(correct),
        "different actions": applies + 3,
        "shortest log": length.min(),
        "lower quartile of length": length.quantile(0.25),
        "median length": length.median(),
        "upper quartile of length": length.quantile(0.75),
        "P90 of length": length.quantile(0.9),
        "P99 of length": length.quantile(0.99),
        "longest log": length.max(),
        "mean length": length.mean(),
        "P5 of total time": total.quantile(0.05),
        "lower quartile of total time": total.quantile(0.25),
        "median total time": total.median(),
        "upper quartile of total time": total.quantile(0.75),
        "P95 of total time": total.quantile(0.95),
        "median time to first action": first.median(),
        "median gap": gaps.median(),
        "P95 of gaps": gaps.quantile(0.95),
        "hardly interact": percent(hardly),
        "correct, hardly interact": percent(correct[hardly]),
        "reset": percent(resets),
        "correct, with reset": percent(correct[resets]),
        "correct, without reset": percent(correct[~resets]),
        **{f"isolated {n}": percent(isolated == n) for n in range(4)},
        **{f"correct, isolated {n}": percent(correct[isolated == n]) for n in range(4)},
        "mean length, correct": length[correct].mean(),
        "mean length, not correct": length[~correct].mean(),
        "median total time, correct": total[correct].median(),
        "median total time, not correct": total[~correct].median(),
    }
    return {name: float(value) for name, value in reached.items()}


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how hard faults are to see, what is lost, and what simple rules reach.

    Returns
    -------
    dict
        `prevalence`, received logs with an error in them. `hard_share` of the faults (a clock that
        jumps, an event sent twice, two in the wrong order) that neither a negative step nor an
        identical row shows; `clock_seen`, clock faults with a negative step; `time_wrong`, logs
        whose last timestamp less the first is not the time spent; `identical_duplicates`, events
        sent twice that are equal but for their position; `repeats_per_duplicate`, settings applied
        again in truth over events sent twice. `lost_share` of logs, and shares of correct answers
        `lost_correct`, `received_correct`. `rule_accuracy`, `rule_auc` of controls isolated
        (correct where all three are), `length_auc` of the number of events. `icc`, intra-class
        correlation of `correct`, all students. Adjusted Rand indices with the planted strategy:
        `length_ari` of six groups of equal size by length, `isolated_ari` of the number of controls
        isolated. `systematic_correct`, `others_correct`: shares of correct answers by strategy.
    """
    events, truth = twin.tables["events"], twin.truth["events"]
    students = twin.tables["students"].merge(twin.truth["students"], on="student_id")
    students = students.set_index("student_id")
    received = students[students["log"] == "received"]
    clock = truth[truth["type"].isin(CLOCK)].groupby("student_id")["hard"].first()
    copies = truth[truth["type"] == "duplicate"]
    faults = len(clock) + len(copies) + (truth["type"] == "swapped").sum() / 2
    span = events.groupby("student_id")["timestamp"].agg(["first", "last"]).loc[received.index]
    wrong = (span["last"] - span["first"] - received["total_time"]).abs() > TENTH / 2
    isolated = controls_isolated(events).loc[received.index]
    length = events.groupby("student_id").size().loc[received.index]
    correct = received["correct"] == 1
    groups = (6 * (length.rank(method="first") - 1) // len(length)).astype(int)
    systematic = received["strategy"].isin(SYSTEMATIC)
    reached = {
        "prevalence": truth.loc[truth["kind"] == "error", "student_id"].nunique() / len(received),
        "hard_share": (clock.sum() + copies["hard"].sum()) / faults,
        "clock_seen": 1 - clock.mean(),
        "time_wrong": wrong.mean(),
        "identical_duplicates": 1 - copies["hard"].mean(),
        "repeats_per_duplicate": (truth["type"] == "repeated_setting").sum() / len(copies),
        "lost_share": 1 - len(received) / len(students),
        "lost_correct": students.loc[students["log"] != "received", "correct"].mean(),
        "received_correct": correct.mean(),
        "rule_accuracy": ((isolated == 3) == correct).mean(),
        "rule_auc": _auc(isolated, correct),
        "length_auc": _auc(length, correct),
        "icc": intraclass_correlation(students["correct"], students["class_id"]),
        "length_ari": _adjusted_rand(groups, received["strategy"]),
        "isolated_ari": _adjusted_rand(isolated, received["strategy"]),
        "systematic_correct": correct[systematic].mean(),
        "others_correct": correct[~systematic].mean(),
    }
    return {name: float(value) for name, value in reached.items()}


def intraclass_correlation(values: pd.Series, groups: pd.Series) -> float:
    """Return the intra-class correlation by the analysis of variance, groups of unequal size.

    Source: Donner, A review of inference procedures for the intraclass correlation coefficient in
    the one-way random effects model, International Statistical Review 54 (1986), section 2.
    """
    by_group = values.groupby(groups)
    sizes, means = by_group.size(), by_group.mean()
    between = (sizes * (means - values.mean()) ** 2).sum() / (len(sizes) - 1)
    within = ((values - by_group.transform("mean")) ** 2).sum() / (len(values) - len(sizes))
    size = (len(values) - (sizes**2).sum() / len(values)) / (len(sizes) - 1)
    return float((between - within) / (between + (size - 1) * within))


def _auc(score: pd.Series, correct: pd.Series) -> float:
    """Return the area under the ROC curve: how often a correct one has the higher score."""
    ranks, hits = score.rank(), correct.sum()
    above = ranks[correct].sum() - hits * (hits + 1) / 2
    return float(above / (hits * (len(correct) - hits)))


def _adjusted_rand(found: pd.Series, planted: pd.Series) -> float:
    """Return the adjusted Rand index of two partitions (Hubert and Arabie, 1985)."""
    counts = pd.crosstab(found, planted).to_numpy()

    def pairs(numbers) -> float:
        return (numbers * (numbers - 1) / 2).sum()

    both, rows, columns = pairs(counts), pairs(counts.sum(axis=1)), pairs(counts.sum(axis=0))
    expected = rows * columns / pairs(counts.sum())
    return float((both - expected) / ((rows + columns) / 2 - expected))
