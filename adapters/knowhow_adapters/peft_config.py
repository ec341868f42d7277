"""`adapter_config.json` as PEFT writes it: read strictly, written in its stable core.

Taken is a plain LoRA: one rank and one alpha for linear modules that are named. Every known key
that would make it something else must stand at its neutral value, and a key that is not known is
refused, since PEFT would act on it. Knows nothing about weights or bases.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.parts import CONFIG_FILE
from knowhow_adapters.strict_json import parse_object

MAX_CONFIG_BYTES = 2**16
MAX_RANK = 256
MAX_ALPHA = 4096.0
MAX_TARGETS = 4096
"""A large model has some hundred linear modules, should each be named by its whole path."""

INFORMATION = {
    "base_model_name_or_path": (str, type(None)),
    "revision": (str, type(None)),
    "peft_version": (str, type(None)),
    "megatron_core": (str, type(None)),
    "inference_mode": (bool,),
    "lora_dropout": (int, float),
    "qalora_group_size": (int,),
}
"""Keys that change nothing once the weights are there, and the types they may have."""

NEUTRAL: dict[str, tuple[tuple[Any, ...], str]] = {
    "peft_type": (("LORA",), "only LoRA can be served"),
    "task_type": ((None, "CAUSAL_LM"), "the base is a causal language model"),
    "auto_map": ((), "it names code to run"),
    "bias": (("none",), "it replaces biases of the base"),
    "lora_bias": ((None, False), "it adds biases"),
    "modules_to_save": ((None, []), "it replaces whole modules of the base"),
    "trainable_token_indices": ((None,), "it replaces embeddings of the base"),
    "target_parameters": ((None, []), "it changes parameters that are no linear module's"),
    "layer_replication": ((None,), "it changes how many layers the base has"),
    "layers_to_transform": ((None,), "name the modules by their whole path instead"),
    "layers_pattern": ((None,), "name the modules by their whole path instead"),
    "exclude_modules": ((None,), "name the modules by their whole path instead"),
    "rank_pattern": ((None, {}), "all modules must have one rank"),
    "alpha_pattern": ((None, {}), "all modules must have one alpha"),
    "fan_in_fan_out": ((None, False), "the base stores no transposed weights"),
    "use_rslora": ((None, False), "scale alpha instead"),
    "use_dora": ((None, False), "it is no plain LoRA"),
    "use_qalora": ((None, False), "it is no plain LoRA"),
    "use_bdlora": ((None,), "it is no plain LoRA"),
    "kasa_config": ((None,), "it is no plain LoRA"),
    "velora_config": ((None,), "it is no plain LoRA"),
    "monteclora_config": ((None,), "it is no plain LoRA"),
    "arrow_config": ((None,), "it is no plain LoRA"),
    "lora_ga_config": ((None,), "it changes the weights of the base"),
    "alora_invocation_tokens": ((None,), "it is no plain LoRA"),
    "megatron_config": ((None,), "it is no plain LoRA"),
    "runtime_config": ((None,), "it is no plain LoRA"),
    "init_lora_weights": ((True, False, "gaussian"), "it changes the weights of the base"),
    "loftq_config": ((None, {}), "it changes the weights of the base"),
    "eva_config": ((None,), "it changes the weights of the base"),
    "corda_config": ((None,), "it changes the weights of the base"),
    "ensure_weight_tying": ((None, False), "it is for modules_to_save"),
}
"""Keys, the values at which they change nothing, and why others are refused."""

AUTO_MAPPING = "auto_mapping"
ORDINARY_LIBRARY = re.compile(r"transformers\.models(\.[a-z0-9_]+)+")
"""PEFT notes the base's class where the task is not given: taken, never imported, not kept."""

READ = {"r", "lora_alpha", "target_modules"}
REQUIRED = READ | {"peft_type"}


@dataclass(frozen=True)
class PlainLora:
    rank: int
    alpha: float
    targets: tuple[str, ...]
    """Ends of module paths, or whole ones."""


def parse_config(content: bytes | bytearray) -> PlainLora:
    config = parse_object(content, CONFIG_FILE)
    for key in sorted(REQUIRED - config.keys()):
        raise AdapterBroken(f"{CONFIG_FILE} lacks {key!r}")
    for key, value in config.items():
        _check(key, value)
    return PlainLora(
        rank=_whole_number(config["r"]),
        alpha=_alpha(config["lora_alpha"]),
        targets=_targets(config["target_modules"]),
    )


def render_config(lora: PlainLora, base_name: str) -> bytes:
    """What every version of PEFT understands; what later ones added, they fill in themselves."""
    whole = lora.alpha.is_integer()
    config = {
        "alpha_pattern": {},
        "base_model_name_or_path": base_name,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "layers_pattern": None,
        "layers_to_transform": None,
        "lora_alpha": int(lora.alpha) if whole else lora.alpha,
        "lora_dropout": 0.0,
        "modules_to_save": None,
        "peft_type": "LORA",
        "r": lora.rank,
        "rank_pattern": {},
        "revision": None,
        "target_modules": sorted(lora.targets),
        "task_type": "CAUSAL_LM",
        "use_dora": False,
        "use_rslora": False,
    }
    return json.dumps(config, indent=2).encode()


def _check(key: str, value: Any) -> None:
    if key in READ:
        return
    if key == AUTO_MAPPING:
        _refuse_odd_mapping(value)
        return
    if key in INFORMATION:
        if type(value) not in INFORMATION[key]:
            raise AdapterBroken(f"{CONFIG_FILE} has {key!r} of the wrong type")
        return
    if key not in NEUTRAL:
        raise AdapterBroken(f"{CONFIG_FILE} has {key[:80]!r}, which is not known to be harmless")
    allowed, why = NEUTRAL[key]
    if not any(type(value) is type(one) and value == one for one in allowed):
        raise AdapterBroken(f"{CONFIG_FILE} sets {key!r}: {why}")


def _refuse_odd_mapping(value: Any) -> None:
    if value is None:
        return
    plain = isinstance(value, dict) and value.keys() == {"base_model_class", "parent_library"}
    if not plain or not ORDINARY_LIBRARY.fullmatch(str(value["parent_library"])):
        raise AdapterBroken(f"{CONFIG_FILE} sets {AUTO_MAPPING!r}: it names code to import")


def _whole_number(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= MAX_RANK:
        raise AdapterBroken(f"{CONFIG_FILE}: the rank 'r' must be 1 to {MAX_RANK}")
    return value


def _alpha(value: Any) -> float:
    if type(value) not in (int, float) or not 0 < value <= MAX_ALPHA:
        raise AdapterBroken(f"{CONFIG_FILE}: 'lora_alpha' must be above 0, at most {MAX_ALPHA:g}")
    return float(value)


def _targets(value: Any) -> tuple[str, ...]:
    """A list: as one string it would be a pattern, and somebody else's patterns are not run."""
    named = isinstance(value, list) and 0 < len(value) <= MAX_TARGETS
    if not named or not all(isinstance(name, str) and name for name in value):
        raise AdapterBroken(f"{CONFIG_FILE}: 'target_modules' must be a list of names")
    if len(set(value)) < len(value):
        raise AdapterBroken(f"{CONFIG_FILE}: 'target_modules' names one twice")
    return tuple(value)
