"""Specialists that are declared in files: what is read, what is refused, what each way does."""

from pathlib import Path

import pytest

from knowhow_adapters.registry.registry import Registry
from knowhow_agents.big_model.double import ScriptedModel
from knowhow_agents.protocol.whisper import Whisperer
from knowhow_agents.team.declared import declared_in, read_declaration, scaffold
from knowhow_agents.team.specialists import Answer
from knowhow_memory.errors import ConflictError, InputError
from knowhow_memory.memory import Memory
from tests.adapters.tiny import tiny_folder
from tests.agents.team.kit import final, outcomes, team

pytestmark = pytest.mark.anyio


@pytest.fixture
def whisperer(tmp_path: Path) -> Whisperer:
    return Whisperer(Registry(tmp_path / "adapters"), "knowhow-base")


def write(folder: Path, text: str, name: str = "coins") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


async def test_a_new_one_works_at_once(
    memory: Memory, tmp_path: Path, whisperer: Whisperer
) -> None:
    files = scaffold(tmp_path / "specialists", "new-one")
    assert [file.name for file in files] == ["new-one.toml", "new-one.py"]
    [found] = declared_in(tmp_path / "specialists")
    asked = team(memory, [found.open(ScriptedModel(), whisperer)])
    assert final(await asked.run(task="What is 2 plus 3?")).content == "5"
    [outcome] = outcomes(memory)
    assert (outcome.arm, outcome.reward) == ("new-one::first", 1.0)
    with pytest.raises(ConflictError, match="new-one"):
        scaffold(tmp_path / "specialists", "new-one")
    with pytest.raises(InputError, match="cannot name an agent"):
        scaffold(tmp_path / "specialists", "../x")


async def test_a_prompt_asks_the_big_model(tmp_path: Path, whisperer: Whisperer) -> None:
    path = write(tmp_path, 'purpose = "x"\n[strategies.a]\nprompt = "Slowly: {problem} {x}"\n')
    model = ScriptedModel("Well.\nanswer: 4", "four", "")
    ask = read_declaration(path).open(model, whisperer).strategies["a"]
    said = [await ask("2 + 2?") for _ in range(3)]  # type: ignore[misc]
    assert [one.text for one in said if isinstance(one, Answer)] == ["4", "four", None]
    assert model.asked[0].text == "Slowly: 2 + 2? {x}"


def test_the_small_model_speaks_within_its_grammar(tmp_path: Path) -> None:
    """Before it has an adapter the bare base speaks; what it was asked and said can be learnt."""
    base = tiny_folder(tmp_path / "base")
    whisperer = Whisperer(Registry(tmp_path / "adapters"), str(base))
    (tmp_path / "g.lark").write_text('start: "yes" | "no"\n')
    path = write(
        tmp_path,
        'purpose = "x"\n[strategies.a]\nsmall_model = "Is it? {problem}"\ngrammar = "g.lark"\n',
    )
    answer = read_declaration(path).open(ScriptedModel(), whisperer).strategies["a"]("2 > 1")
    assert isinstance(answer, Answer)
    assert answer.text in ("yes", "no") and answer.adapter_version is None
    assert answer.trajectory == [{"prompt": "Is it? 2 > 1", "answer": answer.text}]


WAY = 'purpose = "x"\n[strategies.a]\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("purpose = ", "is no TOML"),
        ("", "purpose: field required"),
        ('purpose = "x"\nstrategy = 1', "strategy: extra inputs"),
        (WAY, "give one of run, prompt and small_model"),
        (WAY + 'run = "a.py:f"\nprompt = "{problem}"', "give one of"),
        (WAY + 'prompt = "do it"', "a prompt shows the problem"),
        (WAY + 'prompt = "{problem}"\ngrammar = "g"', "a grammar bounds the small model"),
        ('purpose = "x"\ndeadline_s = 0', "deadline_s: input should be greater than 0"),
    ],
)
def test_a_wrong_declaration_is_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        read_declaration(write(tmp_path, text))
    assert why in str(caught.value) and "coins.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("run", "why"),
    [
        ("code.py", "names no function"),
        ("code.txt:f", "names no function"),
        ("code.py:g", "no function 'g' in 'code.py'"),
        ("code.py:n", "no function 'n'"),
        ("other.py:f", "no file 'other.py'"),
        ("../code.py:f", r"no file '../code.py'"),
        ("broken.py:f", "broken.py' raised ZeroDivisionError"),
    ],
)
def test_code_that_is_not_there_is_named(
    tmp_path: Path, run: str, why: str, whisperer: Whisperer
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for place in (folder, tmp_path):
        (place / "code.py").write_text("n = 1\ndef f(problem): return 'x'\n")
    (folder / "broken.py").write_text("1 / 0\n")
    declared = read_declaration(write(folder, WAY + f'run = "{run}"'))  # runs nothing
    with pytest.raises(InputError, match=why):
        declared.open(ScriptedModel(), whisperer)


def test_no_folder_is_no_specialist(tmp_path: Path) -> None:
    assert declared_in(tmp_path / "nowhere") == []
