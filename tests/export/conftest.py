"""One export of one scene for all tests of the package; tests that break files copy it first."""

import shutil
from pathlib import Path

import pytest
from geniesim_scene import write_scene

from blueprint.contracts.geniesim.export_settings import GeniesimExportSettings
from blueprint.export.geniesim.export import Export, write_export


@pytest.fixture(scope="session")
def scene_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("geniesim"))


@pytest.fixture(scope="session")
def exported(scene_dir: Path) -> Export:
    return write_export(scene_dir, GeniesimExportSettings(), scene_dir / "geniesim")


@pytest.fixture
def copied(exported: Export, tmp_path: Path) -> Path:
    """The exported folder, to be broken."""
    return Path(shutil.copytree(exported.folder, tmp_path / "geniesim"))
