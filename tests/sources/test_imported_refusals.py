"""Every kind of broken input is refused by name, with what to do, and nothing worse happens."""

from pathlib import Path

import pytest
from refusal_cases import CASES, DOCUMENT, Case, refusal, table

from blueprint.contracts.errors import InputError


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_it_is_refused(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    error = refusal(case, folder)
    assert type(error) is case.error, error
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    assert case.says in str(error)
    assert len(str(error)) < 1000
    assert error.remedy
    assert "a." in str(error.args[0])  # the file's name, whatever it refers to


def test_every_kind_is_listed_once() -> None:
    assert len({case.kind for case in CASES}) == len(CASES)


def test_the_page_says_what_is_said() -> None:
    assert DOCUMENT.read_text() == table(), "run python tests/sources/refusal_cases.py --write"
