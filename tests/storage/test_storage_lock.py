from concurrent.futures import ThreadPoolExecutor

import pytest

from blueprint.storage.lock import LockHeldError, acquire, inspect, steal

NOW = "2026-01-01T00:00:00Z"
KEY = "locks/source.lock"


def test_a_held_lock_refuses_others_and_names_its_holder(store):
    with acquire(store, KEY, holder="host-a:17", acquired_at=NOW) as lock:
        assert lock.is_held()
        with pytest.raises(LockHeldError, match="host-a:17 since 2026"):
            acquire(store, KEY, holder="host-b:4", acquired_at=NOW)
    assert inspect(store, KEY) is None
    acquire(store, KEY, holder="host-b:4", acquired_at=NOW).release()


def test_a_stolen_lock_is_not_released_by_its_former_holder(store):
    old = acquire(store, KEY, holder="dead", acquired_at=NOW)
    seen, version = inspect(store, KEY)
    assert seen.holder == "dead"
    new = steal(store, KEY, version, holder="heir", acquired_at=NOW)
    assert not old.is_held()
    old.release()
    assert new.is_held()
    with pytest.raises(LockHeldError, match="changed hands"):
        steal(store, KEY, version, holder="late", acquired_at=NOW)


def test_of_sixteen_thieves_exactly_one_has_the_lock(store):
    acquire(store, KEY, holder="dead", acquired_at=NOW)
    _, version = inspect(store, KEY)

    def attempt(index: int) -> bool:
        try:
            return steal(store, KEY, version, holder=f"thief {index}", acquired_at=NOW).is_held()
        except LockHeldError:
            return False

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(attempt, range(16))).count(True) == 1


def test_an_unreadable_lock_object_still_locks_and_can_be_stolen(store):
    store.write(KEY, b"{not json")
    with pytest.raises(LockHeldError, match="unreadable"):
        acquire(store, KEY, holder="a", acquired_at=NOW)
    _, version = inspect(store, KEY)
    assert steal(store, KEY, version, holder="a", acquired_at=NOW).is_held()


def test_a_lost_answer_to_our_own_create_does_not_lock_us_out(gcs_server, monkeypatch):
    from blueprint.contracts.errors import ObjectExistsError
    from blueprint.storage.store import open_store

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_server.url)
    store = open_store("gs://bucket/lost_answer")
    create = store.create

    def create_twice(key: str, data: bytes) -> str:
        create(key, data)
        raise ObjectExistsError("the retry met its own object")

    monkeypatch.setattr(store, "create", create_twice)
    assert acquire(store, KEY, holder="a", acquired_at=NOW).is_held()
