"""The production settings with one more address, for a page that is a constant."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tools.bench.urls"
