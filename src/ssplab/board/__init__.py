"""The board of a hackathon: teams hand in predictions, which are checked and scored as a kit does
it; half of the test part ranks live, the other half at the close.

All of an event stands in one database, SQLite or PostgreSQL: `create` begins it, `serve` opens it
to the teams, `export` gives everything back.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "app": ["board_app"],
        "event": ["change", "create"],
        "exporting": ["export"],
        "serving": ["serve"],
        "store": ["Event", "Store"],
    },
)
