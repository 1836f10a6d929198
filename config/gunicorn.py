"""gunicorn for production and for bin/serve: processes for the cores, few threads in each.

Four threads a process measured best: more only wait for the interpreter lock (docs/decisions).
"""

import os
from pathlib import Path

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or max(2, min(os.cpu_count() or 1, 16)))
threads = int(os.environ.get("WEB_THREADS") or 4)
preload_app = True  # one import for all processes; the database pool opens after the fork
keepalive = 5
graceful_timeout = 30
max_requests = 10_000
max_requests_jitter = 1_000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
accesslog = None  # common.middleware writes one line a request, without the address of the page
loglevel = "warning"
limit_request_line = 8190
