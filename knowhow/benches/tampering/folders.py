"""Alterations of an adapter's folder: what lies in it, its configuration, what vouches for it."""

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from knowhow.benches.tampering.files import Payload, change_json, read_json
from knowhow_adapters.parts import CONFIG_FILE, MANIFEST_FILE, WEIGHTS_FILE

Change = Callable[[Path, Random], None]

MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""What the unaltered adapter changes."""
SETTINGS: tuple[dict[str, Any], ...] = (
    {"auto_map": {"AutoModel": "evil.Model"}},
    {"auto_mapping": {"base_model_class": "Model", "parent_library": "evil"}},
    {"modules_to_save": ["lm_head"]},
    {"use_dora": True},
    {"layer_replication": [[0, 2], [1, 2]]},
    {"target_modules": "(a+)+$"},
    {"target_modules": [*MODULES, "embed_tokens"]},
    {"target_modules": [*MODULES, "lm_head"]},
    {"target_modules": [*MODULES, "nowhere"]},
    {"target_modules": []},
    {"target_modules": ["model.layers.0.self_attn"]},
    {"target_modules": [["q_proj"]]},
    {"peft_type": "IA3"},
    {"peft_type": "PROMPT_TUNING"},
    {"peft_type": None},
    {"task_type": "SEQ_CLS"},
    {"rank_pattern": {"q_proj": 2}},
    {"alpha_pattern": {".*": 99}},
    {"bias": "all"},
    {"fan_in_fan_out": True},
    {"init_lora_weights": "pissa"},
    {"loftq_config": {"loftq_bits": 4}},
    {"trainable_token_indices": [0, 1]},
    {"custom_module": "evil.py"},
    {"trust_remote_code": True},
    {"r": 0},
    {"r": -8},
    {"r": True},
    {"r": 10**9},
    {"r": "8"},
    {"r": 4},
    {"lora_alpha": 0},
    {"lora_alpha": float("nan")},
    {"lora_alpha": float("inf")},
    {"lora_alpha": 1e300},
    {"lora_alpha": "16"},
    {"lora_dropout": "import os"},
    {"base_model_name_or_path": {"$ref": "evil"}},
)
CLAIMS: tuple[dict[str, Any], ...] = (
    {"format": 2},
    {"ref": "../../evil@0123456789ab"},
    {"ref": "agent@0123456789ab"},
    {"ref": None},
    {"base_hash": "0" * 64},
    {"base_hash": "0"},
    {"files": {}},
    {"files": {CONFIG_FILE: "0" * 64, WEIGHTS_FILE: "0" * 64}},
    {"files": {"../../etc/passwd": "0" * 64}},
    {"hook": "evil.py"},
    {"fingerprint": None},
    {"base": "x" * 70_000},
)


def _changing(path: str, changes: dict[str, Any]) -> Change:
    def change(folder: Path, chance: Random) -> None:
        change_json(folder / path, **changes)

    change.__name__ = "_".join(("set", *changes))
    return change


CONFIG_CHANGES = tuple(_changing(CONFIG_FILE, changes) for changes in SETTINGS)
MANIFEST_CHANGES = tuple(_changing(MANIFEST_FILE, changes) for changes in CLAIMS)


def change_the_fingerprint(folder: Path, chance: Random) -> None:
    fingerprint = read_json(folder / MANIFEST_FILE)["fingerprint"]
    logits = fingerprint["logits"]
    match chance.randrange(4):
        case 0:
            logits[1][chance.randrange(len(logits[1]))] += 10.0
        case 1:
            logits[0], logits[1] = logits[1], logits[0]
        case 2:
            del logits[chance.randrange(len(logits))]
        case 3:
            fingerprint["probes"] = "0" * 64
    change_json(folder / MANIFEST_FILE, fingerprint=fingerprint)


def change_alpha(folder: Path, chance: Random) -> None:
    config = read_json(folder / CONFIG_FILE)
    change_json(
        folder / CONFIG_FILE, lora_alpha=config["lora_alpha"] * chance.choice([0.5, 1.1, 4])
    )


def other_base(folder: Path, chance: Random) -> None:
    change_json(folder / MANIFEST_FILE, base_hash=chance.randbytes(32).hex(), base="another")


def lose_a_file(folder: Path, chance: Random) -> None:
    (folder / chance.choice([CONFIG_FILE, WEIGHTS_FILE])).unlink()


def cut_the_configuration(folder: Path, chance: Random) -> None:
    content = (folder / CONFIG_FILE).read_bytes()
    (folder / CONFIG_FILE).write_bytes(content[: chance.randrange(len(content) - 2)])


def damage_the_configuration(folder: Path, chance: Random) -> None:
    odd = (b"", b"[]", b"null", b"\xff\xfe{}", b"[" * 10_000, b"{" * 10_000, b" " * 70_000)
    (folder / CONFIG_FILE).write_bytes(chance.choice(odd))


def cut_the_manifest(folder: Path, chance: Random) -> None:
    content = (folder / MANIFEST_FILE).read_bytes()
    (folder / MANIFEST_FILE).write_bytes(content[: chance.randrange(len(content) - 2)])


def pickle_beside(folder: Path, chance: Random) -> None:
    names = ("adapter_model.bin", "optimizer.pt", "state.pkl", "model.ckpt", "model.pth", "A.BIN")
    _write_pickle(folder / chance.choice(names))


def pickle_instead(folder: Path, chance: Random) -> None:
    """PEFT falls back to it where the safetensors are absent."""
    (folder / WEIGHTS_FILE).unlink()
    _write_pickle(folder / "adapter_model.bin")


def pickle_in_disguise(folder: Path, chance: Random) -> None:
    _write_pickle(folder / chance.choice([WEIGHTS_FILE, CONFIG_FILE]))


def code_beside(folder: Path, chance: Random) -> None:
    (folder / chance.choice(["modeling.py", "__init__.py", "handler.so", "run.sh"])).write_text("1")


def stranger_beside(folder: Path, chance: Random) -> None:
    (folder / chance.choice(["tokenizer.json", "x", ".hidden", "knowhow.json~"])).write_text("{}")


def folder_inside(folder: Path, chance: Random) -> None:
    (folder / chance.choice(["checkpoint", "__pycache__", ".git"])).mkdir()


def link_to_outside(folder: Path, chance: Random) -> None:
    """The same content, but somebody else's file."""
    name = chance.choice([CONFIG_FILE, WEIGHTS_FILE])
    outside = folder.parent / f"outside-{name}"
    shutil.move(folder / name, outside)
    (folder / name).symlink_to(chance.choice([outside, Path("..") / outside.name]))


def link_beside(folder: Path, chance: Random) -> None:
    (folder / "README.md").symlink_to(chance.choice(["/etc/passwd", "../..", "nowhere"]))


def hard_link(folder: Path, chance: Random) -> None:
    os.link(folder / WEIGHTS_FILE, folder.parent / "the-same-file")


def pipe_instead(folder: Path, chance: Random) -> None:
    """Opening it for reading would wait forever."""
    name = chance.choice([CONFIG_FILE, WEIGHTS_FILE, "README.md"])
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)


def folder_instead(folder: Path, chance: Random) -> None:
    name = chance.choice([CONFIG_FILE, WEIGHTS_FILE])
    (folder / name).unlink()
    (folder / name).mkdir()


def link_to_the_folder(folder: Path, chance: Random) -> None:
    elsewhere = folder.with_name("elsewhere")
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)


def _write_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Payload(path.parent.parent)))
