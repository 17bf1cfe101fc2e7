"""One place for all answers, and one crew for all classes, since to load torch takes seconds; and a class to grade."""

import pytest


@pytest.fixture(scope="session")
def box():
    """A sandbox where there can be one, else practice mode."""
    from lmkit.classroom import sandbox  # not before the tests have lmkit checked

    with sandbox.Sandbox(sandbox.kind()) as box:
        yield box


@pytest.fixture(scope="session")
def kept_workers():
    """A worker for `crew` that, when it has nothing to do, is kept for the next class in place of being ended."""
    from lmkit.classroom import crew
    from tests.classroom import hurried

    kept = {}

    class Kept(crew.Worker):
        def stop(self):
            if self.task:
                super().stop()
            else:
                kept.setdefault(self.kind, []).append(self)

        def _start(self):
            if kept.get(self.kind):
                before = kept[self.kind].pop()
                self.line, self.process = before.line, before.process
                return
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(crew, "_work", hurried.work)
                super()._start()

    yield Kept
    for worker in [worker for workers in kept.values() for worker in workers]:
        crew.Worker.stop(worker)


@pytest.fixture
def a_class(tmp_path):
    """A release, and nobody graded yet."""
    from tests.classroom.graded import Graded

    return Graded(tmp_path)
