"""One question, pursued until it is answered: the only place where anything is tried again.

Providers stand in for each other. One that failed in passing is asked again after a pause, or after
what it says itself; one that refuses is left alone; one that failed lately is asked last. All of it
ends within the deadlines, within the tries and within the budget. What was said to somebody cannot
be taken back, so a stream that breaks off after its first word is not begun anew. Knows nothing of
AutoGen's agents.
"""

import asyncio
import contextlib
import json
import random
import time
import weakref
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from knowhow_agents.big_model import asking, door, embedded
from knowhow_agents.big_model.asking import Call
from knowhow_agents.big_model.errors import PASSING, Attempt, FaultKind, ProviderFault
from knowhow_agents.big_model.providers import FREE, Price, Provider, Terms
from knowhow_agents.big_model.purse import Purse
from knowhow_agents.big_model.reading import Draft, Reader, Reply
from knowhow_memory.errors import KnowhowError

LONGEST_PAUSE_S = 8.0
LONGEST_COOL_DOWN_S = 600.0
"""However long a provider says that it wants to be left alone."""
CONNECT_S = 10.0
CONNECTING_SHARE = 0.8
"""Of the time until something is said."""
OWN_TO_THE_QUESTION = {FaultKind.REFUSED, FaultKind.CONTEXT, FaultKind.BUDGET}
"""They say nothing of how the provider will take the next one."""
UNKNOWN_LONGEST = 4_096
"""Tokens of an answer asked for at most, where there is a budget and no known limit."""
LEAST_ANSWER = 256
"""Tokens; money that pays for fewer of them would be wasted."""
BESIDE_THE_PROMPT = 1_000
"""Tokens that providers add to a prompt, as for tools; else every token has a byte at least."""
LOOK_AGAIN_S = 0.05
"""While other calls hold the money that is left."""

Say = Callable[[str], None]
_Places: TypeAlias = "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]"


