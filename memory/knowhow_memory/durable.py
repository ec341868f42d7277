"""Files that are whole or absent, also after a power cut.

Order: temporary file in the same folder → write → fsync → rename → fsync of the folder. A reader
sees the old content or the new one, never a mixture. Knows nothing about what the files mean.
"""

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from knowhow_memory.errors import StoreError, StoreFullError, StoreReadOnlyError

TEMPORARY_PREFIX = ".knowhow-tmp-"
ABANDONED_AFTER_S = 24 * 3600


def write_file(path: Path, *chunks: bytes | memoryview) -> None:
    """Replace `path` by the chunks, atomically and durably."""
    with explain_os_errors(path):
        temporary = _unused(path.parent)
        try:
            with temporary.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def make_draft(parent: Path) -> Path:
    """A new folder to fill and then to rename within `parent`. Who may read it says the umask, as
    for what is written directly: `tempfile` would make it the writer's alone for good."""
    draft = _unused(parent)
    draft.mkdir()
    return draft


def sync_folder(folder: Path) -> None:
    """Make renames and new names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents so that they survive a power cut."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    with explain_os_errors(folder):
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            sync_folder(path.parent)


def remove_leftovers(folder: Path) -> None:
    """Delete the drafts that killed processes left behind; a young one may still be in use."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        with contextlib.suppress(OSError):  # another process may be tidying up, too
            if time.time() - path.stat().st_mtime < ABANDONED_AFTER_S:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def remove_file(path: Path) -> None:
    """Delete a file so that a power cut does not bring it back."""
    if path.exists():
        with explain_os_errors(path):
            path.unlink(missing_ok=True)
            sync_folder(path.parent)


def _unused(folder: Path) -> Path:
    return folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"


@contextlib.contextmanager
def explain_os_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into errors that say what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFullError(
                f"no space left to write {str(path)!r}: free some space and try again"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StoreReadOnlyError(
                f"cannot write {str(path)!r}: make its folder writable or choose another place"
            ) from error
        raise StoreError(f"the disk failed at {str(path)!r}: {error.strerror}") from error
