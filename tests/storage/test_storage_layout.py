import pytest

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.storage import layout


def test_both_generations_of_marker_names_are_known():
    assert layout.marker_names("source")[:2] == ("assets/.regen3d_complete", "assets/.stage1_complete")
    assert "usd/.usd_complete" in layout.marker_names("usd")
    assert "usd/.usd_assembly_complete" in layout.marker_names("usd")


def test_every_marker_name_counts_as_a_marker_and_nothing_else():
    for names in layout.STAGE_MARKERS.values():
        assert all(layout.is_marker(name) for name in names)
    assert layout.is_marker("usd/.failed")
    assert layout.is_marker(".source_orchestrator_complete")
    for name in (layout.USD_SCENE, layout.SCENE_MANIFEST, "seg/complete", "a.failed/x", ".checkpoints/usd.json"):
        assert not layout.is_marker(name)


def test_marker_names_are_unique_across_stages():
    names = [name for names in layout.STAGE_MARKERS.values() for name in names]
    assert len(names) == len(set(names))


def test_scene_keys_stay_in_their_scene():
    assert layout.scene_key("kitchen-1", layout.SCENE_REQUEST) == "scenes/kitchen-1/prompts/scene_request.json"
    with pytest.raises(InputError):
        layout.scene_prefix("../x")
    with pytest.raises(UnsafePathError):
        layout.scene_key("a", "../b/x.json")
    for build in (
        layout.asset_metadata,
        layout.variation,
        layout.episode_record,
        layout.checkpoint,
        layout.gate_certificate,
    ):
        with pytest.raises(InputError):
            build("../x")
    with pytest.raises(InputError, match="source"):
        layout.marker_names("nonsense")
