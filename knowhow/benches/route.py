"""How long a decision takes, and that restarts change none.

The whole decision (embedding included, nothing cached) beside plain `SentenceTransformer.encode`;
the decision alone at growing numbers of outcomes and arms; learning from one outcome; and a log
that is followed again and again from different points, each time deciding the same.
"""

import random
import tempfile
import time
from collections.abc import Callable

import numpy as np

from knowhow.benches._index import Floats, generate_problems, stand_ins
from knowhow.figures import Figures
from knowhow_memory.embedder import load_embedder
from knowhow_memory.index import VectorIndex
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate
from knowhow_router.brain import RouterSettings
from knowhow_router.decision import Decision
from knowhow_router.evidence import Evidence
from knowhow_router.features import describe
from knowhow_router.observation import Observation
from knowhow_router.router import Router
from knowhow_router.state import RoutingState

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (500, 1_000)
ARMS, QUICK_ARMS = (3, 30, 300), (3, 30)
LEARNED, QUICK_LEARNED = 3_000, 120
"""Outcomes the brain really learns; its work for one decision does not grow with their number."""
DECISIONS, QUICK_DECISIONS = 300, 20
WHOLE, QUICK_WHOLE = 300, 5
RESTARTS, QUICK_RESTARTS = 1_000, 10
LOG_LENGTH, ASKED = 60, 3
"""Rounds in the log that is restarted (a decision and its outcome, some corrected or undone), and
problems asked about after each restart."""
BLOCK = 20_000
NOTE = (
    "decide.*: stand-in vectors (see the memory bench) fill the index and the outcomes; the brain "
    "learned {learned:,} of them. whole.*: each text new, so no cache helps. restart.*: routers "
    "that follow the log from a kept state or from nothing, compared with the one that lived "
    "through it."
)


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    learned = QUICK_LEARNED if quick else LEARNED
    notes = [NOTE.format(learned=learned)]
    figures = Figures("route", seed=seed, n=QUICK_DECISIONS if quick else DECISIONS, notes=notes)
    problems = generate_problems(400 if quick else 4_000, seed)
    report("embedding problems")
    base = load_embedder("hash:384" if quick else "all-MiniLM-L6-v2").embed_many(problems)
    _measure_decisions(figures, base, seed, quick, report)
    _measure_whole(figures, problems, quick, report)
    _measure_restarts(figures, seed, QUICK_RESTARTS if quick else RESTARTS, report)
    return figures


def _measure_decisions(
    figures: Figures, base: Floats, seed: int, quick: bool, report: Callable[[str], None]
) -> None:
    """One growing body of evidence, looked at by routers with few and with many arms."""
    rng = np.random.default_rng(seed)
    counts = QUICK_ARMS if quick else ARMS
    states = {arms: RoutingState(base.shape[1], RouterSettings(), seed) for arms in counts}
    for arms, state in states.items():
        report(f"{arms} arms: learning")
        seconds = _learn_many(state, arms, base, QUICK_LEARNED if quick else LEARNED, rng)
        figures.percentiles(f"learn.{arms}_arms", seconds)
    queries = stand_ins(base, QUICK_DECISIONS if quick else DECISIONS, rng)
    evidence = Evidence(VectorIndex(base.shape[1]))
    for size in QUICK_SIZES if quick else SIZES:
        _fill(evidence, size, max(counts), base, rng, report)
        for arms, state in states.items():
            report(f"{arms} arms, {size:,} outcomes: deciding")
            state.evidence = evidence.folded(arms)
            names = tuple(state.brain.arms)
            seconds = [_decide_once(state, i, query, names) for i, query in enumerate(queries)]
            figures.percentiles(f"decide.{arms}_arms.{size}", seconds)


def _learn_many(
    state: RoutingState, arms: int, base: Floats, count: int, rng: np.random.Generator
) -> list[float]:
    for i in range(arms):
        state.brain.add_arm(f"arm{i}")
    return [
        _learn_one(state, i, vector, f"arm{i % arms}", float(rng.random() < 0.5))
        for i, vector in enumerate(stand_ins(base, count, rng))
    ]


def _learn_one(state: RoutingState, number: int, vector: Floats, arm: str, reward: float) -> float:
    features = describe(f"problem {number}")
    start = time.perf_counter()
    neighbours = state.evidence.search(vector)
    weight = state.brain.learn(
        Observation(
            seq=number + 1,
            vector=vector,
            features=features,
            arm=arm,
            reward=reward,
            problem_key=str(number),
            neighbours=neighbours,
        )
    )
    state.evidence.add(number, vector, state.brain.arms.index(arm), reward, weight, number + 1)
    return time.perf_counter() - start


