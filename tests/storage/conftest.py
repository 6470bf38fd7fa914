"""An empty store of each kind, on the loopback servers of `tests/conftest.py`."""

import re

import pytest

from blueprint.storage.store import ObjectStore, open_store


@pytest.fixture(params=["local", "s3", "gs"])
def store(request, tmp_path, monkeypatch) -> ObjectStore:
    """An empty store of each kind: a test that takes it runs on all three."""
    name = re.sub(r"\W+", "_", request.node.name)
    if request.param == "local":
        return open_store(tmp_path / "root")
    if request.param == "s3":
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3_url"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        return open_store(f"s3://bucket/{name}/deep")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", request.getfixturevalue("gcs_server").url)
    return open_store(f"gs://bucket/{name}/deep")
