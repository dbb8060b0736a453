"""Starter kits for hackathons: an edition is made from the organisers' seed, its zip built for the
teams, its truth kept in a second archive, what teams hand in checked and scored.

`kits/SLUG/` holds what an author writes of one kit, `skeletons/team/` what all kits share; what
stands in a kit's folder `organiser/` never reaches a team.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["submission"],
    submod_attrs={
        "building": ["Built", "build", "lay_out_truth", "make_ready"],
        "editions": ["Edition", "Parts", "cut", "sample_submission"],
        "facts": ["Kit", "kits", "load_kit"],
        "measuring": ["SEEDS", "measure", "read_record", "state"],
        "scoring": ["check", "score", "unpacked"],
    },
)
