"""What a report of own data may show beside tables: counts, numbers and figures, each with a proof.

A number in a sentence, or a figure, that passed `safe`, `safe_number`, `safe_share` or
`safe_figure` bears a mark that nobody sees. What bears none is not shown: `reporting` decides so,
for every cell. What was masked is remembered, so that it is not shown in another form.
"""

import math
import numbers
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ssplab.course import load_card
from ssplab.data import as_set_up, card_of, is_folder
from ssplab.system import SsplabError

MARK = "c"
MIME = "application/vnd.ssplab.safe+json"
"""Marks the outputs of `safe` in a notebook, so that a report of own data can tell them."""
MASKED_MIME = "application/vnd.ssplab.masked+json"
PROOF = "\u2063"  # an invisible separator: it ends a number of own data that may be shown
NOT_KNOWN = "not known"
# A sign, thousands in groups, decimals, per cent; not the number of an HTML entity
NUMBER = re.compile(rf"(?:(?<![\w.,%])[-−])?(?<![\d#])\d+(?:[,.\u00a0\u202f']\d+)*%?{PROOF}?")
CELL = re.compile(r"(?<=<td>)[^<]*(?=</td>)")  # of a table as pandas writes it
DISTINCTIVE = 3  # significant digits from which a number is taken for the masked one it equals

_masked: set[float] = set()


def remember(values: Iterable[object]) -> None:
    """Remember values that were masked, for as long as this process lives."""
    kept = np.array([value for value in values if isinstance(value, numbers.Real)], dtype=float)
    _masked.update(np.abs(kept[np.isfinite(kept)]).tolist())


@dataclass(frozen=True)
class Masked:
    """The values that were masked in a run, handed from its kernel to its report."""

    values: tuple[float, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {MASKED_MIME: list(self.values)}


def masked_values() -> Masked:
    """Return the absolute values of all that was masked in this process."""
    return Masked(tuple(sorted(_masked)))


@dataclass(frozen=True)
class SafeCount:
    """A number of units that may be shown; in an f-string, `fewer than 10` where it is small."""

    shown: int | None
    """None where it is masked."""
    threshold: int
    own: bool = False
    """Whether it counts units of own data: it then bears its proof."""

    def __format__(self, spec: str) -> str:
        if self.shown is None:
            return str(self)
        return format(self.shown, spec) + PROOF * self.own

    def __str__(self) -> str:
        told = f"fewer than {self.threshold}" if self.shown is None else str(self.shown)
        return told + PROOF * self.own

    def __repr__(self) -> str:
        return str(self).removesuffix(PROOF)

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": repr(self), MIME: {"masked": int(self.shown is None)}}


@dataclass(frozen=True)
class SafeNumber:
    """A statistic that may be shown; in an f-string `c` where it is about too few units."""

    shown: float | None
    """None where it is masked, not a number where nothing could be computed."""
    own: bool = False
    """Whether it is about own data: it then bears its proof."""

    def __format__(self, spec: str) -> str:
        if self.shown is None:
            return MARK
        if math.isnan(self.shown):
            return NOT_KNOWN
        return format(self.shown, spec) + PROOF * self.own

    def __str__(self) -> str:
        return format(self, "")

    def __repr__(self) -> str:
        return str(self).removesuffix(PROOF)

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": repr(self), MIME: {"masked": int(self.shown is None)}}


def safe_number(
    value: float, data: str | Path, units: int | Sequence[int], *, threshold: int | None = None
) -> SafeNumber:
    """Return a statistic as it may be said in a sentence.

    Parameters
    ----------
    value : float
        A mean, a quantile, a ratio, a difference; also a number that counts no units, such as one
        of weeks. Missing or infinite: it is said to be `not known`, whatever the data.
    data : str or Path
        The chapter's `data`. Of data sets of the course everything is shown.
    units : int or sequence of int
        How many units stand behind it; of a comparison, how many on either side. Of own data, it
        is masked if one of these is from 1 to `threshold - 1`, or if all are 0.
    threshold : int, optional
        By default the one on the data's card, which may be raised and not lowered.

    Returns
    -------
    SafeNumber
        For an f-string: `f"{safe_number(mean, data, len(posts)):,.0f} euros"`.

    Raises
    ------
    SsplabError
        If `value` or a number of units is no number, or units are negative.

    Notes
    -----
    Not protected: a statistic of many units that one of them dominates; two numbers whose
    difference is about few units.
    """
    threshold, own = threshold_of(data, threshold)
    behind = [units] if isinstance(units, numbers.Integral) else list(units)
    if not behind or not all(isinstance(n, numbers.Integral) and n >= 0 for n in behind):
        raise SsplabError(f"units are numbers of units, such as len(posts), not {units!r}.")
    missing = value is None or not isinstance(value, numbers.Real) or not math.isfinite(value)
    if missing and not _is_missing(value):
        raise SsplabError(f"safe_number takes one number, not {type(value).__name__}.")
    few = threshold is not None and (any(0 < n < threshold for n in behind) or not any(behind))
    if few and not missing:
        remember([float(value)])
        return SafeNumber(None, own)
    return SafeNumber(math.nan if missing else value, own)


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, numbers.Real)) or str(value) in ("<NA>", "NaT")


