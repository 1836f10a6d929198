"""Uploaded files in a bucket (MEDIA_STORAGE), with a small server on this machine in the place of Amazon's."""

import re
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.request import urlopen

import pytest
from botocore.exceptions import BotoCoreError
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.actions import update_profile
from accounts.avatars import make_avatar
from config.media import bucket_options, media_storages
from credentials import actions
from credentials.actions.applying import delete_file
from credentials.models import Evidence

pytestmark = pytest.mark.django_db


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as the site asks for. Without a signature nobody gets anything."""

    def answer(self, status, body=b""):
        if wanted := re.fullmatch(r"bytes=0-(\d+)", self.headers.get("Range", "")):
            assert int(wanted[1]) >= len(body) - 1  # everything at once
            status = 206 if status == 200 else status
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes 0-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"x"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, list(self.headers)))
        objects = self.server.objects
        if "Credential=KEY/" not in self.headers.get("Authorization", ""):
            return self.answer(403)
        if self.command == "PUT":
            objects[self.path] = body
        elif self.command == "DELETE":
            objects.pop(self.path, None)
            return self.answer(204)
        elif self.path not in objects:
            return self.answer(404)
        return self.answer(200, b"" if self.command == "PUT" else objects[self.path])

    do_PUT = do_GET = do_HEAD = do_DELETE = handle_any

    def log_message(self, *args):
        pass


@contextmanager
def serving():
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        server.objects, server.asked = {}, []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def bucket(settings, monkeypatch, tmp_path):
    with serving() as server:
        server.url = f"http://127.0.0.1:{server.server_port}"
        address = f"s3://KEY:SEC%2FRET@uploads?region=eu-central-1&endpoint={server.url}"
        settings.STORAGES = {**settings.STORAGES, **media_storages(address, tmp_path)}
        # Django asks for the storage of a field once, when the model is made.
        monkeypatch.setattr(Evidence._meta.get_field("file"), "storage", storages["private"])
        try:
            yield server
        finally:
            for name in ("default", "private"):
                storages[name].connection.meta.client.close()
        assert list(tmp_path.iterdir()) == []  # nothing beside the bucket


def picture():
    out = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "PNG")
    return make_avatar(SimpleUploadedFile("me.png", out.getvalue()))


def test_a_picture_is_kept_in_the_bucket_and_handed_out_by_the_site(
    bucket, helper, client, django_capture_on_commit_callbacks
):
    update_profile(helper, display_name="Helper", bio="", new_avatar=picture())
    (path,) = bucket.objects
    assert path.startswith("/uploads/media/avatars/")
    response = client.get(helper.avatar_url)
    assert response.getvalue() == bucket.objects[path]
    assert int(response["Content-Length"]) == len(bucket.objects[path])
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(reverse("avatar", args=["0" * 32])).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        update_profile(helper, display_name="Helper", bio="", remove_avatar=True)
    assert bucket.objects == {}


def test_a_document_is_for_reviewers_only_in_the_bucket_too(
    bucket, filled, document, reviewer, helper, sign_in, django_capture_on_commit_callbacks
):
    checked = document(content=b"%PDF-1.7\nstream\n" + b"0" * 9_500_000 + b"\nendstream\n%%EOF\n")
    evidence = actions.add_evidence(filled(), by=helper, kind="certificate", checked=checked)
    (path,) = bucket.objects
    assert path.startswith("/uploads/private/evidence/")
    assert bucket.objects[path] == checked.content
    assert [method for method, _, _ in bucket.asked] == ["PUT"]  # also a large one
    with pytest.raises(OSError, match="403"):
        urlopen(bucket.url + path)
    assert not any("acl" in name.lower() for name in bucket.asked[0][2])  # so it is as private as the bucket
    actions.submit(evidence.credential, by=helper)
    address = reverse("admin:credentials_evidence_download", args=[evidence.pk])
    assert sign_in(helper).get(address).status_code == 404
    response = sign_in(reviewer).get(address)
    assert response.getvalue() == checked.content
    assert "no-store" in response["Cache-Control"]
    with django_capture_on_commit_callbacks(execute=True):
        delete_file(evidence)
    assert bucket.objects == {}


def test_a_bucket_that_does_not_answer_stores_nothing(bucket, helper):
    bucket.shutdown()
    bucket.socket.close()
    with pytest.raises(BotoCoreError):
        update_profile(helper, display_name="Other", bio="", new_avatar=picture())
    helper.refresh_from_db()
    assert (helper.display_name, helper.avatar.name) == ("", "")


@pytest.mark.parametrize(
    "address", ["uploads", "https://uploads", "s3://", "s3://KEY:SECRET@uploads/folder", "s3://uploads?acl=public-read"]
)
def test_what_is_malformed_is_named(address):
    with pytest.raises(ImproperlyConfigured, match="MEDIA_STORAGE must be like"):
        bucket_options(address)


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3.s3.transfer", None)
    with pytest.raises(ImproperlyConfigured, match=r"requirements/s3\.txt"):
        bucket_options("s3://uploads")


def test_without_a_key_the_machine_says_who_it_is():
    options = bucket_options("s3://uploads?region=eu-central-1")
    assert (options["access_key"], options["secret_key"], options["endpoint_url"]) == (None, None, None)
    assert options["default_acl"] is None
