"""The router over a memory: follows its log, decides, and keeps every decision with its propensity.

    router = Router(memory)
    routed = router.route("A set of cups costs $80, 20% off. Sale price?", arms=["ann", "bob"])
    memory.record(OutcomeCreate(decision_id=routed.id, reward=1.0))

Whoever routes learns first: every outcome that any process has recorded by then. Thread safe.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from knowhow_memory.errors import InputError, KnowhowError
from knowhow_memory.head import read_facts
from knowhow_memory.log import problem_texts
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate
from knowhow_memory.sealed import SealBroken, read_sealed, write_sealed
from knowhow_memory.texts import find_tenant
from knowhow_memory.validation import checked
from knowhow_router.advice import Advice, advise
from knowhow_router.brain import RouterSettings
from knowhow_router.decision import Candidate, Decision
from knowhow_router.drift_notes import Noted, cache_name, keep_notes
from knowhow_router.events import Purged, read_events
from knowhow_router.observation import Opinion, check_opinion
from knowhow_router.snapshot import Arrays, put_together, take_apart
from knowhow_router.state import RoutingState

log = logging.getLogger(__name__)

FORMAT = 7
"""Of a kept state; another number, another start."""
SAVE_AFTER_EVENTS = 500
"""Keeping the state costs as much as learning some hundred outcomes."""
Report = Callable[[int], None]
NEAREST_SHOWN = 3
Ask = Callable[[str, Sequence[str]], Opinion]
"""What somebody outside thinks of these arms for this problem; silent about those it does not
know. A number near 1 speaks for an arm; what it is worth is learnt from outcomes."""


@dataclass(frozen=True)
class Nearest:
    """A similar problem of the past, and what came of it."""

    problem: str
    similarity: float
    tried: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Routed:
    """A decision as it was kept: who to ask, how sure the router is, and on what evidence."""

    id: str
    problem: str
    arm: str | None
    fallback: str
    cause: str
    candidates: tuple[Candidate, ...]
    advice: tuple[Advice, ...]
    nearest: tuple[Nearest, ...]
    opinion: Opinion
    """What was thought of the candidates beforehand, where somebody was asked."""

    @cached_property
    def chosen(self) -> Candidate:
        """What is known about the arm to use: the choice, or the fallback after an abstention."""
        return next(each for each in self.candidates if each.arm == self.fallback)

    @property
    def evidence(self) -> Advice | None:
        """The chosen arm's record on similar problems, as a sentence that can be whispered."""
        return next((advice for advice in self.advice if advice.arm == self.fallback), None)

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        plain = asdict(self)
        plain["advice"] = {advice.arm: str(advice) for advice in self.advice}
        return plain


