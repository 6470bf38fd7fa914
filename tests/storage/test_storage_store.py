"""What holds for every object store: the same suite against a local folder, S3 (moto) and GCS (loopback server)."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from blueprint.contracts.errors import (
    InputError,
    ObjectExistsError,
    ObjectNotFoundError,
    StorageError,
    UnsafePathError,
    VersionConflictError,
)
from blueprint.storage.store import open_store

HOSTILE_KEYS = [
    "",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a/./b",
    "a//b",
    "a/",
    "a\\..\\b",
    "a\0b",
    "a\nb",
    "C:/x",
    "x" * 300,
    "y/" * 500 + "z",
    "\ud800",
]


def test_written_bytes_are_read_back_with_their_version(store):
    data = bytes(range(256)) * 5
    version = store.write("a/b/file.bin", data)
    assert store.read("a/b/file.bin") == data
    assert store.read_versioned("a/b/file.bin") == (data, version)
    info = store.stat("a/b/file.bin")
    assert (info.key, info.size, info.version) == ("a/b/file.bin", len(data), version)
    assert info.md5 == hashlib.md5(data).hexdigest()


def test_empty_and_ten_megabyte_objects_survive(store):
    big = b"0123456789" * (1 << 20)
    for key, data in [("empty", b""), ("big", big)]:
        store.write(key, data)
        assert store.read(key) == data
        assert store.stat(key).md5 == hashlib.md5(data).hexdigest()


def test_overwriting_changes_the_version(store):
    first = store.write("key", b"one")
    second = store.write("key", b"two")
    assert first != second
    assert store.read("key") == b"two"


def test_missing_objects_raise_not_found_and_do_not_exist(store):
    assert not store.exists("nothing/here")
    for call in (store.read, store.read_versioned, store.stat):
        with pytest.raises(ObjectNotFoundError, match="nothing/here"):
            call("nothing/here")
    store.delete("nothing/here")


def test_create_refuses_an_existing_object_and_leaves_it(store):
    version = store.create("once", b"first")
    assert store.stat("once").version == version
    with pytest.raises(ObjectExistsError, match="once"):
        store.create("once", b"second")
    assert store.read("once") == b"first"


def test_swap_refuses_a_stale_version_and_a_missing_object(store):
    stale = store.write("state", b"1")
    fresh = store.swap("state", b"2", stale)
    with pytest.raises(VersionConflictError, match="state"):
        store.swap("state", b"3", stale)
    assert store.read_versioned("state") == (b"2", fresh)
    with pytest.raises(VersionConflictError):
        store.swap("absent", b"3", fresh)
    assert not store.exists("absent")
    with pytest.raises(VersionConflictError):
        store.swap("state", b"3", "of another kind")


def test_conditional_delete_refuses_a_stale_version_and_a_missing_object(store):
    stale = store.write("doomed", b"1")
    fresh = store.write("doomed", b"2")
    with pytest.raises(VersionConflictError):
        store.delete("doomed", expected=stale)
    assert store.exists("doomed")
    store.delete("doomed", expected=fresh)
    assert not store.exists("doomed")
    with pytest.raises(VersionConflictError):
        store.delete("doomed", expected=fresh)


def test_listing_is_sorted_and_bounded_by_whole_folders(store):
    for key in ["z", "a/2", "a/10", "a/b/c", "ab/1", "a.txt", "Ü ö/é"]:
        store.write(key, key.encode())
    assert [entry.key for entry in store.list()] == sorted(["z", "a/2", "a/10", "a/b/c", "ab/1", "a.txt", "Ü ö/é"])
    assert [(entry.key, entry.size) for entry in store.list("a")] == [("a/10", 4), ("a/2", 3), ("a/b/c", 5)]
    assert store.list("a/") == store.list("a")
    assert store.list("none") == []


@pytest.mark.parametrize("key", HOSTILE_KEYS, ids=lambda key: ascii(key)[:20])
def test_hostile_keys_are_refused_by_every_method(tmp_path, key):
    store = open_store(tmp_path)
    calls = [
        store.read,
        store.stat,
        store.exists,
        store.delete,
        lambda k: store.write(k, b""),
        lambda k: store.create(k, b""),
    ]
    for call in calls:
        with pytest.raises(UnsafePathError) as caught:
            call(key)
        assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_remote_stores_refuse_hostile_keys_before_any_request(store):
    for key in HOSTILE_KEYS:
        with pytest.raises(UnsafePathError):
            store.write(key, b"")
    with pytest.raises(UnsafePathError):
        store.list("../other")


def test_sixteen_racing_creators_have_exactly_one_winner(store):
    def attempt(index: int) -> bool:
        try:
            store.create("race", f"winner {index}".encode())
        except ObjectExistsError:
            return False
        return True

    for _ in range(3):
        with ThreadPoolExecutor(16) as pool:
            won = list(pool.map(attempt, range(16)))
        assert won.count(True) == 1
        assert store.read("race") == f"winner {won.index(True)}".encode()
        store.delete("race")


def test_sixteen_racing_swaps_of_one_version_have_exactly_one_winner(store):
    expected = store.write("race", b"start")

    def attempt(index: int) -> bool:
        try:
            store.swap("race", f"winner {index}".encode(), expected)
        except VersionConflictError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(attempt, range(16)))
    assert won.count(True) == 1
    assert store.read("race") == f"winner {won.index(True)}".encode()


def test_no_increment_is_lost_by_threads_that_repeat_on_conflict(store):
    store.write("count", json.dumps(0).encode())

    def increment(_: int) -> None:
        while True:
            data, version = store.read_versioned("count")
            try:
                store.swap("count", json.dumps(json.loads(data) + 1).encode(), version)
            except VersionConflictError:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(increment, range(12)))
    assert store.read("count") == b"12"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("ftp://host/x", "ftp"),
        ("gs://", "bucket"),
        ("s3://UPPER/x", "bucket"),
        ("gs://bucket/../b", "'..'"),
        ("file://relative", "file"),
    ],
)
def test_bad_urls_are_input_errors_that_name_the_problem(url, word):
    with pytest.raises(InputError, match=word.replace(".", r"\.")):
        open_store(url)


def test_a_file_as_root_is_refused_and_file_urls_open_folders(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        open_store(tmp_path / "file")
    open_store(f"file://{tmp_path}/deep").write("a", b"1")
    assert (tmp_path / "deep" / "a").read_bytes() == b"1"


def test_a_store_that_cannot_be_reached_is_a_storage_error(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr("blueprint.storage.retry._ATTEMPTS", 2)
    with pytest.raises(StorageError, match=r"cannot read 'x' in s3://bucket/.*AWS_ENDPOINT_URL"):
        open_store("s3://bucket").read("x")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    with pytest.raises(StorageError, match=r"cannot read 'x' in gs://bucket/"):
        open_store("gs://bucket").read("x")


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_bucket_that_does_not_exist_is_named_with_a_remedy(scheme, s3_url, gcs_server, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_server.url)
    store = open_store(f"{scheme}://no-such-bucket/x")
    for call in (store.list, lambda: store.write("a", b"1"), lambda: store.create("a", b"1")):
        with pytest.raises(StorageError, match=rf"bucket of {scheme}://no-such-bucket/x/ does not exist.*create it"):
            call()
