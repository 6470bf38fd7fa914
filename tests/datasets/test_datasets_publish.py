import subprocess
from pathlib import Path

import pytest

from blueprint.contracts.asset import License
from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.errors import GateError, InputError
from blueprint.datasets import Provenance, write_lerobot_v3
from blueprint.datasets.publish import LICENSES, prepare_push, push_commands

APACHE = License(spdx="Apache-2.0", source="the robot")
OWN = License(spdx="LicenseRef-user-supplied", source="a photo | of <mine>")


def dataset(records: list[Path], out: Path, *licenses: License, **facts: str) -> Path:
    write_lerobot_v3(records, out, repo_id="blueprint/x", provenance=Provenance(licenses=licenses, facts=facts))
    return out


def test_a_folder_is_ready_with_card_licences_and_checksums_that_hold(record_dirs: list[Path], tmp_path: Path):
    source = dataset(record_dirs, tmp_path / "d", APACHE)
    out = tmp_path / "push"
    assert prepare_push(source, out, repo_id="me/kitchen").episodes == 3
    checked = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=out, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    listed = {line.split("  ")[1] for line in (out / "SHA256SUMS").read_text().splitlines()}
    assert listed == {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()} - {"SHA256SUMS"}
    card = (out / "README.md").read_text()
    assert card.startswith('---\nlicense: "apache-2.0"\n')
    assert 'size_categories: ["n<1K"]' in card
    assert card.count("\n---\n") == 1
    assert "LeRobotDataset('me/kitchen'" in card
    assert "*.mp4 filter=lfs" in (out / ".gitattributes").read_text()
    assert DatasetConversion.read(out / "meta" / "conversion.json").outputs[0].episodes == 3
    metadata = DatasetMetadata.read(out / "meta" / "blueprint.json")
    assert push_commands(Path("push"), metadata)[1] == "hf repo tag create me/kitchen v3.0 --repo-type dataset"
    assert not prepare_push(source, out, repo_id="me/kitchen").written


def test_several_licences_are_other_with_a_name_and_a_page(record_dirs: list[Path], tmp_path: Path):
    source = dataset(record_dirs, tmp_path / "d", APACHE, License(spdx="CC-BY-4.0", source="mug", attribution="Ada"))
    prepare_push(source, tmp_path / "push", repo_id="me/kitchen")
    card = (tmp_path / "push" / "README.md").read_text()
    assert 'license: "other"\nlicense_name: "Apache-2.0 AND CC-BY-4.0"\nlicense_link: "LICENSES.md"' in card
    assert "| https://spdx.org/licenses/CC-BY-4.0.html | mug | Ada |" in (tmp_path / "push" / LICENSES).read_text()


def test_parts_without_a_licence_are_refused_unless_someone_answers_for_them(record_dirs: list[Path], tmp_path: Path):
    source = dataset(record_dirs, tmp_path / "d", APACHE, OWN)
    with pytest.raises(GateError, match="1 parts have no licence, the first: LicenseRef-user-supplied"):
        prepare_push(source, tmp_path / "push", repo_id="me/kitchen")
    assert not (tmp_path / "push").exists()
    prepare_push(source, tmp_path / "push", repo_id="me/kitchen", accepted=["LicenseRef-user-supplied"])
    row = (tmp_path / "push" / LICENSES).read_text().splitlines()[-1]
    assert row == "| LicenseRef-user-supplied | a photo \\| of &lt;mine&gt; |  | shared on the publisher's word |"
    with pytest.raises(GateError, match="declares no licence"):
        prepare_push(dataset(record_dirs, tmp_path / "e"), tmp_path / "other", repo_id="me/kitchen")


def test_a_path_of_this_machine_does_not_leave_it(record_dirs: list[Path], tmp_path: Path):
    source = dataset(record_dirs, tmp_path / "d", APACHE, scene="/home/ada/scenes/kitchen")
    with pytest.raises(GateError, match=r"blueprint.json names a path of this machine: '/home/ada'"):
        prepare_push(source, tmp_path / "push", repo_id="me/kitchen")
    assert not (tmp_path / "push").exists()


def test_a_dataset_that_lost_a_video_is_not_published(record_dirs: list[Path], tmp_path: Path):
    source = dataset(record_dirs, tmp_path / "d", APACHE)
    (source / "videos" / "observation.images.left" / "chunk-000" / "file-000.mp4").unlink()
    with pytest.raises(GateError, match=r"fails video\.left"):
        prepare_push(source, tmp_path / "push", repo_id="me/kitchen")


@pytest.mark.parametrize("name", ["kitchen", "me/../x", "me/", "me/kit chen", "-me/x"])
def test_a_name_that_the_hub_refuses_is_refused_here(name: str, tmp_path: Path):
    with pytest.raises(InputError, match="no name on the Hub"):
        prepare_push(tmp_path, tmp_path / "push", repo_id=name)
