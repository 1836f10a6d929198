"""Run manage.py with the embedded database up: `python -m tools.manage COMMAND …`."""

from __future__ import annotations

import os
import subprocess
import sys

from tools.home import ROOT, caller_folder, database, environment, home_folder
from tools.prepare import database_stamp, prepare_database

# Commands that work without tables, or make them.
NO_TABLES = {"migrate", "makemigrations", "check", "collectstatic", "help", "sqlmigrate", "showmigrations", "load_demo"}


def main() -> int:
    home = home_folder()
    environ = environment(home)
    with database(home, environ):
        if (
            NO_TABLES.isdisjoint(sys.argv[1:2])
            and database_stamp(environ) is None
            and not os.environ.get("DATABASE_URL")
        ):
            prepare_database(environ)  # the first command here: `bin/serve` has not been started yet
        command = [sys.executable, str(ROOT / "manage.py"), *sys.argv[1:]]
        try:
            return subprocess.run(command, cwd=caller_folder(), env=environ, check=False).returncode
        except KeyboardInterrupt:  # the command had the same signal and has said what it had to say
            return 130


if __name__ == "__main__":
    sys.exit(main())
