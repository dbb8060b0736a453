"""What the baseline is compared with: the answer that costs nothing, and the course's."""


def trivial(edition):
    """Return the same score for each row."""
    rows = edition.rows[edition.part == "test"]
    return rows[["row_id"]].assign(score=0.0)


def course(edition):
    """Return the answer of the course's chapter on the same case.

    # FILL IN: its functions, by `ssplab.taught`; learnt on the training part only.
    """
    return trivial(edition)


def truth(edition):
    """Return the best answer that there is."""
    rows = edition.rows[edition.part == "test"]
    return rows[["row_id"]].merge(edition.truth, on="row_id").assign(score=lambda t: t["is_error"])
