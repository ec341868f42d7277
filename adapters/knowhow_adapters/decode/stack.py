"""Several adapters side by side, so that one matrix product serves a whole mixed batch.

For every linear module, A and B of all adapters in the batch stand next to each other; after the
product with A, each row keeps only the columns of its own adapter. That computes more than is
needed, and is the fastest all the same: with 16 rows over 8 adapters of rank 8 on the embedded base
a step took 6.0 ms, against 9.6 ms with a product for each adapter and 8.4 ms with one for each row.
Knows nothing about where adapters come from or how a model uses its modules.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from knowhow_adapters.adapter import Adapter


@dataclass(frozen=True)
class _Up:
    """B of one module, of all adapters that change it."""

    columns: slice
    """Where their A is in the joint product."""
    features: slice
    """Where the module's answer is among those of its group."""
    weight: Tensor
    """[columns, features], scaled."""


@dataclass(frozen=True)
class _Group:
    """The adapters' part in modules that read the same input, such as q, k and v."""

    down: Tensor
    """[in, columns]: A of every module and adapter."""
    ups: list[_Up]
    owners: Tensor
    """[columns]: the number of the adapter that a column belongs to."""


class Stack:
    """The adapters of a batch: `rows` says which of them each row uses, None for the bare base."""

    def __init__(
        self, rows: Sequence[Adapter | None], *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._device, self._dtype = device, dtype
        self._adapters = list({a.ref: a for a in rows if a is not None}.values())
        numbers = {a.ref: number for number, a in enumerate(self._adapters)}
        chosen = [-1 if a is None else numbers[a.ref] for a in rows]
        self._rows = torch.tensor(chosen, device=device)
        self._groups: dict[tuple[str, ...], _Group | None] = {}
        self._masks: dict[tuple[str, ...], Tensor] = {}
        self._tokens: Tensor | None = None
        self._uniform = len(set(chosen)) == 1

    def keep(self, rows: Sequence[int]) -> None:
        self._rows = self._rows[torch.tensor(rows, device=self._device)]
        self._masks.clear()

    def place(self, rows: Tensor | None) -> None:
        """Which row each of the next inputs belongs to; None: there is one of each."""
        if rows is not None or self._tokens is not None:
            self._masks.clear()
        self._tokens = rows

    def add(
        self, paths: tuple[str, ...], widths: Sequence[int], inputs: Tensor, outputs: Tensor
    ) -> None:
        """Add what the adapters say to what the base said.

        `inputs` are [tokens, in]; `outputs` hold the answers of all modules in `paths` side
        by side, each as wide as `widths` says.
        """
        if not self._adapters:
            return
        if paths not in self._groups:
            self._groups[paths] = self._make_group(paths, widths)
        group = self._groups[paths]
        if group is None:
            return
        columns = inputs @ group.down
        if not self._uniform:
            columns *= self._mask(paths, group)
        for up in group.ups:
            outputs[:, up.features].addmm_(columns[:, up.columns], up.weight)

    def _make_group(self, paths: tuple[str, ...], widths: Sequence[int]) -> _Group | None:
        downs: list[Tensor] = []
        owners: list[int] = []
        ups: list[_Up] = []
        ends = list(itertools.accumulate(widths))
        for path, width, end in zip(paths, widths, ends, strict=True):
            start, parts = len(owners), []
            for number, adapter in enumerate(self._adapters):
                if path in adapter.layers:
                    down, up = adapter.layers[path]
                    downs.append(down)
                    parts.append(up.T * adapter.scale)
                    owners += [number] * len(down)
            if parts:
                weight = self._moved(torch.cat(parts))
                ups.append(_Up(slice(start, len(owners)), slice(end - width, end), weight))
        if not downs:
            return None
        numbers = torch.tensor(owners, device=self._device)
        return _Group(self._moved(torch.cat(downs).T.contiguous()), ups, numbers)

    def _mask(self, paths: tuple[str, ...], group: _Group) -> Tensor:
        if paths not in self._masks:
            users = self._rows if self._tokens is None else self._rows[self._tokens]
            self._masks[paths] = (users[:, None] == group.owners).to(self._dtype)
        return self._masks[paths]

    def _moved(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._device, self._dtype)
