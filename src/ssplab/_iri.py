"""A package that a second passes to load, loaded when it is used: `rfc3987_syntax`.

Whoever reads a notebook loads nbformat, and with it jsonschema, which loads all that it has for
formats; for IRIs, a format that no schema of notebooks asks for, that is a package which makes
forty parsers as it is loaded (python-jsonschema/jsonschema#1428). Each kernel, each server and each
command would wait for it.
"""

import sys
from types import ModuleType

PACKAGE = "rfc3987_syntax"


def later() -> None:
    """Let the package be loaded by whoever first asks whether a text is an IRI."""
    if PACKAGE not in sys.modules:
        waiting = ModuleType(PACKAGE)
        waiting.is_valid_syntax = _is_valid_syntax
        sys.modules[PACKAGE] = waiting


def _is_valid_syntax(term: str, value: str) -> bool:
    if getattr(sys.modules.get(PACKAGE), "is_valid_syntax", None) is _is_valid_syntax:
        del sys.modules[PACKAGE]
    from rfc3987_syntax import is_valid_syntax

    return is_valid_syntax(term=term, value=value)
