"""The site's settings with the few lines that tests need."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES, TASKS

DEMO = True
HELD_FIRST_POSTS = 0
POSTING_PAUSES = {}
REQUIRE_SECOND_FACTOR = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "private": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
TASKS = {**TASKS, "default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
del DATABASES["default"]["OPTIONS"]["pool"]  # fifty test threads would starve a pool of six
