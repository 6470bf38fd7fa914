"""The catalogue on SQLite and on a private PostgreSQL cluster that the test starts and stops."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from blueprint.contracts.catalogue import AssetEntry, SceneEntry
from blueprint.contracts.errors import InputError, ServiceError
from blueprint.services.catalogue import SqlCatalogue, catalogue_from

MUG = AssetEntry(asset_id="mug_1", logical_id="mug", source="library", class_name="mug", description="a red mug")


def entry(asset_id: str, class_name: str) -> AssetEntry:
    return AssetEntry(asset_id=asset_id, logical_id=asset_id, source="library", class_name=class_name)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[SqlCatalogue]:
    catalogue = catalogue_from("", tmp_path)
    assert isinstance(catalogue, SqlCatalogue)
    yield catalogue
    catalogue.close()


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A cluster in a folder of its own, on a loopback port; PostgreSQL refuses to run as root."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        pytest.skip("no PostgreSQL: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="blueprint_pg_"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        prefix = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, tools = folder / "data", binaries[-1].parent
    run = {"check": True, "capture_output": True, "cwd": "/"}
    subprocess.run([*prefix, tools / "initdb", "-D", data, "-U", "tests", "-A", "trust"], **run)
    options = f"-h 127.0.0.1 -p {port} -k {folder}"
    subprocess.run([*prefix, tools / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start"], **run)
    try:
        yield f"postgresql+pg8000://tests@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*prefix, tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder)


def writes_and_reads(catalogue: SqlCatalogue) -> None:
    catalogue.put_asset(MUG)
    catalogue.put_asset(MUG.model_copy(update={"description": "a blue mug"}))
    catalogue.put_asset(entry("bowl_1", "bowl"))
    catalogue.put_scene(SceneEntry(scene_id="kitchen", prompt="a kitchen", asset_ids=["mug_1"]))
    found = catalogue.asset("mug_1")
    assert found is not None
    assert found.description == "a blue mug"
    assert catalogue.asset("nothing") is None
    assert [item.asset_id for item in catalogue.assets()] == ["bowl_1", "mug_1"]
    assert [item.asset_id for item in catalogue.assets("mug")] == ["mug_1"]
    scene = catalogue.scene("kitchen")
    assert scene is not None
    assert scene.asset_ids == ["mug_1"]


def writers_of_one_id_do_not_fail(catalogue: SqlCatalogue) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: catalogue.put_asset(entry("shared", f"class_{k}")), range(40)))
    assert len([item for item in catalogue.assets() if item.asset_id == "shared"]) == 1


def test_sqlite_keeps_the_last_of_every_id(on_sqlite: SqlCatalogue) -> None:
    writes_and_reads(on_sqlite)
    writers_of_one_id_do_not_fail(on_sqlite)


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    catalogue_from("sqlite", tmp_path).put_asset(MUG)
    assert catalogue_from("sqlite", tmp_path).asset("mug_1") == MUG


@pytest.mark.slow
def test_postgresql_keeps_the_last_of_every_id(postgres_url: str) -> None:
    catalogue = catalogue_from(postgres_url, Path("unused"))
    assert isinstance(catalogue, SqlCatalogue)
    writes_and_reads(catalogue)
    writers_of_one_id_do_not_fail(catalogue)
    catalogue.close()


def test_a_database_that_does_not_answer_is_a_clear_error() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound, not listening
        url = f"postgresql+pg8000://user:hunter22@127.0.0.1:{probe.getsockname()[1]}/postgres"
        with pytest.raises(ServiceError) as caught:
            catalogue_from(url, Path("unused"))
    assert "hunter22" not in str(caught.value)


def test_an_unknown_catalogue_is_refused_without_its_password() -> None:
    with pytest.raises(InputError) as caught:
        catalogue_from("mysql://user:hunter22@host/db", Path("unused"))
    assert "hunter22" not in str(caught.value)
