"""Labels that tell groups apart."""

from knowhow_memory.labels import label_groups

SHOP = [f"What does the shop ask for {n} cups at a discount of {n} percent?" for n in range(10)]
TRAIN = [f"When does the train with {n} wagons reach the station if late?" for n in range(10)]


def test_a_label_names_what_only_these_problems_have() -> None:
    shop, train = label_groups([SHOP, TRAIN], [10, 10])
    assert set(shop.split(" · ")) <= {"shop", "ask", "cups", "discount", "percent"}
    assert set(train.split(" · ")) <= {"train", "wagons", "reach", "station", "late"}


def test_words_everybody_uses_are_no_label_and_neither_are_forms_of_one_word() -> None:
    one = ["a price and the prices", "the price of all prices and reductions"]
    [label, _] = label_groups([one, TRAIN], [2, 10])
    assert label.split(" · ").count("price") + label.split(" · ").count("prices") == 1
    assert "the" not in label


def test_a_single_group_has_a_label_too() -> None:
    [label] = label_groups([SHOP], [10])
    assert label
    assert "what" not in label


def test_two_groups_never_share_a_label() -> None:
    first, second, third = label_groups([SHOP, SHOP, ["1 + 1"]], [10, 10, 1])
    assert second == f"{first} (2)"
    assert third == "no common words"


def test_no_groups_no_labels() -> None:
    assert label_groups([], []) == []
