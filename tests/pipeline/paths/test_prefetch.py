import threading
import time

import pytest

from pipeline.paths.prefetch import prefetched


def counting(limit, log):
    """Numbers up to ``limit``; ``log`` gets what happens and in which thread."""
    try:
        for number in range(limit):
            log.append(number)
            yield number
    finally:
        log.append(("closed", threading.current_thread().name))


def test_all_items_come_in_order():
    with prefetched(iter(range(100))) as items:
        assert list(items) == list(range(100))


def test_no_more_than_depth_items_are_read_ahead():
    log: list[object] = []
    with prefetched(counting(100, log), depth=3) as items:
        next(items)
        deadline = time.monotonic() + 5
        while len(log) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        assert log == [0, 1, 2, 3, 4]  # one taken, three waiting, one in the reader's hand


def test_an_error_comes_where_the_item_would_have():
    def failing():
        yield 1
        raise LookupError("lost")

    with prefetched(failing()) as items:
        assert next(items) == 1
        with pytest.raises(LookupError, match="lost"):
            next(items)


def test_leaving_early_closes_the_stream_in_its_own_thread():
    log: list[object] = []
    with prefetched(counting(10**9, log)) as items:
        next(items)
    assert log[-1] == ("closed", "prefetch")
    assert all(thread.name != "prefetch" for thread in threading.enumerate())


def test_an_error_of_the_consumer_closes_the_stream_too():
    log: list[object] = []
    with pytest.raises(ZeroDivisionError), prefetched(counting(10**9, log)) as items:
        raise ZeroDivisionError(next(items))
    assert log[-1] == ("closed", "prefetch")


def test_a_stream_that_no_one_reads_is_closed():
    log: list[object] = []
    with prefetched(counting(3, log)):
        pass
    assert log[-1] == ("closed", "prefetch")
