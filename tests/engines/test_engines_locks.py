"""A scene that a lost node left locked in the batch's name is the batch's still, and nobody else's."""

import pytest

from blueprint.pipeline.workspace import locked, open_workspace
from blueprint.storage import layout, lock
from blueprint.storage.lock import LockHeldError

BATCH = "another-host:4242"


@pytest.fixture
def left_locked(tmp_path):
    workspace = open_workspace(str(tmp_path), "scene")
    key = layout.scene_key("scene", layout.scene_lock("run"))
    lock.acquire(workspace.store, key, holder=BATCH, acquired_at="2026-01-01T00:00:00+00:00")
    return workspace


def test_the_same_batch_takes_over_the_lock_of_its_lost_job(left_locked):
    with locked(left_locked, BATCH):
        pass


def test_another_run_is_refused(left_locked):
    with pytest.raises(LockHeldError, match="another-host"), locked(left_locked):
        pass


def test_another_batch_is_refused(left_locked):
    with pytest.raises(LockHeldError, match="another-host"), locked(left_locked, "third-host:1"):
        pass
