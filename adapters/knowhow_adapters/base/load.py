"""`load_base(setting)`: the shared small model as it was published, or one line that says why not.

A setting is nothing (the embedded base), the name of another embedded model, a folder, or a hub id,
optionally `owner/name@revision`. Weights come from safetensors files alone, code from this
installation alone, and every tensor and special token must be where the config says. Knows nothing
of adapters and of how text is decoded.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowhow_adapters.base.prompts import Prompts
from knowhow_memory.errors import KnowhowError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

EMBEDDED = Path(__file__).parent / "weights"
DEFAULT_BASE = "knowhow-base"
CONFIG, TOKENIZER, TOKENIZER_CONFIG = "config.json", "tokenizer.json", "tokenizer_config.json"
WEIGHTS, SHARDS = "model.safetensors", "model.safetensors.index.json"
NEEDED = (CONFIG, TOKENIZER, TOKENIZER_CONFIG)
OPTIONAL = (
    "generation_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
)
PICKLES = {".bin", ".pt", ".pth", ".pkl", ".ckpt"}
MAX_PADDING = 0.1
"""Embeddings are padded to round sizes (Qwen: by 0.3%); more empty rows mean another tokenizer."""
HASH_BLOCK = 1 << 20


class BaseUnusable(KnowhowError):
    """The base model is missing, incomplete or not what it says it is."""


@dataclass(frozen=True)
class Base:
    """A frozen causal language model with its tokenizer; safe to share between threads."""

    name: str
    folder: Path | None
    hash: str
    """SHA-256 over config, tokenizer and weights: adapters of another base are told by it."""
    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerFast"
    context: int

    @property
    def version(self) -> str:
        return f"base@{self.hash[:12]}"

    @cached_property
    def ends(self) -> frozenset[int]:
        """The tokens that end a text."""
        found = {self.tokenizer.eos_token_id, *_ends(self.model.config)}
        found |= _ends(self.model.generation_config)
        return frozenset(found)

    @cached_property
    def prompts(self) -> Prompts:
        """From prompts to tokens."""
        return Prompts(self.tokenizer)

    def encode(self, prompt: str) -> list[int]:
        """The prompt in the model's format, as tokens."""
        return self.prompts.encode(prompt)


def load_base(setting: str | None = None) -> Base:
    folder, name = _find(setting)
    _refuse_missing(folder)
    tokenizer = _load_tokenizer(folder)
    model = _load_model(folder)
    _refuse_other_tokenizer(model, tokenizer, folder)
    return Base(
        name=name,
        folder=folder,
        hash=hash_folder(folder),
        model=model,
        tokenizer=tokenizer,
        context=_context(model, folder),
    )


def hash_folder(folder: Path) -> str:
    """SHA-256 over the files that make a model answer as it does; its card is not one of them."""
    total = hashlib.sha256()
    for path in sorted(_model_files(folder)):
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(HASH_BLOCK):
                digest.update(block)
        total.update(f"{path.name}\0{digest.hexdigest()}\0".encode())
    return total.hexdigest()


def _model_files(folder: Path) -> Iterator[Path]:
    yield from (path for name in (*NEEDED, *OPTIONAL) if (path := folder / name).is_file())
    yield from folder.glob("*.safetensors")
    if (folder / SHARDS).is_file():
        yield folder / SHARDS


def _find(setting: str | None) -> tuple[Path, str]:
    """Where the model lies, and what it is called."""
    if setting is None or (EMBEDDED / setting).parent == EMBEDDED:
        folder = EMBEDDED / (setting or DEFAULT_BASE)
        if folder.is_dir():
            return folder, folder.name
    folder = Path(setting or DEFAULT_BASE).expanduser()
    if folder.is_dir():
        return folder.resolve(), folder.resolve().name
    if setting is None or setting.count("/") != 1 or setting.startswith((".", "~", "/")):
        raise BaseUnusable(
            f"there is no base {setting or DEFAULT_BASE!r}: set small_model.base to a folder that "
            f"holds {CONFIG}, {TOKENIZER} and {WEIGHTS}, or to a hub id such as 'owner/name'"
        )
    return _from_hub(setting), setting


def _from_hub(setting: str) -> Path:
    """Once here, a model stays at the revision it came in: the local copy is asked first."""
    from huggingface_hub import snapshot_download

    name, _, revision = setting.partition("@")
    patterns = [*NEEDED, *OPTIONAL, SHARDS, "*.safetensors"]
    for local in (True, False):
        try:
            return Path(
                snapshot_download(
                    name,
                    revision=revision or None,
                    allow_patterns=patterns,
                    local_files_only=local,
                )
            )
        # The hub's errors for no network, no such model and no such name are all of these two.
        except (OSError, ValueError) as error:
            failure = error
    raise BaseUnusable(
        f"no base {setting!r} here or on the hub: download it where there is network "
        "and set small_model.base to its folder"
    ) from failure


