"""Consent, profiles, pictures and reading settings: what people agree to and show of themselves."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.limits import DAILY
from accounts.models import Consent, User
from tests.conftest import CONSENTS

pytestmark = pytest.mark.django_db
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


# Consent and age

SIGN_UP = {"email": "new@example.org", "username": "newcomer", "password1": "four words and more"}


def test_consent_and_age_are_kept_with_version_and_time(client):
    client.post("/accounts/signup/", {**SIGN_UP, **CONSENTS})
    user = User.objects.get(username="newcomer")
    rows = {(row.kind, row.version) for row in user.consents.all()}
    from accounts.consents import TEXTS

    assert rows == {(kind, TEXTS[kind].version) for kind in ("health_data", "age")}
    assert all(row.given_at for row in user.consents.all())


@pytest.mark.parametrize("box", CONSENTS)
def test_without_a_box_there_is_no_account(client, box):
    response = client.post("/accounts/signup/", {**SIGN_UP, **CONSENTS, box: ""})
    page = response.content.decode()
    assert "Tick the box" in page
    assert 'value="newcomer"' in page
    assert not User.objects.exists()


def test_the_boxes_are_not_ticked_and_say_the_age_of_the_site(client, settings):
    settings.MINIMUM_AGE = 18
    page = client.get("/accounts/signup/").content.decode()
    assert "I am 18 or older." in page
    assert " checked" not in page


def test_a_robot_that_fills_the_hidden_field_gets_no_account(client):
    client.post("/accounts/signup/", {**SIGN_UP, **CONSENTS, "website": "https://spam.example"})
    assert not User.objects.exists()


def test_a_taken_address_makes_no_second_consent(client, asker):
    client.post("/accounts/signup/", {**SIGN_UP, **CONSENTS, "email": asker.email})
    assert not Consent.objects.exists()


def test_what_was_agreed_to_is_listed_for_the_person(client, sign_in, asker):
    Consent.objects.create(user=asker, kind="health_data", version="2026-11-22")
    assert "health information" in sign_in(asker).get("/account/").content.decode()


# Profile


def picture(kind="JPEG", size=(600, 400), **options):
    out = io.BytesIO()
    Image.effect_noise(size, 70).convert("RGB").save(out, kind, **options)
    return SimpleUploadedFile(f"me.{kind.lower()}", out.getvalue())


def test_a_picture_is_made_anew_and_the_old_one_goes(sign_in, asker, client, django_capture_on_commit_callbacks):
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    member = sign_in(asker)
    assert member.post("/account/", {"new_avatar": picture(exif=exif)}).status_code == 302
    asker.refresh_from_db()
    first = asker.avatar.name
    response = client.get(asker.avatar_url)
    stored = b"".join(response.streaming_content)
    assert b"secret" not in stored
    shown = Image.open(io.BytesIO(stored))
    assert (shown.format, shown.size, shown.getexif()) == ("WEBP", (192, 192), {})
    assert "immutable" in response["Cache-Control"]
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Type"] == "image/webp"
    assert response.cookies == {}
    with django_capture_on_commit_callbacks(execute=True):
        member.post("/account/", {"new_avatar": picture("PNG")})
    asker.refresh_from_db()
    assert asker.avatar.name != first
    assert not default_storage.exists(first)
    assert asker.avatar_url in client.get("/people/asker/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        member.post("/account/", {"remove_avatar": "on"})
    asker.refresh_from_db()
    assert asker.avatar_url == ""


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>"),
        SimpleUploadedFile("a.gif", b"GIF89a" + b"\0" * 40),
        SimpleUploadedFile("a.jpg", b"\xff\xd8\xff" + b"\0" * 5_000_001),
        SimpleUploadedFile("a.jpg", b"\xff\xd8\xff\xe0broken"),
        SimpleUploadedFile("a.jpg", b""),
    ],
    ids=["svg", "gif", "too large", "broken", "empty"],
)
def test_what_is_no_picture_is_refused_beside_the_field(sign_in, asker, upload):
    response = sign_in(asker).post("/account/", {"display_name": "Kept name", "new_avatar": upload})
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in page
    assert "Kept name" in page
    asker.refresh_from_db()
    assert not asker.avatar


@pytest.mark.parametrize("name", ["0" * 32, "../../secret-key", "0" * 31, "0" * 32 + "x", "G" * 32])
def test_addresses_of_pictures_lead_nowhere_else(client, name):
    assert client.get(f"/avatars/{name}.webp").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "Mеdical professional", "Medical\u3164professional", "Médical professional", "mod\u1160erator", "Anonymоus",
        "Verified doctor", "✓ Dermatologist", "Bedside Team", "Admin", "ＡＤＭＩＮ", "former member", "ⓜⓞⓓⓔⓡⓐⓣⓞⓡ",
    ],
)  # fmt: skip
def test_no_name_looks_like_a_standing(sign_in, asker, name):
    assert sign_in(asker).post("/account/", {"display_name": name}).status_code == 422


@pytest.mark.parametrize("name", ["Dr Clin Ician", "Αλέξης", "Мария", "José Núñez", "Teamplayer", "Modesta", "小林"])
def test_ordinary_names_of_any_script_are_fine(sign_in, asker, name):
    assert sign_in(asker).post("/account/", {"display_name": name}).status_code == 302


def test_letters_that_cleaning_makes_longer_are_refused_not_crashed_on(sign_in, asker):
    for data in ({"display_name": "\ufb2c" * 100}, {"bio": "\U0001d160" * 500}):
        assert sign_in(asker).post("/account/", data).status_code == 422


def test_pictures_are_limited_before_they_are_decoded(sign_in, asker):
    client = sign_in(asker)
    for _ in range(DAILY["picture"]):
        client.post("/account/", {"new_avatar": SimpleUploadedFile("a.jpg", b"nothing")})
    assert client.post("/account/", {"new_avatar": picture()}).status_code == 429


@pytest.mark.parametrize("bio", ["I am a verified professional", "VERIFIED-Medical-Professional!", "x" * 501])
def test_a_bio_claims_no_badge_and_stays_short(sign_in, asker, bio):
    assert sign_in(asker).post("/account/", {"bio": bio}).status_code == 422


def test_a_bio_is_text_and_nothing_else(sign_in, asker, client):
    sign_in(asker).post("/account/", {"bio": "I like <b>tea</b>\n\n<script>alert(1)</script>"})
    page = client.get("/people/asker/").content.decode()
    assert "&lt;b&gt;tea&lt;/b&gt;" in page
    assert "<script>alert" not in page
    assert '<meta name="robots" content="noindex">' in page


def test_reading_settings_follow_the_account_to_another_device(sign_in, asker):
    first, second = sign_in(asker), sign_in(asker)
    first.post("/reading/", {"text_size": "largest", "theme": "dark"}, headers=SAME_ORIGIN)
    assert 'class="text-largest theme-dark"' in second.get("/about/").content.decode()
    second.post("/reading/", {"theme": "light"}, headers=SAME_ORIGIN)
    assert 'class="text-largest theme-light"' in first.get("/about/").content.decode()


def test_a_choice_by_script_goes_to_the_account_and_sets_no_cookie(sign_in, asker):
    client = sign_in(asker)
    headers = {**SAME_ORIGIN, "X-Bedside": "fragment"}
    response = client.post("/reading/", {"text_size": "large", "theme": "dark"}, headers=headers)
    assert (response.status_code, list(response.cookies)) == (204, [])
    asker.refresh_from_db()
    assert (asker.text_size, asker.theme) == ("large", "dark")
    client.post("/reading/", {"text_size": "largest"}, headers={**headers, "Sec-Fetch-Site": "cross-site"})
    asker.refresh_from_db()
    assert asker.text_size == "large"


def test_a_visitors_page_without_choices_may_be_kept_by_everybody(client):
    response = client.get("/about/")
    assert response.cookies == {}
    assert "Cookie" in response["Vary"]
    assert "no-store" not in response.get("Cache-Control", "")


def test_too_large_a_request_is_refused_before_it_is_read(sign_in, asker):
    response = sign_in(asker).post("/account/", {"new_avatar": SimpleUploadedFile("a.jpg", b"\0" * 13_000_000)})
    assert response.status_code == 413
    assert "too much at once" in response.content.decode()
