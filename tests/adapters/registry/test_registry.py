"""Versions and the names they serve under, in one process."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from knowhow_adapters.artefact import export_adapter, import_adapter, read_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.errors import AdapterBroken, AdapterForeign, AdapterMissing
from knowhow_adapters.registry.lineage import Lineage, source_digest
from knowhow_adapters.registry.registry import Registry
from knowhow_memory.errors import ConflictError, InputError, NotFoundError
from tests.adapters.registry.kit import adapter, filled, lineage, promote
from tests.adapters.tiny import tiny_folder


def spoil(folder: Path) -> None:
    weights = folder / "adapter_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


class TestPublish:
    def test_a_version_is_what_peft_takes_and_where_it_comes_from(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, (ref,) = filled(tmp_path, base, 1)
        folder = registry.folder_of(ref)
        assert folder == tmp_path / "sums" / "versions" / ref
        assert {path.name for path in folder.iterdir()} == {
            "adapter_config.json",
            "adapter_model.safetensors",
            "knowhow.json",
            "lineage.json",
            "README.md",
        }
        assert registry.show(ref).lineage == lineage(0)
        with Bank(base, registry.folder_of, 10**9).lease(ref) as served:
            assert served.ref == ref

    def test_the_same_version_again_changes_nothing(self, base: Base, tmp_path: Path) -> None:
        registry, (ref,) = filled(tmp_path, base, 1)
        again = registry.publish(adapter(base, 0, agent="sums"), base, lineage(7))
        assert again == ref
        assert registry.show(ref).lineage.seed == 0
        assert [(move.move, move.ref) for move in registry.history("sums")] == [("published", ref)]

    def test_what_it_learnt_from_is_vouched_for(self, base: Base, tmp_path: Path) -> None:
        registry, (ref,) = filled(tmp_path, base, 1)
        file = registry.folder_of(ref) / "lineage.json"
        file.write_text(file.read_text().replace('"n": 500', '"n": 900'))
        with pytest.raises(AdapterBroken, match=r"'lineage\.json' is not the file"):
            registry.show(ref)
        with pytest.raises(AdapterBroken, match=r"'lineage\.json' is not the file"):
            read_adapter(registry.folder_of(ref), base)

    def test_nothing_is_called_champion_by_being_published(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, _ = filled(tmp_path, base, 1)
        assert registry.champion("sums") is None
        assert registry.aliases("sums").revision == 0

    def test_who_began_from_a_version_has_learnt_what_it_learnt(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, (first, second) = filled(tmp_path, base, 2)
        child = registry.publish(adapter(base, 2, agent="sums"), base, lineage(2, parent=first))
        known = registry.sources("sums")
        assert source_digest("principal", "user-0") in known[first] & known[child] - known[second]

    def test_the_youngest_come_first_and_the_unreadable_last(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, refs = filled(tmp_path, base, 3)
        (registry.folder_of(refs[2]) / "knowhow.json").write_text("{}")
        assert registry.refs("sums") == [refs[1], refs[0], refs[2]]

    def test_the_card_says_what_lineage_and_manifest_say(self, base: Base, tmp_path: Path) -> None:
        registry, (ref,) = filled(tmp_path, base, 1)
        _, front, text = (registry.folder_of(ref) / "README.md").read_text().split("---\n")
        assert yaml.safe_load(front)["base_model"] == base.name
        for said in (ref, base.hash, "500 outcomes", "**better**", "learning_rate | 0.001", "19"):
            assert said in text
        assert "user-0" not in text

    def test_a_lineage_travels_and_a_strangers_is_not_taken_over(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, (ref,) = filled(tmp_path, base, 1)
        carried = import_adapter(registry.folder_of(ref), base)
        assert carried.ref == ref
        export_adapter(carried, base, tmp_path / "bare.zip")
        other = Registry(tmp_path / "elsewhere")
        other.publish(carried, base, Lineage(origin="imported"))
        assert other.show(ref).lineage.data is None
        assert "No gate has judged it." in (other.folder_of(ref) / "README.md").read_text()


class TestMoves:
    def test_promotions_are_undone_one_after_the_other(self, base: Base, tmp_path: Path) -> None:
        registry, refs = filled(tmp_path, base, 3)
        promote(registry, *refs)
        served = [registry.champion("sums")]
        assert registry.aliases("sums").previous == refs[1]
        for _ in range(3):
            served.append(registry.rollback("sums", cause="a test").champion)
        assert served == [refs[2], refs[1], refs[0], None]
        with pytest.raises(ConflictError, match="no champion"):
            registry.rollback("sums", cause="a test")

    def test_five_steps_back_and_no_further(self, base: Base, tmp_path: Path) -> None:
        registry, refs = filled(tmp_path, base, 2)
        promote(registry, *refs * 3, refs[0])
        for _ in range(5):
            registry.rollback("sums", cause="a test")
        with pytest.raises(ConflictError, match="no earlier champion"):
            registry.rollback("sums", cause="a test")
        assert registry.champion("sums") == refs[1]

    def test_withdrawn_versions_serve_no_more_and_are_not_returned_to(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, refs = filled(tmp_path, base, 5)
        promote(registry, *refs[:4])
        registry.shadow("sums", refs[4], 0.1, cause="a trial")
        gone = {refs[1], refs[3], refs[4]}
        assert registry.withdraw("sums", gone, cause="a test") == [refs[3], refs[4]]
        aliases = registry.aliases("sums")
        assert (aliases.champion, aliases.shadow, aliases.share) == (refs[2], None, 0.0)
        assert aliases.former == (refs[0], None)
        assert registry.withdraw("sums", gone, cause="again") == []
        assert registry.withdraw("sums", [refs[0]], cause="it never serves again") == []
        assert registry.aliases("sums").former == (None,)
        assert [move.move for move in registry.history("sums")][-2:] == ["withdrawn"] * 2

    def test_the_bare_base_serves_where_every_champion_is_withdrawn(
        self, base: Base, tmp_path: Path
    ) -> None:
        """Also after so many promotions that the bare base is not among those to return to."""
        registry, refs = filled(tmp_path, base, 7)
        promote(registry, *refs)
        assert registry.withdraw("sums", refs, cause="a test") == [refs[6]]
        assert registry.aliases("sums").named == set()

    def test_a_damaged_version_is_passed_over_when_another_is_withdrawn(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, refs = filled(tmp_path, base, 3)
        promote(registry, *refs)
        (registry.folder_of(refs[1]) / "adapter_config.json").unlink()
        registry.withdraw("sums", [refs[2]], cause="a test")
        assert registry.champion("sums") == refs[0]

    def test_a_move_from_an_older_state_is_refused(self, base: Base, tmp_path: Path) -> None:
        registry, refs = filled(tmp_path, base, 2)
        seen = registry.aliases("sums").revision
        promote(registry, refs[0])
        with pytest.raises(ConflictError, match="have moved since"):
            registry.promote("sums", refs[1], expect_revision=seen, cause="late")
        with pytest.raises(ConflictError, match="have moved since"):
            registry.rollback("sums", cause="late", expect_revision=seen)
        assert registry.champion("sums") == refs[0]

    def test_what_is_not_whole_never_serves(self, base: Base, tmp_path: Path) -> None:
        registry, (good, bad) = filled(tmp_path, base, 2)
        promote(registry, good)
        spoil(registry.folder_of(bad))
        for move in (
            lambda: promote(registry, bad),
            lambda: registry.shadow("sums", bad, 0.1, cause="a test"),
            lambda: registry.verify(bad, base),
        ):
            with pytest.raises(AdapterBroken, match=f"{bad}.*not the file that was published"):
                move()
        with pytest.raises(AdapterMissing, match="there is no version"):
            promote(registry, "sums@" + "0" * 12)
        with pytest.raises(InputError, match="is no version of 'times'"):
            registry.promote("times", good, expect_revision=0, cause="a test")
        with pytest.raises(ConflictError, match="champion already"):
            promote(registry, good)
        assert registry.champion("sums") == good

    def test_a_version_that_claims_another_name_never_serves(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, (one, two) = filled(tmp_path, base, 2)
        shutil.rmtree(registry.folder_of(one))
        shutil.copytree(registry.folder_of(two), registry.folder_of(one))
        with pytest.raises(AdapterBroken, match=f"it holds '{two}'"):
            promote(registry, one)

    def test_a_rollback_passes_over_what_is_damaged(self, base: Base, tmp_path: Path) -> None:
        registry, refs = filled(tmp_path, base, 4)
        promote(registry, *refs)
        spoil(registry.folder_of(refs[2]))
        shutil.rmtree(registry.folder_of(refs[1]))
        assert registry.rollback("sums", cause="a test").champion == refs[0]

    def test_no_rollback_leads_to_another_base(self, base: Base, tmp_path: Path) -> None:
        registry, (old, *_) = filled(tmp_path, base, 1)
        promote(registry, old)
        other = load_base(str(tiny_folder(tmp_path / "other", seed=1)))
        new = registry.publish(adapter(other, 0, agent="sums"), other, lineage(1))
        promote(registry, new)
        assert registry.rollback("sums", cause="a test").champion is None

    def test_every_move_is_told_with_its_cause(self, base: Base, tmp_path: Path) -> None:
        registry, (one, two) = filled(tmp_path, base, 2)
        promote(registry, one)
        registry.shadow("sums", two, 0.25, cause="not shown")
        registry.end_shadow("sums", two, cause="fell short")
        registry.rollback("sums", cause="somebody said so")
        assert [(m.revision, m.move, m.ref, m.cause) for m in registry.history("sums")] == [
            (0, "published", one, "trained"),
            (0, "published", two, "trained"),
            (1, "promoted", one, "a test"),
            (2, "shadowed", two, "not shown"),
            (3, "shadow ended", two, "fell short"),
            (4, "rolled back", None, "somebody said so"),
        ]


class TestShadow:
    def test_it_gets_its_share(self, base: Base, tmp_path: Path) -> None:
        registry, (one, two) = filled(tmp_path, base, 2)
        promote(registry, one)
        aliases = registry.shadow("sums", two, 0.25, cause="a trial")
        served = [aliases.serving(n / 100) for n in range(100)]
        assert served == [two] * 25 + [one] * 75
        assert registry.champion("sums") == one

    def test_its_promotion_ends_the_trial(self, base: Base, tmp_path: Path) -> None:
        registry, (one, two, three) = filled(tmp_path, base, 3)
        registry.shadow("sums", two, 0.25, cause="a trial")
        promote(registry, one)
        assert registry.aliases("sums").shadow == two
        promote(registry, two)
        assert (registry.aliases("sums").shadow, registry.aliases("sums").share) == (None, 0)
        registry.shadow("sums", three, 0.25, cause="a trial")
        before = registry.end_shadow("sums", one, cause="too late")
        assert before.shadow == three

    @pytest.mark.parametrize("share", [0.0, -0.1, 0.51, float("nan")])
    def test_a_share_is_a_share(self, base: Base, tmp_path: Path, share: float) -> None:
        registry, (one,) = filled(tmp_path, base, 1)
        with pytest.raises(InputError, match="a share of up to"):
            registry.shadow("sums", one, share, cause="a trial")


class TestKeeping:
    def test_what_is_named_and_the_newest_stay(self, base: Base, tmp_path: Path) -> None:
        registry, refs = filled(tmp_path, base, 8)
        promote(registry, refs[0], refs[2])
        registry.shadow("sums", refs[3], 0.1, cause="a trial")
        assert registry.forget("sums") == [refs[4], refs[1]]
        assert registry.refs("sums") == [refs[i] for i in (7, 6, 5, 3, 2, 0)]
        assert sorted(p.name for p in registry.folder_of(refs[0]).parent.iterdir()) == sorted(
            registry.refs("sums")
        )
        assert [m.ref for m in registry.history("sums") if m.move == "removed"] == [
            refs[4],
            refs[1],
        ]
        assert registry.rollback("sums", cause="a test").champion == refs[0]

    def test_fewer_than_three_are_never_kept(self, base: Base, tmp_path: Path) -> None:
        registry, _ = filled(tmp_path, base, 1)
        with pytest.raises(InputError, match="at least 3"):
            registry.forget("sums", keep=2)


class TestLooking:
    def test_versions_are_found_by_how_they_begin(self, base: Base, tmp_path: Path) -> None:
        registry, (one, two) = filled(tmp_path, base, 2)
        assert registry.find(one[:8]) == one
        for wrong in ("sums", "sums@", "sums@zz"):
            with pytest.raises(NotFoundError):
                registry.find(wrong)
        promote(registry, two)
        assert registry.find("sums") == two
        assert registry.agents() == ["sums"]

    @pytest.mark.parametrize("name", ["../etc", "a/b@" + "0" * 12, "..", "", "sums@../../x"])
    def test_no_name_leads_out_of_the_registry(self, tmp_path: Path, name: str) -> None:
        registry = Registry(tmp_path)
        for look in (registry.folder_of, registry.champion, registry.refs):
            with pytest.raises(InputError):
                look(name)

    def test_a_difference_tells_data_figures_and_flips(self, base: Base, tmp_path: Path) -> None:
        registry = Registry(tmp_path)
        rewards = ({"a": 1, "b": 0, "c": 0.4, "d": 1}, {"b": 1, "c": 0.6, "d": 0, "e": 1})
        old, new = (
            registry.publish(
                adapter(base, number, agent="sums"), base, lineage(number, rewards=rewards[number])
            )
            for number in (0, 1)
        )
        found = registry.diff(old, new)
        assert (found.compared, found.gained, found.lost) == (3, ["b", "c"], ["d"])
        assert found.changed == {"seed": (0, 1), "data.last_seq": (500, 501)}

    def test_the_version_that_answers_is_proven(self, base: Base, tmp_path: Path) -> None:
        registry, (ref,) = filled(tmp_path, base, 1)
        assert registry.verify(ref, base).ref == ref
        other = load_base(str(tiny_folder(tmp_path / "other", seed=1)))
        with pytest.raises(AdapterForeign, match="made for the base"):
            registry.verify(ref, other)

    def test_a_base_that_answers_otherwise_is_noticed(self, base: Base, tmp_path: Path) -> None:
        registry, (ref,) = filled(tmp_path, base, 1)
        altered = load_base(str(base.folder))
        with torch.no_grad():
            next(altered.model.parameters()).mul_(1.1)
        with pytest.raises(AdapterBroken, match="does not answer as when it was published"):
            registry.verify(ref, altered)

    def test_a_manifest_that_vouches_for_too_little_is_refused(
        self, base: Base, tmp_path: Path
    ) -> None:
        registry, (ref,) = filled(tmp_path, base, 1)
        file = registry.folder_of(ref) / "knowhow.json"
        manifest = json.loads(file.read_text())
        del manifest["files"]["adapter_model.safetensors"]
        file.write_text(json.dumps(manifest))
        with pytest.raises(AdapterBroken, match="does not vouch"):
            promote(registry, ref)
