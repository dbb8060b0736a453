"""Maths without a network: MathJax, copied from the package `sphinx-mathjax-offline`."""

from importlib.util import find_spec
from pathlib import Path

from sphinx.util.fileutil import copy_asset

# Of the package's 24 MB, what `mathjax3_config` loads, and the TeX macros that load on demand.
MATHJAX = [
    "startup.js",
    "core.js",
    "a11y/assistive-mml.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts",
]


def copy_mathjax(app, exception):
    """Copy MathJax from the package into the built pages."""
    if exception is None:
        package = find_spec("sphinx-mathjax-offline").submodule_search_locations[0]
        source = Path(package, "static", "mathjax")
        target = Path(app.outdir, "_static", "mathjax")
        for part in MATHJAX:
            folder = part if (source / part).is_dir() else Path(part).parent
            copy_asset(source / part, target / folder)


def setup(app):
    app.connect("build-finished", copy_mathjax)
