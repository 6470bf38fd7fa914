"""What is said where an engine's package is not installed, or a name is not an engine's."""

import importlib.util
import sys

import pytest

from blueprint.cli import main
from blueprint.contracts.errors import MissingDependencyError
from blueprint.engines.open import open_engine


@pytest.mark.parametrize(("name", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_an_engine_that_is_not_installed_names_its_extra(name, package, monkeypatch):
    monkeypatch.delitem(sys.modules, f"blueprint.engines.{name}_engine", raising=False)
    if importlib.util.find_spec(package) is not None:
        monkeypatch.setitem(sys.modules, package, None)  # as if it were not there
    with pytest.raises(MissingDependencyError, match=f"engine {name}") as caught, open_engine(name, 1):
        pass
    assert f"[{name}]" in caught.value.remedy


def test_an_engine_that_does_not_exist_is_unusable_input(tmp_path, capsys):
    manifest = tmp_path / "some.json"
    manifest.write_text('["a mug"]')
    with pytest.raises(SystemExit) as left:
        main(["batch", str(manifest), "--root", str(tmp_path), "--engine", "slurm"])
    assert left.value.code == 2
    assert "slurm" in capsys.readouterr().err


def test_a_manifest_that_is_not_there_is_unusable_input(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["batch", str(tmp_path / "none.json"), "--root", str(tmp_path)])
    assert left.value.code == 2
    assert "none.json" in capsys.readouterr().err
