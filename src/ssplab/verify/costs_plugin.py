"""A pytest plugin: each test's processor seconds, in the JUnit report that `ssplab test` reads."""

import os
from collections.abc import Iterator

import pytest

from ssplab.verify.costs import PROPERTY

STARTED = pytest.StashKey[float]()


def _spent() -> float:
    """Return the processor seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    item.stash[STARTED] = _spent()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    try:
        return (yield)
    finally:  # what its fixtures started has been waited for
        item.user_properties.append((PROPERTY, f"{_spent() - item.stash[STARTED]:.2f}"))
