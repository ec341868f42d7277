"""Every error knowhow raises on purpose, as one tree.

    KnowhowError                  shown to the user as one line; exit code 1
    ├── InputError                what was given cannot be taken (exit code 1)
    │   ├── NotFoundError         an id or name that is not in the store
    │   └── ConflictError         true once, not any more: already undone, already there
    ├── SettingsError             a setting that does not exist or does not fit
    ├── StoreError                the store cannot do it now
    │   ├── StoreBusyError        other writers held the lock longer than the limit
    │   ├── StoreReadOnlyError    the folder or file cannot be written
    │   ├── StoreFullError        no space left; nothing was half-written
    │   ├── StoreDamagedError     the database fails its checks; restore a backup
    │   └── StoreVersionError     made by another version of knowhow
    ├── EmbedderError             the embedder is missing, altered, or another than the store's
    ├── MissingExtraError         an optional package is needed; says what to install
    └── InternalError             a fault of ours (exit code 3)

A message is one line and says what to do next. This module imports nothing.
"""

__all__ = [
    "ConflictError",
    "EmbedderError",
    "InputError",
    "InternalError",
    "KnowhowError",
    "MissingExtraError",
    "NotFoundError",
    "SettingsError",
    "StoreBusyError",
    "StoreDamagedError",
    "StoreError",
    "StoreFullError",
    "StoreReadOnlyError",
    "StoreVersionError",
]


class KnowhowError(Exception):
    """The root: its text is displayed to the user."""

    exit_code = 1


class InputError(KnowhowError, ValueError):
    """What was given cannot be taken."""


class NotFoundError(InputError):
    """An id or a name that is not in the store."""


class ConflictError(InputError):
    """It was possible once and is not any more, or it is there already."""


class SettingsError(KnowhowError):
    """A setting that does not exist or whose value does not fit."""


class StoreError(KnowhowError):
    """The store cannot do what was asked."""


class StoreBusyError(StoreError):
    """Other writers held the lock for longer than the limit."""


class StoreReadOnlyError(StoreError):
    """The folder or the file cannot be written."""


class StoreFullError(StoreError):
    """There is no space left; nothing was half-written."""


class StoreDamagedError(StoreError):
    """The database fails its checks."""


class StoreVersionError(StoreError):
    """The store was made by another version of knowhow."""


class EmbedderError(KnowhowError):
    """The embedder is missing, altered, or not the one the store was made with."""


class MissingExtraError(KnowhowError):
    """An optional package is needed."""


class InternalError(KnowhowError):
    """A fault of ours, not of the caller."""

    exit_code = 3
