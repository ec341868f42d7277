"""The base that benches of adapters and of decoding run on: the one that the settings name."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base


def load_bench_base() -> "Base":
    from knowhow.settings import load_settings
    from knowhow_adapters.base.load import load_base

    return load_base(load_settings().small_model.base)
