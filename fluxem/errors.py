"""The errors of the project, as one tree.

    FluxemError
    ├── ConfigError               a setting, a path or a file that the user gave is unusable
    │   └── OutputFolderError     the output folder holds something that is not ours to touch
    ├── DecodeError               a vector is not an encoding, or the reading asked for does not hold for it
    │   ├── MixedDomainsError     a sum of encodings of different domains
    │   └── TypeMismatchError     a sum of encodings whose types differ (metres and seconds)
    ├── ShardMismatchError        a shard was made with another vocabulary, width or encoder
    ├── ShardRowError             a row of a shard contradicts itself
    ├── BuildError                a build cannot go on
    │   ├── InputError            an input cannot be read now, which may pass: a network, a server
    │   ├── StoreError            an object store cannot be written or looked at now, which may pass, too
    │   └── BalanceError          rows in are not rows out plus rejected: a bug, found before it spread
    └── MissingDependencyError    an optional library is not installed

A text that cannot be encoded is none of these: it is a `FailureReason`, a value (see `fluxem.vocabulary`).
Every message says what was expected, what came and what to do next. All survive pickling, so that a
worker's error reaches the user whole: the arguments of `__init__` are the `args` of the exception.
"""

from __future__ import annotations

from fluxem.vocabulary import FailureReason


class FluxemError(Exception):
    """Base of every error that this project raises on purpose."""


class ConfigError(FluxemError):
    """A setting, path or file given by the user cannot be used."""


class OutputFolderError(ConfigError):
    """The output folder holds files of somebody else."""


class DecodeError(FluxemError, ValueError):
    """A vector is not an encoding, or not one that this reading accepts.

    Attributes:
        message: what was expected and what came.
        reason: the closest reason of the closed list.
    """

    def __init__(self, message: str, reason: FailureReason = FailureReason.INVALID_VALUE) -> None:
        super().__init__(message, reason)
        self.message = message
        self.reason = reason

    def __str__(self) -> str:
        return self.message


class MixedDomainsError(DecodeError):
    """The header shows a sum of encodings of different domains."""


class TypeMismatchError(DecodeError):
    """The type fields show a sum of encodings of different types."""


class ShardMismatchError(FluxemError):
    """A shard and this library disagree.

    Attributes:
        field: what differs (`vocabulary`, `vector_dim`, `encoder`, ...).
        expected: this library's side.
        found: the shard's side.
    """

    def __init__(self, field: str, expected: object, found: object) -> None:
        super().__init__(field, expected, found)
        self.field = field
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return (
            f"the shards were written with {self.field} {self.found}, this library has {self.expected}: "
            "build the shards again, or install the version that wrote them"
        )


class ShardRowError(FluxemError, ValueError):
    """A row of a shard cannot be used.

    Attributes:
        row: the row's id.
        field: the column at fault.
        expected: what it should hold.
        found: what it holds.
        file: the shard; empty where rows came without one.
    """

    def __init__(self, row: str, field: str, expected: str, found: str, file: str = "") -> None:
        super().__init__(row, field, expected, found, file)
        self.row = row
        self.field = field
        self.expected = expected
        self.found = found
        self.file = file

    def __str__(self) -> str:
        place = f"{self.file}: " if self.file else ""
        return f"{place}row {self.row!r}, column {self.field}: expected {self.expected}, found {self.found}"


class BuildError(FluxemError):
    """A build cannot go on."""


class InputError(BuildError):
    """An input cannot be read now, but perhaps later; the task is tried again."""


class StoreError(BuildError):
    """The store of a build cannot be written to or read now, but perhaps later; the task is tried again."""


class BalanceError(BuildError):
    """Rows went missing or appeared: in != out + rejected."""


class MissingDependencyError(FluxemError, ImportError):
    """An optional library is needed and not installed.

    Attributes:
        package: the import name that failed.
        extra: the extra of fluxem-prep that installs it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(package, extra)
        self.package = package
        self.extra = extra

    def __str__(self) -> str:
        return f"this needs {self.package}, which is not installed: pip install 'fluxem-prep[{self.extra}]'"
