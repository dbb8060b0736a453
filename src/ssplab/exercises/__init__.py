"""Exercises: what examines an answer and helps with it (`check`, `hint`), the words in which it
answers, the conditions that most answers need (`compare`), functions that are judged by the
practice web's journal (`visits`), and how an exercise is derived from its solution. What one
chapter asks stands in words in `checks/PART/SLUG.yml`; the right answer is what its solution gives.
"""

from ssplab import _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["compare", "derivation", "remedies", "visits"],
    submod_attrs={
        "checking": ["attempted", "check", "exercises", "find", "hint"],
        "engine.exercise": ["Condition", "Exercise", "Mistake", "WrongAnswer"],
        "engine.shows": ["PLAIN", "RIGHT", "box", "markdown"],
        "engine.words": ["a_type", "exception_text"],
        "recorded": ["Misunderstanding", "first_hints", "misunderstandings"],
    },
)
