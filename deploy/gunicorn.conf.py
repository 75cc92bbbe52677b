# gunicorn --config deploy/gunicorn.conf.py feedsvc.wsgi:app
#
# Behind a proxy such as nginx.conf, which waits for slow clients: gunicorn itself occupies a thread
# while a head is received or a body is sent.
import socket
import subprocess
import sys

workers = 2
worker_class = "gthread"
threads = 32  # at most 16 send files that exceed the proxy's buffer
worker_connections = 2_000
backlog = 2_048
keepalive = 75  # longer than the proxy keeps its own
timeout = 30
graceful_timeout = 8  # for running requests; Docker kills after 10
limit_request_line = 8_190
limit_request_fields = 100
limit_request_field_size = 8_190


def when_ready(server):
    """End connections of clients that read nothing for 15 s; accepted ones inherit it."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        for listener in server.LISTENERS:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000)


def on_reload(server):
    """At SIGHUP, keep the workers that run where the settings are wrong; the log says what is.

    Others could not start, and gunicorn ends where one cannot.
    """
    # from now on, a worker that cannot start is restarted: one that read wrong settings may end
    # after these were corrected
    server.WORKER_BOOT_ERROR = -1
    command = [sys.executable, "-m", "feedsvc", "check", "--settings"]
    checked = subprocess.run(command, stdout=subprocess.PIPE)
    if not checked.stdout:  # not by the exit status, which older arbiters may have collected
        server.log.error("The settings stay as they are, and so do the workers")
        server.cfg.set("workers", 0)  # the number of workers started to replace the running ones
