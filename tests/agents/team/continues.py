"""Goes on with a saved run, in a process of its own: `continues.py STORE STATE` writes the rest."""

import asyncio
import json
import sys
from pathlib import Path

from knowhow_memory.memory import Memory
from tests.agents.team.kit import adder, big, final, tagged, team, total


async def go_on(store: str, state: str) -> dict[str, object]:
    with Memory.open(store, embedder="hash:64") as memory:
        asked = team(memory, [adder(adds=total)], what_how=big("answer: 13"))
        await asked.load_state(json.loads(Path(state).read_text()))
        result = await asked.run()
    return {"answer": final(result).content, "arms": tagged(result, "knowhow.arm")}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(go_on(*sys.argv[1:]))))
