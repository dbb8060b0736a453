"""The book: built from stored outputs by Jupyter Book, served, with pages made from the data
cards and from what `book/lab/` says of the lab's projects, posts and events. `extensions` are
Sphinx's; nothing outside this room and `_config.yml` knows which builder it is.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "building": ["build", "port_taken", "serve"],
        "changes": ["write_changes"],
        "data_pages": ["write_data_pages"],
        "pictures": ["Picture"],
        "plans": ["Plan", "Planner", "a_day", "timetable"],
    },
)
