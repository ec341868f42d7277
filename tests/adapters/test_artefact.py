"""Adapters on disk and in archives: what is written comes back, and plain PEFT agrees with it."""

import errno
import json
import os
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from knowhow.benches._adapters import random_adapter
from knowhow_adapters.adapter import Adapter, make_adapter
from knowhow_adapters.artefact import (
    export_adapter,
    import_adapter,
    linear_shapes,
    read_adapter,
    write_adapter,
)
from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.errors import AdapterBroken, AdapterForeign, AdapterMissing
from knowhow_adapters.fingerprint import take_fingerprint
from knowhow_adapters.learn.train import Settings
from knowhow_adapters.peft_config import PlainLora, parse_config, render_config
from knowhow_memory.errors import InputError, StoreFullError
from tests.adapters.tiny import tiny_folder

ARCHITECTURES = ("llama", "qwen3", "phi3", "gemma")
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
"""PEFT asks transformers in a way that the latter is about to drop."""
TOKENS = torch.tensor([[5, 17, 40, 8, 99, 23]])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return load_base(str(tiny_folder(tmp_path_factory.mktemp("bases") / "tiny")))


@pytest.fixture(scope="module")
def published(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_adapter(random_adapter(base, 1), base, tmp_path_factory.mktemp("versions"))


def same(one: Adapter, other: Adapter) -> bool:
    return (
        one.ref == other.ref
        and (one.base_hash, one.rank, one.alpha) == (other.base_hash, other.rank, other.alpha)
        and one.layers.keys() == other.layers.keys()
        and all(
            torch.equal(a, b)
            for path in one.layers
            for a, b in zip(one.layers[path], other.layers[path], strict=True)
        )
    )


def peft_logits(base: Base, folder: Path) -> torch.Tensor:
    """What plain PEFT answers with the folder, on a model of its own."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    assert base.folder
    model = AutoModelForCausalLM.from_pretrained(base.folder, dtype=torch.float32)
    with torch.inference_mode():
        return PeftModel.from_pretrained(model, str(folder)).eval()(TOKENS).logits


def merged_logits(base: Base, adapter: Adapter) -> torch.Tensor:
    """What the definition says: every named weight W becomes W + scale · B A."""
    from transformers import AutoModelForCausalLM

    assert base.folder
    model = AutoModelForCausalLM.from_pretrained(base.folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        for path, (a, b) in adapter.layers.items():
            model.get_submodule(path).weight += adapter.scale * b @ a
        return model(TOKENS).logits


def plain_peft(base: Base, folder: Path, **changes: object) -> None:
    """A trained-looking adapter, made by PEFT alone."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(**{"r": 4, "lora_alpha": 6, "target_modules": targets, **changes})
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base.folder), config)
    torch.manual_seed(3)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    model.save_pretrained(str(folder))


def test_what_is_written_comes_back(base: Base, tmp_path: Path) -> None:
    adapter = random_adapter(base, 7, agent="sums")
    folder = write_adapter(adapter, base, tmp_path / "a" / "b")
    assert folder == tmp_path / "a" / "b" / adapter.ref
    assert same(read_adapter(folder, base), adapter)
    assert write_adapter(adapter, base, tmp_path / "a" / "b") == folder
    assert list(folder.parent.iterdir()) == [folder]


def test_a_version_is_named_by_what_it_computes(base: Base) -> None:
    one = random_adapter(base, 1)
    path = next(iter(one.layers))
    a, b = one.layers[path]
    changed = {**one.layers, path: (a.clone().index_fill_(0, torch.tensor([0]), 0.0), b)}
    refs = {
        one.ref,
        make_adapter("agent", base.hash, one.layers, rank=8, alpha=17).ref,
        make_adapter("agent", "0" * 64, one.layers, rank=8, alpha=16).ref,
        make_adapter("agent", base.hash, changed, rank=8, alpha=16).ref,
    }
    assert len(refs) == 4
    backwards = dict(reversed(one.layers.items()))
    assert make_adapter("agent", base.hash, backwards, rank=8, alpha=16).ref == one.ref


@pytest.mark.parametrize("agent", ["", "..", "a/b", "A", "a b", "-a", "a" * 65, "ä", "a\n"])
def test_an_agents_name_can_be_a_folders(base: Base, agent: str) -> None:
    with pytest.raises(InputError, match="cannot name an agent"):
        random_adapter(base, 1, agent=agent)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_plain_peft_answers_the_same_with_what_was_published(
    architecture: str, tmp_path: Path
) -> None:
    base = load_base(str(tiny_folder(tmp_path / "base", architecture)))
    adapter = random_adapter(base, 2)
    theirs = peft_logits(base, write_adapter(adapter, base, tmp_path))
    torch.testing.assert_close(theirs, merged_logits(base, adapter), rtol=1e-4, atol=1e-4)
    with torch.inference_mode():
        bare = base.model(TOKENS).logits
    assert (theirs - bare).abs().max() > 0.1


