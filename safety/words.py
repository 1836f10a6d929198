"""Text as a list of plain words, each with its place in what was typed, whatever it was disguised as."""

import itertools
import re
import unicodedata
from dataclasses import dataclass

# Letters of other scripts that look like ours, and figures that stand for letters inside words.
LOOKS_LIKE = str.maketrans(
    "аеорсухкмтнвіјѕԁһӏɡαεικνορτυχѵßƅ" + "АЕОРСУХКМТНВІЈЅ",
    "aeopcyxkmthbijsdhlgaeikvoptuxvsb" + "aeopcyxkmthbijs",
)
FIGURES = str.maketrans("013457@$!€", "oieastasie")
APOSTROPHES = "'’‘ʼ`´＇"
INVISIBLE = {"Cf", "Mn", "Me", "Cc"}
WORD = re.compile(r"[$@]?[^\W_]+(?:[*@$!€][^\W_]+)*")
DRAWN_OUT = re.compile(r"([a-z])\1{2,}")  # waaant
LETTERS_APART = 4  # from so many single letters in a row on they are a word


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start: int  # in the text as it was typed
    end: int


def words_of(text: str) -> list[Word]:
    """The words in order: small letters without accents, apostrophes and disguise.

    "su1cide", "s.u.i.c.i.d.e", "ѕuісide" and "sui\u200bcide" are all "suicide"; "can't" is "cant".
    """
    plain, places = _plain(text)
    words = []
    for match in WORD.finditer(plain):
        word = match[0]
        if any(letter.isalpha() for letter in word) and not word.isalpha():
            word = word.translate(FIGURES) if len(word) > 2 or "*" in word else word
        word = DRAWN_OUT.sub(r"\1", word)
        words.append(Word(word, places[match.start()], places[match.end() - 1] + 1))
    return _joined(words)


def _plain(text: str) -> tuple[str, list[int]]:
    """The text in small plain letters, and for each of them where it stands in the original."""
    letters, places = [], []
    for place, letter in enumerate(text):
        if letter.isascii():
            shown: str = "" if letter in APOSTROPHES else letter.lower()
        else:
            shown = "".join(filter(_is_seen, unicodedata.normalize("NFKD", letter).lower().translate(LOOKS_LIKE)))
        letters.append(shown)
        places += [place] * len(shown)
    return "".join(letters), places


def _is_seen(letter: str) -> bool:
    return letter not in APOSTROPHES and unicodedata.category(letter) not in INVISIBLE


def _joined(words: list[Word]) -> list[Word]:
    """The words, with those that were written letter by letter put together."""
    found: list[Word] = []
    run: list[Word] = []
    for word in [*words, Word("", 0, 0)]:
        if len(word.text) == 1 and word.text.isalpha() and (not run or word.start - run[-1].end <= 3):
            run.append(word)
            continue
        if len(run) >= LETTERS_APART:
            found += _split_letters(run)
        else:
            found += run
        run = []
        if word.text:
            found.append(word)
    return found


def _split_letters(run: list[Word]) -> list[Word]:
    """Letters apart, cut where the gap between two is wider than the others."""
    narrow = min(after.start - before.end for before, after in itertools.pairwise(run))
    groups = [[run[0]]]
    for before, after in itertools.pairwise(run):
        if after.start - before.end > narrow:
            groups.append([])
        groups[-1].append(after)
    return [Word("".join(one.text for one in group), group[0].start, group[-1].end) for group in groups]
