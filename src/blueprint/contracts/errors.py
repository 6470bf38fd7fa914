"""The exception tree of the project.

BlueprintError (exit 1)
├── InputError (exit 2)            what the user handed over is unusable; nothing was changed
│   ├── ContractError              a document does not follow its schema or version
│   └── UnsafePathError            a name or path leaves its folder
├── MissingDependencyError (exit 3) an extra or a system library is not installed
├── GateError (exit 4)             a quality gate is failed, missing or about other bytes
├── StageError (exit 5)            a stage could not finish; a failure marker says why
├── StorageError (exit 6)          an object store refused or could not be reached
│   ├── ObjectNotFoundError
│   ├── ObjectExistsError
│   └── VersionConflictError
├── ServiceError (exit 7)          a remote service failed, timed out or answered with something else
└── InterruptedRunError (exit 130) stopped by Ctrl-C or SIGTERM; `--resume` goes on
"""

__all__ = [
    "BlueprintError",
    "ContractError",
    "GateError",
    "InputError",
    "InterruptedRunError",
    "MissingDependencyError",
    "ObjectExistsError",
    "ObjectNotFoundError",
    "ServiceError",
    "StageError",
    "StorageError",
    "UnsafePathError",
    "VersionConflictError",
]


class BlueprintError(Exception):
    """Base of every error that this project raises on purpose. `remedy` says what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} Remedy: {self.remedy}" if self.remedy else message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.remedy)


def _rebuild(kind: type[BlueprintError], args: tuple[str, ...], remedy: str | None) -> BlueprintError:
    return kind(*args, remedy=remedy)  # keeps the remedy across process pools


class InputError(BlueprintError):
    exit_code = 2


class ContractError(InputError):
    pass


class UnsafePathError(InputError):
    pass


class MissingDependencyError(BlueprintError):
    exit_code = 3


class GateError(BlueprintError):
    exit_code = 4


class StageError(BlueprintError):
    exit_code = 5


class StorageError(BlueprintError):
    exit_code = 6


class ObjectNotFoundError(StorageError):
    pass


class ObjectExistsError(StorageError):
    pass


class VersionConflictError(StorageError):
    pass


class ServiceError(BlueprintError):
    exit_code = 7


class InterruptedRunError(BlueprintError):
    exit_code = 130
