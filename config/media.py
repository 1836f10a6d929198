"""Where uploaded files are kept: folders on this machine, or a bucket that several machines share (MEDIA_STORAGE)."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

Storages = dict[str, dict[str, Any]]

FOLDERS = "django.core.files.storage.FileSystemStorage"
BUCKET = "storages.backends.s3.S3Storage"
EXAMPLE = "s3://KEY:SECRET@bucket?region=eu-central-1&endpoint=https://objects.example.org"


def media_storages(address: str, home: Path) -> Storages:
    """The storages "default" for pictures and "private" for what only reviewers may see.

    No address of the site leads into either: a view looks at who asks, and hands the file out.
    """
    if not address:
        # Pictures lie below MEDIA_ROOT.
        return {
            "default": {"BACKEND": FOLDERS},
            "private": {"BACKEND": FOLDERS, "OPTIONS": {"location": home / "private"}},
        }
    options = bucket_options(address)
    return {
        name: {"BACKEND": BUCKET, "OPTIONS": {**options, "location": folder}}
        for name, folder in (("default", "media"), ("private", "private"))
    }


def bucket_options(address: str) -> dict[str, Any]:
    """How to reach the bucket. Without a key in the address, what the machine was given counts (AWS_* or its role)."""
    parts = urlsplit(address)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = query.keys() - {"region", "endpoint"}
    if parts.scheme != "s3" or not parts.hostname or parts.path.strip("/") or unknown:
        raise ImproperlyConfigured(f"MEDIA_STORAGE must be like {EXAMPLE}")
    try:
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config
    except ImportError:
        raise ImproperlyConfigured("MEDIA_STORAGE needs the packages of requirements/s3.txt") from None
    endpoint = query.get("endpoint")
    one_request = 16 * 2**20  # bytes; no file is larger than 10 MB
    config = Config(
        connect_timeout=3,
        read_timeout=20,
        retries={"total_max_attempts": 3},
        s3={"addressing_style": "path" if endpoint else "auto"},
        signature_version="s3v4",
        # Only Amazon's own servers know the newer check sums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return {
        "bucket_name": parts.hostname,
        "access_key": unquote(parts.username) if parts.username else None,
        "secret_key": unquote(parts.password) if parts.password else None,
        "region_name": query.get("region"),
        "endpoint_url": endpoint,
        "default_acl": None,  # what the bucket says: private
        "transfer_config": TransferConfig(
            use_threads=False, multipart_threshold=one_request, multipart_chunksize=one_request
        ),
        "client_config": config,
    }
