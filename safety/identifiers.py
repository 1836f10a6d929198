"""What may tell who somebody is: names, addresses, numbers, dates, profiles (DOMAIN: soft warning before posting)."""

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from safety.findings import Finding
from safety.known import CRISIS_LINES, FIRST_NAMES, NOT_NAMES, NOT_SURNAMES, RELATIVES, ROLES, STREETS, TITLES
from safety.words import Reading

VERSION = 1
LABELS = {
    "name": "name",
    "address": "address",
    "postcode": "postcode",
    "date": "date",
    "age": "age",
    "phone": "phone number",
    "email": "e-mail address",
    "national_id": "national identity number",
    "record_number": "health record number",
    "insurance": "insurance number",
    "card": "card number",
    "licence": "licence number",
    "plate": "vehicle registration",
    "device": "device number",
    "profile_link": "personal link",
    "ip": "internet address",
    "other_code": "personal number",
}
HARMFUL = frozenset({"card", "national_id"})

type Found = tuple[str, int, int]  # kind and place in the plain text


def find(reading: Reading) -> list[Finding]:
    """The identifiers of a text, none inside another."""
    starts: list[int] = []  # of what was found so far, in order, and where each ends
    ends: list[int] = []
    findings = []
    for kind, start, finish in _all(Text(reading)):
        place = bisect_left(starts, start)
        end = min(finish, starts[place]) if place < len(starts) and starts[place] > start else finish
        if end < finish:
            end = start + len(reading.flat[start:end].rstrip(" ,.("))
        is_free = place == len(starts) or starts[place] >= end
        if end > start and is_free and (not place or ends[place - 1] <= start):
            starts.insert(place, start)
            ends.insert(place, end)
            findings.append(Finding(kind, f"identifier-{kind}", *reading.place(start, end)))
    return findings


def mask(text: str, findings: Iterable[Finding]) -> str:
    """The text with "[phone number]" or the like in place of each identifier."""
    before = len(text) + 1
    for one in sorted(findings, key=lambda one: (one.start, one.end), reverse=True):
        if one.end <= before and one.kind in LABELS:
            text = f"{text[: one.start]}[{LABELS[one.kind]}]{text[one.end :]}"
            before = one.start
    return text


class Text:
    """A text with what several kinds of identifier look at."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.flat, self.lower = reading, reading.flat, reading.lower
        self.words = frozenset(reading.words)
        self.windows = _windows(self.lower)
        self.has_digit = bool(self.windows)
        self.long_windows = [one for one in self.windows if len(DIGIT.findall(self.lower, *one)) >= LONG]
        self.digits = self.lower
        if self.has_digit and LETTERS_FOR_FIGURES.search(self.lower):
            self.digits = LETTERS_FOR_FIGURES.sub(lambda match: match[0].translate(FIGURES), self.lower)

    def near_figures(self, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
        """The places of a pattern that holds figures; nothing else is looked at."""
        for start, end in self.windows:
            yield from pattern.finditer(text, start, end)

    def near_many_figures(self, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
        """The same for a pattern that holds at least six."""
        for start, end in self.long_windows:
            yield from pattern.finditer(text, start, end)

    def before(self, place: int, length: int = 40) -> str:
        return self.lower[max(0, place - length) : place]

    def after(self, place: int, length: int = 20) -> str:
        return self.lower[place : place + length]


DIGIT = re.compile(r"\d")
FIGURES_IN_A_ROW = re.compile(r"\d+")
LONG = 6  # figures that the shortest number of somebody has
AROUND = 16  # letters beside figures that may belong to them


def _windows(text: str) -> list[tuple[int, int]]:
    """The parts of a text with figures in them, and a little around."""
    windows: list[tuple[int, int]] = []
    for match in FIGURES_IN_A_ROW.finditer(text):
        start, end = max(0, match.start() - AROUND), match.end() + AROUND
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


# "O77OO 9OO 648": a group with letters that look like figures, at least one figure in it.
LETTERS_FOR_FIGURES = re.compile(r"(?<![a-z0-9])(?=[oil]*\d)[0-9oil]*[oil][0-9oil]*(?![a-z0-9])")
FIGURES = str.maketrans("oil", "011")


def _all(text: Text) -> Iterator[Found]:
    """Everything found, the surest kinds first."""
    if "@" in text.lower or "(at)" in text.lower or "[at]" in text.lower or "at" in text.words:
        yield from _emails(text)
    if "." in text.lower or "/" in text.lower or "@" in text.lower or "#" in text.lower or SOCIAL & text.words:
        yield from _profiles(text)
    if text.has_digit:
        if "." in text.lower or ":" in text.lower:
            yield from _internet_addresses(text)
        yield from _postcodes(text)
        yield from _addresses(text)
        yield from _dates(text)
        yield from _coded(text)
        yield from _numbers(text)
        yield from _plates(text)
        for match in text.near_many_figures(LONG_CODE, text.flat):
            yield "other_code", match.start(), match.end()
    elif (STREETS | PLACES) & text.words:
        yield from _addresses(text)
    yield from _spelt_out(text)
    yield from _ages(text)
    yield from _names(text)


# E-mail addresses

EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
HIDDEN_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?(?:\(at\)|\[at\]|\{at\}|<at>| at |@) ?[\w-]+"
    r"(?: ?(?:\(dot\)|\[dot\]|\{dot\}| dot |\.) ?[a-z]{2,10})+"
)
PROVIDERS = r"gmail|googlemail|hotmail|yahoo|outlook|icloud|protonmail|proton|aol|btinternet|live|ymail|gmx|rediffmail"
PROVIDER_NAMES = frozenset(PROVIDERS.split("|"))
AT_PROVIDER = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}} ?(?:@|\(at\)|\[at\]| at ) ?(?:{PROVIDERS})\b(?: ?(?:\.| dot ) ?[a-z]{{2,3}}\b)*"
)
PUBLIC_ADDRESSES = ("jo@samaritans.org", "pat@papyrus-uk.org", "email@samaritans.org")


EMAIL_SIGN = re.compile(r"[(\[{<]at[)\]}>]| dot | @ ")


def _around(pattern: re.Pattern[str], sign: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The places of a pattern near signs of it; nothing else is looked at."""
    done = 0
    for match in sign.finditer(text):
        if match.start() >= done:
            done = match.end() + 60
            yield from pattern.finditer(text, max(0, match.start() - 60), done)


def _emails(text: Text) -> Iterator[Found]:
    for match in EMAIL.finditer(text.lower) if "@" in text.lower else ():
        if match[0] not in PUBLIC_ADDRESSES:
            yield "email", match.start(), match.end()
    if "dot" in text.words or "(at)" in text.lower or "[at]" in text.lower or " @ " in text.lower:
        for match in _around(HIDDEN_EMAIL, EMAIL_SIGN, text.lower):
            if "dot" in match[0] or "(" in match[0] or "[" in match[0] or "@" in match[0]:
                yield "email", match.start(), match.end()
    for match in AT_PROVIDER.finditer(text.lower) if PROVIDER_NAMES & text.words else ():
        name = re.split(r"[ @(\[]", match[0])[0]
        if "@" in match[0] or "dot" in match[0] or "(" in match[0] or DIGIT.search(name) or re.search("[._]", name):
            yield "email", match.start(), match.end()


