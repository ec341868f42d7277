"""Who is asked, how often and for how much, when providers fail."""

import asyncio
import threading
from typing import Any

import pytest
from autogen_core.models import CreateResult, UserMessage

from knowhow_agents.big_model.client import BigModel
from knowhow_agents.big_model.errors import FaultKind, ProviderFault
from knowhow_agents.big_model.providers import FREE, Price, Provider, Terms
from knowhow_memory.errors import SettingsError
from tests.agents.big_model.exchange import USAGE, Exchange
from tests.agents.big_model.fault_server import FaultServer
from tests.agents.big_model.faults import ANSWER, FINE, fine, refuse

ASKED = [UserMessage(content="Sale price?", source="user")]
QUICK = Terms(pause_s=0.001, cool_down_s=0.0)
PRICE = Price(prompt=0.001, completion=0.01)


def providers(server: FaultServer, *names: str, **more: Any) -> list[Provider]:
    return [Provider("openai/m", name, server.address(name), **more) for name in names]


def fault_of(model: BigModel, **asked: Any) -> ProviderFault:
    with pytest.raises(ProviderFault) as caught:
        asyncio.run(model.create(ASKED, **asked))
    return caught.value


def requests(server: FaultServer, *names: str) -> list[int]:
    return [server.requests[server.address(name)] for name in names]


def test_what_passes_is_tried_again(server: FaultServer) -> None:
    reply = asyncio.run(BigModel(providers(server, "flapping"), terms=QUICK).reply(ASKED))
    assert (reply.text, reply.provider, reply.attempts) == (ANSWER, "flapping", 2)


def test_never_more_often_than_allowed(server: FaultServer) -> None:
    fault = fault_of(BigModel(providers(server, "status 500"), terms=QUICK))
    assert requests(server, "status 500") == [QUICK.attempts] == [3]
    assert [attempt.kind for attempt in fault.attempts] == [FaultKind.SERVER] * 3
    assert str(fault) == "big model 'status 500': server (3 attempts): oh"


@pytest.mark.parametrize("name", ["status 400", "status 401", "status 403", "status 404"])
def test_what_would_be_refused_again_is_not_tried_again(server: FaultServer, name: str) -> None:
    assert fault_of(BigModel(providers(server, name), terms=QUICK)).infra
    assert requests(server, name) == [1]


def test_others_stand_in(server: FaultServer) -> None:
    names = ("status 401", "status 500", FINE)
    reply = asyncio.run(BigModel(providers(server, *names), terms=QUICK).reply(ASKED))
    assert (reply.text, reply.provider, reply.attempts) == (ANSWER, FINE, 3)
    assert requests(server, *names) == [1, 1, 1]


def test_one_that_failed_lately_is_asked_last(server: FaultServer) -> None:
    terms = Terms(pause_s=0.001, cool_down_s=1000.0)
    model = BigModel(providers(server, "status 503", FINE), terms=terms)
    for _ in range(3):
        asyncio.run(model.create(ASKED))
    assert requests(server, "status 503", FINE) == [1, 3]
    alone = BigModel(providers(server, "flapping"), terms=terms)
    asyncio.run(alone.create(ASKED))
    assert fault_of(BigModel(providers(server, "status 503"), terms=terms)).attempts[2:]


def test_a_request_that_is_refused_cools_nobody(server: FaultServer) -> None:
    terms = Terms(pause_s=0.001, cool_down_s=1000.0)
    model = BigModel(providers(server, "status 400", FINE), terms=terms)
    for _ in range(2):
        asyncio.run(model.create(ASKED))
    assert requests(server, "status 400", FINE) == [2, 2]


def test_a_provider_says_when_to_come_again(server: FaultServer) -> None:
    """As long as that is before the deadline; else it is not waited for."""
    patient = Terms(pause_s=1000.0, cool_down_s=0.0)
    fault = fault_of(BigModel(providers(server, "429 with Retry-After"), terms=patient))
    assert len(fault.attempts) == 3 and fault.retry_after == 0.05
    for absurd in ("429 with an absurd Retry-After", "429 until the year 9999"):
        assert fault_of(BigModel(providers(server, absurd), terms=QUICK)).kind is FaultKind.RATE
        assert requests(server, absurd) == [1]


def test_a_stream_is_not_begun_anew_after_its_first_word(server: FaultServer) -> None:
    model = BigModel(providers(server, "ends in the middle", FINE), terms=QUICK)

    async def run() -> list[str | CreateResult]:
        said = []
        with pytest.raises(ProviderFault, match="ended before it was done"):
            async for piece in model.create_stream(ASKED):
                said.append(piece)
        return said

    assert asyncio.run(run()) == ["The cup"]
    assert requests(server, FINE) == [0]


