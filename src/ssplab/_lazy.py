"""What a room exports, loaded when it is asked for.

The rooms' `__init__` would otherwise load pandas, matplotlib and nbformat for whoever imports one
name, seconds of every kernel. `lazy_loader.attach` does the same; it is a package, and
`ssplab doctor` must say what is missing where no package is installed.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence


def attach(
    package: str,
    submodules: Sequence[str] = (),
    submod_attrs: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package (PEP 562).

    Parameters
    ----------
    package : str
        Its dotted name: `__name__`.
    submodules : sequence of str
        Modules exported as they are.
    submod_attrs : mapping of str to sequence of str
        For each module of the package, the names that are exported from it. None is the name of a
        module of the package: importing that module would take its place.
    """
    homes = {name: module for module, names in (submod_attrs or {}).items() for name in names}
    exported = sorted([*submodules, *homes])

    def __getattr__(name: str) -> object:
        if name in submodules:
            return importlib.import_module(f"{package}.{name}")
        if name in homes:
            return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return exported

    return __getattr__, __dir__, exported