def safe_share(
    part: int, whole: int, data: str | Path, *, threshold: int | None = None
) -> SafeNumber:
    """Return what share of units has something, as it may be said in a sentence.

    Of own data it is masked where few units have it, or few have it not.

    Parameters
    ----------
    part, whole : int
        How many units have it, of how many.
    data, threshold
        As in `safe_number`.

    Returns
    -------
    SafeNumber
        For an f-string: `f"{safe_share(near.sum(), len(posts), data):.1%}"`. Where there is no
        unit, it is said to be `not known`.

    Raises
    ------
    SsplabError
        If these are not a part and its whole.
    """
    if not all(isinstance(n, numbers.Integral) for n in (part, whole)) or not 0 <= part <= whole:
        raise SsplabError(f"A share is of a part in its whole, not of {part!r} in {whole!r}.")
    share = part / whole if whole else math.nan
    return safe_number(share, data, [int(part), int(whole - part)], threshold=threshold)


def safe_figure(figure: object, data: str | Path, units: object) -> None:
    """Let a report of own data show a figure, if all that it draws is about enough units.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        All of it is shown or nothing.
    data : str or Path
        The chapter's `data`.
    units : int, or array-like of int
        How many units stand behind each value that is drawn; missing where none is drawn. A single
        number, where the same units stand behind all.

    Raises
    ------
    SsplabError
        If a number of units is negative or no number.
    """
    threshold, own = threshold_of(data, None)
    behind = np.atleast_1d(np.asarray(units, dtype="float64"))
    behind = behind[~np.isnan(behind)]
    if (behind < 0).any():
        raise SsplabError("units are numbers of units, such as table['posts'], not negative.")
    if own and not ((behind > 0) & (behind < threshold)).any():
        figure._ssplab_safe = True
        _tell_of_figures()


def _tell_of_figures() -> None:
    """Let IPython hand on, with the picture of a figure that may be shown, what is drawn in it."""
    from IPython import get_ipython
    from IPython.core.formatters import BaseFormatter
    from matplotlib.figure import Figure
    from traitlets import Unicode

    class SafeFigures(BaseFormatter):
        format_type = Unicode(MIME)
        _return_type = (dict,)
        enabled = True

    shell = get_ipython()
    if shell is None or MIME in shell.display_formatter.formatters:
        return
    formatter = SafeFigures(parent=shell.display_formatter)
    formatter.for_type(Figure, _drawn)
    shell.display_formatter.formatters[MIME] = formatter


