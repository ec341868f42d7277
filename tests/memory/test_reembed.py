"""Another embedder: everybody works on with the old vectors until all new ones are there."""

import pytest

from knowhow_memory import reembed as reembed_module
from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import EmbedderError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate
from knowhow_memory.reembed import reembed
from knowhow_memory.tables import EMBEDDING


class Counting(HashEmbedder):
    def __init__(self, dim):
        super().__init__(dim)
        self.texts = []

    def embed_many(self, texts, *, report=None):
        self.texts += texts
        return super().embed_many(texts, report=report)


def outcome(problem, **given):
    return OutcomeCreate(**({"problem": problem, "arm": "a", "reward": 1.0} | given))


def embedders(memory):
    with memory.database.reading() as connection:
        return {row.embedder for row in connection.execute(EMBEDDING.select())}


@pytest.fixture
def filled(memory, monkeypatch):
    monkeypatch.setattr(reembed_module, "BATCH", 4)
    memory.record_many([outcome(f"p{n}") for n in range(10)])
    memory.record_many([outcome(f"p{n}", tenant="acme") for n in range(3)])
    return memory


def test_every_text_gets_one_new_vector_and_the_store_switches(filled, location):
    new, shown = Counting(32), []
    assert reembed(filled.database, new, report=shown.append) == 10
    assert sorted(new.texts) == sorted({f"p{n}" for n in range(10)})
    assert shown[-1] == 10
    assert shown == sorted(shown)
    assert embedders(filled) == {new.fingerprint}
    with Memory.open(location, embedder="hash:32") as memory:
        assert memory.check().ok
        assert memory.similar("p3", k=1)[0].problem == "p3"
        assert memory.record(outcome("new")).seq == 15
        assert memory.check().ok
    with pytest.raises(EmbedderError, match="embedded with 'hash:32'"):
        Memory.open(location, embedder="hash:64")


def test_others_work_on_meanwhile(filled, location):
    class Busy(Counting):
        def embed_many(self, texts, *, report=None):
            if len(self.texts) < 12:
                filled.record(outcome(f"meanwhile {len(self.texts)}"))
                assert filled.similar("p3", k=1)[0].problem == "p3"
            if len(self.texts) == 4:
                filled.purge(tenant="acme")
            return super().embed_many(texts, report=report)

    reembed(filled.database, Busy(32))
    with Memory.open(location, embedder="hash:32") as memory:
        assert memory.count() == 13
        assert memory.check().ok


def test_a_text_that_is_purged_while_it_is_embedded_leaves_no_vector(filled, location):
    class Slow(Counting):
        def embed_many(self, texts, *, report=None):
            if not self.texts:
                filled.purge(tenant="default")
            return super().embed_many(texts, report=report)

    reembed(filled.database, Slow(32))
    with Memory.open(location, embedder="hash:32") as memory:
        assert memory.check().ok
        with memory.database.reading() as connection:
            assert len(connection.execute(EMBEDDING.select()).all()) == 3


def test_an_interrupted_change_goes_on_where_it_was(filled, location):
    class Weary(Counting):
        def embed_many(self, texts, *, report=None):
            if len(self.texts) >= 8:
                raise KeyboardInterrupt
            return super().embed_many(texts, report=report)

    with pytest.raises(KeyboardInterrupt):
        reembed(filled.database, Weary(32))
    assert filled.similar("p3", k=1)[0].problem == "p3"
    assert filled.check().ok
    rest = Counting(32)
    assert reembed(filled.database, rest) == len(rest.texts) == 2
    with Memory.open(location, embedder="hash:32") as memory:
        assert memory.check().ok


def test_an_empty_store_only_switches(memory, location):
    assert reembed(memory.database, HashEmbedder(32)) == 0
    with Memory.open(location, embedder="hash:32") as again:
        assert again.record(outcome("p")).seq == 2
