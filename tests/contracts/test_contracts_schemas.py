import json
from pathlib import Path

import jsonschema
import pytest
from contract_examples import EXAMPLES

from blueprint.contracts import schemas

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_published_schemas_are_current():
    assert schemas.stale(SCHEMAS) == [], "run: python -m blueprint.contracts.schemas"


def test_there_is_an_example_of_every_document():
    assert sorted(EXAMPLES) == sorted(schemas.documents())


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_passes_its_published_schema_before_and_after_the_model(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(EXAMPLES[name])
    document = schemas.documents()[name].parse(json.dumps(EXAMPLES[name]))
    validator.validate(json.loads(document.to_json()))
    assert schemas.documents()[name].parse(document.to_json()) == document


# Markers, reconstructions and the documents of Genie Sim jobs are written by others too: extra keys are read over.
OPEN = {name for name, kind in schemas.documents().items() if kind.model_config.get("extra") in ("allow", "ignore")}


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - OPEN))
def test_an_unknown_key_fails_schema_and_model(name):
    broken = {**EXAMPLES[name], "surprise": 1}
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.Draft202012Validator(schema).validate(broken)
    with pytest.raises(Exception, match="surprise"):
        schemas.documents()[name].parse(json.dumps(broken))


@pytest.mark.slow
def test_check_reports_missing_changed_and_surplus_files(tmp_path, capsys):
    assert schemas.main(["--folder", str(tmp_path), "--check"]) == 1
    assert schemas.main(["--folder", str(tmp_path)]) == 0
    assert schemas.main(["--folder", str(tmp_path), "--check"]) == 0
    (tmp_path / "task_set.schema.json").write_text("{}")
    (tmp_path / "gone.schema.json").write_text("{}")
    assert schemas.stale(tmp_path) == ["gone.schema.json", "task_set.schema.json"]
    assert schemas.main(["--folder", str(tmp_path), "--check"]) == 1
    assert "task_set.schema.json is stale" in capsys.readouterr().err
    schemas.publish(tmp_path)
    assert not (tmp_path / "gone.schema.json").exists()
    assert schemas.stale(tmp_path) == []


def test_publishing_twice_gives_the_same_bytes(tmp_path):
    first = [path.read_bytes() for path in schemas.publish(tmp_path / "a")]
    assert first == [path.read_bytes() for path in schemas.publish(tmp_path / "b")]
