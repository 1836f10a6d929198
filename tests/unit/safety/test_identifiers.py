import itertools

import pytest

from safety import identifiers
from safety.identifiers import HARMFUL, LABELS, luhn, mask, nhs, verhoeff
from safety.screening import rules_of


def found(text):
    return {(one.kind, text[one.start : one.end]) for one in rules_of().screen(text).identifiers}


@pytest.mark.parametrize(
    ("text", "kind", "typed"),
    [
        ("Dr Okafor said it is a fibroadenoma", "name", "Okafor"),
        ("saw dr patel on monday", "name", "dr patel"),
        ("my name is jade okonjo and i have pcos", "name", "jade okonjo"),
        ("My doctor, Sarah Jones, was kind", "name", "Sarah Jones"),
        ("my son Callum Reid has a cough", "name", "Callum Reid"),
        ("Many thanks, Margaret Tunnicliffe", "name", "Margaret Tunnicliffe"),
        ("I live at 14 Larkspur Close, Millbrook", "address", "14 Larkspur Close, Millbrook"),
        ("We are at Flat 3, 27 Tannery Road", "address", "Flat 3, 27 Tannery Road"),
        ("near CR2 6XH please", "postcode", "CR2 6XH"),
        ("around ZIP 90210", "postcode", "90210"),
        ("in Toronto M5V 3L9", "postcode", "M5V 3L9"),
        ("Sydney NSW 2000", "postcode", "2000"),
        ("DOB 14/02/61", "date", "14/02/61"),
        ("I was born 3 May 1962", "date", "3 May 1962"),
        ("she was admitted on 12 November 2023", "date", "12 November 2023"),
        ("Nan is 94 and gardens", "age", "94"),
        ("a 92-year-old man", "age", "92-year-old"),
        ("ring 07700 900123 after four", "phone", "07700 900123"),
        ("Reach me at +44 7700 900456", "phone", "+44 7700 900456"),
        ("my cell is (212) 555-0147", "phone", "(212) 555-0147"),
        ("txt O77OO 9OO 648", "phone", "O77OO 9OO 648"),
        ("txt me on 0 7 7 0 0 9 0 0 3 3 5", "phone", "0 7 7 0 0 9 0 0 3 3 5"),
        ("pls call ０７７００９００７７８", "phone", "０７７００９００７７８"),
        ("call oh seven seven double oh, nine double oh, three six one", "phone", "oh seven seven double oh, nine"),
        ("write to sunil.k@example.com", "email", "sunil.k@example.com"),
        ("sunil.k at gmail dot com", "email", "sunil.k at gmail dot com"),
        ("my social is 123-45-6789", "national_id", "123-45-6789"),
        ("my NI is QQ 12 34 56 C", "national_id", "QQ 12 34 56 C"),
        ("Aadhaar 9999 4105 7058", "national_id", "9999 4105 7058"),
        ("My NHS number is 943 476 5919", "record_number", "943 476 5919"),
        ("MRN: 00837261", "record_number", "00837261"),
        ("Hospital number RX4471902", "record_number", "RX4471902"),
        ("policy no HLT/2291/0087345", "insurance", "HLT/2291/0087345"),
        ("pay with 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("I am a GP, GMC 7654321", "licence", "7654321"),
        ("NPI 1234567893", "licence", "1234567893"),
        ("Parked AB12 CDE at the hospital", "plate", "AB12 CDE"),
        ("pacemaker serial number is RNB204471H", "device", "RNB204471H"),
        ("find me on facebook.com/ken.marlow.example", "profile_link", "facebook.com/ken.marlow.example"),
        ("on insta, @sunita_walks", "profile_link", "@sunita_walks"),
        ("blocked my IP 203.0.113.45", "ip", "203.0.113.45"),
        ("IBAN DE89 3704 0044 0532 0130 00", "other_code", "DE89 3704 0044 0532 0130 00"),
    ],
)
def test_an_identifier_is_found(text, kind, typed):
    assert any(kind == one and typed in words for one, words in found(text)), found(text)


@pytest.mark.parametrize(
    "text",
    [
        "BP 120/80, PSA 4.2, HbA1c 53, ferritin 4471",
        "I take 500 mg twice a day since March 2024",
        "Crohn's, Graves' and Parkinson's disease",
        "Dr Google says it is Bell's palsy",
        "Ring Samaritans on 116 123, or 988, or 0800 567 567",
        "Call 999 or 111 now",
        "B12 1000 mcg and D3",
        "Readings: 142/88, 138/84, 151/90, 135/79",
        "The guideline of 1 April 2022 says so",
        "Grandpa is 89 and has a new knee",
        "Firmware 1.4.22.108 keeps losing bluetooth",
        "Barcode 4111 1111 1111 1113",
        "oxygen is 95 and pulse 92",
        "MS fatigue and MS spasms",
    ],
)
def test_what_is_no_identifier(text):
    assert found(text) == set()


def test_cards_and_national_numbers_stop_and_others_do_not():
    stop = rules_of().screen("card 4111 1111 1111 1111, ssn 123-45-6789, tel 07700 900123").must_stop
    assert [one.kind for one in stop] == ["card", "national_id"]
    assert set(LABELS) > HARMFUL


def test_what_was_found_is_masked_and_nothing_else():
    text = "I’m at 07\u200b700 900123 or a@example.org. I want to die."
    assert mask(text, rules_of().screen(text).findings) == ("I’m at [phone number] or [e-mail address]. I want to die.")
    assert mask("Nothing", []) == "Nothing"


def test_identifiers_do_not_overlap():
    text = "Mr A Asare, born 30/09/1958, 14 Larkspur Close, Millbrook, EC1A 1BB, NHS 943 476 5919"
    places = sorted((one.start, one.end) for one in rules_of().screen(text).identifiers)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))
    assert len(places) >= 5


def test_check_digits():
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert nhs("9434765919")
    assert not nhs("9434765918")
    assert verhoeff("999941057058")
    assert not verhoeff("999941057059")


def test_every_kind_has_a_label():
    assert all(label and label == label.lower() for label in identifiers.LABELS.values())
