"""Loading a base: what is taken, and the one line for everything that is not."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from knowhow_adapters.base import load
from knowhow_adapters.base.load import BaseUnusable, load_base
from tests.adapters.tiny import CONFIGS, CONTEXT, TEMPLATE, tiny_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path / "tiny")


def refused(folder: Path | str) -> str:
    with pytest.raises(BaseUnusable) as caught:
        load_base(str(folder))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("architecture", CONFIGS)
def test_a_folder_of_any_architecture_is_loaded(tmp_path: Path, architecture: str) -> None:
    base = load_base(str(tiny_folder(tmp_path / "tiny", architecture)))
    assert (base.name, base.context, base.ends) == ("tiny", CONTEXT, {2})
    assert base.version == f"base@{base.hash[:12]}"
    assert not base.model.training
    assert not any(weight.requires_grad for weight in base.model.parameters())
    assert base.model.dtype == (torch.bfloat16 if torch.cuda.is_available() else torch.float32)


def test_a_prompt_goes_through_the_models_template(tmp_path: Path) -> None:
    """Either the template writes the first token or the tokenizer adds it, never both."""
    bare, chat = (
        load_base(str(_beginning(tiny_folder(tmp_path / name, template=template))))
        for name, template in (("bare", None), ("chat", TEMPLATE))
    )
    assert bare.prompts.render("12 cups") == "12 cups"
    assert chat.prompts.render("12 cups") == "<bos>12 cups\n"
    assert bare.encode("12 cups")[0] == 1
    assert chat.encode("12 cups") == bare.encode("12 cups\n")


def _beginning(folder: Path) -> Path:
    """Let the tokenizer begin every text, as Llama's does."""
    path = str(folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(path)
    tokenizer.post_processor = TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 1)])
    tokenizer.save(path)
    return folder


def test_the_hash_is_of_what_answers_and_of_nothing_else(folder: Path) -> None:
    before = load.hash_folder(folder)
    (folder / "card.json").write_text("{}")
    (folder / "README.md").write_text("a tiny model")
    assert load.hash_folder(folder) == before
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][0] += 1
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    assert load.hash_folder(folder) != before


def test_the_embedded_base_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "EMBEDDED", tmp_path)
    tiny_folder(tmp_path / load.DEFAULT_BASE)
    tiny_folder(tmp_path / "big-tiny", seed=1)
    assert load_base().name == load.DEFAULT_BASE
    assert load_base("big-tiny").name == "big-tiny"
    assert "there is no base 'big-other'" in refused("big-other")


@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refused(folder).endswith(f"lacks {name}")


def test_a_missing_shard_is_named(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    shards = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    assert refused(folder).endswith("lacks model-2.safetensors")


def test_pickles_are_not_loaded(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    assert "pickles only" in refused(folder)


def test_a_tensor_that_is_missing_is_not_made_up(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    assert "'model.layers.1.mlp.up_proj.weight'" in refused(folder)


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    edit(folder / "config.json", intermediate_size=64)
    assert "cannot load the model" in refused(folder)


@pytest.mark.parametrize("rows", [300, 400])
def test_a_tokenizer_of_another_size_is_refused(tmp_path: Path, rows: int) -> None:
    message = refused(tiny_folder(tmp_path / "tiny", vocab_size=rows))
    assert "330 tokens" in message
    assert f"{rows} embeddings" in message


def test_embeddings_may_be_padded(tmp_path: Path) -> None:
    assert load_base(str(tiny_folder(tmp_path / "tiny", vocab_size=352))).context == CONTEXT


def test_a_tokenizer_that_ends_nothing_is_refused(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", eos_token=None)
    assert "names no eos_token" in refused(folder)


def test_a_tokenizer_with_other_special_tokens_is_refused(folder: Path) -> None:
    edit(folder / "config.json", eos_token_id=77)
    assert "ends texts with token 77" in refused(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_damaged_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:100])
    assert "cannot load the" in refused(folder)


def test_a_model_that_brings_code_is_refused(folder: Path) -> None:
    (folder / "own.py").write_text("raise SystemExit('code of the model was run')")
    edit(
        folder / "config.json",
        model_type="own",
        auto_map={"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"},
    )
    assert "cannot load the model" in refused(folder)


def test_a_config_without_a_context_is_refused(folder: Path) -> None:
    edit(folder / "config.json", max_position_embeddings=0)
    assert "does not say max_position_embeddings" in refused(folder)


def test_without_network_a_hub_id_says_how_to_point_to_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    for setting in ("somebody/some-model", "somebody/some-model@" + "0" * 40):
        message = refused(setting)
        assert f"no base {setting!r}" in message
        assert "set small_model.base to its folder" in message


def test_a_model_from_the_hub_stays_at_its_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path))
    cache = tmp_path / "models--somebody--some-model"
    revisions = ["1" * 40, "2" * 40]
    for seed, revision in enumerate(revisions):
        tiny_folder(cache / "snapshots" / revision, seed=seed)
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text(revisions[1])
    first, second = (load_base(f"somebody/some-model@{revision}") for revision in revisions)
    assert first.hash != second.hash
    assert load_base("somebody/some-model").hash == second.hash
