"""What a disk refused, as a `StorageError` with the remedy."""

import errno

from blueprint.contracts.errors import StorageError

__all__ = ["disk_error", "is_disk_error"]

_REMEDIES = {
    errno.ENOSPC: "free space on the disk, then run again with --resume.",
    errno.EDQUOT: "free space in your quota, then run again with --resume.",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f), then run again with --resume.",
    errno.EIO: "check the disk (it reports an input/output error), then run again with --resume.",
    errno.EACCES: "give this user the right to read and write the folder, or choose another --root.",
    errno.EPERM: "give this user the right to read and write the folder, or choose another --root.",
    errno.EROFS: "the file system is read-only; choose another --root.",
    errno.ENAMETOOLONG: "use a shorter scene id or a --root with a shorter path.",
    errno.EISDIR: "a folder has the name of an object; rename one of them.",
    errno.EEXIST: "a file has the name of a folder; rename one of them.",
    errno.ENOTDIR: "a file has the name of a folder; rename one of them.",
}
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EACCES, errno.EPERM, errno.EROFS}


def is_disk_error(error: BaseException) -> bool:
    """Return whether the disk refused (full, quota, rights, broken), as against a defect of a program."""
    return isinstance(error, OSError) and error.errno in _DISK


def disk_error(action: str, place: object, error: OSError) -> StorageError:
    """Return the error to raise: `cannot {action} {place}: {reason}`, with what to do about it."""
    remedy = _REMEDIES.get(error.errno or 0, "check the disk and the folder's rights.")
    return StorageError(f"cannot {action} {place}: {error.strerror or error}.", remedy=remedy)
