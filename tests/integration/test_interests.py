"""What professionals declare with a reply: shown, kept, and never where it could betray somebody."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from forum.actions import ask, reply_to
from forum.models import Draft, Reply, Revision

pytestmark = pytest.mark.django_db
TYPED = {"body": "Try this first.", "interest": "Paid <b>talks</b> for its maker"}
SHOWN = "Paid &lt;b&gt;talks&lt;/b&gt; for its maker"


def test_a_declared_interest_is_shown_below_the_reply(sign_in, clinician, thread, client):
    professional = sign_in(clinician)
    assert "Interest to declare" in professional.get(thread.get_absolute_url()).content.decode()
    professional.post(f"/threads/{thread.pk}/reply/", TYPED)
    page = client.get(thread.get_absolute_url()).content.decode()
    assert f"<strong>Declared interest:</strong> {SHOWN}" in page


def test_members_are_not_asked_and_what_they_send_is_not_kept(sign_in, helper, thread):
    member = sign_in(helper)
    assert "Interest to declare" not in member.get(thread.get_absolute_url()).content.decode()
    member.post(f"/threads/{thread.pk}/reply/", TYPED)
    assert Reply.objects.get().interest == ""


def test_it_does_not_betray_a_professional_who_asked_anonymously(clinician, forum):
    own = ask(by=clinician, forum=forum, title="Something private", body="Text", is_anonymous=True)
    assert reply_to(own, by=clinician, body="More", interest="Head of dermatology").interest == ""


def test_preview_draft_and_error_keep_it(sign_in, clinician, thread):
    professional = sign_in(clinician)
    address = f"/threads/{thread.pk}/reply/"
    assert SHOWN in professional.post(address, {**TYPED, "preview": "1"}).content.decode()
    assert Draft.objects.get().interest == TYPED["interest"]
    for page in (address, thread.get_absolute_url()):
        assert f'value="{SHOWN}"' in professional.get(page).content.decode()
    response = professional.post(address, {**TYPED, "body": " "})
    assert response.status_code == 422
    assert f'value="{SHOWN}"' in response.content.decode()
    assert professional.post(address, {**TYPED, "interest": "x" * 201}).status_code == 422


def test_an_edit_changes_it_and_keeps_what_it_was(sign_in, clinician, thread):
    reply = reply_to(thread, by=clinician, body="Try this", interest="None")
    professional = sign_in(clinician)
    professional.post(f"/replies/{reply.pk}/edit/", {"body": "Try this", "interest": "Paid talks"})
    reply.refresh_from_db()
    assert (reply.interest, bool(reply.edited_at)) == ("Paid talks", True)
    assert Revision.objects.get().interest == "None"
    assert "None" in professional.get(f"/replies/{reply.pk}/history/").content.decode()


def test_it_goes_out_and_comes_in_again(clinician, thread, tmp_path):
    reply_to(thread, by=clinician, body="Try this", interest="Paid talks")
    file = tmp_path / "export.jsonl"
    call_command("export_threads", str(file), stdout=StringIO(), stderr=StringIO())
    line = json.loads(file.read_text())
    assert line["replies"][0]["interest"] == "Paid talks"
    file.write_text(json.dumps({**line, "id": "again"}))
    call_command("import_threads", str(file), stdout=StringIO(), stderr=StringIO())
    assert Reply.objects.filter(interest="Paid talks").count() == 2
