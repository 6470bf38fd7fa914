"""The Genie Sim verbs as a user calls them: exit codes and messages."""

import json

import pytest

from blueprint.cli import main


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(["geniesim", *arguments])
    said = capsys.readouterr()
    return int(caught.value.code or 0), said.out, said.err


def test_health_without_a_server_exits_with_7_and_says_what_to_do(capsys, monkeypatch):
    monkeypatch.delenv("SIM_ASSETS", raising=False)
    code, out, _ = run(capsys, "health", "--port", "1", "--timeout", "0.2", "--json")
    assert code == 7
    report = json.loads(out)
    assert report["healthy"] is False
    assert {check["name"]: check["status"] for check in report["checks"]}["connection"] == "failed"


def test_a_scene_that_was_not_exported_is_not_submitted(capsys, tmp_path):
    code, _, err = run(capsys, "submit", str(tmp_path))
    assert code == 4
    assert "geniesim_export_ready" in err


def test_a_bad_environment_is_refused_by_the_variables_name(capsys, monkeypatch):
    monkeypatch.setenv("GENIESIM_PROFILE", "staging")
    code, _, err = run(capsys, "health")
    assert code == 2
    assert "GENIESIM_PROFILE" in err


def test_a_server_needs_its_asset_root(capsys, tmp_path, monkeypatch):
    monkeypatch.delenv("SIM_ASSETS", raising=False)
    code, _, err = run(capsys, "serve", "--out", str(tmp_path))
    assert code == 2
    assert "--assets" in err
