"""Name a trainee's objects in a message, whatever they do when asked."""

from collections.abc import Callable, Iterable

from ssplab.system import _

LONGEST = 80


def type_name(thing: object) -> str:
    """Return the name of an object's type; a class cannot lie about it."""
    return type.__dict__["__name__"].__get__(type(thing))[:LONGEST]


def a_type(thing: object) -> str:
    """Return the type's name with its article: "a list", "an int"; None is its own name."""
    if thing is None:
        return "None"
    name = type_name(thing)
    vowel = name.lower().startswith(("a", "e", "i", "o", "u", "ndarray"))
    article = _("an {type}") if vowel else _("a {type}")
    return article.format(type=name)


def short_repr(thing: object) -> str:
    """Return an object as Python writes it, cut where it is long; its type where that fails."""
    return _text(thing, repr) or f"<{type_name(thing)}>"


def exception_text(error: BaseException) -> str:
    """Return an exception as Python ends a traceback with it, cut where it is long."""
    return f"{type_name(error)}: {_text(error, str)}".removesuffix(": ")


def _text(thing: object, write: Callable[[object], str]) -> str:
    try:
        text = write(thing)
    except KeyboardInterrupt:
        raise
    except BaseException:  # the trainee's own class may raise anything, SystemExit too
        return ""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def listed(things: Iterable[object]) -> str:
    """Return some things as a list in words, at most five of them."""
    texts = [str(thing) for thing in things]
    return ", ".join(texts[:5]) + (", …" if len(texts) > 5 else "")
