"""Amazon S3 and whatever speaks its protocol (B2, R2, MinIO), through obstore; versions are ETags."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from blueprint.contracts.errors import ObjectExistsError, ObjectNotFoundError, StorageError, VersionConflictError
from blueprint.storage.keys import validate_key, validate_prefix
from blueprint.storage.retry import TRANSIENT_STATUS, first_line, with_retries
from blueprint.storage.store import Entry, ObjectInfo

__all__ = ["S3ObjectStore"]

_STATUS = re.compile(r"non-2xx status code: ((\d{3})[A-Za-z ]*)")
_NO_BUCKET = "NoSuchBucket"
_MD5_ETAG = re.compile(r'"?([0-9a-f]{32})"?')  # an ETag with a dash or of an encrypted object is not an MD5
_REMEDY = "check the bucket, AWS_* credentials, AWS_REGION and AWS_ENDPOINT_URL."
_DELETE_TIMEOUT_S = 60.0

T = TypeVar("T")


class S3ObjectStore:
    """Objects below `s3://bucket/prefix`. Credentials and region come from the AWS_* environment variables."""

    def __init__(self, bucket: str, prefix: str = "") -> None:
        from obstore.store import S3Store

        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        self._url = f"s3://{bucket}/{prefix}"
        self._prefix = prefix
        self._store = S3Store(
            bucket,
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s"},
            retry_config={"max_retries": 0},
        )

    @property
    def url(self) -> str:
        return self._url

    def read(self, key: str) -> bytes:
        return self.read_versioned(key)[0]

    def read_versioned(self, key: str) -> tuple[bytes, str]:
        import obstore

        path = self._path(key)

        def fetch() -> tuple[bytes, str]:
            answer = obstore.get(self._store, path)
            return bytes(answer.bytes()), _etag(answer.meta)

        return self._call("read", key, fetch)

    def write(self, key: str, data: bytes) -> str:
        return self._put(key, data, "overwrite")

    def create(self, key: str, data: bytes) -> str:
        return self._put(key, data, "create")

    def swap(self, key: str, data: bytes, expected: str) -> str:
        return self._put(key, data, {"e_tag": expected})

    def delete(self, key: str, expected: str | None = None) -> None:
        import obstore

        path = self._path(key)
        if expected is None:
            self._call("delete", key, lambda: obstore.delete(self._store, path), missing=None)
        else:
            self._call("delete", key, lambda: self._delete_if_match(key, path, expected))

    def exists(self, key: str) -> bool:
        import obstore

        path = self._path(key)
        return self._call("stat", key, lambda: obstore.head(self._store, path), missing=None) is not None

    def stat(self, key: str) -> ObjectInfo:
        import obstore

        path = self._path(key)
        meta = self._call("stat", key, lambda: obstore.head(self._store, path))
        md5 = _MD5_ETAG.fullmatch(_etag(meta))
        return ObjectInfo(key, meta["size"], _etag(meta), md5.group(1) if md5 else None)

    def list(self, prefix: str = "") -> list[Entry]:
        import obstore

        folder = self._prefix + validate_prefix(prefix)
        found = self._call("list", prefix, lambda: obstore.list(self._store, folder or None).collect())
        entries = [
            Entry(str(item["path"]).removeprefix(self._prefix), item["size"])
            for item in found
            if str(item["path"]).startswith(folder)
        ]
        return sorted(entries, key=lambda entry: entry.key)

    def _path(self, key: str) -> str:
        return self._prefix + validate_key(key)

    def _put(self, key: str, data: bytes, mode: Any) -> str:
        import obstore

        path = self._path(key)
        # One request, not multipart: the ETag then is the MD5, and the condition covers all of the object.
        put = lambda: obstore.put(self._store, path, data, mode=mode, use_multipart=False)  # noqa: E731
        return _etag(self._call("write", key, put))

    def _delete_if_match(self, key: str, path: str, expected: str) -> None:
        """obstore has no conditional delete; S3 has (If-Match on DeleteObject), so the request is signed and sent."""
        import obstore

        signed = obstore.sign(self._store, "DELETE", path, timedelta(minutes=5))
        try:
            with urlopen(Request(signed, method="DELETE", headers={"If-Match": expected}), timeout=_DELETE_TIMEOUT_S):
                return
        except HTTPError as error:
            if error.code in (404, 409, 412):
                raise _conflict(key, self._url) from error
            raise

    def _call(self, action: str, key: str, call: Callable[[], T], **default: Any) -> T:
        """Run with retries and translate errors; `missing=` is returned for an object that does not exist."""
        from obstore import exceptions

        try:
            return with_retries(call, _is_transient)
        except exceptions.AlreadyExistsError as error:
            raise ObjectExistsError(f"object {key!r} exists already in {self._url}.") from error
        except exceptions.PreconditionError as error:
            raise _conflict(key, self._url) from error
        except FileNotFoundError as error:  # obstore's NotFoundError is this one
            if _NO_BUCKET in str(error):
                raise self._no_bucket() from error
            if "missing" in default:
                return default["missing"]
            raise ObjectNotFoundError(f"no object {key!r} in {self._url}.") from error
        except (exceptions.BaseError, HTTPException, OSError, ValueError) as error:
            if _NO_BUCKET in str(error):
                raise self._no_bucket() from error
            raise StorageError(f"cannot {action} {key!r} in {self._url}: {_reason(error)}.", remedy=_REMEDY) from error

    def _no_bucket(self) -> StorageError:
        return StorageError(f"the bucket of {self._url} does not exist.", remedy="create it, or choose another --root.")


def _is_transient(error: Exception) -> bool:
    """A refused or lost connection, or a status of TRANSIENT_STATUS (obstore tells it in the message only)."""
    from obstore import exceptions

    if isinstance(error, HTTPError):
        return error.code in TRANSIENT_STATUS
    if isinstance(error, exceptions.GenericError):
        status = _STATUS.search(str(error))
        return int(status.group(2)) in TRANSIENT_STATUS if status else "error sending request" in str(error)
    return isinstance(error, URLError | HTTPException | ConnectionError | TimeoutError)


def _conflict(key: str, url: str) -> VersionConflictError:
    return VersionConflictError(
        f"object {key!r} in {url} is another version or gone.", remedy="read it again and repeat the change."
    )


def _etag(meta: Any) -> str:
    tag = meta["e_tag"]
    if not tag:
        raise StorageError("the S3 server sends no ETag, so that conditional writes cannot work.", remedy=_REMEDY)
    return str(tag)


def _reason(error: BaseException) -> str:
    """One line of what obstore tells in forty."""
    status = _STATUS.search(str(error))
    if status:
        return f"the server answered {status.group(1).strip()}"
    return first_line(error)
