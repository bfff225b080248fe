"""The heteronym task of chapter 2: what is a target, how it is split and encoded."""

import numpy as np

from unrolled.data import heteronyms

BANK, WALKER = "\u94f6\u884c", "\u884c\u4eba"


def test_targets_are_real_heteronyms_and_not_tone_changes():
    found = heteronyms.targets()
    assert len(found) == 105
    assert not set(heteronyms.TONE_CHANGE) & set(found)
    assert found["\u884c"][:2] == ("xíng", "háng")
    for character, readings in found.items():
        assert len(readings) > 1 and len(set(readings)) == len(readings)
        assert heteronyms.readings(character)
    assert set(heteronyms.labels()) == {r for rs in found.values() for r in rs}
    assert heteronyms.labels() == tuple(sorted(heteronyms.labels()))


def test_no_phrase_is_in_both_parts_and_every_phrase_has_a_target():
    train, test = heteronyms.split(0)
    assert not {p for p, _ in train} & {p for p, _ in test}
    assert len(test) == round(0.1 * (len(train) + len(test)))
    targets = heteronyms.targets()
    for phrase, readings in train + test:
        assert len(phrase) == len(readings) <= heteronyms.LONGEST
        assert any(c in targets for c in phrase)
    assert heteronyms.split(0) == (train, test)
    assert heteronyms.split(1)[1] != test


def test_the_vocabulary_comes_from_the_training_part_only():
    train, _ = heteronyms.split(0)
    ids = heteronyms.vocabulary(train)
    assert sorted(ids.values()) == list(range(2, len(ids) + 2))
    assert set(ids) <= set("".join(p for p, _ in train))
    three = [("ab", ()), ("ac", ()), ("b", ())]
    assert heteronyms.vocabulary(three) == {"a": 2, "b": 3}


def test_encode_marks_targets_and_pads_the_rest():
    part = [(BANK, ("yín", "háng")), (WALKER + "\u4eba", ("xíng", "rén", "rén"))]
    x, y, lengths = heteronyms.encode(part, {"\u884c": 2, "\u4eba": 3})
    assert lengths.tolist() == [2, 3]
    assert x.T.tolist() == [[heteronyms.UNKNOWN, 2, heteronyms.PAD], [2, 3, 3]]
    names = np.array([*heteronyms.labels(), "-"])  # NO_TARGET is -1: the last
    assert names[y.T].tolist() == [["-", "háng", "-"], ["xíng", "-", "-"]]


def test_a_reading_outside_the_classes_is_no_target():
    _, y, _ = heteronyms.encode([("\u884c", ("héng",))], {})
    assert y.tolist() == [[heteronyms.NO_TARGET]]


def test_the_baseline_counts_the_training_part_only():
    train = [(BANK, ("yín", "háng"))] * 2 + [(WALKER, ("xíng", "rén"))]
    assert heteronyms.commonest(train) == {"\u884c": "háng"}
    assert heteronyms.commonest(train[2:]) == {"\u884c": "xíng"}
