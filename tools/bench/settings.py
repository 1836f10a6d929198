"""The production settings with two more addresses, for pages that are a constant, and pools of any size to compare."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES, env

ROOT_URLCONF = "tools.bench.urls"
if pool_size := env.int("BENCH_POOL", 0):
    DATABASES["default"]["OPTIONS"]["pool"]["max_size"] = pool_size
