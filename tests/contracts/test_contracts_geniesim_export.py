import importlib
import json
import pkgutil

import pytest
from geniesim_export_examples import EXAMPLES

import blueprint.contracts.geniesim as geniesim
from blueprint.contracts.document import Document
from blueprint.contracts.errors import ContractError

MODULES = [
    importlib.import_module(f"{geniesim.__name__}.{name}")
    for name in (
        "scene_graph",
        "asset_index",
        "task_config",
        "robot_config",
        "export_manifest",
        "export_settings",
        "scene_config",
        "package",
        "template",
        "benchmark",
    )
]


def kinds() -> dict[str, type[Document]]:
    found = {}
    for module in MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Document) and value.__module__ == module.__name__:
                name = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in value.__name__)
                found[name.strip("_")] = value
    return found


def test_every_document_of_the_export_has_an_example():
    assert kinds().keys() == EXAMPLES.keys()
    assert {module.__name__ for module in MODULES} <= {
        f"{geniesim.__name__}.{entry.name}" for entry in pkgutil.iter_modules(geniesim.__path__)
    }


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_document_of_the_export_survives_writing_and_reading(name):
    kind = kinds()[name]
    document = kind.parse(json.dumps(EXAMPLES[name]))
    again = kind.parse(document.to_json())
    assert again == document
    assert again.to_json() == document.to_json()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("object_parameters", {"mass": 0}),
        ("object_parameters", {"upAxis": []}),
        ("object_parameters", {"size": [0.1, 0.0, 0.1]}),
        ("task_template", {"task": "../x"}),
        ("task_template", {"stages": []}),
        ("geniesim_export_settings", {"namespace": "../x"}),
        ("geniesim_export_settings", {"robots": ["R2D2"]}),
        ("task_config", {"scene_id": "../x"}),
        ("export_manifest", {"schema_version": "2.0"}),
    ],
)
def test_a_document_of_the_export_refuses_what_it_cannot_mean(name, change):
    with pytest.raises(ContractError):
        kinds()[name].parse(json.dumps({**EXAMPLES[name], **change}))


@pytest.mark.parametrize("folder", ["../../etc/", "/etc/passwd/", "objects/../../x/", "objects", ""])
def test_a_template_cannot_name_a_folder_outside_of_the_asset_root(folder):
    data = json.loads(json.dumps(EXAMPLES["task_template"]))
    data["objects"]["task_related_objects"][0]["data_info_dir"] = folder
    with pytest.raises(ContractError):
        kinds()["task_template"].parse(json.dumps(data))


@pytest.mark.parametrize("file", ["background/../../x.usda", "/etc/x.usda", "background/x.py", "../x.usd"])
def test_a_template_cannot_name_a_background_outside_of_the_asset_root(file):
    data = json.loads(json.dumps(EXAMPLES["task_template"]))
    data["scene"]["scene_usd"] = file
    with pytest.raises(ContractError):
        kinds()["task_template"].parse(json.dumps(data))
