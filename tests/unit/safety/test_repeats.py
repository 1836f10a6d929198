from safety.repeats import fingerprint


def test_the_same_text_has_the_same_fingerprint_whatever_it_looks_like():
    assert (
        len({fingerprint(text) for text in ("Buy this, now!", "buy  this now", "B\u200buy thіs NOW.", "Buy\nthis now")})
        == 1
    )
    assert fingerprint("Buy this now") != fingerprint("Buy that now")
    assert "buy" not in fingerprint("Buy this now")
