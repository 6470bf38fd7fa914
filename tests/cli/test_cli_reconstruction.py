"""The verbs about reconstructions: what they print, what they write, and what they refuse."""

import json
from pathlib import Path

import pytest

from blueprint.cli import main
from blueprint.contracts.reconstruction_truth import ReconstructionTruth

EXAMPLES = json.loads(
    (Path(__file__).parents[1] / "contracts" / "reconstruction_examples.json").read_text(encoding="utf-8")
)


def invoke(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["make", "castle", "out"], "castle"),
        (["make", "kitchen", "out", "--noise", "deafening"], "deafening"),
        (["make", "kitchen", "."], "is not empty"),
        (["compare", "nowhere", "truth.json"], "truth.json"),
        (["compare", "nowhere", "good.json"], "scene_manifest.json"),
    ],
)
def test_unusable_arguments_are_one_line_and_code_2(capsys, tmp_path, monkeypatch, arguments, words) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.json").write_text(json.dumps(EXAMPLES["reconstruction_truth"]))
    code, out, err = invoke(capsys, "reconstruction", *arguments)
    assert code == 2
    assert out == ""
    assert words in err


@pytest.mark.slow
def test_a_made_reconstruction_and_the_scene_that_it_was_made_of_agree(capsys, tmp_path) -> None:
    code, out, _ = invoke(
        capsys, "reconstruction", "make", "office", str(tmp_path / "made"), "--seed", "2", "--noise", "low", "--json"
    )
    assert code == 0
    truth = ReconstructionTruth.parse(out)
    assert truth == ReconstructionTruth.read(tmp_path / "made" / "truth.json")
    assert len(truth.objects) >= 12
    code, out, _ = invoke(capsys, "reconstruction", "make", "office", str(tmp_path / "text"), "--seed", "2")
    assert code == 0
    assert f"{len(truth.objects)} objects detected" in out
