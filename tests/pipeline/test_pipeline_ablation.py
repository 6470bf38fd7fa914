"""Ablation and curriculum on a small scene, in physics: what is attempted, what is counted, what is shown."""

import pytest

from bench_scene import author_bench
from blueprint.contracts.ablation import Ablation, AblationRow, Curriculum, CurriculumRound
from blueprint.contracts.errors import InputError
from blueprint.contracts.variation import VariationSpace
from blueprint.pipeline import ablation
from blueprint.quality.report import build_report
from blueprint.storage import layout


@pytest.fixture(scope="module")
def scene_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes") / "bench"
    author_bench(folder)
    return folder


def test_unknown_axes_are_refused_with_those_that_there_are(scene_dir):
    with pytest.raises(InputError, match=r"does not vary along \['gravity'\].*'mass'"):
        ablation.ablate(scene_dir, axes=["gravity"])


@pytest.mark.slow
def test_every_row_has_its_attempts_and_failures_are_counted(scene_dir, monkeypatch):
    found = ablation.ablate(scene_dir, axes=["mass"], attempts=1)
    kinds = [("none", "none"), ("all", "all"), ("mass", "only"), ("mass", "without")]
    assert [(row.axis, row.state) for row in found.rows] == kinds
    assert all(row.attempts + row.uncertified == 1 for row in found.rows)
    assert found.rows[0].succeeded == 1
    assert Ablation.read(scene_dir / layout.ABLATION) == found
    monkeypatch.setattr(ablation, "MAX_TICKS", 5)  # nothing can be done in a quarter of a second
    hopeless = ablation.ablate(scene_dir, axes=["mass"], attempts=1)
    assert [row.failures for row in hopeless.rows if row.attempts] == [{"step_limit": 1}] * sum(
        row.attempts for row in hopeless.rows
    )


@pytest.mark.slow
def test_a_curriculum_narrows_when_attempts_fail_and_sets_the_space(scene_dir, monkeypatch):
    widened = ablation.grow_curriculum(scene_dir, rounds=1, attempts=1)
    assert [(item.scale, item.next_scale) for item in widened.rounds] == [(0.2, 0.4)]
    monkeypatch.setattr(ablation, "MAX_TICKS", 5)
    narrowed = ablation.grow_curriculum(scene_dir, rounds=2, attempts=1)
    assert [item.next_scale for item in narrowed.rounds] == [0.0, 0.0]
    space = VariationSpace.read(scene_dir / layout.GIVEN_VARIATION_SPACE)
    assert space.axes["mass"].low == space.axes["mass"].high == 1.0


def test_the_report_shows_axes_and_curriculum(scene_dir):
    rows = [
        AblationRow(axis="none", state="none", attempts=4, succeeded=4),
        AblationRow(axis="all", state="all", attempts=4, succeeded=2, failures={"dropped": 2}),
        AblationRow(axis="mass", state="only", attempts=3, succeeded=1, uncertified=1, failures={"grasp_missed": 2}),
        AblationRow(axis="mass", state="without", attempts=4, succeeded=3),
    ]
    base = {"scene_id": "bench", "embodiment": "primitive_arm", "seed": 0}
    Ablation(**base, attempts_per_row=4, rows=rows).write(scene_dir / layout.ABLATION)
    rounds = [CurriculumRound(scale=0.2, attempts=4, succeeded=4, next_scale=0.4)]
    Curriculum(**base, widen_above=0.8, narrow_below=0.5, rounds=rounds, scale=0.4).write(scene_dir / layout.CURRICULUM)
    page = build_report(scene_dir).read_text()
    for words in ("1/3 (1 did not hold in physics)", "grasp_missed × 2", "20 % of the space: 4/4", "came to 40 %"):
        assert words in page
