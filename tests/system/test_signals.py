"""Signals that end a process are exceptions, one at a time, and leave no handler behind."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from processes import LIMIT, started

from ssplab.system import SsplabError, signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture(autouse=True)
def handlers():
    """The handlers of a process that has set none; after the test they are still there."""
    defaults = dict.fromkeys(signals.ENDING, signal.SIG_DFL)
    defaults[signal.SIGINT] = signal.default_int_handler
    before = {number: signal.signal(number, handler) for number, handler in defaults.items()}
    yield
    after = {number: signal.signal(number, handler) for number, handler in before.items()}
    assert after == defaults


@pytest.mark.parametrize("number", signals.ENDING)
def test_a_signal_is_an_exception_with_its_exit_code(number):
    expected = KeyboardInterrupt if number == signal.SIGINT else signals.Ended
    with pytest.raises(expected) as raised, signals.raised():
        signal.raise_signal(number)
    if number != signal.SIGINT:
        assert raised.value.code == 128 + number


@pytest.mark.parametrize("number", signals.ENDING)
def test_a_program_that_uses_the_room_ends_with_the_signal_s_exit_code(number):
    program = (
        "import signal\nfrom ssplab.system import signals\n"
        f"with signals.raised():\n    signal.raise_signal({int(number)})"
    )
    with started([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) as process:
        _, told = process.communicate(timeout=LIMIT)
    if number == signal.SIGINT:
        assert process.returncode == -number and "KeyboardInterrupt" in told
    else:
        assert (process.returncode, told) == (128 + number, "")


def test_further_signals_do_not_stop_what_the_first_undoes():
    undone = []
    with pytest.raises(KeyboardInterrupt), signals.raised():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            try:
                raise ValueError("told while it is undone")
            except ValueError:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGTERM)
            undone.append("all of it")
    assert undone == ["all of it"]


def test_where_the_process_ends_further_signals_are_ignored():
    with pytest.raises(KeyboardInterrupt), signals.raised(process_ends=True):
        signal.raise_signal(signal.SIGINT)
    for number in signals.ENDING:
        assert signal.getsignal(number) == signal.SIG_IGN
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_a_signal_after_one_whose_exception_was_dealt_with_is_an_exception_again():
    raised = []
    with signals.raised():
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                signal.raise_signal(number)
            except (KeyboardInterrupt, signals.Ended) as error:
                raised.append(type(error))
    assert raised == [KeyboardInterrupt, signals.Ended]


def test_an_error_that_code_makes_of_an_interrupt_is_the_interrupt():
    with pytest.raises(signals.Ended) as failure, signals.raised():
        try:
            signal.raise_signal(signal.SIGTERM)
        except SystemExit:
            raise ImportError("as modules in C do") from None
    assert isinstance(failure.value.__cause__, ImportError)


def test_an_error_in_a_sentence_is_told_though_a_signal_came():
    with pytest.raises(SsplabError), signals.raised():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            raise SsplabError("It could not be removed: do it by hand.")


def test_what_is_ignored_or_has_a_handler_stays_so():
    heard = []
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    with signals.raised():
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGTERM)
    with signals.held():
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGTERM)
        assert len(heard) == 1
    assert heard == [signal.SIGTERM] * 2
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_a_signal_that_is_held_has_its_effect_after_the_block():
    done = []
    with pytest.raises(signals.Ended), signals.raised():
        with signals.held():
            signal.raise_signal(signal.SIGTERM)
            done.append("block")
        done.append("after")
    assert done == ["block"]


def test_outside_the_main_thread_nothing_changes():
    def use():
        with signals.raised(), signals.held(), signals.leaving_at_once():
            seen.append([signal.getsignal(number) for number in signals.ENDING])

    seen = []
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert seen == [[signal.getsignal(number) for number in signals.ENDING]]
