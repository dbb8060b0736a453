"""Python for Official Statistics: the code behind the course's notebooks.

`set_up` prepares a notebook; `load`, `truth` and `describe` read the data sets, and `image_path`
and `truth_image_path` say where images lie, `folder` where the files of a data set that
consists of files, and `official_path` where the published table that a data set is a twin or a part
of; `spark_session` starts Spark, where it is
installed; `safe` and `safe_totals` mask what a table of own data must not show, `safe_number`,
`safe_share` and `safe_figure` what a sentence or a figure must not; `claim` is the number that a
sentence of a chapter speaks of, and `over_seeds` sets it beside those of other twins; `check`
examines an exercise's answer, `hint` and `solution` help with it, `progress` shows what is done and
what is next; `taught` gives a function as a chapter has defined it; `style` is the look of the
course's figures, `course_root` its folder.
"""

from ssplab import _iri, _lazy, _pandera

__version__ = "0.1.0"

_iri.later()
_pandera.quietly()

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "course": ["course_root", "taught"],
        "data": [
            "describe",
            "folder",
            "image_path",
            "load",
            "official_path",
            "set_up",
            "spark_session",
            "truth",
            "truth_image_path",
        ],
        "exercises": ["check", "hint"],
        "learner": ["progress"],
        "notebooks": ["solution"],
        "owndata": ["safe", "safe_figure", "safe_number", "safe_share", "safe_totals"],
        "system": ["style"],
        "verify": ["claim", "over_seeds"],
    },
)
