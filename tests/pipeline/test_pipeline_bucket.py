"""A bucket as the root: published with the markers last, and gone on with from a machine that has nothing."""

import pytest

from blueprint.pipeline.entry import run_one_stage, run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.storage import layout
from blueprint.storage.gcs import GcsStore
from blueprint.storage.s3 import S3ObjectStore
from blueprint.storage.store import open_store

pytestmark = pytest.mark.slow

SETTINGS = RunSettings(robot="primitive_arm")
PROMPT = "a table with a wooden block"
STAGES = ("source", "simready", "usd")


@pytest.fixture(params=["s3", "gs"])
def bucket(request, monkeypatch) -> str:
    if request.param == "s3":
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3_url"))
        for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("REGION", "us-east-1")):
            monkeypatch.setenv(f"AWS_{name}", value)
    else:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", request.getfixturevalue("gcs_server").url)
    return f"{request.param}://bucket/pipeline"


def test_a_scene_in_a_bucket_goes_on_from_an_empty_cache(bucket, tmp_path, monkeypatch):
    kind = S3ObjectStore if bucket.startswith("s3") else GcsStore
    written: list[str] = []
    plain_write = kind.write

    def write(self, key: str, data: bytes) -> str:
        written.append(key)
        return plain_write(self, key, data)

    monkeypatch.setattr(kind, "write", write)
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "first"))
    done = run_pipeline(PROMPT, bucket, "scene", SETTINGS, to_stage="usd")
    assert done.stages == dict.fromkeys(STAGES, "completed")
    store, prefix = open_store(bucket), layout.scene_prefix("scene")
    names = {entry.key.removeprefix(prefix) for entry in store.list(prefix)}
    assert {layout.USD_SCENE, layout.PHYSICS_CERTIFICATE, *(layout.marker_names(stage)[0] for stage in STAGES)} <= names
    assert not [name for name in names if name.endswith((".lock", ".part"))]
    for stage in STAGES:
        own = [key.removeprefix(prefix) for key in written]
        marker = own.index(layout.marker_names(stage)[0])
        later = own[marker + 1 :]
        upload_end = next((i for i, name in enumerate(later) if not layout.is_marker(name)), len(later))
        assert set(later[:upload_end]) <= {name for name in names if layout.is_marker(name)}
    usd = store.read(prefix + layout.USD_SCENE)

    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "second"))
    again = run_pipeline(PROMPT, bucket, "scene", SETTINGS, to_stage="usd", resume=True)
    assert again.stages == dict.fromkeys(STAGES, "unchanged")
    assert run_one_stage("replicator", bucket, "scene").status == "completed"
    assert store.read(prefix + layout.USD_SCENE) == usd
    assert store.exists(prefix + layout.marker_names("replicator")[0])
