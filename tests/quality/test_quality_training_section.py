import json
from pathlib import Path

from blueprint.contracts.training import TrainingSummary
from blueprint.quality.training_section import training_section

EXAMPLES = json.loads((Path(__file__).parents[1] / "contracts" / "training_examples.json").read_text())


def summary(**change: object) -> TrainingSummary:
    return TrainingSummary.model_validate_json(json.dumps({**EXAMPLES["training_summary"], **change}))


def test_the_section_tells_success_in_seen_and_unseen_variations_with_intervals():
    text = training_section(summary())
    assert text.count("9 of 10 (60% to 98%)") == 3  # seen, unseen, and the planner
    assert "data:image/svg+xml" in text
    assert training_section(summary()) == text


def test_why_attempts_failed_is_counted():
    point = EXAMPLES["training_summary"]["curve"][0]
    failed = {"variation_id": "u001", "success": False, "ticks": 342, "reason": "step_limit"}
    changed = {**point, "unseen_episodes": [*point["unseen_episodes"], failed, failed]}
    assert "2 step_limit" in training_section(summary(curve=[changed]))


def test_words_that_are_not_ours_are_escaped():
    text = training_section(summary(instruction="<script>alert(1)</script>", notes=["<b>"]))
    assert "<script" not in text
    assert "&lt;b&gt;" in text


def test_a_planner_that_was_not_tried_is_not_mentioned():
    without = {key: value for key, value in EXAMPLES["training_summary"].items() if key != "demonstrator"}
    assert "planner" not in training_section(TrainingSummary.model_validate_json(json.dumps(without)))
