"""The game over the notes' faults: its data, its page, its table."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from tiny import ROOT, Built, build
from unrolled_book import faults, tex
from unrolled_book.faults import Card, FaultsError, load

DATA = ROOT / "book" / "faults.toml"
TEXT = DATA.read_text(encoding="utf-8")
EVERY = load(DATA)
CARDS = faults.played(EVERY)
FAULTS = [card for card in CARDS if not card.holds]
TRUE = [card for card in CARDS if card.holds]
ALSO = [card for card in EVERY if card.kind == "also"]
each_card = pytest.mark.parametrize("card", EVERY, ids=lambda card: card.key)


# --- the data -------------------------------------------------------------------------


def test_there_are_45_faults_and_enough_true_statements() -> None:
    assert sorted(card.number or 0 for card in FAULTS) == list(range(1, 46))
    assert len(TRUE) >= 24  # more than a third of the cards
    assert len({card.key for card in CARDS}) == len(CARDS)
    assert len({card.printed for card in CARDS}) == len(CARDS)
    assert {card.notes for card in FAULTS} == set("ABCDE")
    assert len(FAULTS) + len(TRUE) + len(ALSO) == len(EVERY)


def test_right_and_wrong_are_mixed_in_the_order_of_play() -> None:
    chapters = [card.chapter for card in CARDS]
    assert chapters == sorted(chapters)
    in_a_row = re.findall("w+|r+", "".join("r" if c.holds else "w" for c in CARDS))
    assert max(map(len, in_a_row)) <= 12


@each_card
def test_where_a_chapter_exists_the_section_is_named_and_speaks_of_it(
    card: Card,
) -> None:
    chapters = list((ROOT / "chapters").glob(f"{card.chapter:02d}_*.ipynb"))
    if not card.shown.startswith("§"):
        assert not chapters, f"chapter {card.chapter} exists: name the section"
        return
    (path,) = (ROOT / "book" / "chapters").glob(f"{card.chapter:02d}_*.md")
    section = sections(path.read_text(encoding="utf-8")).get(card.shown[1:])
    assert section is not None, f"there is no {card.shown}"
    if not card.holds:
        assert re.search(rf"\bNotes [A-E, and]*\b{card.notes}\b", section)


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (\d+\.\d+) ", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@each_card
def test_the_formulas_are_in_the_common_subset(card: Card) -> None:
    for text in (card.printed, card.right, card.why):
        assert text.count("$") % 2 == 0 and text.count("`") % 2 == 0
        for formula in re.findall(r"\$([^$]+)\$", text):
            assert tex.unknown_commands(formula) == []


def test_no_sentence_is_long_enough_to_be_a_quotation() -> None:
    chinese = re.findall(r"[\u3400-\u9fff]", TEXT)
    assert not chinese
    assert max(len(card.printed) for card in CARDS) < 300


def test_nothing_in_front_of_the_answer_tells_right_from_wrong(site: Built) -> None:
    heads = set()
    for card, html in zip(CARDS, cards_of(site.html("game")), strict=True):
        front = html.partition('<details class="fault-answer">')[0]
        assert faults.ASK in front
        (head,) = re.findall(r"<span>(Notes [^<]*)</span></p>", front)
        heads.add((re.sub(r"Notes [A-E]", "", head), card.holds))
    assert {known for known, _ in heads} == {
        "",
        " (for readers who know PyTorch)",
        " (for readers who know Keras)",
    }
    for known in ("", " (for readers who know PyTorch)"):
        assert {(known, True), (known, False)} <= heads


# --- bad data are refused -------------------------------------------------------------


def without(key: str) -> str:
    return re.sub(rf"^{key} = .*\n", "", TEXT, count=1, flags=re.MULTILINE)


def exchanged(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


FIRST = TEXT[TEXT.index("\n[[fault]]\n") : TEXT.index("[[fault]]\nnumber = 9\n")]
SPOILED = {
    "not TOML": ("[[fault]\n" + TEXT, "Expected"),
    "a number twice": (exchanged("number = 9\n", "number = 1\n"), "1 is there twice"),
    "a number missing": (
        TEXT.replace("number = 45\n", "number = 46\n"),
        "fault 45 is missing",
    ),
    "a number beyond": (TEXT + FIRST.replace("= 1\n", "= 46\n"), "fault 46: numbers"),
    "a number that is text": (
        exchanged("number = 1\n", 'number = "1"\n'),
        "not a whole number",
    ),
    "no right": (without("right"), "1: no right"),
    "no why": (without("why"), "1: no why"),
    "no place": (without("shown"), "1: no shown"),
    "no statement": (without("printed"), "1: no printed"),
    "an empty part": (re.sub(r"why = .*", 'why = " "', TEXT, count=1), "why is empty"),
    "an unknown key": (exchanged("number = 1\n", "number = 1\nhint = 3\n"), "key hint"),
    "unknown notes": (exchanged('notes = "A"', 'notes = "F"'), '"A" to "E"'),
    "an unknown kind": (exchanged('where = "text"', 'where = "image"'), "where is one"),
    "a strange place": (
        exchanged('shown = "§0.3"', 'shown = "section 0.3"'),
        'shown is "§3.7" or "chapter 9"',
    ),
    "an empty hint": (exchanged('knows = "PyTorch"', 'knows = ""'), "knows is empty"),
    "a question of its own": (
        exchanged("number = 1\n", 'number = 1\nask = "Is it?"\n'),
        "unknown key ask",
    ),
    "an unknown table": (
        exchanged("\n[[true]]\n", "\n[[truth]]\n"),
        "[[truth]] is none of",
    ),
    "a name twice": (exchanged('"gru-blend"', '"lstm-cell"'), "'lstm-cell' is there"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_bad_data_are_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    text, reason = SPOILED[name]
    path = tmp_path / "faults.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultsError, match=re.escape(reason)) as caught:
        load(path)
    assert str(caught.value).startswith("faults.toml: ")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultsError, match="No such file"):
        load(tmp_path / "faults.toml")


# --- the pages ------------------------------------------------------------------------

GAME = """# Game

