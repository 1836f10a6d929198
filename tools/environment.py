"""Make or refresh .venv: `python tools/environment.py local|test`. Standard library only."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import venv
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"  # one line per requirements file whose packages are all there
INCLUDES = {"local": ("local",), "test": ("local", "test")}


def line_for(name: str) -> str:
    digest = hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()
    return f"{name} {digest}"


def works(code: str) -> bool:
    """Whether .venv has a new enough Python that runs `code`."""
    code = f"import sys; assert sys.version_info >= (3, 12); {code}"
    try:
        return subprocess.run([PYTHON, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def is_current(name: str) -> bool:
    """Whether .venv works and holds what requirements/<name>.txt asks for."""
    try:
        lines = STAMP.read_text().splitlines()
    except OSError:
        return False
    return line_for(name) in lines and works("pass")


def make_venv() -> None:
    print(f"Setting up: a Python {sys.version.split()[0]} environment in .venv", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SystemExit(
            f"Could not make {VENV}: {error}\n"
            f"On Debian and Ubuntu this usually means: sudo apt install python{version}-venv\n"
            "Otherwise check that this folder is writable and the disk is not full."
        ) from error


def install(name: str) -> None:
    """Install one requirements file with pip, a plain line of progress for each package."""
    requirements = ROOT / "requirements" / f"{name}.txt"
    total = len(re.findall(r"^[A-Za-z0-9]", requirements.read_text(), re.MULTILINE))
    print(f"Setting up: installing {total} packages (first time: about half a minute)", flush=True)
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    pip += ["--progress-bar", "off", "--require-hashes", "-r", requirements]
    last: deque[str] = deque(maxlen=25)
    seen = 0
    with subprocess.Popen(pip, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for output in process.stdout:
            last.append(output.rstrip())
            if match := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", output):
                seen += 1
                print(f"  {seen:>3} {match[1]}", flush=True)
            elif output.startswith("Installing collected"):
                print("  unpacking", flush=True)
    if process.returncode:
        raise SystemExit(
            "\n".join(last)
            + "\n\nInstalling packages failed; the lines above say why. Usual causes: no connection to\n"
            "the package index (behind a proxy set HTTPS_PROXY, with an own certificate PIP_CERT), a full\n"
            "disk, or a platform without ready-made packages. Then run the same command again."
        )


def main(name: str) -> None:
    with (ROOT / ".environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands may start at once in one folder
        if is_current(name):
            return
        lines = {line_for(part) for part in INCLUDES[name]}
        if not works("import pip"):
            make_venv()
        if name == "local" and STAMP.exists():
            STAMP.unlink()  # the test packages may now be of another version
        install(name)
        STAMP.write_text("\n".join(sorted(lines)) + "\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except PermissionError as refused:
        raise SystemExit(f"{refused}\nThis folder must be writable for the person who runs the command.") from refused