def test_the_folder_is_what_vllms_loader_asks_for(base: Base, published: Path) -> None:
    """Its rules as its source has them; vLLM itself is not run."""
    config = json.loads((published / "adapter_config.json").read_text())
    assert config["r"] == Settings().rank <= 16  # its max_lora_rank unless told otherwise
    assert isinstance(config["target_modules"], list) and config["lora_alpha"] > 0
    assert (config["bias"], config["modules_to_save"]) == ("none", None)
    assert not config["use_dora"] and not config["rank_pattern"] and not config["alpha_pattern"]
    names = load_file(published / "adapter_model.safetensors").keys()
    parsed = [re.fullmatch(r"base_model\.model\.(.+)\.lora_([AB])\.weight", name) for name in names]
    assert {found[1] for found in parsed if found} == linear_shapes(base).keys()
    assert all(parsed) and len(parsed) == 2 * len(linear_shapes(base))


def test_modules_that_share_a_name_with_others_are_named_in_full(
    base: Base, tmp_path: Path
) -> None:
    whole = random_adapter(base, 2)
    layers = {path: pair for path, pair in whole.layers.items() if "layers.1.self_attn.q" in path}
    adapter = make_adapter("agent", base.hash, layers, rank=8, alpha=16)
    folder = write_adapter(adapter, base, tmp_path)
    assert read_adapter(folder, base).layers.keys() == {"model.layers.1.self_attn.q_proj"}
    torch.testing.assert_close(
        peft_logits(base, folder), merged_logits(base, adapter), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("packed", [False, True])
def test_what_plain_peft_made_can_be_adopted(base: Base, tmp_path: Path, packed: bool) -> None:
    place = source = tmp_path / "made"
    plain_peft(base, source)
    if packed:
        place = Path(shutil.make_archive(str(source), "zip", source))
    with pytest.raises(AdapterForeign, match="does not say whose it is"):
        import_adapter(place, base)
    adapter = import_adapter(place, base, agent="guest")
    folder = write_adapter(adapter, base, tmp_path / "versions")
    assert adapter.agent == "guest"
    assert len(adapter.layers) == 14
    torch.testing.assert_close(peft_logits(base, source), peft_logits(base, folder), rtol=0, atol=0)
    torch.testing.assert_close(
        peft_logits(base, source), merged_logits(base, adapter), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(
    "changes",
    [{"use_rslora": True}, {"use_dora": True}, {"rank_pattern": {"q_proj": 2}}, {"bias": "all"}],
)
def test_what_plain_peft_made_in_other_ways_is_refused(
    base: Base, tmp_path: Path, changes: dict[str, object]
) -> None:
    plain_peft(base, tmp_path / "made", **changes)
    with pytest.raises(AdapterBroken, match=next(iter(changes))):
        import_adapter(tmp_path / "made", base, agent="guest")


def test_half_precision_is_adopted_in_single(base: Base, published: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(published / "adapter_model.safetensors")
    halves = {name: tensor.to(torch.bfloat16) for name, tensor in tensors.items()}
    save_file(halves, tmp_path / "adapter_model.safetensors")
    shutil.copy(published / "adapter_config.json", tmp_path)
    adapter = import_adapter(tmp_path, base, agent="guest")
    path, (a, _) = next(iter(adapter.layers.items()))
    assert a.dtype == torch.float32
    assert torch.equal(a, halves[f"base_model.model.{path}.lora_A.weight"].float())


def test_an_archive_carries_a_version(base: Base, published: Path, tmp_path: Path) -> None:
    adapter = read_adapter(published, base)
    archives = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for archive in archives:
        export_adapter(adapter, base, archive)
    assert archives[0].read_bytes() == archives[1].read_bytes()
    assert same(import_adapter(archives[0], base), adapter)
    assert import_adapter(archives[0], base, agent="other").ref == adapter.ref.replace(
        "agent@", "other@"
    )
    shutil.unpack_archive(archives[0], tmp_path / "unpacked")
    torch.testing.assert_close(
        peft_logits(base, tmp_path / "unpacked"), peft_logits(base, published), rtol=0, atol=0
    )


def test_another_base_is_named(base: Base, published: Path, tmp_path: Path) -> None:
    other = load_base(str(tiny_folder(tmp_path / "other", seed=1)))
    for door in (read_adapter, import_adapter):
        with pytest.raises(AdapterForeign, match=r"made for the base 'tiny' .* the same tokenizer"):
            door(published, other)
    with pytest.raises(AdapterForeign, match="made for another base than 'other'"):
        write_adapter(read_adapter(published, base), other, tmp_path)


def test_a_fingerprint_of_other_texts_is_not_compared(
    base: Base, published: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "copy"))
    manifest = json.loads((folder / "knowhow.json").read_bytes())
    manifest["fingerprint"]["probes"] = "0" * 64
    (folder / "knowhow.json").write_text(json.dumps(manifest))
    with pytest.raises(AdapterForeign, match="other probe texts"):
        read_adapter(folder, base)


def test_the_fingerprint_leaves_the_base_as_it_was(base: Base) -> None:
    with torch.inference_mode():
        before = base.model(TOKENS).logits
        first = take_fingerprint(base, random_adapter(base, 1))
        assert first == take_fingerprint(base, random_adapter(base, 1))
        assert first != take_fingerprint(base, random_adapter(base, 2))
        assert torch.equal(base.model(TOKENS).logits, before)
    assert not any(module._forward_hooks for module in base.model.modules())


def test_a_broken_version_is_not_mended_by_publishing_again(base: Base, tmp_path: Path) -> None:
    adapter = random_adapter(base, 3)
    folder = write_adapter(adapter, base, tmp_path)
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(AdapterBroken, match="not the file that was published"):
        write_adapter(adapter, base, tmp_path)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda a: a.fill_(float("nan")), "NaN"),
        (lambda a: a[:, 1:], "shape"),
        (lambda a: a[1:], "shape"),
    ],
)
def test_what_could_not_be_read_is_not_published(
    base: Base, tmp_path: Path, spoil: Callable[[torch.Tensor], torch.Tensor], reason: str
) -> None:
    layers = dict(random_adapter(base, 9).layers)
    path = "model.layers.0.mlp.up_proj"
    layers[path] = (spoil(layers[path][0]), layers[path][1])
    adapter = make_adapter("agent", base.hash, layers, rank=8, alpha=16)
    with pytest.raises(AdapterBroken, match=reason):
        write_adapter(adapter, base, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_weights_come_from_wherever_they_were_trained(base: Base) -> None:
    adapter = random_adapter(base, 1)
    trained = {
        path: (torch.nn.Parameter(a.double()), torch.nn.Parameter(b.T.contiguous()).T)
        for path, (a, b) in adapter.layers.items()
    }
    assert same(make_adapter("agent", base.hash, trained, rank=8, alpha=16), adapter)


def test_a_version_is_whole_or_absent(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call that changes the disk fails once: then all of the version is there, or nothing."""
    adapter = random_adapter(base, 4)
    state = {"calls": 0, "fails": 0}

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            state["calls"] += 1
            if state["calls"] == state["fails"]:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*arguments, **options)

        return call

    for name in ("fsync", "replace", "rename"):
        monkeypatch.setattr(os, name, guarded(getattr(os, name)))
    write_adapter(adapter, base, tmp_path / "counted")
    number = state["calls"]
    assert number > 10
    for fails in range(1, number + 1):
        state.update(calls=0, fails=fails)
        versions = tmp_path / str(fails) / "versions"
        with pytest.raises(StoreFullError):
            write_adapter(adapter, base, versions)
        left = list(versions.iterdir()) if versions.exists() else []
        assert left in ([], [versions / adapter.ref])
        assert all(same(read_adapter(folder, base), adapter) for folder in left)


def test_the_umask_says_who_may_read_a_version(base: Base, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        folder = write_adapter(random_adapter(base, 1), base, tmp_path)
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes.pop(folder.name) == 0o750 and set(modes.values()) == {0o640}


def test_who_publishes_second_finds_the_first_ones(base: Base, tmp_path: Path) -> None:
    adapter = random_adapter(base, 8)
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: write_adapter(adapter, base, tmp_path), range(6)))
    assert found == {tmp_path / adapter.ref}
    assert list(tmp_path.iterdir()) == [tmp_path / adapter.ref]


def test_an_archive_is_a_zip(base: Base, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"exported as '\.zip', not as 'one\.tar'"):
        export_adapter(random_adapter(base, 1), base, tmp_path / "one.tar")
    (tmp_path / "one.tar").write_bytes(b"")
    with pytest.raises(AdapterBroken, match="neither a folder nor a"):
        import_adapter(tmp_path / "one.tar", base)


def test_nothing_there(base: Base, tmp_path: Path) -> None:
    for place in ("nothing", "nothing.zip"):
        with pytest.raises(AdapterMissing, match=place):
            import_adapter(tmp_path / place, base)


@given(
    rank=st.integers(1, 256),
    alpha=st.floats(2**-20, 4096, allow_nan=False),
    targets=st.sets(st.text(min_size=1), min_size=1),
)
def test_configurations_come_back_as_they_were(rank: int, alpha: float, targets: set[str]) -> None:
    lora = PlainLora(rank, alpha, tuple(sorted(targets)))
    assert parse_config(render_config(lora, "base")) == lora


def test_the_configuration_peft_writes_today_is_known(base: Base, tmp_path: Path) -> None:
    """Every key of the installed PEFT: a new one must be looked at, not waved through."""
    plain_peft(base, tmp_path)
    content = (tmp_path / "adapter_config.json").read_bytes()
    assert len(json.loads(content)) > 30
    assert parse_config(content).rank == 4


def test_linear_modules_of_the_tiny_base(base: Base) -> None:
    shapes = linear_shapes(base)
    assert len(shapes) == 14
    assert shapes["model.layers.0.mlp.down_proj"] == (32, 48)
