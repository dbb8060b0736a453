"""What stored notebooks hold for other readers than the book's."""

import json

SAFE = "application/vnd.ssplab.safe+json"  # the mark of what `ssplab.safe` returned


def drop_marks(app, docname, content):
    """Take the marks of `ssplab.safe` out of outputs: reports read them, and MyST warns of them."""
    if app.env.doc2path(docname).endswith(".ipynb") and SAFE in content[0]:
        notebook = json.loads(content[0])
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                output.get("data", {}).pop(SAFE, None)
        content[0] = json.dumps(notebook)


def setup(app):
    app.connect("source-read", drop_marks)
