"""The twins that most tests of a data set ask for; its file says which card it is about."""

import pytest


@pytest.fixture(scope="module")
def twin(card, generated):
    return generated(card.name)


@pytest.fixture(scope="module")
def others(card, generated):
    """Twins of other seeds than the card's."""
    return [generated(card.name, seed) for seed in (1, 2)]


@pytest.fixture(scope="module")
def larger(card, generated):
    return generated(card.name, scale=3)