# Profiles and personal pages

SOCIAL = frozenset(
    [
        "insta",
        "instagram",
        "ig",
        "tiktok",
        "twitter",
        "tweet",
        "snap",
        "snapchat",
        "discord",
        "telegram",
        "tg",
        "kik",
        "wickr",
        "facebook",
        "fb",
        "linkedin",
        "reddit",
        "whatsapp",
        "threads",
        "bluesky",
        "mastodon",
        "tumblr",
        "youtube",
        "skype",
        "signal",
        "handle",
        "username",
        "profile",
        "dm",
    ]
)
PROFILE = re.compile(
    r"(?:https?://)?(?:www\.|m\.|[a-z]{2}\.)?(?:facebook\.com|fb\.com|fb\.me|instagram\.com|twitter\.com|x\.com"
    r"|tiktok\.com|linkedin\.com/in|linkedin\.com/pub|snapchat\.com|threads\.net|youtube\.com/(?:@|c/|user/|channel/)"
    r"|reddit\.com/u(?:ser)?|t\.me|wa\.me|discord\.gg|bsky\.app/profile|pinterest\.[a-z.]+|vk\.com|onlyfans\.com"
    r"|patreon\.com|linktr\.ee|justgiving\.com|gofundme\.com|caringbridge\.org|strava\.com/athletes|medium\.com/@"
    r"|ko-fi\.com|paypal\.me|github\.com)/?[^\s<>\"),]+"
)
HOSTS = (
    "facebook", "fb.", "instagram", "twitter", "x.com", "tiktok", "linkedin", "snapchat", "threads", "youtube",
    "reddit",
    "t.me", "wa.me", "discord", "bsky", "pinterest", "vk.com", "onlyfans", "patreon", "linktr", "justgiving",
    "gofundme",
    "caringbridge", "strava", "medium.com", "ko-fi", "paypal", "github",
)  # fmt: skip
PUBLIC_HOSTS = re.compile(r"nhs\.uk|\.gov|who\.int|nice\.org|cdc|\.edu|\.ac\.uk|wikipedia|cochrane")
PUBLIC_PAGES = re.compile(r"/(?:groups|events|hashtag|watch|share|explore|nhs|who|cdcgov)\b")
HANDLE = re.compile(r"(?<![\w.@/])@[a-z_][\w.]*\w")
NAMED_HANDLE = re.compile(
    r"\b(?:insta(?:gram)?|ig|snap(?:chat)?|tiktok|twitter|discord|telegram|tg|kik|wickr|skype|reddit|fb|facebook"
    r"|username|handle|gamertag|user ?name)\b(?:'s)?(?: (?:is|name|handle|id|me|at|as|on|under|user|username|account))"
    r"{0,3} ?[:=-]? ?@?(?P<handle>[a-z][\w.]*(?:[_\d.][\w.]*)+\w|[a-z]+\d\w*)"
)
DISCORD = re.compile(r"(?<![\w#])[a-z_][\w.]{1,31}#\d{4}\b")
USER = re.compile(r"(?<![\w/])/?u/[\w-]{3,}")
LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]+|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|co\.uk|me|blog|io)/[^\s<>\"]+"
)
PATHS = (".com/", ".org/", ".net/", ".uk/", ".me/", ".blog/", ".io/")
PERSONAL_PATH = re.compile(
    r"/~|/u/|/user|/me(?:/|\b)|about-me|family|diary|blog|journey|my-|-my|story|our-|/profile|album|memorial|obituar|wedding"
    r"|drive\.|dropbox|icloud|photos?\.|flickr|imgur|wordpress|tumblr|-and-|/p/|wixsite|weebly|livejournal|substack"
)
PERSONAL_WORDS = re.compile(
    r"\b(?:my|her|his|personal) (?:\w+ ){0,2}(?:blog|site|website|page|profile|channel|diary|photos?|pics?|album|vlog"
    r"|story|video|folder|account|fundraiser|x-?rays?|scans?|results)\b|\bwritten up\b|\bfind me\b|\bfollow me\b"
    r"|\bphotos? of\b|\bpictures? of\b"
)


def _profiles(text: Text) -> Iterator[Found]:
    for match in PROFILE.finditer(text.lower) if any(host in text.lower for host in HOSTS) else ():
        if not PUBLIC_PAGES.search(match[0]):
            yield "profile_link", match.start(), _link_end(match)
    if "u/" in text.lower:
        for match in USER.finditer(text.lower):
            yield "profile_link", match.start(), match.end()
    if "#" in text.lower:
        for match in DISCORD.finditer(text.lower):
            yield "profile_link", match.start(), match.end()
    if "@" in text.lower:
        for match in HANDLE.finditer(text.lower):
            if (
                re.search(r"[_\d.]", match[0])
                or SOCIAL & text.words
                or re.search(r"\b(?:follow|find me|add me|message me)\b", text.before(match.start()))
            ):
                yield "profile_link", match.start(), match.end()
    if SOCIAL & text.words:
        for match in NAMED_HANDLE.finditer(text.lower):
            yield "profile_link", match.start("handle"), match.end("handle")
    if "://" in text.lower or "www." in text.lower or any(end in text.lower for end in PATHS):
        for match in LINK.finditer(text.lower):
            if not PUBLIC_HOSTS.search(match[0]) and (
                PERSONAL_PATH.search(match[0]) or PERSONAL_WORDS.search(text.before(match.start(), 60))
            ):
                yield "profile_link", match.start(), _link_end(match)


def _link_end(match: re.Match[str]) -> int:
    return match.start() + len(match[0].rstrip(".,;:!?)]'"))


# Addresses on the internet

IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
IP6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){1,7}:?(?:[0-9a-f]{0,4}:?){0,7}[0-9a-f]{1,4}(?![\w:])")
MAC = re.compile(r"(?<![\w:])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:])")
NOT_IP = re.compile(r"(?:version|firmware|section|software|app|build|release|rev|chapter|v|doi|clause)[\s:.]*$")


def _internet_addresses(text: Text) -> Iterator[Found]:
    for match in text.near_figures(MAC, text.lower):
        yield "device", match.start(), match.end()
    for match in text.near_figures(IP, text.lower):
        octets = [int(part) for part in match[0].split(".")]
        about = re.search(r"\b(?:ip|address|client|server|blocked|banned|login|logged|network|router)\b", text.lower)
        if max(octets) < 256 and not NOT_IP.search(text.before(match.start())) and (about or max(octets) > 99):
            yield "ip", match.start(), match.end()
    if "::" in text.lower or text.lower.count(":") >= 7:
        for match in IP6.finditer(text.lower):
            if "::" in match[0] or match[0].count(":") == 7:
                yield "ip", match.start(), match.end()


# Postcodes

