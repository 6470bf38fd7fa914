"""Google Cloud Storage, through its own client library; versions are object generations."""

import base64
import os
from collections.abc import Callable
from typing import Any, TypeVar

from blueprint.contracts.errors import (
    MissingDependencyError,
    ObjectExistsError,
    ObjectNotFoundError,
    StorageError,
    VersionConflictError,
)
from blueprint.storage.keys import validate_key, validate_prefix
from blueprint.storage.retry import TRANSIENT_STATUS, first_line, with_retries
from blueprint.storage.store import Entry, ObjectInfo

__all__ = ["GcsStore"]

_REMEDY = "check the bucket and the credentials ('gcloud auth application-default login')."
_TIMEOUT_S = 60.0

T = TypeVar("T")


class GcsStore:
    """Objects below `gs://bucket/prefix`, with generation preconditions. Credentials are Google's application default.

    With STORAGE_EMULATOR_HOST set, it talks to that host without credentials.
    """

    def __init__(self, bucket: str, prefix: str = "") -> None:
        self._url = f"gs://{bucket}/{prefix}"
        self._prefix = prefix
        self._bucket = _client().bucket(bucket)

    @property
    def url(self) -> str:
        return self._url

    def read(self, key: str) -> bytes:
        return self.read_versioned(key)[0]

    def read_versioned(self, key: str) -> tuple[bytes, str]:
        blob = self._blob(key)

        def fetch() -> tuple[bytes, str]:
            return blob.download_as_bytes(timeout=_TIMEOUT_S, retry=None), str(blob.generation or "")

        data, generation = self._call("read", key, fetch)
        if not generation:
            raise StorageError(f"the server of {self._url} sends no generation with {key!r}.", remedy=_REMEDY)
        return data, generation

    def write(self, key: str, data: bytes) -> str:
        return self._upload(key, data)

    def create(self, key: str, data: bytes) -> str:
        try:
            return self._upload(key, data, if_generation_match=0)
        except VersionConflictError as error:
            raise ObjectExistsError(f"object {key!r} exists already in {self._url}.") from error

    def swap(self, key: str, data: bytes, expected: str) -> str:
        return self._upload(key, data, if_generation_match=self._generation(key, expected))

    def delete(self, key: str, expected: str | None = None) -> None:
        blob = self._blob(key)
        match = None if expected is None else self._generation(key, expected)
        try:
            self._call("delete", key, lambda: blob.delete(if_generation_match=match, timeout=_TIMEOUT_S, retry=None))
        except ObjectNotFoundError as error:
            if expected is not None:
                raise self._conflict(key) from error

    def exists(self, key: str) -> bool:
        blob = self._blob(key)
        return self._call("stat", key, lambda: bool(blob.exists(timeout=_TIMEOUT_S, retry=None)))

    def stat(self, key: str) -> ObjectInfo:
        blob = self._blob(key)
        self._call("stat", key, lambda: blob.reload(timeout=_TIMEOUT_S, retry=None))
        md5 = base64.b64decode(blob.md5_hash).hex() if blob.md5_hash else None
        return ObjectInfo(key, int(blob.size or 0), str(blob.generation), md5)

    def list(self, prefix: str = "") -> list[Entry]:
        folder = self._prefix + validate_prefix(prefix)

        def fetch() -> list[Entry]:
            blobs = self._bucket.list_blobs(prefix=folder or None, timeout=_TIMEOUT_S, retry=None)
            return [Entry(blob.name.removeprefix(self._prefix), int(blob.size or 0)) for blob in blobs]

        return sorted(self._call("list", prefix, fetch), key=lambda entry: entry.key)

    def _blob(self, key: str) -> Any:
        return self._bucket.blob(self._prefix + validate_key(key))

    def _upload(self, key: str, data: bytes, **condition: int) -> str:
        blob = self._blob(key)
        upload = lambda: blob.upload_from_string(  # noqa: E731
            data, content_type="application/octet-stream", timeout=_TIMEOUT_S, retry=None, checksum="md5", **condition
        )
        self._call("write", key, upload)
        return str(blob.generation)

    def _generation(self, key: str, expected: str) -> int:
        if not expected.isdigit() or int(expected) == 0:
            raise self._conflict(key)
        return int(expected)

    def _conflict(self, key: str) -> VersionConflictError:
        return VersionConflictError(
            f"object {key!r} in {self._url} is another version or gone.", remedy="read it again and repeat the change."
        )

    def _call(self, action: str, key: str, call: Callable[[], T]) -> T:
        from google.api_core.exceptions import GoogleAPIError, NotFound, PreconditionFailed
        from google.auth.exceptions import GoogleAuthError
        from requests.exceptions import RequestException

        try:
            return with_retries(call, _is_transient)
        except PreconditionFailed as error:
            raise self._conflict(key) from error
        except NotFound as error:
            if action in ("list", "write"):
                raise StorageError(
                    f"the bucket of {self._url} does not exist.", remedy="create it, or choose another --root."
                ) from error
            raise ObjectNotFoundError(f"no object {key!r} in {self._url}.") from error
        except (GoogleAPIError, GoogleAuthError, RequestException, OSError) as error:
            raise StorageError(
                f"cannot {action} {key!r} in {self._url}: {first_line(error)}", remedy=_REMEDY
            ) from error


def _client() -> Any:
    try:
        from google.auth.credentials import AnonymousCredentials
        from google.auth.exceptions import DefaultCredentialsError
        from google.cloud import storage
    except ImportError as error:
        raise MissingDependencyError(
            "gs:// needs google-cloud-storage, which is not installed.", remedy="pip install 'blueprint-pipeline[gcs]'"
        ) from error
    if os.environ.get("STORAGE_EMULATOR_HOST"):
        return storage.Client(project="emulator", credentials=AnonymousCredentials())
    try:
        return storage.Client()
    except (DefaultCredentialsError, OSError) as error:
        raise StorageError(f"no Google Cloud credentials: {str(error).splitlines()[0]}", remedy=_REMEDY) from error


def _is_transient(error: Exception) -> bool:
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import TransportError
    from requests.exceptions import ChunkedEncodingError, Timeout
    from requests.exceptions import ConnectionError as RequestsConnectionError

    if isinstance(error, GoogleAPICallError):
        return error.code in TRANSIENT_STATUS
    return isinstance(
        error, TransportError | RequestsConnectionError | Timeout | ChunkedEncodingError | ConnectionError
    )
