"""What `ssplab new` does: the files of a new chapter, data set, session, kit or project, written
from the skeletons in `skeletons/`, executed, registered in `_toc.yml` and green, with the mark of
`ssplab.course.unfinished` at each place to fill. All of the files come to be, or none.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "chapters": ["new_chapter"],
        "data_sets": ["new_data"],
        "hackathons": ["new_kit"],
        "projects": ["new_project"],
        "reading_groups": ["new_session"],
        "writing": ["Created"],
    },
)