## Early

```{fault-cards} 0-2
```

## Three

```{fault-cards} 3
```

## Late

```{fault-cards} 4-12
```

```{fault-score}
```
"""
TABLE = "# Table\n\n```{fault-table}\n```\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Built:
    source = tmp_path_factory.mktemp("game")
    (source / "faults.toml").write_text(TEXT, encoding="utf-8")
    (source / "game.md").write_text(GAME, encoding="utf-8")
    (source / "table.md").write_text(TABLE, encoding="utf-8")
    return build(source, ["game", "table"])


def cards_of(html: str) -> list[str]:
    return re.findall(r'<section class="fault-card".*?</section>', html, re.DOTALL)


def test_the_build_has_no_warning(site: Built) -> None:
    assert site.warnings == []


def test_the_page_has_each_card_once_in_the_order_of_play(site: Built) -> None:
    html = site.html("game")
    assert re.findall(r'data-key="([^"]*)"', html) == [card.key for card in CARDS]
    assert re.findall(r'<section class="fault-card" id="card-(\d+)"', html) == [
        str(n) for n in range(1, len(CARDS) + 1)
    ]
    assert len(cards_of(html)) == 45 + len(TRUE)


def test_every_card_works_without_a_script(site: Built) -> None:
    for card, html in zip(CARDS, cards_of(site.html("game")), strict=True):
        front, _, answer = html.partition('<details class="fault-answer">')
        assert "<summary>Answer</summary>" in answer and "</details>" in answer
        assert '<div class="fault-printed' in front
        assert '<div class="fault-ask' in front and f"Notes {card.notes}" in front
        verdict = "Right." if card.holds else "Wrong</strong> (fault"
        assert verdict in answer
        assert verdict not in front and f"fault {card.number}" not in front
        assert card.shown in answer
        assert f'data-holds="{str(card.holds).lower()}"' in front
        assert "<button" not in html  # the script adds them


def test_the_table_lists_all_faults_by_number(site: Built) -> None:
    body = site.html("table").partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    numbers = [re.search(r"<td><p>(\d+)</p>", row)[1] for row in rows[:45]]  # type: ignore[index]
    assert numbers == [str(n) for n in range(1, 46)]
    for row, card in zip(rows[45:], ALSO, strict=True):
        assert f"<p>{card.shown}</p>" in row


def test_the_books_page_deals_every_card_once() -> None:
    page = (ROOT / "book" / "faults.md").read_text(encoding="utf-8")
    dealt: list[str] = []
    for argument in re.findall(r"^```\{fault-cards\} (.*)$", page, re.MULTILINE):
        first, last = faults._range(argument)
        dealt += [card.key for card in CARDS if first <= card.chapter <= last]
    assert dealt == [card.key for card in CARDS]
    assert page.count("```{fault-score}") == 1
    sources = (ROOT / "book" / "sources.md").read_text(encoding="utf-8")
    assert sources.count("```{fault-table}") == 1


def test_a_spoiled_file_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "faults.toml").write_text(without("right"), encoding="utf-8")
    (tmp_path / "game.md").write_text(GAME, encoding="utf-8")
    with pytest.raises(FaultsError, match="no right"):
        build(tmp_path, ["game"])


def test_a_strange_range_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "faults.toml").write_text(TEXT, encoding="utf-8")
    page = "# Game\n\n```{fault-cards} early\n```\n"
    (tmp_path / "game.md").write_text(page, encoding="utf-8")
    with pytest.raises(FaultsError, match="3 or 0-2"):
        build(tmp_path, ["game"])


def test_the_data_file_is_toml_and_nothing_is_left_over() -> None:
    data = tomllib.loads(TEXT)
    assert set(data) == {"fault", "true", "also"}
    assert sum(map(len, data.values())) == len(EVERY)


# --- the script -----------------------------------------------------------------------


def test_the_script_and_the_style_name_what_the_page_has() -> None:
    script = (ROOT / "book" / "static" / "book.js").read_text(encoding="utf-8")
    style = (ROOT / "book" / "static" / "book.css").read_text(encoding="utf-8")
    for name in ("fault-card", "fault-answer", "fault-score"):
        assert f".{name}" in script and f".{name}" in style
    assert "localStorage" in script and "fetch(" not in script


def test_the_score_of_one_answer_to_everything_is_that_of_a_guess() -> None:
    script = (ROOT / "book" / "static" / "book.js").read_text(encoding="utf-8")
    (formula,) = re.findall(r"Math\.round\((.*)\);", script)
    assert formula == "50 * (wrong.hits / wrong.played + right.hits / right.played)"