class Router:
    def __init__(
        self,
        memory: Memory,
        *,
        settings: RouterSettings | None = None,
        seed: int = 0,
        tenant: str = "default",
        ask: Ask | None = None,
    ) -> None:
        self.tenant = tenant
        self._ask = ask
        self._memory = memory
        self._settings = settings or RouterSettings()
        self._seed = seed
        self._lock = threading.RLock()
        self._own: set[str] = set()  # decisions of ours that moved the state before the log did
        self.cache = memory.cache_path(cache_name("state", tenant))
        self._state = self._restored()
        self._kept_seq = self._state.seq

    def route(
        self,
        problem: str,
        *,
        arms: Sequence[str] | None = None,
        explore: bool = True,
        session: str | None = None,
        principal: str | None = None,
        task: str | None = None,
        opinion: Opinion | None = None,
    ) -> Routed:
        """Choose among `arms`, or all arms known so far, and keep the decision. `opinion` is what
        the caller thinks of them, as shares of an agent; whoever is asked besides thinks of an
        agent's strategies, so where both do, their shares are multiplied."""
        vector = self._memory.embed(problem)
        self.follow()
        opinion = self._heard(problem, arms, opinion or {})
        with self._lock:
            if not arms and not self._state.brain.arms:
                raise InputError("no arm is known yet: name some, or record an outcome first")
            decision_id, learned_seq = uuid.uuid4().hex, self._state.seq
            decision = self._state.decide(
                problem,
                vector,
                learned_seq=learned_seq,
                decision_id=decision_id,
                arms=tuple(dict.fromkeys(arms)) if arms is not None else None,
                explore=explore,
                session=session,
                task=task,
                opinion=opinion,
            )
            self._own.add(decision_id)
            routed = self._explain(decision_id, problem, decision, opinion)
        self._keep(routed, learned_seq, session=session, principal=principal, task=task)
        return routed

    def preview(self, problem: str, *, task: str | None = None) -> Decision:
        """What `route` would decide now among all known arms; nothing is kept."""
        vector = self._memory.embed(problem)
        self.follow()
        opinion = self._asked(problem, None)
        with self._lock:
            return self._state.preview(problem, vector, task, opinion)

    def advise(self, problem: str, *, task: str | None = None) -> Routed | None:
        """What is known about such a problem, without trying anything out; None where nobody has
        been tried at all. Nothing is kept, so its id leads nowhere."""
        vector = self._memory.embed(problem)
        self.follow()
        opinion = self._asked(problem, None)
        with self._lock:
            if not self._state.brain.arms:
                return None
            decision = self._state.preview(problem, vector, task, opinion, explore=False)
            return self._explain("", problem, decision, opinion)

    def follow(self, report: Report | None = None) -> int:
        """Learn everything that was recorded since; returns how far the log has come."""
        with self._lock:
            try:
                self._catch_up(report)
            except Purged:
                self._state = self._fresh()
                self._own.clear()
                self._catch_up(report)
            return self._state.seq

    def save(self, *, after: int = SAVE_AFTER_EVENTS) -> None:
        """Keep the state beside the store if so many events were learned since it was last kept."""
        with self._lock:
            head = self.follow()
            if self._own or head - self._kept_seq < after:
                return
            arrays: Arrays = {}
            header = {"origin": self._origin(), "state": take_apart(self._state, arrays)}
            try:
                write_sealed(self.cache, header, arrays, self._secret)
                keep_notes(self._memory, self.tenant, self.drifts)
                self._kept_seq = head
            except KnowhowError as error:
                log.warning("the routing state was not kept: %s", error)

    @property
    def arms(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._state.brain.arms)

    @property
    def drifts(self) -> tuple[Noted, ...]:
        """When which arm was noticed to have changed."""
        with self._lock:
            brain = self._state.brain
            return tuple(Noted(brain.arms[d.arm], d.seq, d.change) for d in brain.drifts)

    def _restored(self) -> RoutingState:
        """The state as it was kept, if that is of this store and these settings."""
        try:
            header, arrays = read_sealed(self.cache, self._secret)
        except SealBroken:
            return self._fresh()
        if header.get("origin") != self._origin():
            return self._fresh()
        state: RoutingState = put_together(header["state"], arrays)
        return state

    def _origin(self) -> dict[str, Any]:
        """What a kept state must agree with."""
        facts = self._memory.facts
        return {
            "format": FORMAT,
            "store": facts.store_id,
            "embedder": facts.embedder,
            "tenant": self.tenant,
            "seed": self._seed,
            "settings": asdict(self._settings),
        }

    @property
    def _secret(self) -> bytes:
        return bytes.fromhex(self._memory.facts.secret)

    def _fresh(self) -> RoutingState:
        return RoutingState(self._memory.facts.dim, self._settings, self._seed)

    def _catch_up(self, report: Report | None) -> None:
        database, facts = self._memory.database, self._memory.facts
        with database.reading() as connection:
            head = read_facts(connection).seq
            if head == self._state.seq:
                return
            tenant_id = find_tenant(connection, self.tenant, database.name)
        if tenant_id is None:
            return
        done = 0
        pages = read_events(database, tenant_id, self._state.seq, head, (facts.embedder, facts.dim))
        for page in pages:
            for event in page:
                if event.what.id in self._own:
                    self._own.discard(event.what.id)
                else:
                    self._state.apply(event)
                done += 1
                if report is not None:
                    report(done)
        self._state.seq = head

    def _heard(self, problem: str, arms: Sequence[str] | None, opinion: Opinion) -> Opinion:
        check_opinion(opinion)
        asked = self._asked(problem, arms)
        there = set(self.arms if arms is None else arms)
        said = {arm: float(share) for arm, share in opinion.items() if arm in there}
        return said | {arm: thought * said.get(arm, 1.0) for arm, thought in asked.items()}

    def _asked(self, problem: str, arms: Sequence[str] | None) -> Opinion:
        """Outside the lock, as thinking takes longer than routing. Whoever cannot answer is not
        heard: a decision needs no opinion."""
        if self._ask is None:
            return {}
        candidates = self.arms if arms is None else tuple(dict.fromkeys(arms))
        try:
            said = self._ask(problem, candidates)
        except KnowhowError as error:
            log.warning("decided without an opinion: %s", error)
            return {}
        check_opinion(said)
        return {arm: float(said[arm]) for arm in candidates if arm in said}

    def _keep(self, routed: Routed, learned_seq: int, **of_caller: str | None) -> None:
        chosen = routed.chosen
        self._memory.decide(
            checked(
                DecisionCreate,
                id=routed.id,
                tenant=self.tenant,
                problem=routed.problem,
                arm=routed.arm,
                fallback=routed.fallback,
                cause=routed.cause,
                explored=routed.cause == "explore",
                propensity=chosen.propensity,
                estimate=chosen.p,
                low=chosen.low,
                high=chosen.high,
                candidates=[_kept(candidate, routed.opinion) for candidate in routed.candidates],
                learned_seq=learned_seq,
                **of_caller,
            )
        )

    def _explain(
        self, decision_id: str, problem: str, decision: Decision, opinion: Opinion
    ) -> Routed:
        near = decision.neighbours
        arms = self._state.brain.arms
        nearest: list[Nearest] = []
        advice: list[Advice] = []
        if near is not None and len(near):
            advice = advise(near.arm, near.reward, arms)
            order = near.similarity.argsort(kind="stable")[::-1]
            problems = list(dict.fromkeys(near.problem[order].tolist()))[:NEAREST_SHOWN]
            texts = problem_texts(self._memory.database, problems)
            for key in problems:
                rows = near.problem == key
                tried = zip(near.arm[rows].tolist(), near.reward[rows].tolist(), strict=True)
                nearest.append(
                    Nearest(
                        texts.get(key, "(purged)"),
                        float(near.similarity[rows][0]),
                        tuple((arms[arm], reward) for arm, reward in tried),
                    )
                )
        return Routed(
            id=decision_id,
            problem=problem,
            arm=decision.arm,
            fallback=decision.fallback,
            cause=decision.cause,
            candidates=decision.candidates,
            advice=tuple(advice),
            nearest=tuple(nearest),
            opinion=opinion,
        )


def _kept(candidate: Candidate, opinion: Opinion) -> dict[str, Any]:
    """With what was thought of it, as learning from the outcome needs that again."""
    plain = asdict(candidate)
    if candidate.arm in opinion:
        plain["opinion"] = opinion[candidate.arm]
    return plain