def _refuse_missing(folder: Path) -> None:
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if (folder / SHARDS).is_file():
        shards = set(_read_json(folder / SHARDS).get("weight_map", {}).values())
        missing += sorted(name for name in shards if not (folder / str(name)).is_file())
    elif not (folder / WEIGHTS).is_file():
        if any(path.suffix in PICKLES for path in folder.iterdir()):
            raise BaseUnusable(
                f"{str(folder)!r} has its weights as pickles only, and loading those would run "
                "whatever they hold: convert them to safetensors, or choose another base"
            )
        missing.append(WEIGHTS)
    if missing:
        raise BaseUnusable(f"the base in {str(folder)!r} lacks {', '.join(missing)}")


def _load_tokenizer(folder: Path) -> "PreTrainedTokenizerFast":
    from transformers import PreTrainedTokenizerFast

    try:
        tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    # A file can be broken in any way, and the library raises whatever its parser does.
    except Exception as error:
        raise _broken("tokenizer", folder, error) from error
    if tokenizer.eos_token_id is None:
        raise BaseUnusable(
            f"the tokenizer in {str(folder)!r} names no eos_token, so no answer could ever end: "
            f"add it to {TOKENIZER_CONFIG}"
        )
    return tokenizer


def _load_model(folder: Path) -> "PreTrainedModel":
    from transformers import AutoModelForCausalLM

    device, dtype = _best_place()
    try:
        with _without_bars():
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
            )
    except Exception as error:
        raise _broken("model", folder, error) from error
    model, report = loaded
    # The library fills missing tensors with random numbers and only warns.
    for kind in ("missing_keys", "mismatched_keys", "error_msgs"):
        if report.get(kind):
            first = sorted(map(str, report[kind]))[0]
            raise BaseUnusable(
                f"the weights in {str(folder)!r} do not fit its config: "
                f"{len(report[kind])} {kind.replace('_', ' ')}, the first {first!r}"
            )
    ready: PreTrainedModel = model.to(device).eval().requires_grad_(False)
    return ready


@contextlib.contextmanager
def _without_bars() -> Iterator[None]:
    """The library draws its progress on stderr whether or not somebody looks."""
    from transformers.utils import logging

    drawn = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if drawn:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _best_place() -> "tuple[torch.device, torch.dtype]":
    """Half precision only where the processor computes in it; otherwise answers must be exact."""
    import torch

    if torch.cuda.is_available():
        half = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.device("cuda"), half
    return torch.device("cpu"), torch.float32


def _refuse_other_tokenizer(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerFast", folder: Path
) -> None:
    embeddings: Any = model.get_input_embeddings()
    rows = embeddings.weight.shape[0]
    size = 1 + max(tokenizer.get_vocab().values())
    if size > rows or size < rows * (1 - MAX_PADDING):
        raise BaseUnusable(
            f"the tokenizer in {str(folder)!r} has {size:,} tokens and the model {rows:,} "
            "embeddings: they do not belong together"
        )
    special = {tokenizer.eos_token_id, *tokenizer.added_tokens_decoder}
    if strange := sorted(_ends(model.config) - special):
        raise BaseUnusable(
            f"the config in {str(folder)!r} ends texts with token {strange[0]}, which is no "
            "special token of its tokenizer: they do not belong together"
        )


def _context(model: "PreTrainedModel", folder: Path) -> int:
    context = getattr(model.config, "max_position_embeddings", None)
    if not isinstance(context, int) or context < 1:
        raise BaseUnusable(f"{CONFIG} in {str(folder)!r} does not say max_position_embeddings")
    return context


def _ends(config: Any) -> set[int]:
    """`eos_token_id` may be absent, a number or several."""
    value = getattr(config, "eos_token_id", None)
    if value is None:
        return set()
    return {value} if isinstance(value, int) else set(value)


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BaseUnusable(f"cannot read {str(path)!r}: {error}") from error
    if not isinstance(content, dict):
        raise BaseUnusable(f"{str(path)!r} is no JSON object")
    return content


def _broken(part: str, folder: Path, error: Exception) -> BaseUnusable:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return BaseUnusable(f"cannot load the {part} in {str(folder)!r}: {reason}")
