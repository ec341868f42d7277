"""Nothing that was altered is taken, nothing that was read writes or runs anything."""

import io
import json
import struct
import tempfile
import zipfile
from pathlib import Path
from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from knowhow.benches._adapters import random_adapter
from knowhow.benches.tampering import trial, weights
from knowhow.benches.tampering.files import seal
from knowhow_adapters.artefact import export_adapter, import_adapter, read_adapter, write_adapter
from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.errors import AdapterBroken, AdapterError
from knowhow_adapters.peft_config import PlainLora, parse_config, render_config
from knowhow_adapters.tensors_file import read_tensors
from tests.adapters.tiny import tiny_folder

SHAPES = {"a": (2, 3), "b": (3, 2)}
WEIGHTS = save({"a": torch.ones(2, 3), "b": torch.zeros(3, 2)}, {"format": "pt"})


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return load_base(str(tiny_folder(tmp_path_factory.mktemp("bases") / "tiny")))


@pytest.fixture(scope="module")
def archives(base: Base, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The same adapter as it is exported, and compressed."""
    plain = tmp_path_factory.mktemp("archives") / "plain.zip"
    small = plain.with_name("small.zip")
    export_adapter(random_adapter(base, 1), base, plain)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return [plain.read_bytes(), small.read_bytes()]


def test_two_hundred_altered_adapters_are_refused(base: Base) -> None:
    findings = trial.try_altered(base, 200, 0, lambda text: None)
    assert [finding for finding in findings if not finding.safe] == []
    assert trial.count_safe(findings) == 200
    assert all(len(finding.reason.splitlines()) == 1 for finding in findings)


def test_unaltered_ones_are_taken_by_the_same_doors(base: Base) -> None:
    findings = trial.try_unaltered(base, 0)
    assert {finding.verdict for finding in findings} == {"taken"}
    assert not any(finding.touched for finding in findings)
    assert trial.count_safe(findings) == 0


def test_the_trial_notices_what_was_written(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure itself: a door that unpickles, one that crashes, one that takes anything."""

    def crash(base: Base, box: Path) -> None:
        raise KeyError("unexpected")

    doors = dict.fromkeys(trial.DOORS, lambda base, box: tempfile.mkdtemp(dir=box))
    doors["read"] = crash
    doors["import"] = lambda base, box: None
    monkeypatch.setattr(trial, "DOORS", doors)
    findings = trial.try_altered(base, 8, 0, lambda text: None)
    assert trial.count_safe(findings) == 0
    assert {f.verdict for f in findings if f.door == "read"} == {"crashed"}
    assert all(f.touched for f in findings if f.door == "adopt")


@pytest.mark.parametrize(
    "change", [weights.swap_tensors, weights.replace_numbers], ids=lambda change: change.__name__
)
def test_only_the_fingerprint_tells_some(base: Base, tmp_path: Path, change: trial.Change) -> None:
    """Every file, hash and name agrees; what it makes the base say does not."""
    folder = write_adapter(random_adapter(base, 5), base, tmp_path)
    change(folder, Random(1))
    seal(folder)
    with pytest.raises(AdapterBroken, match="does not answer as when it was published"):
        read_adapter(folder, base)


@given(data=st.data())
def test_a_changed_byte_in_an_archive_is_refused_or_means_nothing(
    base: Base,
    archives: list[bytes],
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
) -> None:
    archive = data.draw(st.sampled_from(archives))
    place = data.draw(st.integers(0, len(archive) - 1))
    altered = bytearray(archive)
    altered[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "altered.zip"
    path.write_bytes(altered)
    try:
        adapter = import_adapter(path, base)
    except AdapterError:
        return
    with zipfile.ZipFile(path) as now, zipfile.ZipFile(io.BytesIO(archive)) as before:
        assert [now.read(name) for name in now.namelist()] == [
            before.read(name) for name in before.namelist()
        ]
    assert adapter.ref == random_adapter(base, 1).ref


@given(data=st.data())
def test_changed_headers_of_weights_are_refused_or_mean_nothing(data: st.DataObject) -> None:
    content = bytearray(WEIGHTS)
    for _ in range(data.draw(st.integers(1, 3))):
        length = struct.unpack("<Q", content[:8])[0]
        place = data.draw(st.integers(0, min(8 + length, len(content)) - 1))
        match data.draw(st.sampled_from(["change", "insert", "delete"])):
            case "change":
                content[place] = data.draw(st.integers(0, 255))
            case "insert":
                content[place:place] = data.draw(st.binary(min_size=1, max_size=9))
            case "delete":
                del content[place]
    try:
        tensors = read_tensors(content, SHAPES, {"F32"})
    except AdapterBroken:
        return
    assert torch.equal(tensors["a"], torch.ones(2, 3))
    assert torch.equal(tensors["b"], torch.zeros(3, 2))


def weights_file(header: str | None = None, data: bytes | None = None) -> bytearray:
    """`WEIGHTS`, or one with another header or other data, without any padding."""
    length = struct.unpack("<Q", WEIGHTS[:8])[0]
    text = WEIGHTS[8 : 8 + length] if header is None else header.encode()
    content = WEIGHTS[8 + length :] if data is None else data
    return bytearray(struct.pack("<Q", len(text)) + text + content)


def padded(header: str) -> str:
    return header + " " * (-len(header) % 4)


HEADER = WEIGHTS[8:].split(b"}}")[0].decode() + "}}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (weights_file(HEADER + " " * 2**13), "claims a header of"),
        (weights_file(HEADER + " " * (1 - len(HEADER) % 4)), "not aligned"),
        (weights_file(padded(HEADER[:-1] + ',"hook":"x"}')), "holds 'hook'"),
        (weights_file(data=struct.pack("<12f", *[0.0] * 11, float("nan"))), "NaN or infinity"),
        (weights_file(data=struct.pack("<12f", float("inf"), *[0.0] * 11)), "NaN or infinity"),
        (weights_file(padded(HEADER.replace("[2,3]", "[2.0,3]"))), "has the shape"),
        (weights_file(padded(HEADER.replace("F32", "F16", 1))), "length that is not its shape's"),
        (weights_file()[:7], "cut short"),
        (bytearray(b""), "cut short"),
    ],
)
def test_weights_are_read_strictly(content: bytearray, reason: str) -> None:
    assert torch.equal(read_tensors(weights_file(), SHAPES, {"F32"})["a"], torch.ones(2, 3))
    with pytest.raises(AdapterBroken, match=reason):
        read_tensors(content, SHAPES, {"F32", "F16"})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lora_alpha": 5000}, "at most 4096"),
        ({"use_dora": 0}, "sets 'use_dora'"),
        ({"target_modules": ["q_proj", "q_proj"]}, "names one twice"),
        ({"auto_mapping": {"base_model_class": "A", "parent_library": "evil"}}, "code to import"),
        ({"auto_mapping": "transformers.models.llama"}, "code to import"),
    ],
)
def test_configurations_are_read_strictly(changes: dict[str, object], reason: str) -> None:
    config = json.loads(render_config(PlainLora(8, 16.0, ("q_proj",)), "base"))
    usual = {"base_model_class": "A", "parent_library": "transformers.models.llama.modeling"}
    assert parse_config(json.dumps({**config, "auto_mapping": usual}).encode()).rank == 8
    with pytest.raises(AdapterBroken, match=reason):
        parse_config(json.dumps({**config, **changes}).encode())


def test_reading_takes_no_more_memory_than_the_base_warrants(base: Base, tmp_path: Path) -> None:
    """A sparse file of a terabyte is told by its size, before a byte is read."""
    folder = write_adapter(random_adapter(base, 6), base, tmp_path)
    with (folder / "adapter_model.safetensors").open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(AdapterBroken, match="are the most it can need"):
        read_adapter(folder, base)


def test_a_long_list_of_entries_is_told_before_it_is_read(base: Base, tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2_000):
            archive.writestr(f"{number}", b"")
    with pytest.raises(AdapterBroken, match="list of entries is larger"):
        import_adapter(path, base)


def test_a_link_to_a_folder_is_called_one(base: Base, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(write_adapter(random_adapter(base, 7), base, tmp_path))
    with pytest.raises(AdapterBroken, match="it is a link"):
        read_adapter(tmp_path / "link", base)
