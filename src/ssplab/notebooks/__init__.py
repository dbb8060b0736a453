"""The notebook rooms: find, split, lint, compare, refresh and run notebooks.

Every room is importable alone. The authors write `chapters/` and `solutions/`; `exercises/` is
derived from the solutions and never edited.
"""
