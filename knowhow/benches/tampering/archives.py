"""Alterations of an adapter's archive: entries that lead elsewhere, lie, or grow without end."""

import io
import pickle
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from random import Random

from knowhow.benches.tampering.files import Payload
from knowhow_adapters.parts import CONFIG_FILE, MANIFEST_FILE, WEIGHTS_FILE

BOMB_BYTES = 32 * 2**20
MANY = 2000
CENTRAL_ENTRY = b"PK\1\2"
SIZE_AT, FLAGS_AT, METHOD_AT = 24, 8, 10
"""Where a central entry says the unpacked size, its flags, and how it is packed."""

Files = Mapping[str, bytes]


def name_outside(files: Files, chance: Random, sandbox: Path) -> bytes:
    name = chance.choice(
        [
            "../escaped",
            f"../{CONFIG_FILE}",
            f"a/../../{WEIGHTS_FILE}",
            str(sandbox / "escaped"),
            "..\\escaped",
            "C:\\escaped",
            f"{CONFIG_FILE}\0.txt",
        ]
    )
    return _pack([*files.items(), (name, b"{}")])


def all_names_outside(files: Files, chance: Random, sandbox: Path) -> bytes:
    return _pack([(f"../{name}", content) for name, content in files.items()])


def link_entry(files: Files, chance: Random, sandbox: Path) -> bytes:
    kind = chance.choice([stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
    return _pack(list(files.items()), kinds={chance.choice([*files, CONFIG_FILE]): kind})


def twice(files: Files, chance: Random, sandbox: Path) -> bytes:
    name = chance.choice([*files])
    with_warning = [*files.items(), (name, files[name])]
    return _pack(with_warning)


def in_a_folder(files: Files, chance: Random, sandbox: Path) -> bytes:
    return _pack([(f"adapter/{name}", content) for name, content in files.items()])


def bomb(files: Files, chance: Random, sandbox: Path) -> bytes:
    name = chance.choice([CONFIG_FILE, WEIGHTS_FILE])
    return _pack([*{**files, name: bytes(BOMB_BYTES)}.items()], method=zipfile.ZIP_DEFLATED)


def lying_bomb(files: Files, chance: Random, sandbox: Path) -> bytes:
    """Announces the size that the configuration has and unpacks to more."""
    grown = {**files, CONFIG_FILE: files[CONFIG_FILE] + b" " * BOMB_BYTES}
    archive = _pack([*grown.items()], method=zipfile.ZIP_DEFLATED)
    return _patch(archive, CONFIG_FILE, SIZE_AT, len(files[CONFIG_FILE]).to_bytes(4, "little"))


def many_entries(files: Files, chance: Random, sandbox: Path) -> bytes:
    return _pack([*files.items(), *((f"{i}", b"") for i in range(MANY))])


def encrypted(files: Files, chance: Random, sandbox: Path) -> bytes:
    return _patch(_pack([*files.items()]), chance.choice([*files]), FLAGS_AT, b"\1\0")


def odd_method(files: Files, chance: Random, sandbox: Path) -> bytes:
    method = chance.choice([12, 14, 99]).to_bytes(2, "little")
    return _patch(_pack([*files.items()]), chance.choice([*files]), METHOD_AT, method)


def pickle_entry(files: Files, chance: Random, sandbox: Path) -> bytes:
    name = chance.choice(["adapter_model.bin", "optimizer.pt", WEIGHTS_FILE])
    return _pack([*{**files, name: pickle.dumps(Payload(sandbox))}.items()])


def entry_missing(files: Files, chance: Random, sandbox: Path) -> bytes:
    lost = chance.choice([CONFIG_FILE, WEIGHTS_FILE])
    return _pack([(name, content) for name, content in files.items() if name != lost])


def cut(files: Files, chance: Random, sandbox: Path) -> bytes:
    archive = _pack([*files.items()])
    return archive[: chance.randrange(len(archive) - 1)]


def damaged(files: Files, chance: Random, sandbox: Path) -> bytes:
    """One byte of one entry's content: its check sum knows."""
    archive = bytearray(_pack([*files.items()]))
    content = files[chance.choice([CONFIG_FILE, MANIFEST_FILE, WEIGHTS_FILE])]
    archive[archive.index(content) + chance.randrange(len(content))] ^= 0xFF
    return bytes(archive)


def not_at_the_end(files: Files, chance: Random, sandbox: Path) -> bytes:
    return _pack([*files.items()]) + chance.randbytes(64)


def tar_in_disguise(files: Files, chance: Random, sandbox: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"../{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _pack(
    entries: list[tuple[str, bytes]],
    *,
    kinds: Mapping[str, int] | None = None,
    method: int = zipfile.ZIP_STORED,
) -> bytes:
    import warnings

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a name that is there twice
        for name, content in entries:
            entry = zipfile.ZipInfo("placeholder")
            entry.filename = name  # the constructor would clean it
            entry.compress_type = method
            entry.external_attr = ((kinds or {}).get(name, stat.S_IFREG) | 0o644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def _patch(archive: bytes, name: str, at: int, value: bytes) -> bytes:
    """Change a field of an entry in the central list."""
    start = archive.index(CENTRAL_ENTRY)
    while archive[start + 46 : start + 46 + len(name)] != name.encode():
        start = archive.index(CENTRAL_ENTRY, start + 1)
    return archive[: start + at] + value + archive[start + at + len(value) :]
