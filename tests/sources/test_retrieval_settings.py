import pytest

from blueprint.contracts.errors import InputError
from blueprint.sources.retrieval.settings import PERMISSIVE, retrieval_settings


def test_without_a_library_there_is_no_retrieval():
    assert retrieval_settings({}, {}) is None
    assert retrieval_settings({"TEXT_ASSET_LIBRARY": "lib", "TEXT_ASSET_RETRIEVAL_ENABLED": "false"}, {}) is None
    assert retrieval_settings({"TEXT_ASSET_LIBRARY": "lib"}, {"asset_library": False}) is None
    assert retrieval_settings({"TEXT_ASSET_LIBRARY": "lib"}, {"asset_library": "none"}) is None


def test_the_defaults_are_those_of_the_seeds():
    found = retrieval_settings({"TEXT_ASSET_LIBRARY": "lib"}, {})
    assert (found.max_files, found.min_score, found.mode, found.ann_enabled) == (2500, 0.25, "ann_shadow", True)
    assert (found.ann_top_k, found.ann_min_score, found.ann_max_rerank) == (40, 0.28, 20)
    assert (found.ann_namespace, found.lexical_fallback) == ("assets-v1", True)
    assert found.rollout_prefix == "automation/asset_retrieval_rollout"
    limits = (found.rollout_min_decisions, found.rollout_min_hit_rate, found.rollout_max_error_rate)
    assert limits == (500, 0.95, 0.01)
    assert found.rollout_max_p95_ms == 400
    assert found.licenses == PERMISSIVE


def test_a_request_names_a_library_or_a_prefix_inside_the_operators():
    alone = retrieval_settings({}, {"asset_library": "s3://bucket/lib"})
    assert (alone.library, alone.prefixes) == ("s3://bucket/lib", ("",))
    inside = retrieval_settings({"TEXT_ASSET_LIBRARY": "lib"}, {"asset_library": "team/chairs"})
    assert (inside.library, inside.prefixes) == ("lib", ("team/chairs/",))
    with pytest.raises(InputError):
        retrieval_settings({"TEXT_ASSET_LIBRARY": "lib"}, {"asset_library": "../../etc"})
    several = retrieval_settings(
        {"TEXT_ASSET_LIBRARY": "lib", "TEXT_ASSET_LIBRARY_PREFIXES": "scenes, asset-library/"}, {}
    )
    assert several.prefixes == ("scenes/", "asset-library/")


def test_without_ann_only_words_are_asked():
    found = retrieval_settings({"TEXT_ASSET_LIBRARY": "lib", "TEXT_ASSET_ANN_ENABLED": "0"}, {})
    assert found.requested_mode == "lexical_primary"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEXT_ASSET_LIBRARY_MAX_FILES", "many"),
        ("TEXT_ASSET_LIBRARY_MAX_FILES", "2.5"),
        ("TEXT_ASSET_LIBRARY_MIN_SCORE", "2"),
        ("TEXT_ASSET_LIBRARY_MIN_SCORE", "nan"),
        ("TEXT_ASSET_RETRIEVAL_MODE", "magic"),
        ("TEXT_ASSET_ANN_ENABLED", "perhaps"),
        ("TEXT_ASSET_ANN_NAMESPACE", "../up"),
        ("TEXT_ASSET_LIBRARY_PREFIXES", "../up"),
        ("TEXT_ASSET_EMBEDDING_PROVIDER", "oracle"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(name, value):
    with pytest.raises(InputError):
        retrieval_settings({"TEXT_ASSET_LIBRARY": "lib", name: value}, {})
