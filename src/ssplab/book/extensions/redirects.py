"""Former addresses lead on to the pages that took their place, from a file server too.

`redirects` in `_config.yml` lists them, for sphinx-reredirects, whose own page has neither a
language nor a title, and no link.
"""

from pathlib import Path

TEMPLATE = Path(__file__).parent / "templates" / "redirect.html"


def use_template(app, config):
    """Let a former address be a page that says where it leads."""
    config.redirect_html_template_file = str(TEMPLATE)


def setup(app):
    app.setup_extension("sphinx_reredirects")
    app.connect("config-inited", use_template)