def _drawn(figure: object) -> dict[str, object] | None:
    """Return the numbers that a figure draws or writes; None if it may not be shown."""
    if not getattr(figure, "_ssplab_safe", False):
        return None
    found, texts = [], [figure.get_suptitle()]
    for ax in figure.axes:
        found += [data for line in ax.lines for data in line.get_data(orig=False)]
        for patch in ax.patches:
            extent = patch.get_extents().transformed(ax.transData.inverted())
            found.append([extent.width, extent.height])
        for collection in ax.collections:
            found += [collection.get_offsets(), *(path.vertices for path in collection.get_paths())]
        found += [image.get_array() for image in ax.images]
        texts += [ax.get_title(loc) for loc in ("left", "center", "right")]
        texts += [text.get_text() for text in ax.texts]
    numbers = np.concatenate([np.asarray(data, dtype="float64").ravel() for data in found or [[]]])
    drawn = np.unique(np.abs(numbers[np.isfinite(numbers)]))
    return {"masked": 0, "drawn": drawn.tolist(), "written": texts}


def threshold_of(data: str | Path, asked: int | None) -> tuple[int | None, bool]:
    """Return the threshold that applies, None if there is nothing to protect, and whether own."""
    data = as_set_up(data)
    own = is_folder(data)
    least = card_of(Path(data)).threshold if own else load_card(data).threshold
    if asked is None:
        return (least if own else None), own
    if own and asked < least:
        raise SsplabError(
            f"threshold is {asked}; the card asks for {least}, which may be raised and not lowered."
        )
    return asked, own


def safe_count(count: int, threshold: int, *, own: bool = False) -> SafeCount:
    """Return a count, masked from 1 to below the threshold."""
    return SafeCount(None if 0 < count < threshold else count, threshold, own)


class Decider:
    """Decides what of a text, or of a figure, a report may show."""

    def __init__(self, masked: Iterable[float]) -> None:
        digits = {value: f"{value:.12g}".replace(".", "").strip("0") for value in masked}
        # A short number is too often another's: it is hidden where it has no proof, and only there.
        self._masked = [value for value, told in digits.items() if len(told) >= DISTINCTIVE]
        self._at = cache(self._rounded)
        self.hidden = 0
        """How many numbers of sentences were hidden."""

    def text(self, text: str, written: Iterable[str]) -> str:
        """Return a text in which each number that may not be shown is `c`.

        A number may be shown that bears a proof, or that the author wrote: it stands in `written`.
        """
        said = {token for part in written for token in NUMBER.findall(part)}

        def decided(found: re.Match[str]) -> str:
            number = found.group().removesuffix(PROOF)
            is_proven = number != found.group() and not self._is_masked(number)
            if number in said or is_proven:
                return number
            self.hidden += 1
            return MARK

        return NUMBER.sub(decided, text)

    def table(self, table: str) -> str:
        """Return what `safe` returned, as HTML, less what was masked elsewhere; labels stay."""
        return CELL.sub(lambda cell: self._unmasked(cell.group()), table)

    def count(self, text: str) -> str:
        """Return a count that passed `safe`, less what was masked elsewhere."""
        return self._unmasked(text)

    def _unmasked(self, text: str) -> str:
        return NUMBER.sub(lambda n: MARK if self._is_masked(n.group()) else n.group(), text)

    def may_draw(self, drawn: Iterable[float], written: Iterable[str]) -> bool:
        """Whether none of the numbers that a figure draws or writes is one that was masked."""
        if any(map(self._is_masked, NUMBER.findall(" ".join(written)))):
            return False
        values = np.array(self._masked)
        if not len(values):
            return True
        marks = np.array(list(drawn))
        return not np.isclose(marks[:, None], values[None], rtol=1e-9, atol=0).any()

    def _is_masked(self, token: str) -> bool:
        head, decimals = re.fullmatch(r"(.*?)(?:\.(\d+))?%?", token).groups()
        digits = re.sub(r"\D", "", head) + (decimals or "")
        if len(digits.strip("0")) < DISTINCTIVE:
            return False
        places = len(decimals or "")
        value = int(digits) / 10**places
        if token.endswith("%") and value in self._at(places, 100):
            return True
        return value in self._at(places, 1)

    def _rounded(self, places: int, times: int) -> frozenset[float]:
        return frozenset(round(times * value, places) for value in self._masked)
