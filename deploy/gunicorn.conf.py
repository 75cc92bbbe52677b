# gunicorn --config deploy/gunicorn.conf.py feedsvc.wsgi:app
#
# Behind a proxy such as nginx.conf, which waits for slow clients: by itself gunicorn holds a thread
# for as long as a head comes in or a body goes out.
import socket
import subprocess
import sys

workers = 2
worker_class = "gthread"
threads = 32  # at most 16 send files, of what is not at once in the proxy's buffer
worker_connections = 2_000
backlog = 2_048
keepalive = 75  # longer than the proxy keeps its own
timeout = 30
graceful_timeout = 8  # for answers under way; Docker kills after 10
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
    # from now on, a worker that cannot start is tried again: one that read wrong settings may end
    # after they have been put right
    server.WORKER_BOOT_ERROR = -1
    command = [sys.executable, "-m", "feedsvc", "check", "--settings"]
    checked = subprocess.run(command, stdout=subprocess.PIPE)
    if not checked.stdout:  # not by the status, which older arbiters may take away
        server.log.error("The settings stay as they are, and so do the workers")
        server.cfg.set("workers", 0)  # so many are started to replace those that run
