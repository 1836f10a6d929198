"""Every test vector of the registers' numbers, and what one wrong key does to each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.registers import (
    ORCID,
    REGISTERS,
    Malformed,
    clean_registration,
    lanr_check_digit,
    luhn,
    normalise,
    orcid_check_digit,
    registers_for,
)

RIGHT = {
    "us_npi": "1234567893 1993999998 1876543210 1000000004 2000000002",
    "fr_rpps": "10123456781 10101010105 10000000009 10100000016",
    "de_lanr": "123456601 654321103 100000634 246802201",
    "nl_big": "19012345678 79555000111",
    "gb_gmc": "1234567 C1234567",
    "gb_nmc": "01A2345N 98I1234E 18c0123o",
    "gb_hcpc": "PH123456 PYL12345",
    "gb_gphc": "2012345",
    "au_ahpra": "MED0000932846 nmw0001234567",
    "ca_minc": "CAMD-1234-5679",
    "orcid": "0000-0002-1825-0097 0000-0001-5109-3700 0000-0002-1694-233X",
}
WRONG = {
    "us_npi": "1234567890 1993999999 1243567893 3234567893 0234567893 123456789 12345678931",
    "fr_rpps": "10123456789 10000000001 1012345678 101234567800",
    "de_lanr": "123456701 123456001 12345660 1234566012 999999900 555555500",
    "nl_big": "18012345678 1901234567",
    "gb_gmc": "123456 12345678 L123456",
    "gb_nmc": "1A2345N 01A23456",
    "gb_hcpc": "P123456 PH1234567",
    "gb_gphc": "201234 20123456 A012345",
    "au_ahpra": "MED000093284 ME00000932846",
    "ca_minc": "CAMD-123-5679",
    "orcid": "0000-0002-1825-0098 0000-0002-1694-2339",
}
ALL = {**REGISTERS, "orcid": ORCID}


def pairs(table):
    return [(key, number) for key, numbers in table.items() for number in numbers.split()]


@pytest.mark.parametrize(("key", "number"), pairs(RIGHT))
def test_a_right_number_passes_without_a_warning(key, number):
    cleaned, warnings = ALL[key].clean(number)
    assert warnings == []
    assert ALL[key].clean(cleaned) == (cleaned, [])


@pytest.mark.parametrize(("key", "number"), pairs(WRONG))
def test_a_wrong_number_is_refused_with_a_sentence(key, number):
    with pytest.raises(Malformed, match=r"^(Check|Enter) .*\.$"):
        ALL[key].clean(number)


def test_the_big_check_digit_only_warns():
    cleaned, warnings = REGISTERS["nl_big"].clean("29012345678")
    assert cleaned == "29012345678"
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "typed", ["1234 567-893", " 1234.567.893 ", "１２３４５６７８９３", "1234–567–893", "1234\u00a0567893"]
)
def test_spaces_dots_dashes_and_wide_digits_do_not_matter(typed):
    assert REGISTERS["us_npi"].clean(typed)[0] == "1234567893"


@pytest.mark.parametrize("typed", ["١٢٣٤٥٦٧٨٩٣", "1234567893\n1", "1234567893'; --", "", "½234567893", "0x1234567"])
def test_what_is_no_plain_digit_is_refused(typed):
    with pytest.raises(Malformed):
        REGISTERS["us_npi"].clean(typed)


def test_only_one_leading_c_is_dropped_from_a_gmc_number():
    assert REGISTERS["gb_gmc"].clean("c1234567")[0] == "1234567"
    with pytest.raises(Malformed):
        REGISTERS["gb_gmc"].clean("CC1234567")


@given(st.integers(min_value=1_000_000_000, max_value=2_999_999_999), st.integers(0, 9), st.integers(0, 9))
def test_luhn_finds_every_single_wrong_digit(number, position, digit):
    """The constant 24 stands for the prefix 80840 (CMS), and one changed digit always changes the sum."""
    text = str(number)
    total = sum((2 * int(d) - 9 * (int(d) > 4)) if place % 2 else int(d) for place, d in enumerate(reversed(text)))
    assert luhn(f"80840{text}") == ((total + 24) % 10 == 0)
    changed = text[:position] + str(digit) + text[position + 1 :]
    if luhn(f"80840{text}") and changed != text:
        assert not luhn(f"80840{changed}")


def test_known_weaknesses_of_the_check_digits():
    assert luhn("808401000000095") is True
    assert luhn("808401000000905") is True
    assert lanr_check_digit("135246") == lanr_check_digit("315246") == 1


@given(st.text(alphabet="0123456789", min_size=15, max_size=15))
def test_an_orcid_with_its_own_check_digit_passes(digits):
    assert ORCID.clean(digits + orcid_check_digit(digits))[0] == digits + orcid_check_digit(digits)


@given(st.text(max_size=60))
def test_any_text_at_all_is_cleaned_or_refused(text):
    for register in ALL.values():
        try:
            cleaned, _ = register.clean(text)
        except Malformed:
            continue
        assert cleaned == normalise(cleaned) or cleaned


@pytest.mark.parametrize(
    ("scheme", "fields", "problem"),
    [
        ("ca_prov", {}, "region"),
        ("ca_prov", {"region": "Atlantis"}, "region"),
        ("ca_prov", {"region": "Ontario"}, None),
        ("in_council", {"year": 1990}, "region"),
        ("in_council", {"region": "Delhi"}, "registration_year"),
        ("in_council", {"region": "Delhi", "year": 1929}, "registration_year"),
        ("in_council", {"region": "Delhi", "year": 2999}, "registration_year"),
        ("in_council", {"region": "Delhi", "year": 1990}, None),
        ("other", {}, "region"),
        ("other", {"region": "Læknaráð"}, None),
    ],
)
def test_what_a_register_needs_besides_the_number(scheme, fields, problem):
    _, problems, _ = clean_registration(scheme, "12345", **fields)
    assert list(problems) == ([problem] if problem else [])


def test_a_pharmacist_whose_number_does_not_start_with_2_is_warned():
    assert clean_registration("gb_gphc", "2012345", profession="pharmacist")[2] == []
    assert len(clean_registration("gb_gphc", "5012345", profession="pharmacist")[2]) == 1


@pytest.mark.parametrize(
    ("country", "profession", "first"),
    [
        ("GB", "doctor", "gb_gmc"), ("GB", "midwife", "gb_nmc"), ("GB", "dietitian", "gb_hcpc"),
        ("GB", "pharmacist", "gb_gphc"), ("GB", "dentist", "other"), ("US", "nurse", "us_npi"),
        ("DE", "doctor", "de_lanr"), ("DE", "nurse", "other"), ("CA", "doctor", "ca_minc"),
        ("CA", "nurse", "ca_prov"), ("IN", "doctor", "in_council"), ("IS", "doctor", "other"),
    ],
)  # fmt: skip
def test_the_likeliest_register_comes_first_and_any_other_is_possible(country, profession, first):
    registers = registers_for(country, profession)
    assert registers[0].key == first
    assert registers[-1].key == "other"
