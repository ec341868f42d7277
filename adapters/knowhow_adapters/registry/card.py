"""A version's model card, written from what its manifest and lineage say and from nothing else.

It opens as the hub's cards do, so that an exported folder can be shared as it is.
"""

from collections.abc import Iterator

from knowhow_adapters.names import agent_of
from knowhow_adapters.registry.lineage import Data, Gate, Lineage


def render_card(ref: str, base: str, base_hash: str, lineage: Lineage) -> str:
    return "\n".join(_lines(ref, base, base_hash, lineage)) + "\n"


def _lines(ref: str, base: str, base_hash: str, lineage: Lineage) -> Iterator[str]:
    yield from ("---", "library_name: peft", f'base_model: "{base}"', "tags: [lora, knowhow]")
    yield from ("---", "", f"# {ref}", "")
    yield f"LoRA adapter of the specialist `{agent_of(ref)}` for the base `{base}`"
    yield f"(`{base_hash}`); on another base it is refused."
    yield from ("", "| | |", "|---|---|")
    yield f"| origin | {lineage.origin} |"
    yield f"| parent | {lineage.parent or '–'} |"
    yield f"| made | {lineage.created_at:%Y-%m-%d %H:%M} UTC by knowhow {lineage.code} |"
    if lineage.seed is not None:
        yield f"| seed | {lineage.seed} |"
    for name, value in sorted(lineage.settings.items()):
        yield f"| {name} | {value} |"
    if lineage.data:
        yield from _data_lines(lineage.data)
    yield from _gate_lines(lineage.gate) if lineage.gate else ("", "No gate has judged it.")


def _data_lines(data: Data) -> Iterator[str]:
    yield f"| learnt from | {data.n:,} outcomes, numbers {data.first_seq:,}–{data.last_seq:,} |"
    yield f"| their digest | `{data.digest}` |"


def _gate_lines(gate: Gate) -> Iterator[str]:
    yield from ("", "## The gate", "")
    yield f"Against {gate.champion or 'the bare base'} on {gate.n:,} held-out problems: "
    yield f"**{gate.verdict}**, gain {gate.gain:+.3f} (95% {gate.gain_low:+.3f} to "
    yield f"{gate.gain_high:+.3f}), evidence {gate.evidence:.3g}."
    if gate.reasons:
        yield ""
    for reason in gate.reasons:
        yield f"- {reason}"
