"""Figures: axes, labels with units, title, legend, and the data that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises.compare.common import chosen, condition
from ssplab.exercises.compare.kinds import TYPE
from ssplab.exercises.engine.exercise import Condition
from ssplab.exercises.engine.words import a_type, listed
from ssplab.system import _

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AXES, LABELS, TITLE, LEGEND, DATA = _("axes"), _("labels"), _("title"), _("legend"), _("data")
MARKS = {
    "lines": _("lines"),
    "bars": _("bars"),
    "points": _("points"),
    "images": _("an image"),
}


@dataclass(frozen=True)
class _Figure:
    """A figure asked for: what is wrong with one that is given, and how to spoil the right one."""

    expected: Callable[[], Figure]
    """Makes a new one each time, which may be spoilt."""
    right: Callable[[], Figure]
    """Gives one and the same, to be read."""
    advice: str

    def axes_number(self, answer: object) -> str | None:
        given, asked = len(axes_of(answer)), len(axes_of(self.right()))
        if given == asked:
            return None
        return _("The figure has {given} axes; {asked} are asked for.").format(
            given=given, asked=asked
        )

    def marks(self, answer: object) -> str | None:
        for given, asked in _side_by_side(answer, self.right()):
            lacking = [kind for kind in drawn(asked) if kind not in drawn(given)]
            if lacking:
                return _("No {asked} are drawn: {given} stand there instead.").format(
                    asked=MARKS[lacking[0]], given=listed(MARKS[kind] for kind in drawn(given))
                )
        return None

    def number(self, answer: object) -> str | None:
        for given, asked in _side_by_side(answer, self.right()):
            for kind, series in drawn(asked).items():
                count = len(drawn(given)[kind])
                if count != len(series):
                    return _("{given} series of {marks} are drawn; {asked} are asked for.").format(
                        given=count, marks=MARKS[kind], asked=len(series)
                    )
        return None

    def legend(self, answer: object) -> str | None:
        for given, asked in _side_by_side(answer, self.right()):
            if _has_legend(asked) and not _has_legend(given):
                return _(
                    "Several series are drawn, and nothing says which is which: give each a label "
                    "and call `ax.legend()`."
                )
        return None

    def exchanged(self, answer: object) -> str | None:
        for given, asked in _side_by_side(answer, self.right()):
            for kind in ("lines", "points"):
                turned = [series[:, ::-1] for series in drawn(given).get(kind, [])]
                if turned and _match(turned, drawn(asked).get(kind, [])):
                    return _("The two axes are exchanged: what stands on x belongs on y.")
        return None

    def data(self, answer: object) -> str | None:
        for given, asked in _side_by_side(answer, self.right()):
            for kind, series in drawn(asked).items():
                if not _match(drawn(given)[kind], series):
                    message = _("The data of the {marks} are not those asked for.").format(
                        marks=MARKS[kind]
                    )
                    return f"{message} {self.advice}".strip()
        return None

    def spoilt(self, change: Callable[[Axes], None]) -> Callable[[], object]:
        """Return a function that makes a new right figure and changes its axes."""

        def make() -> object:
            new = self.expected()
            for ax in axes_of(new):
                change(ax)
            return new

        return make


def figure(
    expected: Callable[[], Figure],
    *,
    units: Mapping[str, Sequence[str]] | None = None,
    advice: str = "",
    without: Collection[str] = (),
) -> list[Condition]:
    """Return the conditions on a figure, given as a Figure or as its Axes.

    What the expected figure has is asked for: as many axes, a label where it has one, a title, a
    legend, marks of the same kind that show the same data, in any order and style.

    Parameters
    ----------
    expected : callable
        Makes the right figure, a new one each time.
    units : mapping of str to sequence of str, optional
        For the axis `x` or `y`, words of which its label must hold one: ("EUR", "euros").
    advice : str
        What to look at where the data drawn are not those expected.
    without : collection of str
        Conditions left out: none, drawn, kind, empty, axes, marks, x, y, x-unit, y-unit, title,
        legend, number, exchanged, data.
    """
    asked = _Figure(expected, right=cache(expected), advice=advice)
    conditions = {
        "none": condition(TYPE, _none, "none", lambda: None, "plt.show"),
        "drawn": condition(
            TYPE,
            _artists,
            "what-was-drawn",
            lambda: list(_artists_of(expected())),
            "what was drawn",
        ),
        "kind": condition(TYPE, _no_figure, "no-figure", object, "You give an object"),
        "empty": condition(DATA, _empty, "empty", asked.spoilt(_clear), "nothing is drawn"),
        "axes": condition(
            AXES, asked.axes_number, "another-axes", lambda: _more(expected()), "axes;"
        ),
        "marks": condition(DATA, asked.marks, "other-marks", asked.spoilt(_other_marks), "instead"),
    }
    for axis in ("x", "y"):
        conditions[axis] = _labelled(axis, asked.right, asked.spoilt)
    for axis, words in (units or {}).items():
        conditions[f"{axis}-unit"] = _unit(axis, words, asked.spoilt)
    conditions |= {
        "title": _titled(asked.right, asked.spoilt),
        "legend": condition(
            LEGEND, asked.legend, "no-legend", asked.spoilt(_no_legend), "ax.legend"
        ),
        "number": condition(
            DATA, asked.number, "series-too-much", asked.spoilt(_one_more), "series of"
        ),
        "exchanged": condition(
            DATA, asked.exchanged, "axes-exchanged", asked.spoilt(_turn), "exchanged"
        ),
        "data": condition(DATA, asked.data, "other-data", asked.spoilt(_move), "The data of"),
    }
    return chosen(conditions, without)


def axes_of(answer: object) -> list[Axes]:
    """Return the axes of a figure, without colour bars; or the axes themselves."""
    from matplotlib.axes import Axes

    if isinstance(answer, Axes):
        return [answer]
    return [ax for ax in answer.axes if ax.get_label() != "<colorbar>"]


def drawn(ax: Axes) -> dict[str, list[np.ndarray]]:
    """Return the data of what is drawn, by kind of mark: (n, 2) for lines and points."""
    import numpy as np
    from matplotlib.collections import PathCollection, QuadMesh
    from matplotlib.container import BarContainer

    bars = [container for container in ax.containers if isinstance(container, BarContainer)]
    clouds = [collection for collection in ax.collections if isinstance(collection, PathCollection)]
    meshes = [collection for collection in ax.collections if isinstance(collection, QuadMesh)]
    by_kind = {
        # a line by axhline or axvline is placed by the axes, not by data
        "lines": [line.get_xydata() for line in ax.lines if line.get_transform() == ax.transData],
        "bars": [np.asarray(container.datavalues, dtype=float) for container in bars],
        "points": [np.asarray(cloud.get_offsets()) for cloud in clouds],
        "images": [np.asarray(image.get_array()) for image in [*ax.images, *meshes]],
    }
    return {kind: series for kind, series in by_kind.items() if series}


def _side_by_side(answer: object, right: object) -> list[tuple[Axes, Axes]]:
    return list(zip(axes_of(answer), axes_of(right), strict=True))


def _match(given: list[np.ndarray], asked: list[np.ndarray]) -> bool:
    """Whether each series asked for is among those given."""
    import numpy as np

    def same(candidate: np.ndarray, wanted: np.ndarray) -> bool:
        return candidate.shape == wanted.shape and np.allclose(
            np.asarray(candidate, dtype=float),
            np.asarray(wanted, dtype=float),
            rtol=1e-4,
            equal_nan=True,
        )

    return all(any(same(candidate, wanted) for candidate in given) for wanted in asked)


def _none(answer: object) -> str | None:
    if answer is not None:
        return None
    return _(
        "You give None, as `plt.show()` does: give the figure, from `fig, ax = plt.subplots()`."
    )


def _artists(answer: object) -> str | None:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.container import Container
    from matplotlib.figure import FigureBase

    parts = answer if type(answer) in (list, tuple) and answer else [answer]
    if not isinstance(answer, Container) and (
        isinstance(answer, Axes | FigureBase) or not all(isinstance(part, Artist) for part in parts)
    ):
        return None
    return _("You give {this}, what was drawn: give `fig`, or `ax`, which it was drawn on.").format(
        this=a_type(answer)
    )


def _artists_of(right: Figure) -> list[object]:
    return axes_of(right)[0].get_children()


def _no_figure(answer: object) -> str | None:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    if isinstance(answer, Axes | FigureBase):
        return None
    return _("You give {this}; a figure is asked for.").format(this=a_type(answer))


def _empty(answer: object) -> str | None:
    if any(drawn(ax) for ax in axes_of(answer)):
        return None
    return _("The axes are there, and nothing is drawn on them.")


def _labelled(axis: str, right: Callable[[], Figure], spoilt: Callable) -> Condition:
    def fault(answer: object) -> str | None:
        for given, asked in _side_by_side(answer, right()):
            if _label(asked, axis) and not _label(given, axis):
                return _("The {axis} axis has no label: say what it shows, and its unit.").format(
                    axis=axis
                )
        return None

    return condition(
        LABELS, fault, f"no-{axis}-label", spoilt(lambda ax: _relabel(ax, axis, "")), "no label"
    )


def _unit(axis: str, words: Sequence[str], spoilt: Callable) -> Condition:
    def fault(answer: object) -> str | None:
        for ax in axes_of(answer):
            label = _label(ax, axis)
            if not any(word.casefold() in label.casefold() for word in words):
                return _("The label of the {axis} axis does not say the unit.").format(axis=axis)
        return None

    return condition(
        LABELS, fault, f"no-{axis}-unit", spoilt(lambda ax: _relabel(ax, axis, "value")), "the unit"
    )


def _label(ax: Axes, axis: str) -> str:
    return getattr(ax, f"get_{axis}label")().strip()


def _relabel(ax: Axes, axis: str, label: str) -> None:
    getattr(ax, f"set_{axis}label")(label)


def _titled(right: Callable[[], Figure], spoilt: Callable) -> Condition:
    def fault(answer: object) -> str | None:
        if not _has_title(axes_of(right())) or _has_title(axes_of(answer)):
            return None
        return _("The figure has no title: say in a line what it shows.")

    return condition(TITLE, fault, "no-title", spoilt(_no_title), "no title")


def _has_title(axes: list[Axes]) -> bool:
    titles = [ax.get_title(loc) for ax in axes for loc in ("left", "center", "right")]
    return any([*titles, *(ax.figure.get_suptitle() for ax in axes)])


def _has_legend(ax: Axes) -> bool:
    return ax.get_legend() is not None or bool(ax.figure.legends)


def _clear(ax: Axes) -> None:
    for part in [*ax.lines, *ax.patches, *ax.collections, *ax.images]:
        part.remove()
    ax.containers.clear()


def _more(right: Figure) -> Figure:
    right.add_axes((0, 0, 1, 1))
    return right


def _other_marks(ax: Axes) -> None:
    was_lines = "lines" in drawn(ax)
    _clear(ax)
    if was_lines:
        ax.scatter([0, 1], [1, 2])
    else:
        ax.plot([0, 1], [1, 2])


def _no_title(ax: Axes) -> None:
    for loc in ("left", "center", "right"):
        ax.set_title("", loc=loc)
    ax.figure.suptitle("")


def _no_legend(ax: Axes) -> None:
    for legend in [ax.get_legend(), *ax.figure.legends]:
        if legend:
            legend.remove()


def _one_more(ax: Axes) -> None:
    for add in {"lines": ax.plot, "points": ax.scatter, "bars": ax.bar}:
        if add in drawn(ax):
            {"lines": ax.plot, "points": ax.scatter, "bars": ax.bar}[add]([0, 1], [0, 1])


def _turn(ax: Axes) -> None:
    for line in ax.lines:
        line.set_data(line.get_ydata(), line.get_xdata())
    for cloud in ax.collections:
        cloud.set_offsets(cloud.get_offsets()[:, ::-1])


def _move(ax: Axes) -> None:
    for line in ax.lines:
        line.set_ydata([2 * value + 1 for value in line.get_ydata()])
    for cloud in ax.collections:
        if hasattr(cloud, "set_offsets"):
            cloud.set_offsets(cloud.get_offsets() * 2 + 1)
    for container in ax.containers:
        container.datavalues = [2 * value + 1 for value in container.datavalues]
    for image in ax.images:
        image.set_data(image.get_array() * 2 + 1)
