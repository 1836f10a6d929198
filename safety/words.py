"""Text as plain words, each with its place in what was typed, whatever it was disguised as."""

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Letters of other scripts that look like ours, and figures that stand for letters inside words.
LOOKS_LIKE = str.maketrans(
    "аеорсухкмтнвіјѕԁһӏɡαεικνορτυχѵßƅ" + "АЕОРСУХКМТНВІЈЅ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "’‘ʼ`´＇“”„–—‐‑−",
    "aeopcyxkmthbijsdhlgaeikvoptuxvsb" + "AEOPCYXKMTHBIJS" + "ABEZHIKMNOPTYX" + "''''''" + '"""' + "-----",
)
FIGURES = str.maketrans("013457@$!€", "oieastasie")
INVISIBLE = {"Cf", "Mn", "Me", "Cc"}
# A word, or the end of a sentence.
TOKEN = re.compile(r"([$@]?[^\W_]+(?:(?:['@$!€]|\*{1,3})[^\W_]+)*)|[.!?…](?=[\s\"')]|$)|\n")
PLAIN_TOKEN = re.compile(  # the same for plain ASCII, faster
    r"([a-z0-9]+(?:(?:['@$!]|\*{1,3})[a-z0-9]+)*|[$@][a-z0-9]+(?:(?:['@$!]|\*{1,3})[a-z0-9]+)*)|[.!?](?=[\s\"')]|$)|\n"
)
DRAWN_OUT = re.compile(r"([a-z])\1{2,}")  # waaant
TRIPLES = tuple(letter * 3 for letter in "abcdefghijklmnopqrstuvwxyz")
LETTERS_APART = 4  # from so many single letters in a row on they are a word
LONGEST_SENTENCE = 30  # words; longer ones are cut


@dataclass(slots=True)
class Reading:
    """A text ready to be read. `flat` and `lower` are the text without disguise, the latter in small letters."""

    flat: str
    lower: str
    places: list[int] | None  # where each letter of `flat` stands in the text as typed; None: in the same place
    words: list[str]
    starts: list[int]  # in `flat`
    ends: list[int]
    sentences: list[int]  # numbers of the words that begin one

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of `flat` stands in the text as it was typed."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def read(text: str) -> Reading:
    """The words of a text in order: small letters without accents, apostrophes and disguise.

    "su1cide", "s.u.i.c.i.d.e", "ѕuісide" and "sui\u200bcide" are all "suicide"; "can't" is "cant".
    """
    flat, places = (text, None) if text.isascii() else _flattened(text)
    lower = flat.lower()
    if len(lower) != len(flat):
        lower = "".join(small if len(small := letter.lower()) == 1 else letter for letter in flat)
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    breaks = [0]
    drawn_out = [triple for triple in TRIPLES if triple in lower]
    for match in (PLAIN_TOKEN if lower.isascii() else TOKEN).finditer(lower):
        word = match[1]
        if word is None:
            breaks.append(len(words))
            continue
        if not word.isalpha():
            word = _undisguised(word)
        if drawn_out and any(triple in word for triple in drawn_out):
            word = DRAWN_OUT.sub(r"\1", word)
        words.append(word)
        start, end = match.span()
        starts.append(start)
        ends.append(end)
    reading = Reading(flat, lower, places, words, starts, ends, breaks)
    if b"1" * LETTERS_APART in b"".join([b"1" if len(word) == 1 else b"2" for word in words]):
        _join_letters(reading)
    reading.sentences = _sentences(reading.sentences, len(reading.words))
    return reading


def _undisguised(word: str) -> str:
    plain = word.replace("'", "")
    if not plain.isalpha() and any(map(str.isalpha, plain)) and (len(plain) > 2 or "*" in plain):
        return plain.translate(FIGURES)
    return plain


def _flattened(text: str) -> tuple[str, list[int] | None]:
    """The text in plain letters, and for each of them where it stands in the original (None: all in their places)."""
    for letter, plain in SAME_LENGTH:
        text = text.replace(letter, plain)
    if text.isascii():
        return text, None
    letters, places = [], []
    for place, letter in enumerate(text):
        shown = letter if letter < "\x80" else _shown(letter)
        letters.append(shown)
        places += [place] * len(shown)
    return "".join(letters), places


SAME_LENGTH = tuple(zip("’‘“”–—…£\xa0", "''\"\"--.$ ", strict=True))


@lru_cache(maxsize=4096)
def _shown(letter: str) -> str:
    """What a letter looks like, in plain letters; nothing for a letter that cannot be seen."""
    plain = unicodedata.normalize("NFKD", letter.translate(LOOKS_LIKE)).translate(LOOKS_LIKE)
    return "".join(one for one in plain if unicodedata.category(one) not in INVISIBLE)


def _sentences(breaks: list[int], count: int) -> list[int]:
    """The beginnings of sentences, long ones cut into equal parts."""
    beginnings = []
    for start, end in itertools.pairwise([*breaks, count]):
        if end > start:
            parts = -(-(end - start) // LONGEST_SENTENCE)
            beginnings += [start + (end - start) * part // parts for part in range(parts)]
    return beginnings


def _join_letters(reading: Reading) -> None:
    """Put words together that were written letter by letter."""
    words, starts, ends = reading.words, reading.starts, reading.ends
    groups: list[list[int]] = []
    run: list[int] = []
    for number, word in enumerate([*words, ""]):
        is_letter = len(word) == 1 and word.isalpha()
        if is_letter and (not run or starts[number] - ends[run[-1]] <= 3):
            run.append(number)
            continue
        groups += _split_letters(reading, run) if len(run) >= LETTERS_APART else [[one] for one in run]
        run = [number] if is_letter else []
        if word and not is_letter:
            groups.append([number])
    new = {group[0]: number for number, group in enumerate(groups)}
    breaks = sorted({new[one] for one in reading.sentences if one in new})
    reading.words = ["".join(words[one] for one in group) for group in groups]
    reading.starts = [starts[group[0]] for group in groups]
    reading.ends = [ends[group[-1]] for group in groups]
    reading.sentences = breaks if breaks[:1] == [0] else [0, *breaks]


def _split_letters(reading: Reading, run: list[int]) -> list[list[int]]:
    """Letters apart, cut where the gap between two is wider than the others."""
    gaps = [reading.starts[after] - reading.ends[before] for before, after in itertools.pairwise(run)]
    groups, narrow = [[run[0]]], min(gaps)
    for number, gap in zip(run[1:], gaps, strict=True):
        if gap > narrow:
            groups.append([])
        groups[-1].append(number)
    return groups
