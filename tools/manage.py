"""Run manage.py with the embedded database up: `python -m tools.manage COMMAND …`."""

from __future__ import annotations

import subprocess
import sys

from tools.home import ROOT, caller_folder, database, environment, home_folder


def main() -> int:
    home = home_folder()
    environ = environment(home)
    with database(home, environ):
        command = [sys.executable, str(ROOT / "manage.py"), *sys.argv[1:]]
        try:
            return subprocess.run(command, cwd=caller_folder(), env=environ, check=False).returncode
        except KeyboardInterrupt:  # the command had the same signal and has said what it had to say
            return 130


if __name__ == "__main__":
    sys.exit(main())
