"""The practice web's time: simulated, so that pauses take none, or real."""

import asyncio
import threading
import time
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

OPENING = time_of_day(9)  # the hour at which every day of the practice web begins
NIGHT = 86_400.0  # seconds that count as passed when the date is set
COST = 0.1  # simulated seconds that a request takes


class SimulatedClock:
    """A clock that moves only when a request is answered and when someone sleeps on it.

    Parameters
    ----------
    day : date
        The first day; it begins at nine o'clock.
    cost : float
        Seconds that each request takes.
    """

    def __init__(self, day: date, cost: float = COST):
        self.cost = cost
        self._elapsed = 0.0
        self._moving = threading.Lock()
        self._start = datetime.combine(day, OPENING)

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was made; they never go back, whatever the date does."""
        return self._elapsed

    @property
    def now(self) -> datetime:
        """Date and time, without a time zone: that of metropolitan France is meant."""
        return self._start + timedelta(seconds=self.elapsed)

    @property
    def today(self) -> date:
        """Return the date."""
        return self.now.date()

    def go(self, day: date) -> None:
        """Go to nine o'clock of another day; a night passes, also where the day is an earlier."""
        self._pass(NIGHT)
        self._start = datetime.combine(day, OPENING) - timedelta(seconds=self.elapsed)

    def sleep(self, seconds: float) -> None:
        """Let a visitor wait."""
        self._pass(seconds)

    def tick(self) -> None:
        """Let the time pass that a request costs."""
        self._pass(self.cost)

    async def spend(self, seconds: float) -> None:
        """Let a site take its time over an answer."""
        self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        with self._moving:  # visitors sleep in threads of their own
            # Rounded, so that sums of tenths stay what they look like.
            self._elapsed = round(self._elapsed + seconds, 6)


class RealClock(SimulatedClock):
    """A clock that moves with the machine's own, perhaps faster.

    Parameters
    ----------
    day : date
        The first day; it begins at nine o'clock.
    speed : float
        Seconds of the practice web in a second of the machine.
    """

    def __init__(self, day: date, speed: float = 1):
        super().__init__(day, cost=0)
        self.speed = speed
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was made; they never go back, whatever the date does."""
        return round(self._elapsed + (time.monotonic() - self._began) * self.speed, 6)

    def sleep(self, seconds: float) -> None:
        """Let a visitor wait."""
        time.sleep(seconds / self.speed)

    def tick(self) -> None:
        """Do nothing: a request costs what it costs."""

    async def spend(self, seconds: float) -> None:
        """Let a site take its time over an answer."""
        await asyncio.sleep(seconds / self.speed)