GB_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)( ?)(\d[abd-hjlnp-uw-z]{2})\b")
BODY_OR_VITAMIN = re.compile(r"(?:b(?:1|2|3|5|6|7|9|12)|[cls]\d|[lct]1[0-2]|t\d|d[23]|k[12]|e\d|n9|a1)$")
LONDON = re.compile(r"(?:ec|n|nw|e|se|sw|w|wc)\d")  # where the first half may end with a letter
UNIT = frozenset(["hr", "st", "nd", "rd", "th", "ft", "lb", "yr", "as", "at", "pt", "ds"])
CA_POSTCODE = re.compile(r"\b[abceghj-nprstvxy]\d[abceghj-nprstv-z][ -]?\d[abceghj-nprstv-z]\d\b")
US_ZIP = re.compile(r"\b(?:zip|zipcode|zip code|postal code)(?: ?code)?(?: is| of|:|,| -|#)? ?(\d{5}(?:-\d{4})?)\b")
ZIP_AND_FOUR = re.compile(r"(?<![\d-])\d{5}-\d{4}(?![\d-])")
US_STATE = re.compile(
    r"\b(?:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]"
    r"|W[AVIY]),? (\d{5}(?:-\d{4})?)\b"
)
AU_POSTCODE = re.compile(r"\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT|Victoria|Queensland|Tasmania),? (\d{4})\b")
OTHER_POSTCODE = re.compile(
    r"\b(?:post ?code|postal code|pin ?code|pincode|pin|plz|cap|code postal|eircode|postcode)\b"
    r"(?: (?:is|of|no|number))?[ :.=-]{0,3}([a-z]?\d[a-z0-9]{1,2} ?[a-z0-9]{3,4}|\d{3} ?\d{3}|\d{4,5}(?: ?[a-z]{2})?)\b"
)
EIRCODE = re.compile(r"\b[ACDEFHKNPRTVWXY]\d[\dW] ?(?=[A-Z\d]*[A-Z])(?=[A-Z\d]*\d)[ACDEFHKNPRTVWXY\d]{4}\b")
DUTCH_POSTCODE = re.compile(r"\b[1-9]\d{3} ?[A-Z]{2}\b(?=[ ,]+[A-Z][a-z]+)")


def _postcodes(text: Text) -> Iterator[Found]:
    for match in text.near_figures(GB_POSTCODE, text.lower):
        typed = text.flat[match.start() : match.end()]
        inward = match[3][1:]
        if typed.islower() and (inward in UNIT or not match[2]) and (inward in UNIT or len(typed) < 6):
            continue
        if BODY_OR_VITAMIN.match(match[1]) and not PLACE_BEFORE.search(text.before(match.start())):
            continue
        if not typed.isupper() and not typed.islower():
            continue
        if match[1][-1].isalpha() and not LONDON.match(match[1]):
            continue
        yield "postcode", match.start(), match.end()
    for match in text.near_figures(CA_POSTCODE, text.lower):
        yield "postcode", match.start(), match.end()
    if "zip" in text.lower or "postal" in text.lower:
        for match in US_ZIP.finditer(text.lower):
            yield "postcode", match.start(1), match.end(1)
    for pattern in (US_STATE, AU_POSTCODE):
        for match in text.near_figures(pattern, text.flat):
            yield "postcode", match.start(1), match.end(1)
    for match in OTHER_POSTCODE.finditer(text.lower):
        if DIGIT.search(match[1]):
            yield "postcode", match.start(1), match.end(1)
    for match in text.near_many_figures(ZIP_AND_FOUR, text.lower):
        yield "postcode", match.start(), match.end()
    for pattern in (EIRCODE, DUTCH_POSTCODE):
        for match in text.near_figures(pattern, text.flat):
            yield "postcode", match.start(), match.end()


PLACE_BEFORE = re.compile(
    r"\b(?:post ?code|live|living|near|in|at|to|from|around|address|area|of|by)\b[^.\n]{0,25}$|, *$"
)

# Street addresses

CERTAIN_STREETS = frozenset(
    [
        "street",
        "road",
        "avenue",
        "ave",
        "lane",
        "terrace",
        "crescent",
        "boulevard",
        "blvd",
        "rd",
        "strasse",
        "straße",
        "nagar",
        "gardens",
        "mews",
    ]
)
NO_STREET_NAME = frozenset(
    [
        "minute",
        "minutes",
        "min",
        "mins",
        "hour",
        "hours",
        "hr",
        "hrs",
        "day",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "year",
        "years",
        "mile",
        "miles",
        "km",
        "the",
        "a",
        "of",
        "on",
        "in",
        "down",
        "up",
        "across",
        "my",
        "your",
        "this",
        "that",
        "and",
        "or",
        "times",
        "x",
        "mg",
        "ml",
        "tablets",
        "people",
        "other",
        "more",
        "per",
        "to",
        "from",
        "at",
        "off",
        "for",
        "with",
        "block",
        "blocks",
        "metres",
        "meters",
        "yards",
        "yard",
        "steps",
        "lane",
        "way",
        "is",
        "was",
        "percent",
        "degree",
        "degrees",
    ]
)
FLAT = re.compile(
    r"\b(?:flat|apt\.?|apartment|unit) \d{1,4}[a-z]?\b,? (?:\d+[a-z]? )?(?:[A-Z][\w']+,? ?){1,4}", re.IGNORECASE
)
HOUSE_AND_STREET = re.compile(
    r"\b(?:[A-Z][\w']+ ){1,3}(?:Cottage|House|Farm|Lodge|Villa|Court|Cottages),? (?:[A-Z][\w']+ ){1,3}"
    r"(?:Lane|Road|Street|Close|Avenue|Drive|Way|Hill|Green|Row|Terrace)\b"
)
LIVES_ON = re.compile(
    r"\b(?:live|lives|living|stay|stays|address is|moved) (?:at|on|in|to|is)? ?"
    r"((?:the )?(?:[A-Z][\w']+ ){1,3}(?:Street|Road|Lane|Avenue|Close|Drive|Crescent|Terrace|Court|Way|Gardens|Place"
    r"|Cottage|House|Farm|Lodge|Villa|Mews|Grove|Nagar))\b"
)
ABROAD = re.compile(
    r"\b[A-Z][a-z]+(?:stra(?:ss|ß|s)e|str\.|weg|platz|gasse|straat|laan|gatan|vej)\s\d+[a-z]?(?:, \d{4,5} [A-Z][a-z]+)?"
    r"|\b\d+(?: bis)?,? (?:rue|avenue|boulevard|via|calle|rua|ulica"
    r"|ul\.) (?:[a-z]{1,3} ){0,2}[A-Z][a-z]+(?: [A-Z][a-z]+)*"
)
INSTITUTION = re.compile(
    r"\b(?:St\.? )?(?:[A-Z][a-z']+ ){1,3}(?:Primary|Secondary|Academy|High School|Primary School|School"
    r"|Community College|Surgery|Care Home"
    r"|Nursing Home|Medical Centre|Health Centre|Medical Practice|Ward)\b(?:,? (?:in )?[A-Z][a-z]+)?"
)
HOUSES = frozenset({"cottage", "cottages", "house", "farm", "lodge", "villa", "court"})
LIVING = frozenset({"live", "lives", "living", "stay", "stays", "address", "moved"})
PO_BOX = re.compile(r"\bp\.?o\.? box \d+\b")
INDIAN = re.compile(r"\b(?:h\.? ?no\.?|house no\.?|door no\.?|plot no\.?|d\.no\.?)[ :]*[\w/-]+(?:,[ \w.]+){0,3}")


