"""gunicorn for production and for bin/serve: processes for the cores, few threads in each (docs/decisions/0012)."""

import gc
import logging
import os
from pathlib import Path

from gunicorn import glogging

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or max(2, min(os.cpu_count() or 1, 16)))
threads = int(os.environ.get("WEB_THREADS") or 4)
preload_app = True  # one import for all processes; the database pool opens after the fork
keepalive = 5
graceful_timeout = 30
max_requests = 100_000  # seldom: a new process begins with empty caches
max_requests_jitter = 10_000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
accesslog = None  # common.middleware writes one line a request, without the address of the page
loglevel = "warning"
forwarded_allow_ips = ""  # the proxy speaks to Django, by X-Forwarded-For and -Proto; never to us
forwarder_headers = ""


def when_ready(_server: object) -> None:
    """Have the collector leave alone what stays for ever: going through it stalls a process for tenths of a second.

    It also keeps that memory shared between the processes.
    """
    gc.collect()
    gc.freeze()


class Logger(glogging.Logger):
    """gunicorn's log without the addresses of pages, which hold the titles of questions."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        self.error_log.addFilter(without_address)


def without_address(record: logging.LogRecord) -> bool:
    if "request" in str(record.msg).lower() or "uri" in str(record.msg).lower():
        record.msg, record.args = str(record.msg).partition("%")[0], ()
    return True


logger_class = Logger
limit_request_line = 8190
