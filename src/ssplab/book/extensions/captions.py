"""Figures with their captions, as on the page of a run: see `ssplab.notebooks.captions`."""

from ssplab.notebooks import caption_figures


def setup(app):
    # Before it is resolved, a page holds an output in all its forms.
    app.connect("doctree-resolved", lambda app, doctree, docname: caption_figures(doctree))