def _addresses(text: Text) -> Iterator[Found]:
    flat, lower = text.flat, text.lower
    if "flat" in text.words or "apt" in text.words or "apartment" in text.words or "unit" in text.words:
        for match in FLAT.finditer(flat):
            if any(
                word[:1].isupper() and word.lower() not in {"flat", "apt", "apartment", "unit"}
                for word in match[0].split()
            ):
                yield "address", match.start(), _street_end(text, match.start(), match.end())
    if "no" in text.words and ("h.no" in lower or "no." in lower):
        for match in INDIAN.finditer(lower):
            if DIGIT.search(match[0]):
                yield "address", match.start(), match.end()
    if "box" in text.words:
        for match in PO_BOX.finditer(lower):
            yield "address", match.start(), match.end()
    for match in _institutions(text) if not PLACES.isdisjoint(text.words) else ():
        if PLACE_OF.search(text.before(match.start(), 14)) and match[0].split()[0].lower() not in NOT_SURNAMES:
            yield "address", match.start(), match.end()
    for match in text.near_figures(ABROAD, flat):
        yield "address", match.start(), match.end()
    if not STREETS & text.words:
        return
    words, starts, ends = text.reading.words, text.reading.starts, text.reading.ends
    for number, word in enumerate(words):
        if word not in STREETS or number == 0:
            continue
        for first in range(number - 2, max(-1, number - 6), -1):
            between = words[first + 1 : number]
            if words[first][:1].isdigit() and ends[first] - starts[first] <= 6:
                named = all(flat[starts[one]].isupper() or words[one][0].isdigit() for one in range(first + 1, number))
                certain = word in CERTAIN_STREETS and not NO_STREET_NAME & set(between)
                if (named and flat[starts[number]].isupper()) or certain:
                    start = starts[first]
                    lead = re.search(r"(?:(?:flat|apt|unit|no|number)\.? ?\w{0,4},? )+$", text.before(start, 20))
                    start -= len(lead[0]) if lead else 0
                    yield "address", start, _street_end(text, start, ends[number])
                break
    for match in HOUSE_AND_STREET.finditer(flat) if HOUSES & text.words else ():
        yield "address", match.start(), match.end()
    for match in LIVES_ON.finditer(flat) if LIVING & text.words else ():
        yield "address", match.start(1), match.end(1)


def _institutions(text: Text) -> Iterator[re.Match[str]]:
    """Schools, surgeries and homes with a name."""
    starts, ends = text.reading.starts, text.reading.ends
    for number, word in enumerate(text.reading.words):
        if word in PLACES and text.flat[starts[number]].isupper():
            yield from INSTITUTION.finditer(text.flat, max(0, starts[number] - 40), ends[number] + 25)


PLACE_OF = re.compile(r"\b(?:at|to|in|from|near|on|attends?|bed \d+,)(?: the)? $")
PLACES = frozenset(
    ["primary", "secondary", "academy", "school", "college", "surgery", "home", "centre", "practice", "ward"]
)
TOWN = re.compile(r"(?:, ?(?:Apt|Flat|Unit|Suite|off)?\.? ?(?:[A-Z0-9][\w'-]*)(?: [A-Z][\w'-]*)*){1,2}")


def _street_end(text: Text, start: int, end: int) -> int:
    """Where an address ends that has a town or a flat after the street."""
    match = TOWN.match(text.flat, end)
    return match.end() if match and "\n" not in match[0] else end


# Dates tied to a person

MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?[ ./-]{{0,2}}(?:of )?(?:{MONTHS})[,. /-]{{0,2}}(?:\d{{4}}|'?\d{{2}})\b"
    rf"|(?:{MONTHS})[. ]{{1,2}}\d{{1,2}}(?:st|nd|rd|th)?[,. ]{{1,2}}(?:\d{{4}}|'\d{{2}}|\d{{2}}\b)"
    r"|\d{1,2} ?[/.-] ?\d{1,2} ?[/.-] ?(?:\d{4}|\d{2})\b|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}\b)"
)
LIFE = re.compile(
    r"\b(?:born|birth|birthday|birthdate|d\.?o\.?b|d\.?o\.?d|admitted|admission|died|death|dead|deceased|discharged"
    r"|discharge|passed|funeral|buried|cremated|operated|operation|surgery|surgeries|transplant|transplanted|diagnosed"
    r"|delivered|birthed|due date|edd|stillborn|sectioned|done|bday|b\.day|nacido|appointment|hospital|married|attended"
    r"|collapsed|crash|accident|lost|widowed|miscarried|miscarriage)\b[^.!?\n]{0,40}$"
)
LIFE_BEFORE = re.compile(
    r"\b(?:dob|d\.o\.b\.?|date of birth|born|birth|died|death|admitted|discharged)\b\W*(?:on|is|was|:)?\W*$"
)
LIFE_AFTER = re.compile(
    r"^[ ,)]*(?:\(?dob\b|was (?:born|admitted|discharged)|is (?:my|his|her|their) (?:birthday|dob|date of birth)"
    r"|birthday|i was born)"
)
NO_LIFE = re.compile(
    r"\b(?:guideline|leaflet|updated|published|dated|version|edition|article|study|since|trial|policy|review)\b[^.!?\n]{0,25}$"
)


def _dates(text: Text) -> Iterator[Found]:
    for match in text.near_figures(DATE, text.digits):
        before = text.before(match.start(), 60)
        if (
            LIFE_BEFORE.search(before)
            or LIFE_AFTER.match(text.after(match.end(), 40))
            or (LIFE.search(before) and not NO_LIFE.search(before))
        ):
            yield "date", match.start(), match.end()


# Numbers with the word for them before

CODE_WORDS: dict[str, str] = {}
for _kind, _words in {
    "record_number": "nhs mrn chi hosp hospital uhid ur urn chart patient record records lab specimen accession"
    " case crn nhc historia dossier zorgnummer"
    " pas ihi hn referral medical clinic emr ehr file",
    "insurance": "policy member membership insurance medicare medicaid bupa axa aetna cigna kaiser humana subscriber"
    " esic ehic ghic claim ohip dva vhi nhi versichertennummer krankenkasse laya insurer healthcard nhif group"
    " blue anthem unitedhealthcare vitality health"
    " medibank card",
    "licence": "gmc nmc gphc hcpc npi dea licence license ahpra dvla reg registration pin licenced licensed nmbi imc"
    " driving drivers driver council",
    "device": "serial s sn imei udi frame chassis device pacemaker pump implant",
    "plate": "plate numberplate vehicle reg registration rego",
    "national_id": "ssn nino national ni social aadhaar aadhar adhar pan sin pps ppsn tfn bsn dni nie cpr personnummer"
    " passport id identity pesel kimlik secu ic hkid nif personalausweis nin nric cnic cpf curp nif rsa nat",
    "other_code": "account acct sort iban booking ticket reference ref prescription order tracking crime"
    " confirmation kit erd uvci code certificate template"
    " employee student badge invoice appointment",
}.items():
    for _word in _words.split():
        CODE_WORDS.setdefault(_word, _kind)
