"""The project's own benchmarks: `python -m tools.bench data|pages|write|search|scale|servers …`.

A further one is a module with add_arguments(parser) and run(options), added to COMMANDS.
"""

from __future__ import annotations

import argparse
import sys

from tools.bench import data, pages, scale, search, servers, write

COMMANDS = {"data": data, "pages": pages, "write": write, "search": search, "scale": scale, "servers": servers}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure the site on this machine.")
    commands = parser.add_subparsers(required=True, metavar="|".join(COMMANDS))
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition(": ")[2].strip().rstrip(".")
        command = commands.add_parser(name, help=summary, description=summary)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
