"""What a trainee sees: the result of a check, and hints; as text and as HTML."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ssplab.system import _

# JupyterLab's colours, then those of the book's theme; the words say what the colours say.
RIGHT = "var(--jp-success-color1, var(--pst-color-success, #2a7f3f))"
NOT_YET = "var(--jp-warn-color1, var(--pst-color-warning, #b35900))"
PLAIN = "var(--jp-border-color1, var(--pst-color-border, #8a8a8a))"


@dataclass(frozen=True)
class Result:
    """What `check` says; true only when the answer is right.

    Parameters
    ----------
    exercise : str
        Such as `payroll-anomalies/1`.
    right : bool or None
        None where there is nothing to examine: an open exercise.
    message : str
        What is not right and why, or praise.
    met : sequence of str
        The aspects that are right, where another is not.
    aspect : str
        The one that is not.
    next_step : str
        What the trainee may do now.
    """

    exercise: str
    right: bool | None
    message: str
    met: Sequence[str] = ()
    aspect: str = ""
    next_step: str = ""

    def __bool__(self) -> bool:
        return self.right is True

    def _lines(self) -> list[str]:
        met = _("Right so far: {aspects}.").format(aspects=", ".join(self.met)) if self.met else ""
        message = f"{self.aspect}: {self.message}" if self.aspect else self.message
        return [line for line in (met, message, self.next_step) if line]

    def __repr__(self) -> str:
        mark = {True: _("Right"), False: _("Not yet"), None: _("Open")}[self.right]
        return "\n".join([f"{mark} ({self.exercise})", *(f"- {line}" for line in self._lines())])

    def _repr_html_(self) -> str:
        mark, colour = {
            True: (_("✓ Right"), RIGHT),
            False: (_("○ Not yet"), NOT_YET),
            None: (_("◇ Open"), PLAIN),
        }[self.right]
        items = "".join(f"<li>{_with_code(line)}</li>" for line in self._lines())
        return box(colour, mark, self.exercise, f"<ul style='margin:0.2em 0'>{items}</ul>")


@dataclass(frozen=True)
class Hints:
    """The hints asked for so far, in Markdown, and what comes next."""

    exercise: str
    given: Sequence[str]
    total: int
    next_step: str

    def __repr__(self) -> str:
        lines = [f"{self._title()} ({self.exercise})"]
        lines += [f"{number}. {text}" for number, text in enumerate(self.given, start=1)]
        return "\n".join([*lines, self.next_step])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{markdown(text)}</li>" for text in self.given)
        content = f"<ol style='margin:0.2em 0'>{items}</ol><p>{_with_code(self.next_step)}</p>"
        return box(PLAIN, self._title(), self.exercise, content)

    def _title(self) -> str:
        return _("Hints: {given} of {total}").format(given=len(self.given), total=self.total)


def box(colour: str, title: str, exercise: str, content: str) -> str:
    """Return HTML in the page's own colours, with a coloured border on the left."""
    return (
        f'<div role="status" style="border-left:0.3em solid {colour};padding:0.3em 0.8em">'
        f"<strong>{html.escape(title)}</strong> <small>{html.escape(exercise)}</small>"
        f"{content}</div>"
    )


def markdown(text: str) -> str:
    """Return a text of the course's own as HTML."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).render(text)


def _with_code(message: str) -> str:
    """Return a message as HTML: it may hold a trainee's text, so only code spans are markup."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(message))
