"""The button that opens a chapter or an exercise where one can work in it.

The theme has such a button too. It knows neither Onyxia nor a JupyterLab on the reader's machine,
takes a repository from three hosts only, and stands on every notebook, solutions included; so that
only its drawing is used here: `header_buttons`, a menu of links. A link asks for nothing until it
is followed.
"""

from functools import partial
from html import escape

from sphinx.errors import ConfigError

from ssplab.book.launching import read_launch
from ssplab.system import CheckFailed

AFTER_THE_THEME = 502
PLACES = {
    "JupyterHub": "Open this notebook on the JupyterHub",
    "Onyxia": "Open this notebook in a service of Onyxia",
    "My JupyterLab": "Open my copy of this notebook, in the JupyterLab that runs on this machine",
}


def add_buttons(app, config):
    """Read the configuration, and let pages whose notebooks are worked in have the menu."""
    try:
        launch = read_launch(config.launch or {})
    except CheckFailed as error:
        raise ConfigError(str(error)) from error
    app.connect("html-page-context", partial(add_button, launch), priority=AFTER_THE_THEME)


def add_button(launch, app, pagename, templatename, context, doctree):
    """Put the menu before the theme's buttons."""
    links = launch.links(pagename)
    if links and "header_buttons" in context:
        menu = {
            "type": "group",
            "icon": "fas fa-play",
            "tooltip": "Open this notebook",
            "label": "launch-buttons",
            "buttons": [
                {"type": "link", "text": name, "tooltip": PLACES[name], "url": escape(link)}
                for name, link in links.items()
            ],
        }
        context["header_buttons"].insert(0, menu)


def setup(app):
    app.add_config_value("launch", None, "html")
    app.connect("config-inited", add_buttons)
