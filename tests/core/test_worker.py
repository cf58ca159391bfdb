"""The newest-only worker."""

import threading

from app.worker import NewestWorker


def test_only_the_newest_waiting_item_is_worked_on() -> None:
    begun, go, done = threading.Event(), threading.Event(), []

    def work(item: int) -> None:
        begun.set()
        go.wait(5)
        done.append(item)

    worker = NewestWorker("test", work)
    worker.offer(0)
    assert begun.wait(5)
    for item in range(1, 50):
        worker.offer(item)
    go.set()
    assert worker.close()
    assert done == [0, 49]


def test_a_failure_is_reported_and_the_worker_goes_on(caplog) -> None:
    failures, done = [], []

    def work(item: str) -> None:
        if item == "bad":
            raise ValueError(item)
        done.append(item)

    worker = NewestWorker("test", work, failed=failures.append)
    worker.offer("bad")
    assert worker.flush(5)
    worker.offer("good")
    assert worker.close()
    assert done == ["good"]
    assert [str(failure) for failure in failures] == ["bad"]


def test_closing_does_not_retry_for_ever(caplog) -> None:
    attempts = []

    def work(item: int) -> None:
        attempts.append(item)
        raise OSError("disk full")

    worker = NewestWorker("test", work, failed=lambda _: worker.offer(1))
    worker.offer(1)
    assert worker.close(5)
    assert 1 <= len(attempts) < 1000


def test_offers_after_closing_are_ignored() -> None:
    done: list[int] = []
    worker = NewestWorker("test", done.append)
    worker.offer(1)
    assert worker.close()
    worker.offer(2)
    assert done == [1]
