import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import pytest

from blueprint.contracts.asset_retrieval import OpenWindow, RetrievalRolloutState
from blueprint.contracts.errors import ContractError
from blueprint.sources.retrieval.rollout import add_scene, advanced, mode_of, read_state, state_key
from blueprint.sources.retrieval.settings import RetrievalSettings
from blueprint.storage.store import open_store

SETTINGS = RetrievalSettings(library="x", rollout_min_decisions=100)


class Clock:
    """Counts the minutes of one day."""

    def __init__(self) -> None:
        self.minutes = 0

    def __call__(self) -> str:
        self.minutes += 1
        return f"2026-01-01T{self.minutes // 60:02d}:{self.minutes % 60:02d}:00+00:00"


def scene(count=25, hits=25, errors=0, latency=5.0):
    return OpenWindow(
        decision_count=count + 3,
        ann_attempted_count=count,
        ann_hit_count=hits,
        ann_error_count=errors,
        ann_latencies_ms=[latency] * (count - errors),
    )


def run(scenes, settings=SETTINGS, state=None, name="s"):
    for number, one in enumerate(scenes):
        state = advanced(state, settings, f"{name}{number}", one, f"t{number}")
    return state


def test_scenes_add_up_to_windows_and_three_passing_ones_promote():
    states = [run([scene()] * count) for count in (3, 4, 8, 11, 12)]
    assert [state.consecutive_passing_windows for state in states] == [0, 1, 2, 2, 3]
    assert [state.retrieval_mode for state in states] == ["ann_shadow"] * 4 + ["ann_primary"]
    assert [state.promoted_to_ann_primary for state in states] == [False] * 4 + [True]
    assert states[-1].total_decisions == 12 * 28
    assert states[-1].last_window.ann_attempted_count == 100
    assert states[-1].last_window.ann_hit_rate == 1.0
    assert states[-1].current_window == OpenWindow()
    assert mode_of(states[-1], "ann_shadow") == "ann_primary"
    assert mode_of(states[-1], "lexical_primary") == "lexical_primary"


@pytest.mark.parametrize(
    "bad", [scene(hits=20), scene(errors=2, hits=23), scene(latency=401.0), scene(errors=25, hits=0)]
)
def test_a_failing_window_breaks_the_row_and_demotes(bad):
    good = [scene()] * 4
    assert run([*good, *good, *[bad] * 4, *good]).consecutive_passing_windows == 1
    demoted = run([bad] * 4, state=run(good * 3), name="late")
    assert demoted.retrieval_mode == "ann_shadow"
    assert not demoted.promoted_to_ann_primary
    assert not demoted.last_window.window_pass
    assert run(good * 3, state=demoted, name="again").retrieval_mode == "ann_primary"


def test_the_limits_themselves_pass():
    at_the_limit = [scene(25, 24, 0, 400.0)] * 3 + [scene(25, 23, 1, 400.0)]
    assert run(at_the_limit).last_window.ann_hit_rate == 0.95
    assert run(at_the_limit).last_window.ann_error_rate == 0.01
    assert run(at_the_limit).last_window.window_pass


def test_p95_is_a_time_that_95_percent_do_not_exceed():
    counts = {"decision_count": 100, "ann_attempted_count": 100, "ann_hit_count": 100}
    times = OpenWindow(**counts, ann_latencies_ms=[float(k) for k in range(100, 0, -1)])
    assert run([times]).last_window.ann_latency_p95_ms == 95.0


def test_a_scene_counts_once_and_another_request_starts_again():
    state = run([scene()] * 3)
    assert advanced(state, SETTINGS, "s2", scene(), "later") is state
    other = RetrievalSettings(library="x", mode="ann_primary", rollout_min_decisions=100)
    changed = advanced(run([scene()] * 6), other, "new", scene(), "t")
    assert changed.requested_mode == changed.retrieval_mode == "ann_primary"
    assert changed.consecutive_passing_windows == 0
    assert changed.current_window.ann_attempted_count == 25
    lexical = RetrievalSettings(library="x", mode="lexical_primary", rollout_min_decisions=1)
    assert run([scene()] * 3, lexical).retrieval_mode == "lexical_primary"


def test_concurrent_scenes_are_all_counted(tmp_path):
    store = open_store(tmp_path)

    def add(number):
        return add_scene(store, SETTINGS, f"scene{number}", scene(), lambda: f"t{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    state = read_state(store, SETTINGS)
    assert state.total_decisions == 24 * 28
    assert sorted(state.counted) == sorted(f"scene{number}" for number in range(24))
    assert state.retrieval_mode == "ann_primary"


def _add_from_process(folder, number):
    add_scene(open_store(folder), SETTINGS, f"scene{number}", scene(), lambda: "t")


def test_concurrent_processes_are_all_counted(tmp_path):
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_add_from_process, args=(tmp_path, number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    assert read_state(open_store(tmp_path), SETTINGS).total_decisions == 4 * 28


def test_a_bucket_keeps_the_state_too(s3_url, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    store, clock = open_store("s3://bucket/rollout"), Clock()
    for number in range(5):
        add_scene(store, SETTINGS, f"scene{number}", scene(), clock)
    assert read_state(store, SETTINGS).total_decisions == 5 * 28
    assert read_state(store, SETTINGS).last_updated_at == "2026-01-01T00:05:00+00:00"


def test_a_damaged_state_is_refused_and_left_alone(tmp_path):
    store = open_store(tmp_path)
    store.write(state_key(SETTINGS), b'{"retrieval_mode": "always"}')
    with pytest.raises(ContractError, match="retrieval_mode"):
        add_scene(store, SETTINGS, "s", scene(), lambda: "t")
    assert b"always" in store.read(state_key(SETTINGS))


def test_the_state_is_the_contracts(tmp_path):
    store = open_store(tmp_path)
    add_scene(store, SETTINGS, "s", scene(), lambda: "2026-01-01T00:00:00+00:00")
    assert state_key(SETTINGS) == "automation/asset_retrieval_rollout/state.json"
    assert RetrievalRolloutState.parse(store.read(state_key(SETTINGS))).last_updated_at == "2026-01-01T00:00:00+00:00"