@dataclass(frozen=True)
class Question:
    """What is asked, in the words of OpenAI's API."""

    messages: Sequence[Mapping[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)

    def most_tokens(self) -> int:
        """More than any provider can count in it."""
        written = json.dumps([list(self.messages), dict(self.options)], ensure_ascii=False)
        return len(written.encode(errors="replace")) + BESIDE_THE_PROMPT


class Pursuit:
    """What all questions of one client share: money, places, who failed lately."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.purse = None if terms.budget_usd is None else Purse(terms.budget_usd)
        self._cooling: dict[str, float] = {}
        self._places: _Places = weakref.WeakKeyDictionary()

    async def answer(
        self, question: Question, able: Sequence[Provider], say: Say | None = None
    ) -> Reply:
        """From one of those that are able to; `say` gets it in pieces as it comes."""
        await _wake(able[0])
        chase = _Chase(self, question, able, say)
        try:
            async with asyncio.timeout(self.terms.total_s), self._place():
                return await chase.run()
        except TimeoutError:
            why = f"no answer within {self.terms.total_s:g} s"
            raise ProviderFault(
                FaultKind.TIMEOUT, why, provider=chase.current, attempts=tuple(chase.tries)
            ) from None

    def cooling(self, provider: Provider) -> bool:
        return self._cooling.get(provider.name, 0.0) > time.monotonic()

    def failed(self, provider: Provider, fault: ProviderFault) -> None:
        if fault.kind not in OWN_TO_THE_QUESTION:
            wished = min(fault.retry_after or 0.0, LONGEST_COOL_DOWN_S)
            self._cooling[provider.name] = time.monotonic() + max(self.terms.cool_down_s, wished)

    def succeeded(self, provider: Provider) -> None:
        self._cooling.pop(provider.name, None)

    def _place(self) -> asyncio.Semaphore:
        """A loop's own, as those of another cannot be waited for."""
        loop = asyncio.get_running_loop()
        return self._places.setdefault(loop, asyncio.Semaphore(self.terms.concurrency))


class _Chase:
    """One question on its way through the providers."""

    def __init__(
        self, pursuit: Pursuit, question: Question, able: Sequence[Provider], say: Say | None
    ) -> None:
        self.tries: list[Attempt] = []
        self.current = ""
        self._pursuit = pursuit
        self._terms = pursuit.terms
        self._question = question
        self._open = list(able)
        self._ready: dict[str, float] = {}
        """When one that failed may be asked again."""
        self._say = say
        self._said = False
        self._started = time.monotonic()

    async def run(self) -> Reply:
        while True:
            provider = self._next()
            await self._wait_for(provider)
            began = time.monotonic()
            try:
                reply = await self._try(provider)
            except ProviderFault as fault:
                self._note(provider, fault.kind, began)
                if self._said or not self._may_go_on(provider, fault):
                    raise self._told(fault, provider) from None
            except asyncio.CancelledError:
                self._note(provider, FaultKind.TIMEOUT, began)
                raise
            else:
                self._pursuit.succeeded(provider)
                return replace(
                    reply,
                    seconds=time.monotonic() - self._started,
                    attempts=len(self.tries) + 1,
                )

    def _next(self) -> Provider:
        """Those not tried yet come first, and of these the ones that did not fail lately."""
        return min(
            self._open,
            key=lambda one: (self._ready.get(one.name, 0.0), self._pursuit.cooling(one)),
        )

    async def _wait_for(self, provider: Provider) -> None:
        self.current = provider.name
        await asyncio.sleep(max(0.0, self._ready.get(provider.name, 0.0) - time.monotonic()))

    def _note(self, provider: Provider, kind: FaultKind, began: float) -> None:
        self.tries.append(Attempt(provider.name, kind, time.monotonic() - began))

    def _may_go_on(self, provider: Provider, fault: ProviderFault) -> bool:
        self._pursuit.failed(provider, fault)
        if fault.kind in PASSING:
            self._ready[provider.name] = time.monotonic() + self._pause(provider, fault)
        else:
            self._open.remove(provider)
        if not self._open or len(self.tries) >= self._terms.attempts:
            return False
        ends = self._started + self._terms.total_s
        return self._ready.get(self._next().name, 0.0) < ends

    def _pause(self, provider: Provider, fault: ProviderFault) -> float:
        if fault.retry_after is not None:
            return fault.retry_after
        before = sum(attempt.provider == provider.name for attempt in self.tries) - 1
        longest: float = min(self._terms.pause_s * 2.0**before, LONGEST_PAUSE_S)
        return longest * random.uniform(0.5, 1.0)  # apart from others that failed with it

    def _told(self, fault: ProviderFault, provider: Provider) -> ProviderFault:
        return ProviderFault(
            fault.kind,
            fault.why,
            provider=provider.name,
            retry_after=fault.retry_after,
            attempts=tuple(self.tries),
        )

    async def _try(self, provider: Provider) -> Reply:
        async with self._paid(provider) as bill:
            options = {**self._question.options, **bill.limit}
            call = Call(
                provider,
                self._question.messages,
                options,
                _connect_s(self._terms),
                self._terms.between_s,
            )
            draft = await self._draft(call)
            usage = draft.usage or _estimated(self._question, draft)
            bill.cost = door.cost(provider, usage)
        return Reply(
            text=draft.text,
            calls=draft.calls,
            finish=draft.finish,
            thought=draft.thought,
            prompt_tokens=usage["prompt_tokens"],
            completion_tokens=usage["completion_tokens"],
            cost_usd=bill.cost,
            provider=provider.name,
            seconds=0.0,
        )

    async def _draft(self, call: Call) -> Draft:
        why = f"no whole answer within {self._terms.attempt_s:g} s"
        try:
            async with asyncio.timeout(self._terms.attempt_s):
                return await (self._streamed(call) if self._say else _whole(call))
        except TimeoutError:
            raise ProviderFault(FaultKind.TIMEOUT, why) from None

    async def _streamed(self, call: Call) -> Draft:
        assert self._say
        loop, reader, terms = asyncio.get_running_loop(), Reader(), self._terms
        try:
            async with (
                asyncio.timeout(terms.first_token_s) as clock,
                contextlib.aclosing(asking.pieces(call)) as pieces,
            ):
                async for piece in pieces:
                    before = reader.characters
                    if text := reader.take(piece):
                        self._said = True
                        self._say(text)
                    if reader.characters > before:
                        clock.reschedule(loop.time() + terms.between_s)
                    await asyncio.sleep(0)  # what is there already would let no clock strike
                return reader.draft()
        except TimeoutError:
            why = f"no first token within {terms.first_token_s:g} s"
            if reader.characters:
                why = f"no more tokens for {terms.between_s:g} s"
            raise ProviderFault(FaultKind.TIMEOUT, why) from None

    @contextlib.asynccontextmanager
    async def _paid(self, provider: Provider) -> "AsyncIterator[_Bill]":
        """What it may cost is put aside before, and settled after."""
        purse, bill = self._pursuit.purse, _Bill(_limit(provider, self._question))
        price = door.price(provider) if purse else FREE
        if purse is None or price == FREE:
            yield bill
            return
        amount = await self._put_aside(purse, provider, price, bill)
        paid = amount  # what broke off may have been billed
        try:
            yield bill
            paid = min(bill.cost, amount)
        except ProviderFault as fault:
            paid = amount if fault.billable else 0.0
            raise
        finally:
            purse.settle(amount, paid)

    async def _put_aside(
        self, purse: Purse, provider: Provider, price: Price | None, bill: "_Bill"
    ) -> float:
        if price is None:
            why = "its price is not known: give it a price, or give no budget"
            raise ProviderFault(FaultKind.BUDGET, why)
        prompt = self._question.most_tokens()
        wanted = bill.limit.get("max_tokens") or door.facts(provider).longest or UNKNOWN_LONGEST
        while True:
            tokens = min(wanted, price.affordable(purse.left, prompt))
            amount = price.of(prompt, tokens)
            if tokens >= min(wanted, LEAST_ANSWER) and purse.put_aside(amount):
                bill.limit = {"max_tokens": tokens}
                return amount
            if not purse.aside:
                why = (
                    f"${purse.left:.4g} of ${purse.budget:g} are left, "
                    f"and it may cost ${price.of(prompt, min(wanted, LEAST_ANSWER)):.4g}"
                )
                raise ProviderFault(FaultKind.BUDGET, why)
            await asyncio.sleep(LOOK_AGAIN_S)


@dataclass
class _Bill:
    limit: dict[str, int]
    """On the length of the answer, as an option of the call."""
    cost: float = 0.0


def _connect_s(terms: Terms) -> float:
    return min(CONNECT_S, CONNECTING_SHARE * min(terms.first_token_s, terms.attempt_s))


async def _wake(provider: Provider) -> None:
    """What takes seconds once in a process is no time of a call's."""
    await door.load()
    if provider.embedded:
        with contextlib.suppress(KnowhowError):  # said by the call itself
            await asyncio.to_thread(embedded.resident, provider.embedded_name)


async def _whole(call: Call) -> Draft:
    reader = Reader()
    reader.take(await asking.whole(call))
    return reader.draft()


def _limit(provider: Provider, question: Question) -> dict[str, int]:
    limits = [question.options.get("max_tokens"), provider.max_tokens]
    known = [limit for limit in limits if limit is not None]
    return {"max_tokens": min(known)} if known else {}


def _estimated(question: Question, draft: Draft) -> dict[str, int]:
    """For a provider that does not count, or miscounts."""
    said = draft.text + "".join(call.name + call.arguments for call in draft.calls)
    return {
        "prompt_tokens": door.count_tokens(question.messages),
        "completion_tokens": door.count_text(said),
    }