def _fill(
    evidence: Evidence,
    size: int,
    arms: int,
    base: Floats,
    rng: np.random.Generator,
    report: Callable[[str], None],
) -> None:
    """One outcome a problem, straight into the evidence."""
    while evidence.size < size:
        report(f"filling up, {evidence.size:,} of {size:,}")
        ids = np.arange(evidence.size, min(evidence.size + BLOCK, size))
        vectors = stand_ins(base, len(ids), rng)
        evidence.index.add(ids, vectors)
        chosen, rewards = rng.integers(arms, size=len(ids)), rng.random(len(ids)) < 0.5
        for i, problem in enumerate(ids.tolist()):
            evidence.add(problem, vectors[i], int(chosen[i]), float(rewards[i]), 1.0, problem + 1)


def _decide_once(state: RoutingState, number: int, query: Floats, names: tuple[str, ...]) -> float:
    start = time.perf_counter()
    state.decide(
        f"problem {number}",
        query,
        learned_seq=number,
        decision_id="",
        arms=names,
        explore=True,
        session=None,
    )
    return time.perf_counter() - start


def _measure_whole(
    figures: Figures, problems: list[str], quick: bool, report: Callable[[str], None]
) -> None:
    """Text to answer beside text to vector, turn about."""
    from sentence_transformers import SentenceTransformer

    from knowhow_memory.minilm import MiniLM, package_folder

    report("loading sentence-transformers, to compare")
    embedder = MiniLM()
    plain = SentenceTransformer(str(package_folder()), device="cpu")
    count = QUICK_WHOLE if quick else WHOLE
    texts = problems[:count]
    state = RoutingState(embedder.dim, RouterSettings(), 0)
    for name in ("a", "b", "c"):
        state.brain.add_arm(name)
    for i, text in enumerate(problems[count : count + 100]):
        _learn_one(state, i, embedder.embed(text), "abc"[i % 3], float(i % 2))
    whole, encode = [], []
    for i, text in enumerate(texts):
        report(f"whole decisions: {i} of {count}")
        start = time.perf_counter()
        _decide_once(state, i, embedder.embed(text), ("a", "b", "c"))
        whole.append(time.perf_counter() - start)
        start = time.perf_counter()
        plain.encode(text)
        encode.append(time.perf_counter() - start)
    figures.percentiles("whole.decision", whole)
    figures.percentiles("whole.sentence_transformers_encode", encode)
    figures.set("whole.ratio_p50", float(np.median(whole) / np.median(encode)))


def _measure_restarts(
    figures: Figures, seed: int, restarts: int, report: Callable[[str], None]
) -> None:
    chance = random.Random(seed)
    questions = generate_problems(LOG_LENGTH + ASKED, seed + 1)
    asked = questions[LOG_LENGTH:]
    with tempfile.TemporaryDirectory() as folder:
        with Memory.open(folder, embedder="hash:64") as memory:
            lived = Router(memory, seed=seed)
            kept = _live_through(memory, lived, questions[:LOG_LENGTH], chance)
            truth = [_gist(lived.preview(problem)) for problem in asked]
            cache = lived.cache
        different = 0
        for turn in range(restarts):
            report(f"restart {turn:,} of {restarts:,}")
            cache.write_bytes(chance.choice(kept))
            with Memory.open(folder, embedder="hash:64") as memory:
                router = Router(memory, seed=seed)
                different += [_gist(router.preview(problem)) for problem in asked] != truth
    figures.set("restart.runs", restarts)
    figures.set("restart.decisions_compared", restarts * len(asked))
    figures.set("restart.different", different)


def _live_through(
    memory: Memory, router: Router, questions: list[str], chance: random.Random
) -> list[bytes]:
    """Decisions, outcomes, corrections; returns the states kept on the way, and none."""
    kept = [b""]
    arms = ["a", "b", "c"]
    for question in questions:
        routed = router.route(question, arms=arms)
        reward = float(chance.random() < 0.3 + 0.2 * arms.index(routed.fallback))
        outcome = OutcomeCreate(decision_id=routed.id, arm=routed.fallback, reward=reward)
        receipt = memory.record(outcome)
        match chance.randrange(8):
            case 0:
                memory.undo(receipt.id)
            case 1:
                memory.correct(receipt.id, reward=1.0 - reward)
            case 2 | 3:
                router.save(after=0)
                kept.append(router.cache.read_bytes())
    return kept


def _gist(decision: Decision) -> tuple[object, ...]:
    return decision.arm, decision.fallback, decision.cause, decision.candidates
