"""Several seeds of one request: children, the index, and one claim per generation however many duplicates come."""

import json
import threading
from pathlib import Path

import pytest

from blueprint.contracts.errors import BlueprintError, InputError, InterruptedRunError, StageError
from blueprint.contracts.scene_request import SceneRequest
from blueprint.pipeline.entry import plan_run, run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.variants import run_variants
from blueprint.sources.fanout import Child, Claim, children_of, claim_generation, variants_index, write_request
from blueprint.storage.lock import LockHeldError, inspect
from blueprint.storage.store import ObjectStore, open_store

NOW = "2026-01-01T00:00:00+00:00"


def request(seeds: int = 3, scene_id: str = "kitchen") -> SceneRequest:
    return SceneRequest(
        schema_version="v1",
        scene_id=scene_id,
        prompt="a kitchen counter with a mug",
        quality_tier="premium",
        seed_count=seeds,
        constraints={"room_type": "kitchen", "autonomy": {"slot": 1}},
    )


def claim(store: ObjectStore, holder: str = "host:1", **options: object) -> Claim | None:
    return claim_generation(store, "kitchen", "1234", holder=holder, acquired_at=NOW, **options)  # type: ignore[arg-type]


def test_children_have_ids_seeds_and_everything_that_the_parent_asks_for() -> None:
    children = children_of(request(), 7)
    assert [child.scene_id for child in children] == ["kitchen-s001", "kitchen-s002", "kitchen-s003"]
    assert len({child.seed for child in children}) == 3
    assert children == children_of(request(), 7)
    assert children[0].seed != children_of(request(), 8)[0].seed
    for child in children:
        assert child.request.constraints == request().constraints
        assert child.request.seed_count == 1
        assert child.request.quality_tier == "premium"


def test_the_first_children_do_not_change_when_more_are_asked_for() -> None:
    assert children_of(request(3), 7) == children_of(request(9), 7)[:3]


def test_the_index_has_the_contracts_fields() -> None:
    document = json.loads(variants_index(request(), children_of(request(), 7)).to_json())
    assert " ".join(document) == (
        "schema_version scene_id source_mode text_backend quality_tier provider_policy seed_count variants"
    )
    assert [sorted(item) for item in document["variants"]] == [["scene_id", "seed"]] * 3


def test_too_many_seeds_and_too_long_ids_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXT_GEN_MAX_SEEDS", "2")
    with pytest.raises(InputError, match="TEXT_GEN_MAX_SEEDS"):
        children_of(request(3), 0)
    monkeypatch.setenv("TEXT_GEN_MAX_SEEDS", "many")
    with pytest.raises(InputError, match="many"):
        children_of(request(2), 0)
    monkeypatch.delenv("TEXT_GEN_MAX_SEEDS")
    with pytest.raises(InputError, match="scene id"):
        children_of(request(2, "k" * 126), 0)


def test_of_many_duplicate_events_at_once_exactly_one_gets_the_generation(tmp_path: Path) -> None:
    won: list[int] = []
    barrier = threading.Barrier(12)

    def work(number: int) -> None:
        barrier.wait()
        try:
            if claim(open_store(tmp_path), f"host:{number}") is not None:
                won.append(number)
        except LockHeldError:
            pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_duplicate_that_comes_after_the_work_is_done_finds_it_done(tmp_path: Path) -> None:
    """The system replaced here deleted its lock at the end, so that a late duplicate ran everything again."""
    store = open_store(tmp_path)
    first = claim(store)
    assert first is not None
    with pytest.raises(LockHeldError, match="host:1"):
        claim(store, "host:2")
    first.complete()
    assert claim(store, "host:2") is None
    again = claim(store, "host:3", again=True)
    assert again is not None
    again.complete()
    assert claim(store, "host:2") is None


def test_work_that_failed_may_be_claimed_again_and_that_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    first = claim(store)
    assert first is not None
    first.release()
    second = claim(store, "host:2")
    assert second is not None
    third = claim(store, "host:3", is_gone=lambda holder: holder == "host:2")
    assert third is not None
    second.complete()  # the process that was thought gone must not mark the other's work as done
    found = inspect(store, "scenes/kitchen/locks/source-orchestrator-1234.lock")
    assert found is not None
    assert found[0].holder == "host:3"


def test_another_generation_of_the_request_is_other_work(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert write_request(store, request()) == write_request(store, request())
    old = write_request(store, request())
    assert write_request(store, request(4)) != old
    first = claim(store)
    assert first is not None
    first.complete()
    other = claim_generation(store, "kitchen", "odd/../generation", holder="h:1", acquired_at=NOW)
    assert other is not None
    assert "/../" not in other.held.key


def test_a_child_that_fails_does_not_keep_the_others_from_running_and_is_named(tmp_path: Path) -> None:
    ran: list[str] = []

    def run_child(child: Child) -> None:
        ran.append(child.scene_id)
        if child.scene_id.endswith("2"):
            raise StageError("no room for it")

    with pytest.raises(StageError, match=r"1 of 3 variants failed: kitchen-s002: no room"):
        run_variants(request(), str(tmp_path), 7, run_child, again=False)
    assert len(ran) == 3
    index = json.loads((tmp_path / "scenes/kitchen/variants/index.json").read_text())
    assert [item["scene_id"] for item in index["variants"]] == ran
    child = json.loads((tmp_path / "scenes/kitchen-s001/internal/scene_request.generated.json").read_text())
    assert child["constraints"] == request().constraints
    done = run_variants(request(), str(tmp_path), 7, lambda child: None, again=True)
    assert done == dict.fromkeys(ran, "done")


def test_an_interrupted_fan_out_gives_its_claim_back(tmp_path: Path) -> None:
    def run_child(child: Child) -> None:
        raise InterruptedRunError("Ctrl-C")

    with pytest.raises(InterruptedRunError):
        run_variants(request(), str(tmp_path), 7, run_child, again=False)
    assert list((tmp_path / "scenes/kitchen/locks").glob("*.lock")) == []


def test_the_same_request_twice_is_refused_unless_it_is_resumed(tmp_path: Path) -> None:
    run_variants(request(), str(tmp_path), 7, lambda child: None, again=False)
    with pytest.raises(BlueprintError, match="exists already"):
        run_variants(request(), str(tmp_path), 7, lambda child: None, again=False)


@pytest.mark.slow
def test_a_request_file_with_two_seeds_makes_two_different_scenes(tmp_path: Path) -> None:
    path = tmp_path / "scene_request.json"
    request(2).write(path)
    settings = RunSettings(seed=3)
    plan = plan_run(str(path), str(tmp_path / "runs"), None, settings)
    assert plan.stages == {"kitchen-s001": "run", "kitchen-s002": "run"}
    result = run_pipeline(str(path), str(tmp_path / "runs"), None, settings, to_stage="source")
    assert result.stages == {"kitchen-s001": "done", "kitchen-s002": "done"}
    manifests = [(tmp_path / f"runs/scenes/{child}/assets/scene_manifest.json").read_text() for child in result.stages]
    poses = [[item["transform"] for item in json.loads(text)["objects"]] for text in manifests]
    assert poses[0] != poses[1]
    asked = json.loads((tmp_path / "runs/scenes/kitchen-s002/prompts/scene_request.json").read_text())
    assert asked["constraints"] == request().constraints


def test_a_long_prompt_is_a_prompt_and_not_a_file_name_that_is_too_long(tmp_path: Path) -> None:
    plan = plan_run("a desk with a mug and a notebook " * 12, str(tmp_path), "long", RunSettings())
    assert plan.scene_id == "long"
