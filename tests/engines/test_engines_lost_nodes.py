"""A node is killed while it makes episodes: nothing is lost, nothing is there twice, every byte is as it would be."""

from pathlib import Path

import pytest

from bench_scene import author_bench
from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.task import TaskSpec
from blueprint.engines.open import open_engine
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.pool import run_episodes
from blueprint.pipeline.code_identity import code_sha
from blueprint.pipeline.shared_scene import SharedScene, scene_on_node, scene_version
from blueprint.pipeline.workspace import open_workspace
from blueprint.storage import layout
from blueprint.storage.store import open_store

pytestmark = pytest.mark.slow

EPISODES = 6


def jobs_of(scene_dir: Path, task: TaskSpec) -> list[EpisodeJob]:
    dry = RenderSettings(enabled=False)
    return [
        EpisodeJob(scene_dir, task, f"episode_{number:06d}", seed=number, render=dry, code_sha=code_sha())
        for number in range(EPISODES)
    ]


def files_of(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def bucket(s3_url, monkeypatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_url)
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    return "s3://bucket"


def test_a_killed_node_loses_nothing_and_doubles_nothing(bucket, nodes, tmp_path, monkeypatch):
    """The bucket is all that driver and nodes share: each has a cache of its own."""
    expected_dir = tmp_path / "expected" / "bench"
    run_episodes(jobs_of(expected_dir, author_bench(expected_dir)))
    expected = files_of(expected_dir / layout.EPISODE_RECORDS)
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "driver"))
    root = f"{bucket}/{nodes.engine}"
    workspace = open_workspace(root, "bench")
    task = author_bench(workspace.scene_dir)
    workspace.publish()
    heard: list[str] = []

    def kill_at_the_first(record):
        if not heard:
            nodes.kill()
        heard.append(record.episode_id)

    with open_engine(nodes.engine, 1, nodes.address) as engine:
        shared = SharedScene(engine, root, workspace)
        records = run_episodes(jobs_of(workspace.scene_dir, task), on_done=kill_at_the_first, engine=shared)
    assert sorted(heard) == [record.episode_id for record in records]
    assert len(set(heard)) == EPISODES
    assert files_of(workspace.scene_dir / layout.EPISODE_RECORDS) == expected
    prefix = layout.scene_key("bench", layout.EPISODE_RECORDS) + "/"
    assert {entry.key.removeprefix(prefix) for entry in open_store(root).list(prefix)} == set(expected)
    made_on = [name for name in ("cache0", "cache1") if any((tmp_path / name).rglob("record.json"))]
    assert made_on, "the episodes were made on the nodes, not by the driver"


def test_a_node_with_other_code_is_refused(tmp_path):
    workspace = open_workspace(str(tmp_path), "bench")
    version = scene_version(str(tmp_path), workspace)
    with pytest.raises(StageError, match="runs code"):
        scene_on_node(type(version)(version.root, version.scene_id, version.sha, "f" * 64))


def test_a_node_that_does_not_see_the_root_is_an_input_error(tmp_path):
    version = scene_version(str(tmp_path), open_workspace(str(tmp_path), "bench"))
    with pytest.raises(InputError, match="does not see"):
        scene_on_node(version)