CODED = re.compile(
    r"(?:[ .]?(?:s/n|insurance|security|record|records|card|health|serial|membership|policy|member|patient"
    r"|hospital|identity"
    r"|identification|licence|license|registration|reg|plate|ref|reference|account|case|file|group|claim|code|pin|ins"
    r"|chart|lab|n|s|hospital|device|driving|medical|lic|provider|voucher))*"
    r"[ .]*(?P<number>(?:numbers?|num|nos?|nr|id|#|n°)\b)?[ .:#=-]{0,4}(?:(?:is|was|are|here|reads|says|it's|its"
    r"|of)\b[ :]*)?"
    r"(?:\(|\"|')?(?P<code>(?=[a-z/.-]{0,8} ?\d)[a-z0-9](?:[a-z0-9/.-]|(?<=\d)[ ](?=[a-z]?\d)"
    r"|(?<=[a-z]{2})[ ](?=\d)|(?<=\d)[ ](?=[a-d]\b)|(?<=[a-z])[ ](?=\d{2,}))*[a-z0-9])"
)
NOT_A_CODE = re.compile(
    r"\d{1,4}(?:mg|ml|mcg|kg|g|cm|mm|st|nd|rd|th|am|pm|yrs?|years?|weeks?|days?|hrs?|mins?|x|%|k)?\b|\d{1,3}[./-]\d{1,4}$|(?:19|20)\d\d|\d\d?[:.]\d\d"
)
ICD = re.compile(r"[a-z]\d\d(?:\.\d{1,4})?$")
NO_HINT = re.compile(
    r"\b(?:code|icd|sku|lot|batch|doi|pmid|isbn|model|product|catalogue|catalog|barcode|item|trial)\b[ \w.:#]{0,12}$"
)
STRICT = frozenset(
    [
        "hospital",
        "patient",
        "record",
        "records",
        "lab",
        "medical",
        "clinic",
        "file",
        "group",
        "claim",
        "card",
        "health",
        "social",
        "id",
        "pan",
        "sin",
        "council",
        "national",
        "reg",
        "registration",
        "pin",
        "driver",
        "drivers",
        "device",
        "pump",
        "implant",
        "order",
        "ticket",
        "case",
        "account",
        "sort",
        "booking",
        "appointment",
        "student",
        "employee",
        "prescription",
        "ref",
        "reference",
        "vehicle",
        "s",
        "pacemaker",
        "blue",
        "specimen",
        "identity",
        "kaiser",
        "insurance",
        "member",
        "membership",
        "policy",
        "referral",
        "driving",
        "medicare",
        "bupa",
        "chart",
        "axa",
        "aetna",
        "cigna",
    ]
)


def _coded(text: Text) -> Iterator[Found]:
    hits = text.words & CODE_WORDS.keys()
    if not hits:
        return
    for number, word in enumerate(text.reading.words):
        if word not in hits:
            continue
        start = text.reading.ends[number]
        match = CODED.match(text.digits, start)
        if match is None or match.end() - start > 90:
            continue
        code = match["code"]
        figures = sum(map(str.isdigit, code))
        said = match["number"] is not None or ":" in match[0] or "#" in match[0]
        if (
            figures < 3
            or (word in STRICT and not said and figures < 6)
            or NOT_A_CODE.fullmatch(code)
            or ICD.match(code)
        ):
            continue
        if NO_HINT.search(text.before(match.start("code"), 24)) or DATE.fullmatch(code):
            continue
        kind = CODE_WORDS[word]
        plain = re.sub(r"[ -]", "", code)
        if 13 <= len(plain) <= 19 and plain.isdigit() and luhn(plain) and word != "imei":
            yield "card", match.start("code"), match.end("code")
            continue
        around = text.lower[text.reading.starts[number] : match.start("code")]
        kind = _kind_said(kind, around, text.before(text.reading.starts[number], 12))
        if kind == "plate" and figures > 5:
            continue
        yield kind, match.start("code"), match.end("code")


def _kind_said(kind: str, around: str, before: str) -> str:
    """The kind of a number whose words are "national insurance", "health insurance", "licence plate" and so on."""
    if "plate" in around or "vehicle" in before:
        return "plate"
    if "serial" in around:
        return "device"
    if around.startswith(("national ins", "ni ", "nat ins", "social sec", "social ins", "nat. ins")):
        return "national_id"
    if around.startswith(("medical reg", "medical lic", "medical council")):
        return "licence"
    return kind


# Numbers that tell themselves what they are

