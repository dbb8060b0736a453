"""The chapters that have own extracts, and which of them tests run anew."""

from ssplab.course.naming import notebooks
from ssplab.verify import own_runs
from ssplab.verify.live import live

CHAPTERS = [path for path in notebooks("chapters") if own_runs.has_extracts(path)]
LIVE = live(CHAPTERS, own_runs.problems)
