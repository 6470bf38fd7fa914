import pytest

from blueprint.contracts.errors import ContractError
from blueprint.contracts.events import EPISODES_IMPORTED, EventOutcome, ImportedEpisodes, episodes_imported
from blueprint.storage.event_queue import finish, publish, queued
from blueprint.storage.local import LocalStore


def event(accepted: int = 7, scene: str = "kitchen"):
    return episodes_imported(
        ImportedEpisodes(scene_id=scene, accepted=accepted, rejected=1, import_manifest_sha256="0" * 64)
    )


def test_the_same_import_is_announced_once_and_another_one_again(tmp_path):
    store = LocalStore(tmp_path)
    assert [publish(store, item) for item in (event(), event(), event(8))] == [True, False, True]
    assert {item.id for item in queued(store)} == {event().id, event(8).id}
    assert all(item.type == EPISODES_IMPORTED == "blueprintpipeline.episodes.imported" for item in queued(store))


def test_a_processed_event_is_out_of_the_queue_and_never_comes_again(tmp_path):
    store = LocalStore(tmp_path)
    publish(store, event())
    key = finish(store, EventOutcome(status="succeeded", event=event(), detail="done"))
    assert key == f"automation/training/processed/kitchen-{event().id}.json"
    assert list(queued(store)) == []
    assert publish(store, event()) is False


def test_a_failed_event_is_kept_with_its_reason_and_may_be_queued_again(tmp_path):
    store = LocalStore(tmp_path)
    publish(store, event())
    key = finish(store, EventOutcome(status="failed", event=event(), detail="no demonstrations"))
    assert EventOutcome.parse(store.read(key)).detail == "no demonstrations"
    assert publish(store, event()) is True
    finish(store, EventOutcome(status="succeeded", event=event(), detail="done"))
    assert not store.exists(key)


def test_something_else_in_the_queue_is_refused_by_name(tmp_path):
    store = LocalStore(tmp_path)
    store.write("automation/training/queue/a.json", b'{"id": 1}')
    with pytest.raises(ContractError, match=r"queue/a\.json"):
        list(queued(store))
