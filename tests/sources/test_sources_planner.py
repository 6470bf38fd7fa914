"""What an LLM may add to a prompt's spec, what it may not, and what stands in the record when it cannot."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources.text.parser import parse_prompt
from blueprint.sources.text.planner import PlanAnswer, PlanRecord, add_plan, plan_spec
from blueprint.sources.text.spec import SceneSpec

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))

from loopback_http import Loopback, Reply

PROMPT = "a kitchen counter with two red mugs and a bowl, no knives"


@pytest.fixture(autouse=True)
def local_model_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OPENROUTER_API_KEY",
        "TEXT_OPENROUTER_API_KEY",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "OPENAI_BASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXT_OPENROUTER_MODEL_CHAIN", "local/model")
    monkeypatch.setenv("TEXT_GEN_LLM_RETRY_BACKOFF_SECONDS", "0.01")
    monkeypatch.delenv("TEXT_GEN_USE_LLM", raising=False)
    monkeypatch.delenv("TEXT_OPENROUTER_BASE_URL", raising=False)


def request(prompt: str = PROMPT) -> SceneRequest:
    return SceneRequest(schema_version="v1", scene_id="s", prompt=prompt)


def chat(answer: Any) -> Reply:
    return Reply(
        body={"choices": [{"message": {"content": answer if isinstance(answer, str) else json.dumps(answer)}}]}
    )


def added(answer: dict[str, Any], prompt: str = PROMPT) -> tuple[SceneSpec, SceneSpec, PlanRecord]:
    spec, record = parse_prompt(prompt), PlanRecord("llm")
    return spec, add_plan(spec, PlanAnswer.model_validate(answer), record), record


def index_of(spec: SceneSpec, noun: str) -> int:
    return next(i for i, item in enumerate(spec.requirements) if item.noun.startswith(noun))


def test_things_are_added_after_the_prompts_and_marked_as_the_models() -> None:
    spec = parse_prompt(PROMPT)
    count, counter = len(spec.requirements), index_of(spec, "kitchen counter")
    before, after, record = added(
        {
            "things": [
                {"noun": "kettle", "color": "green", "relation": "on", "target": counter},
                {"noun": "zorblax", "n": 2},
            ]
        }
    )
    assert after.requirements[:count] == before.requirements
    kettle, unknown = after.requirements[count:]
    assert (kettle.category, kettle.source, kettle.op, kettle.attributes.color) == ("kettle", "llm", "ge", "green")
    assert kettle.relations[0].target == counter
    assert (unknown.category, unknown.noun, unknown.n) == ("proxy", "zorblax", 2)
    assert record.rejected == []
    assert (after.tasks, after.negations, after.rooms) == (before.tasks, before.negations, before.rooms)


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        ({"noun": "mug", "n": 3}, "counts"),
        ({"noun": "knife"}, "no knife"),
        ({"noun": "kettle", "room": "attic"}, "no room"),
    ],
)
def test_what_would_change_the_prompt_is_turned_down(thing: dict[str, Any], why: str) -> None:
    before, after, record = added({"things": [thing, {"noun": "vase"}]})
    assert len(after.requirements) == len(before.requirements) + 1
    assert why in record.rejected[0]


def test_open_attributes_are_filled_and_named_ones_stand() -> None:
    spec = parse_prompt(PROMPT)
    mug, bowl = index_of(spec, "mug"), index_of(spec, "bowl")
    _, after, record = added(
        {
            "attributes": [
                {"requirement": mug, "color": "blue", "material": "ceramic"},
                {"requirement": bowl, "color": "white"},
                {"requirement": 99, "color": "red"},
            ]
        }
    )
    assert after.requirements[mug].attributes.color == "red"
    assert after.requirements[mug].attributes.material == "ceramic"
    assert after.requirements[bowl].attributes.color == "white"
    assert len(record.rejected) == 2


def test_relations_are_appended_and_never_replaced() -> None:
    spec = parse_prompt("a desk with a mug to the left of a notebook and a lamp")
    mug, notebook = index_of(spec, "mug"), index_of(spec, "notebook")
    lamp = index_of(spec, "lamp")
    before, after, record = added(
        {
            "relations": [
                {"requirement": mug, "relation": "right_of", "target": notebook},
                {"requirement": lamp, "relation": "next_to", "target": mug},
                {"requirement": lamp, "relation": "near", "target": 77},
            ]
        },
        "a desk with a mug to the left of a notebook and a lamp",
    )
    assert after.requirements[mug].relations == before.requirements[mug].relations
    assert (
        after.requirements[lamp].relations[: len(before.requirements[lamp].relations)]
        == before.requirements[lamp].relations
    )
    assert after.requirements[lamp].relations[-1].target == mug
    assert len(record.rejected) == 2


def test_a_turned_down_thing_shifts_no_targets() -> None:
    spec = parse_prompt(PROMPT)
    count = len(spec.requirements)
    _, after, _ = added(
        {"things": [{"noun": "knife"}, {"noun": "tray"}, {"noun": "lemon", "relation": "on", "target": count + 1}]}
    )
    lemon = after.requirements[-1]
    assert after.requirements[lemon.relations[0].target].noun == "tray"


def test_a_good_answer_of_an_endpoint_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback([chat({"things": [{"noun": "kettle"}]})]) as server:
        monkeypatch.setenv("TEXT_OPENROUTER_BASE_URL", server.url)
        spec, record = plan_spec(parse_prompt(PROMPT), request())
    assert spec.requirements[-1].noun == "kettle"
    assert (record.generation_mode, record.used_llm, record.provider_used, record.model) == (
        "llm", True, "openrouter", "local/model",
    )  # fmt: skip
    sent = json.loads(server.asked[0].body["messages"][1]["content"])
    assert sent["asked_for"] == PROMPT
    assert sent["requirements"][0]["number"] == 0


@pytest.mark.parametrize(
    "answer", ["no", {"things": [{"n": 5}]}, {"drop": [0]}, {"things": [{"noun": "mug", "n": 10**9}]}, [1]]
)
def test_answers_that_are_no_plan_fall_back_to_the_parser_with_reason_and_attempts(
    answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXT_GEN_LLM_MAX_ATTEMPTS", "2")
    parsed = parse_prompt(PROMPT)
    with Loopback([chat(answer)]) as server:
        monkeypatch.setenv("TEXT_OPENROUTER_BASE_URL", server.url)
        spec, record = plan_spec(parsed, request())
    assert spec == parsed
    assert record.generation_mode == "deterministic_fallback"
    assert record.fallback_strategy == "deterministic"
    assert record.llm_failure_reason
    assert [item["round"] for item in record.llm_attempts] == [1, 2]


def test_without_an_endpoint_or_when_switched_off_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = parse_prompt(PROMPT)
    assert plan_spec(parsed, request()) == (parsed, PlanRecord("deterministic"))
    with Loopback([chat({})]) as server:
        monkeypatch.setenv("TEXT_OPENROUTER_BASE_URL", server.url)
        monkeypatch.setenv("TEXT_GEN_USE_LLM", "false")
        assert plan_spec(parsed, request())[1].generation_mode == "deterministic"
        assert server.asked == []
