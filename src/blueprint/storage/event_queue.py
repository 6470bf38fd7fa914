"""The queue of events below `automation/{consumer}/`: queued, then processed or failed, each an object of its own."""

from collections.abc import Iterator

from blueprint.contracts.errors import InputError, ObjectExistsError, ObjectNotFoundError
from blueprint.contracts.events import EpisodesImported, EventOutcome
from blueprint.storage.keys import validate_key
from blueprint.storage.store import ObjectStore

__all__ = ["finish", "publish", "queued"]

CONSUMER = "training"
_MAX_EVENT_BYTES = 64 << 10


def publish(store: ObjectStore, event: EpisodesImported, consumer: str = CONSUMER) -> bool:
    """Queue an event; returns False where it is queued or was processed already. A failed one is queued again."""
    if store.exists(_key(consumer, "processed", event)):
        return False
    try:
        store.create(_key(consumer, "queue", event), event.to_json().encode())
    except ObjectExistsError:
        return False
    return True


def queued(store: ObjectStore, consumer: str = CONSUMER) -> Iterator[EpisodesImported]:
    """Yield the events that wait, by name; raises InputError for one that is none."""
    for entry in store.list(f"automation/{consumer}/queue/"):
        if entry.size > _MAX_EVENT_BYTES:
            raise InputError(f"event {entry.key} has {entry.size} bytes.", remedy="delete it; events are small.")
        try:
            yield EpisodesImported.parse(store.read(entry.key), where=entry.key)
        except ObjectNotFoundError:
            continue  # another consumer was faster


def finish(store: ObjectStore, outcome: EventOutcome, consumer: str = CONSUMER) -> str:
    """Write what became of an event, take it out of the queue, and return the outcome's key."""
    folder = "processed" if outcome.status == "succeeded" else "failed"
    key = _key(consumer, folder, outcome.event)
    store.write(key, outcome.to_json().encode())
    if folder == "processed":
        store.delete(_key(consumer, "failed", outcome.event))
    store.delete(_key(consumer, "queue", outcome.event))
    return key


def _key(consumer: str, folder: str, event: EpisodesImported) -> str:
    return validate_key(f"automation/{consumer}/{folder}/{event.data.scene_id}-{event.id}.json")
