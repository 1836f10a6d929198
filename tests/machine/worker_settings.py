"""The settings of tests.machine.site_settings, with a worker that looks for lost news and mails every two seconds."""

from tests.machine.site_settings import *  # noqa: F403
from tests.machine.site_settings import TASKS

SWEEPS = ("spread-news", "mail")
OPTIONS = TASKS["default"]["OPTIONS"]
SCHEDULES = {name: {**OPTIONS["SCHEDULES"][name], "every": 2} for name in SWEEPS}
TASKS = {"default": {**TASKS["default"], "OPTIONS": {**OPTIONS, "SCHEDULES": SCHEDULES}}}