RUN = re.compile(r"(?<![\w.])(?:\+|\(|00)?\(?\d(?:[ .()/-]{0,3}\d)*(?![\w]*\d)")
PHONE_WORDS = re.compile(
    r"(?:[📞☎📱]|\b(?:call|calls|ring|rings|text|txt|txts|phone|phones|tel|telephone|mob|mobile|mobil|cell|whatsapp|watsapp|wa|fax"
    r"|number|num|no|dial|reach|contact|sms|landline|ph|hp|home|work|baba|bell|me on|me at)\b)[^\n]{0,30}$"
)
NOT_PHONE = re.compile(
    r"\b(?:batch|lot|sku|isbn|barcode|pmid|doi|model|serial|ref|reference|catalogue|catalog|item|trial|product"
    r"|nct|code|catalogue number|splint"
    r"|isrctn|platelets?|wbc|count|units?)\b[^.\n]{0,18}$"
)
FREE = re.compile(
    r"^(?:(?:44)?0?(?:800|808|300|345|344|333|116|111)|1?(?:800|888|877|866|855|844|833)|1[38]00|13\d{4}$)"
)
SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
NINO = re.compile(
    r"\b(?!ca|mg)[a-ceghj-tw-z][a-ceghj-npr-tw-z] ?-?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[a-d]\b"
    r"|\bqq ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b"
)
MEDICARE_US = re.compile(
    r"\b[1-9][ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d-?[ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d-?[ac-hj-km-np-rt-y]{2}\d{2}\b"
)
DRIVER_GB = re.compile(r"\b[a-z9]{5}\d{6}[a-z9]{2}\d[a-z]{2}\b")
FISCAL_IT = re.compile(r"\b[a-z]{6}\d{2}[a-z]\d{2}[a-z]\d{3}[a-z]\b")
DNI_ES = re.compile(r"\b(?:[xyz]\d{7}|\d{8})-?([a-z])\b")
PAN_IN = re.compile(r"\b[A-Z]{5}\d{4}[A-Z]\b")
PPS_IE = re.compile(r"\b\d{7}[A-W][A-IW]?\b")
IBAN = re.compile(r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?\b")
NRIC_SG = re.compile(r"\b[STFGM]\d{7}[A-Z]\b")
IC_MY = re.compile(r"(?<![\d-])\d{6}-\d{2}-\d{4}(?![\d-])")
NORDIC = re.compile(
    r"(?<![\d-])(?:19|20)?\d{2}[01]\d[0-3]\d[-+]\d{4}(?![\d-])|(?<![\d-])[0-3]\d[01]\d{3}[-+a]\d{3}[\da-y]\b"
)
NIR_FR = re.compile(r"\b[12] ?\d{2} ?[01]\d ?\d{2} ?\d{3} ?\d{3}(?: ?\d{2})?\b")
CNIC_PK = re.compile(r"\b\d{5}-\d{7}-\d\b")
CPF_BR = re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b")
LONG_CODE = re.compile(
    r"\b(?!NCT|ISRCTN|DOI|ICD)(?=(?:[A-Z-]{0,12}\d){5})(?=(?:[\d-]{0,20}[A-Z]){2})(?:[A-Z0-9]{2,}(?:-[A-Z0-9]+){1,4}|[A-Z0-9]{12,})\b"
)
SORT_CODE = re.compile(r"\b\d{2}-\d{2}-\d{2}\b(?=[^\n]{0,20}\b\d{8}\b)")


def _numbers(text: Text) -> Iterator[Found]:
    lower = text.digits
    for kind, pattern in SELF_TELLING:
        for match in text.near_many_figures(pattern, text.flat if pattern in CASED else lower):
            if pattern is DNI_ES and not _is_dni(match[0]):
                continue
            yield kind, match.start(), match.end()
    for match in text.near_many_figures(RUN, lower):
        start, end = match.span()
        run = match[0]
        figures = re.sub(r"\D", "", run)
        if len(figures) < 6 or DATE.fullmatch(run.strip("() ")):
            continue
        before = text.before(start, 45)
        if NOT_PHONE.search(before):
            continue
        if (said := _kind_of(run, figures, before)) is not None:
            yield said, start, end
            continue
        for part in re.finditer(PHONE_PART, run):  # several numbers in a row
            figures = re.sub(r"\D", "", part[0])
            if (said := _kind_of(part[0], figures, before)) is not None:
                yield said, start + part.start(), start + part.end()


PHONE_PART = r"(?:\+\d{1,3}[ -]?)?\(?0\d{2,4}\)?[ -]?\d{3,4}[ -]?\d{3,6}|\d{13,19}|\d{4}(?: \d{4}){3}"
SELF_TELLING: list[tuple[str, re.Pattern[str]]] = [
    ("national_id", SSN), ("national_id", NINO), ("insurance", MEDICARE_US), ("licence", DRIVER_GB),
    ("national_id", FISCAL_IT), ("national_id", DNI_ES), ("national_id", PAN_IN), ("other_code", IBAN),
    ("national_id", NRIC_SG), ("national_id", IC_MY), ("national_id", NORDIC), ("national_id", NIR_FR),
    ("national_id", CNIC_PK), ("national_id", CPF_BR),
    ("other_code", SORT_CODE),
]  # fmt: skip
CASED = {PAN_IN, NRIC_SG, LONG_CODE}


def _kind_of(run: str, figures: str, before: str) -> str | None:
    """What a run of figures is, by its length, its check digit, its grouping and the words before it."""
    count = len(figures)
    if figures in CRISIS_LINES or FREE.match(figures):
        return None
    if 13 <= count <= 19 and luhn(figures) and ((figures[0] in "3456" and count != 13) or CARD_WORDS.search(before)):
        if not IMEI.search(before):
            return "card"
        return "device"
    if count == 12 and verhoeff(figures) and not run.startswith("+"):
        return "national_id"
    plain = re.sub(r"[ -]", "", run)
    if (
        count == 10
        and plain.isdigit()
        and figures[0] != "0"
        and nhs(figures)
        and re.fullmatch(r"\d{10}|\d{3}[ -]\d{3}[ -]\d{4}", run)
    ):
        return "record_number"
    if _is_phone(run, figures, before):
        return "phone"
    return None


CARD_WORDS = re.compile(r"\b(?:card|visa|mastercard|amex|debit|credit|cvv|exp)\b[^\n]{0,30}$")
IMEI = re.compile(r"\b(?:imei|serial|device)\b")


def _is_phone(run: str, figures: str, before: str) -> bool:
    count = len(figures)
    said = PHONE_WORDS.search(before) is not None
    if run.startswith("+"):
        return 9 <= count <= 15
    if figures.startswith("00") and 11 <= count <= 15:
        return said or " " in run
    if figures.startswith("0") and count in (10, 11) and re.fullmatch(r"\(?0[\d ()./-]+", run):
        groups = re.findall(r"\d+", run)
        return said or (figures[1] != "0" and (len(groups) == 1 or max(map(len, groups)) >= 3 or len(groups) >= 8))
    if count == 10 and re.fullmatch(r"\(?[2-9]\d{2}\)?[ .-]{1,2}[2-9]\d{2}[ .-]\d{4}", run):
        return True
    if count == 11 and re.fullmatch(r"1[ .-]\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}", run):
        return True
    if count == 10 and re.fullmatch(r"[6-9]\d{4}[ -]?\d{5}", run):
        return said
    return said and 7 <= count <= 15 and "/" not in run and run.count(".") < 4 and not re.search(r"\d\.\d{1,2}\b", run)


FIGURES_SPELT = ("zero", "oh", "nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FIGURE_WORDS = {**dict.fromkeys(FIGURES_SPELT, 1), "double": 1, "triple": 2}
SPELT = 7  # figures in a row, in words


def _spelt_out(text: Text) -> Iterator[Found]:
    """Numbers in words: "oh seven seven double oh"."""
    words, starts, ends = text.reading.words, text.reading.starts, text.reading.ends
    if len(FIGURE_WORDS.keys() & text.words) < 2:
        return
    first, count = 0, 0
    for number, word in enumerate([*words, ""]):
        if word in FIGURE_WORDS and (not count or starts[number] - ends[number - 1] <= 3):
            first = number if not count else first
            count += FIGURE_WORDS[word]
            continue
        if count >= SPELT:
            before = text.before(starts[first], 40)
            kind = "card" if count >= 13 else "phone"
            if count <= 12 and (said := SAID_NUMBER.search(before)):
                kind = "record_number" if said[0] in ("nhs", "hospital") else "national_id"
            yield kind, starts[first], ends[number - 1]
        first, count = (number, FIGURE_WORDS[word]) if word in FIGURE_WORDS else (0, 0)


SAID_NUMBER = re.compile(r"\b(?:nhs|hospital|social|ssn|national|ni)\b")


def luhn(figures: str) -> bool:
    """Whether the last figure fits the others, as on payment cards."""
    total = 0
    for place, figure in enumerate(reversed(figures)):
        value = int(figure) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(figures)) > 1


def nhs(figures: str) -> bool:
    """Whether ten figures can be an NHS number (weights 10 to 2, modulo 11)."""
    check = 11 - sum(int(figure) * (10 - place) for place, figure in enumerate(figures[:9])) % 11
    return len(set(figures)) > 1 and check % 11 == int(figures[9]) and check != 10


MULTIPLY = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
PERMUTE = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def verhoeff(figures: str) -> bool:
    """Whether the last figure fits the others, as in an Aadhaar number."""
    check = 0
    for place, figure in enumerate(reversed(figures)):
        check = int(MULTIPLY[check][int(PERMUTE[place % 8][int(figure)])])
    return check == 0 and len(set(figures)) > 1


def _is_dni(typed: str) -> bool:
    plain = typed.replace("-", "")
    figures = plain[:-1].translate(str.maketrans("xyz", "012"))
    return "trwagmyfpdxbnjzsqvhlcke"[int(figures) % 23] == plain[-1]


# Vehicle plates

PLATE_WORDS = frozenset(
    [
        "plate",
        "plates",
        "reg",
        "registration",
        "numberplate",
        "car",
        "taxi",
        "cab",
        "van",
        "ambulance",
        "vehicle",
        "parked",
        "parking",
        "bus",
        "lorry",
        "truck",
        "bike",
        "motorbike",
        "driver",
        "badge",
        "rego",
        "minibus",
        "permit",
    ]
)
GB_PLATE = re.compile(r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b")
ANY_PLATE = re.compile(
    r"\b(?:[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]{1,2}\d{1,3} [A-Z]{3}|[A-Z]{3} ?\d{1,3}[A-Z]"
    r"|[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,2}[ -]?\d{4}"
    r"|[A-Z]{1,3}[ -]\d{3,4}|\d[A-Z]{3}\d{3}|[A-Z]{3}[ -]?\d{2,4}[A-Z]?|\d{3}[ -][A-Z]{3}|\d{2,3}-[A-Z]{1,2}-\d{1,6})\b"
)
SAID_PLATE = re.compile(
    r"\b(?:plate|plates|reg|registration|numberplate|rego|number plate)(?: (?:number|no|is"
    r"|was))?[ :#]{1,3}([a-z0-9]{2,4}[ -]?[a-z0-9]{2,4}(?:[ -]?[a-z0-9]{3,4})?)\b"
)


def _plates(text: Text) -> Iterator[Found]:
    for match in text.near_figures(GB_PLATE, text.flat):
        yield "plate", match.start(), match.end()
    if not PLATE_WORDS & text.words:
        return
    for match in text.near_figures(ANY_PLATE, text.flat):
        if PLATE_NEAR.search(text.before(match.start(), 45)) and not BODY_OR_VITAMIN.match(match[0].lower()):
            yield "plate", match.start(), match.end()
    for match in SAID_PLATE.finditer(text.lower):
        if DIGIT.search(match[1]) and not match[1].isdigit() and not re.search(r"mg|ml\b", match[1]):
            yield "plate", match.start(1), match.end(1)


PLATE_NEAR = re.compile(r"\b(?:" + "|".join(sorted(PLATE_WORDS)) + r")\b")

# Ages over 89

AGE_WORDS = (
    r"(?:ninety|a hundred|one hundred|hundred)(?:[ -](?:and[ -])?(?:one|two|three|four|five|six|seven|eight|nine))?"
)
OLD = rf"(?:9\d|1[01]\d|{AGE_WORDS})"
PERSON = (
    "i|he|she|they|mum|mom|mam|mother|dad|father|nan|nana|gran|granny|grandma|grandmother|grandad|granddad|grandpa"
    "|grandfather|aunt|auntie|aunty|great-aunt|uncle|husband|wife|neighbour|neighbor|patient|lady|man|woman|law|friend"
    "|pop|papa|nanny|gramps|who|resident|client|sister|brother|mil|fil|nonna|oma|opa|and"
)
AGES = (
    re.compile(rf"\b{OLD}(?:[ -]?(?:years?|yrs?)[ -]?old|[ -]?y/?o\b|[ -]?yrs?\b(?! (?:ago|later|since|of)))"),
    re.compile(rf"\b(?:aged?|age:|aged:|turned|turning|turns)(?: of)? ({OLD})\b(?![.%/]?\d|%| ?(?:mg|kg|per|/"
               rf"|minutes|mmhg|bpm))"),
    re.compile(rf"\b(?:{PERSON})(?:'s| is| was| are|'m| am|'re| were|,)(?: (?:now|only|nearly|almost|already|just"
               rf"|over))? ({OLD})\b(?![.%/]?\d|[%/]|[ -]?(?:mg|kg|kgs|lbs?|pounds|stone|st|cm|ml|per|percent"
               rf"|minutes|mins|bpm|beats|mmhg|days|weeks|months|hours|miles|degrees|calories|cal|and a half|mmol"
               rf"|sure|over|on|out|to))"),
    re.compile(rf"\b(?:lived to|lived until|lived till|died at|passed at|died aged|reach(?:ed|ing)"
               rf"|live to(?: be)?|made it to) ({OLD})\b(?![.%/]?\d|[%/]| ?(?:mg|kg|bpm))"),
    re.compile(rf"\b(?:hes|shes|im|mums|dads|nans|grans) ({OLD})\b(?![.%/]?\d|[%/]| ?(?:mg|kg|per|mins|miles|sure))"),
    re.compile(rf"(?:[a-z]), ({OLD}),"),
    re.compile(rf"\bat ({OLD}),? (?:i|he|she|my|mum|dad|nan|gran)\b"),
    re.compile(r"\b(9\d|1[01]\d) ?(?:[mf]|yof|yom|yo[mf]?)\b(?! ?\d)"),
)  # fmt: skip


def _ages(text: Text) -> Iterator[Found]:
    lower = text.lower
    places = [match.start() for match in text.near_figures(VERY_OLD, lower)]
    if "ninety" in lower or "hundred" in text.words:
        places += [match.start() for match in OLD_IN_WORDS.finditer(lower)]
    for pattern, place in itertools.product(AGES, places):
        for match in pattern.finditer(lower, max(0, place - 40), place + 40):
            group = match.lastindex or 0
            if match[group] in ("hundred", "a hundred", "one hundred") and "year" not in text.after(match.end(group)):
                continue
            yield "age", match.start(group), match.end(group)


VERY_OLD = re.compile(r"(?<![\d.,/])(?:9\d|1[01]\d)(?![\d.,/]*\d)")
OLD_IN_WORDS = re.compile(r"ninety|\bhundred\b")

# Names

CAPITAL = r"[A-Z][\w'’]*(?:-[A-Z]?[\w'’]+)*"
AFTER_TITLE = re.compile(
    rf"\.?[ \xa0]{{1,2}}({CAPITAL}(?: (?:(?:van|von|de|der|la|al|bin|el|O)[ -])*{CAPITAL}){{0,2}})"
)
MY_NAME = re.compile(
    r"\b(?:my name is|my name's|my names|name is|i am called|i'm called|named|name:|named:|patient name:?"
    r"|names? of|called)[ :]{1,3}"
)
NAME_AT = re.compile(rf"(?:(?:dr|mr|mrs|ms|miss)\.? )?({CAPITAL}(?: {CAPITAL}){{0,3}})")
ANY_NAME_AT = re.compile(r"([a-z][\w'-]+(?: [a-z][\w'-]+)?)")
I_AM = re.compile(rf"(?: is)? ({CAPITAL}(?: {CAPITAL}){{1,2}})")
I_WORDS = frozenset({"im", "am", "this", "its"})
SIGNED = re.compile(rf"[ ,.:!\n-]{{1,4}}({CAPITAL}(?: {CAPITAL}){{0,2}})(?=[ .!]*(?:$|\n|x+\b|\())")
SIGNING = frozenset(
    [
        "thanks",
        "thank",
        "you",
        "regards",
        "wishes",
        "sincerely",
        "faithfully",
        "cheers",
        "love",
        "from",
        "truly",
        "signed",
        "yours",
    ]
)
BORN = re.compile(rf"\b({CAPITAL} {CAPITAL}(?: {CAPITAL})?),? ?(?:\(|- ?)?(?:DOB|dob|D\.O\.B|d\.o\.b|born|NHS)")
RELATIVE = re.compile(rf"[ ,]{{1,2}}(?:(?:is )?(?:called|named) )?({CAPITAL}(?: {CAPITAL}){{0,2}})")


def _names(text: Text) -> Iterator[Found]:
    flat, words, ends = text.flat, text.reading.words, text.reading.ends
    hits = text.words & TRIGGERS
    shouted = flat.isupper()
    if hits:
        for number, word in enumerate(words):
            if word not in hits:
                continue
            if word in TITLES:
                yield from _after_title(text, number, shouted)
            if word in RELATIVES and not shouted:
                yield from _after_relative(text, number)
            if word in FIRST_NAMES and not shouted:
                yield from _full_name(text, number)
            if (pattern := I_AM if word in I_WORDS else SIGNED if word in SIGNING else None) and not shouted:
                match = pattern.match(flat, ends[number])
                if match and _are_names(match[1]):
                    yield "name", match.start(1), match.end(1)
    if "name" in text.words or "names" in text.words or "named" in text.words or "called" in text.words:
        for match in MY_NAME.finditer(text.lower):
            yield from _name_at(text, match.end(), match[0])
    for match in BORN.finditer(flat) if not shouted and not BIRTH.isdisjoint(text.words) else ():
        if _are_names(match[1]):
            yield "name", match.start(1), match.end(1)


BIRTH = frozenset({"dob", "born", "d", "nhs"})


def _are_names(typed: str) -> bool:
    return not any(part.lower().rstrip(".,") in NOT_SURNAMES for part in typed.split())


TRIGGERS = TITLES | RELATIVES | FIRST_NAMES | I_WORDS | SIGNING


def _after_title(text: Text, number: int, shouted: bool) -> Iterator[Found]:
    start, end = text.reading.starts[number], text.reading.ends[number]
    words = text.reading.words
    word = words[number]
    if word == "ms" and text.flat[start:end] == "MS":  # the disease
        return
    match = AFTER_TITLE.match(text.flat, end)
    if match and match[0][0] == "." and word not in DOTTED:
        return
    if match and not shouted:
        parts = match[1].split()
        first = parts[0].lower().removesuffix("'s")
        if len(first.rstrip(".")) == 1 and len(parts) > 1:
            first = parts[-1].lower()
        if (
            first.replace("'", "") in PRONOUNS
            or first in NOT_NAMES
            or first in NOT_SURNAMES
            or (len(first) == 1 and len(parts) == 1)
        ):
            return
        if word in WEAK_TITLES and (len(first) < 3 or not text.flat[start].isupper()):
            return
        keep = 1
        while keep < len(parts) and parts[keep].lower().removesuffix("'s") not in NOT_SURNAMES:
            keep += 1
        finish = match.start(1) + len(" ".join(parts[:keep]))
        yield "name", start, finish - (2 if text.flat[:finish].endswith("'s") else 0)
    elif word in LOWER_TITLES and number + 1 < len(words):
        after = words[number + 1]
        gap = text.flat[end : text.reading.starts[number + 1]]
        if gap.strip(". ") == "" and len(after) > 2 and after.isalpha() and after not in NOT_NAMES | NOT_SURNAMES:
            yield "name", start, text.reading.ends[number + 1]


PRONOUNS = frozenset(["i", "id", "im", "ive", "ill"])
DOTTED = frozenset(["dr", "mr", "mrs", "ms", "prof", "rev", "revd", "sr", "sra", "dra", "st", "smt", "mme", "mlle"])
LOWER_TITLES = frozenset(["dr", "mr", "mrs", "ms", "prof"])
WEAK_TITLES = TITLES - LOWER_TITLES - {"professor", "doctor", "smt", "shri", "mx"}


def _after_relative(text: Text, number: int) -> Iterator[Found]:
    words = text.reading.words
    if words[number] in ROLES and not (number and words[number - 1] in POSSESSIVE):
        return
    if (
        number
        and words[number - 1] not in POSSESSIVE
        and words[number] not in ROLES
        and number > 1
        and words[number - 2] not in POSSESSIVE
    ):
        return
    match = RELATIVE.match(text.flat, text.reading.ends[number])
    if match is None:
        return
    parts = match[1].split()
    keep = 0
    while keep < len(parts) and _may_be_name(parts[keep]):
        keep += 1
    if keep:
        yield "name", match.start(1), match.start(1) + len(" ".join(parts[:keep]).removesuffix("'s"))


POSSESSIVE = frozenset(["my", "our", "his", "her", "their", "your", "the", "a"])


def _may_be_name(part: str) -> bool:
    word = part.lower().removesuffix("'s")
    return len(word) > 2 and part[1:2].islower() and word not in NOT_NAMES and word not in NOT_SURNAMES


def _full_name(text: Text, number: int) -> Iterator[Found]:
    """A common first name and a surname after it."""
    start, end = text.reading.starts[number], text.reading.ends[number]
    if not text.flat[start].isupper():
        return
    match = SURNAME.match(text.flat, end)
    if match and match[1].lower().removesuffix("'s") not in NOT_SURNAMES and match[1].lower() not in NOT_NAMES:
        yield "name", start, match.start(1) + len(match[1].removesuffix("'s"))


SURNAME = re.compile(r" ((?:[A-Z]\.? )?(?:O'|Mc|Mac|de |van |al-)?[A-Z][a-z'’]+(?:-[A-Z][a-z]+)?)\b")


def _name_at(text: Text, place: int, said: str) -> Iterator[Found]:
    match = NAME_AT.match(text.flat, place)
    if match:
        parts = match[1].split()
        keep = 0
        while keep < len(parts) and parts[keep].lower() not in NOT_NAMES and parts[keep].lower() not in NOT_SURNAMES:
            keep += 1
        if keep and (
            "my name" in said
            or "patient name" in said
            or said.startswith("name")
            or keep > 1
            or parts[0].lower() in FIRST_NAMES
        ):
            yield "name", match.start(1), match.start(1) + len(" ".join(parts[:keep]))
    elif "my name" in said and (match := ANY_NAME_AT.match(text.lower, place)):
        parts = [part for part in match[1].split() if part not in NOT_SURNAMES]
        if parts and match[1].startswith(parts[0]):
            yield "name", place, place + len(" ".join(parts))


check_digits: dict[str, Callable[[str], bool]] = {"card": luhn, "record_number": nhs, "national_id": verhoeff}