def test_nothing_is_sent_that_could_cost_more_than_is_left(server: FaultServer) -> None:
    none = Terms(budget_usd=0.0)
    fault = fault_of(BigModel(providers(server, FINE, price=PRICE), terms=none))
    assert fault.kind is FaultKind.BUDGET and "$0 of $0 are left" in str(fault)
    unknown = Provider("openai/nobody-lists-it")
    assert "price is not known" in str(fault_of(BigModel(unknown, terms=none)))
    assert requests(server, FINE) == [0]


def test_what_costs_nothing_needs_no_budget(server: FaultServer) -> None:
    dear, free = providers(server, "status 500", FINE)
    dear = Provider(dear.model, "dear", dear.api_base, price=PRICE)
    model = BigModel([dear, free], terms=Terms(budget_usd=0.0))
    assert asyncio.run(model.reply(ASKED)).provider == FINE
    assert requests(server, "status 500") == [0]


def test_the_length_asked_for_is_what_the_budget_pays(server: FaultServer) -> None:
    model = BigModel(providers(server, FINE, price=PRICE), terms=Terms(budget_usd=10.0))
    asyncio.run(model.create(ASKED))
    most = server.seen[-1][0]["max_tokens"]
    prompt = (10.0 - 0.01 * most) / 0.001
    assert 1000 < prompt < 1300  # a token a byte, and what providers add
    assert model.spent_usd == pytest.approx(0.02 + 0.06)


@pytest.mark.parametrize(("budget", "pays_for"), [(3.9, 1), (8.0, 2), (60.0, 12)])
def test_many_at_once_never_spend_more(server: FaultServer, budget: float, pays_for: int) -> None:
    """Each may cost some $3.7, and costs $2.62."""

    async def bill_all(to: Exchange) -> None:
        tokens = to.request["max_tokens"]
        await to.say({"content": ANSWER}, usage=USAGE | {"completion_tokens": tokens})

    address = server.teach("bills", bill_all)
    provider = Provider("openai/m", api_base=address, price=PRICE, max_tokens=260)
    model = BigModel(provider, terms=Terms(budget_usd=budget, concurrency=20))

    async def run() -> list[Any]:
        asking = [model.create(ASKED) for _ in range(12)]
        return await asyncio.gather(*asking, return_exceptions=True)

    said = asyncio.run(run())
    answered = [one for one in said if isinstance(one, CreateResult)]
    refused = [one for one in said if isinstance(one, ProviderFault)]
    assert (len(answered), len(refused)) == (pays_for, 12 - pays_for)
    assert model.spent_usd == pytest.approx(2.62 * pays_for) == pytest.approx(model.cost_usd)
    assert model.spent_usd <= budget


def test_what_broke_off_may_have_been_billed(server: FaultServer) -> None:
    terms = Terms(budget_usd=8.0, attempts=1)
    for name, billed in (("ends in the middle", True), ("status 500", False)):
        [provider] = providers(server, name, price=PRICE, max_tokens=260)
        model = BigModel(provider, terms=terms)
        fault_of(model)
        assert (model.spent_usd > 3) == billed and model.cost_usd == 0


def test_so_many_at_once_and_no_more(server: FaultServer) -> None:
    most, here, lock = 0, 0, threading.Lock()

    async def count(to: Exchange) -> None:
        nonlocal most, here
        with lock:
            here += 1
            most = max(most, here)
        await asyncio.sleep(0.02)
        await fine(to)
        with lock:
            here -= 1

    provider = Provider("openai/m", api_base=server.teach("counts", count))
    model = BigModel(provider, terms=Terms(concurrency=3))

    async def run() -> None:
        await asyncio.gather(*(model.create(ASKED) for _ in range(9)))

    asyncio.run(run())
    asyncio.run(model.create(ASKED))  # in a loop of its own
    assert most == 3


def test_the_whole_call_ends_at_its_deadline(server: FaultServer) -> None:
    terms = Terms(total_s=0.3, pause_s=0.001)
    fault = fault_of(BigModel(providers(server, "never answers"), terms=terms))
    assert fault.kind is FaultKind.TIMEOUT and "no answer within 0.3 s" in str(fault)
    assert [attempt.provider for attempt in fault.attempts] == ["never answers"]


def test_a_prompt_that_is_too_long_says_something_of_whoever_was_asked(
    server: FaultServer,
) -> None:
    words = "This model's maximum context length is 10 tokens"
    long = Provider("openai/m", api_base=server.teach("long", refuse(400, words)))
    fault = fault_of(BigModel(long, terms=QUICK))
    assert fault.kind is FaultKind.CONTEXT and not fault.infra


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_s": 0},
        {"first_token_s": float("nan")},
        {"attempts": 0},
        {"concurrency": 0},
        {"budget_usd": -1.0},
    ],
)
def test_terms_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        Terms(**wrong)


def test_what_a_budget_affords() -> None:
    assert PRICE.affordable(1.0, 500) == 50
    assert PRICE.affordable(0.1, 500) < 0
    assert FREE.affordable(0.0, 10**9) > 10**9
