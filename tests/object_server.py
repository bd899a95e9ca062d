"""A server of objects for tests: a web server with ranges, and GET, HEAD, PUT and DELETE of objects as the stores of
Amazon, Google and Azure have them.

Its answers can be late, wrong, short or missing, as tests ask; it takes down what it was asked for.
"""

import hashlib
import os
import re
import socket
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


class Server:
    """Serves the files below a folder; ``url`` is where.

    Attributes
    ----------
    latency
        Seconds before every answer.
    fault
        Called with method, path and how often that was asked for before; says what goes wrong: a status, ``"drop"``
        (the connection ends without an answer), ``"short"`` (half of the body comes), ``"stall"`` (nothing comes),
        ``"ignore"`` (the range is ignored), or ``None``.
    tagged
        Whether answers have an ETag.
    seen
        Method, path and range of all requests.
    most
        Requests that were under way at once.
    """

    def __init__(self, root):
        self.root, self.latency, self.fault, self.tagged = Path(root), 0.0, None, True
        self.seen, self.most, self._now, self._lock = [], 0, 0, threading.Lock()
        self.released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                server._serve(self)

            do_HEAD = do_PUT = do_DELETE = do_GET

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                pass

        self._listener = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.released.set()
        self._listener.shutdown()
        self._listener.server_close()

    def gets(self, ending=""):
        """Paths that were read."""
        return [path for method, path, _ in self.seen if method == "GET" and path.endswith(ending)]

    def _serve(self, request):
        path = unquote(request.path.partition("?")[0])
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        with self._lock:
            before = sum(1 for method, p, _ in self.seen if (method, p) == (request.command, path))
            self.seen.append((request.command, path, request.headers.get("Range")))
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            time.sleep(self.latency)
            fault = self.fault(request.command, path, before) if self.fault is not None else None
            self._answer(request, path, body, fault)
        except OSError:
            request.close_connection = True
        finally:
            with self._lock:
                self._now -= 1

    def _answer(self, request, path, body, fault):
        if fault in ("drop", "stall"):
            if fault == "stall":
                self.released.wait()
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        if isinstance(fault, int):
            return self._send(request, fault, b"<Error><Code>Wrong</Code></Error>")
        file = self.root / path.strip("/")
        if request.command == "PUT":
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_name(f"{file.name}.{threading.get_ident()}.partial")
            partial.write_bytes(body)
            os.replace(partial, file)
            return self._send(request, 200, b"", {"ETag": f'"{hashlib.md5(body).hexdigest()}"'})
        if request.command == "DELETE":
            file.unlink(missing_ok=True)
            return self._send(request, 204, b"")
        if not file.is_file():
            return self._send(request, 404, b"<Error><Code>NoSuchKey</Code></Error>")
        data = file.read_bytes()
        headers = {"Last-Modified": formatdate(file.stat().st_mtime, usegmt=True), "Accept-Ranges": "bytes"}
        if self.tagged:
            headers["ETag"] = f'"{hashlib.md5(data).hexdigest()}"'
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range") or "")
        if asked is None or fault == "ignore":
            return self._send(request, 200, data, headers, fault)
        first, last = asked.groups()
        start = int(first) if first else max(0, len(data) - int(last))
        end = min(int(last) + 1, len(data)) if first and last else len(data)
        if start >= len(data):
            return self._send(request, 416, b"")
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
        return self._send(request, 206, data[start:end], headers, fault)

    def _send(self, request, status, body, headers=None, fault=None):
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command == "HEAD":
            return
        if fault == "short":
            request.wfile.write(body[: len(body) // 2])
            request.wfile.flush()
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        request.wfile.write(body)
