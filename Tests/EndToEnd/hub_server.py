"""A hub on this machine: the HTTP paths of Hugging Face and of ModelScope, large files on a second server, faults at will."""
import hashlib
import http.server
import json
import threading
import urllib.parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def git_name(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub:
    """Serves one repository; `files` maps paths to contents, those in `large` are kept as Git LFS does."""

    def __init__(self, files, large=(), repository="Org/Name-1.5"):
        self.files, self.large, self.repository = files, set(large), repository
        self.requests = []  # (server, method, path, headers)
        self.lock = threading.Lock()
        self.lists_blobs = True
        self.listed = {}  # path -> what the listing says instead
        self.honours_ranges = True
        self.cuts = {}  # path -> list of bytes after which an answer breaks off, one an answer
        self.statuses = {}  # path or "listing" -> list of (status, headers), one an answer
        self.wrong = {}  # path -> content that is sent instead
        self.delay = threading.Event()
        self.delay.set()
        self.hub = self.serve("hub")
        self.storage = self.serve("storage")
        self.endpoint = "http://127.0.0.1:%d" % self.hub.server_port

    def serve(self, name):
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                with hub.lock:
                    hub.requests.append((name, self.command, self.path, dict(self.headers)))
                hub.answer(self, name)

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        # Clients that leave early are part of the tests.
        server.handle_error = lambda *arguments: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def close(self):
        for server in (self.hub, self.storage):
            server.shutdown()
            server.server_close()

    def reply(self, handler, status, body=b"", **headers):
        handler.send_response(status)
        for key, value in headers.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    def answer(self, handler, server):
        url = urllib.parse.urlsplit(handler.path)
        path, query = urllib.parse.unquote(url.path), urllib.parse.parse_qs(url.query)
        if server == "storage":
            return self.content(handler, query["path"][0])
        if path.startswith("/api/v1/models/%s/repo" % self.repository):
            if path.endswith("/files"):
                return self.fault(handler, "listing") or self.modelscope_listing(handler)
            return self.content(handler, query["FilePath"][0])
        if path.startswith("/api/models/%s/revision/" % self.repository):
            return self.fault(handler, "listing") or self.listing(handler, query)
        prefix = "/%s/resolve/%s/" % (self.repository, COMMIT)
        if path.startswith(prefix):
            return self.resolve(handler, path[len(prefix):])
        self.reply(handler, 404, b'{"error":"Repository not found"}', X_Error_Code="RepoNotFound")

    def fault(self, handler, key):
        with self.lock:
            fault = self.statuses.get(key) and self.statuses[key].pop(0)
        if fault:
            self.reply(handler, fault[0], b'{"error":"made up"}', **fault[1])
        return bool(fault)

    def listing(self, handler, query):
        siblings = []
        for path, content in self.files.items():
            entry = {"rfilename": path}
            if self.lists_blobs and query.get("blobs"):
                entry.update(size=len(content), blobId=git_name(content))
                if path in self.large:
                    entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
            entry.update(self.listed.get(path, {}))
            siblings.append(entry)
        body = {"id": self.repository, "sha": COMMIT, "siblings": siblings}
        self.reply(handler, 200, json.dumps(body).encode(), Content_Type="application/json")

    def modelscope_listing(self, handler):
        files = [{"Path": "sub", "Type": "tree", "Size": 0}]
        for path, content in self.files.items():
            entry = {"Path": path, "Type": "blob", "Size": len(content), "Sha256": hashlib.sha256(content).hexdigest()}
            entry.update(self.listed.get(path, {}))
            files.append(entry)
        self.reply(handler, 200, json.dumps({"Code": 200, "Data": {"Files": files}}).encode())

    def resolve(self, handler, path):
        if self.fault(handler, path):
            return
        if path not in self.files:
            return self.reply(handler, 404, b"", X_Error_Code="EntryNotFound")
        content = self.files[path]
        if path not in self.large:
            return self.content(handler, path, ETag='"%s"' % git_name(content), X_Repo_Commit=COMMIT)
        place = "http://localhost:%d/?path=%s&Signature=s3cret" % (self.storage.server_port, urllib.parse.quote(path))
        self.reply(
            handler, 302, b"moved", Location=place, X_Repo_Commit=COMMIT, X_Linked_Size=str(len(content)),
            X_Linked_Etag='"%s"' % hashlib.sha256(content).hexdigest())

    def content(self, handler, path, **headers):
        self.delay.wait(20)
        content = self.wrong.get(path, self.files.get(path))
        start, end, status = 0, len(content), 200
        asked = handler.headers.get("Range")
        if asked and self.honours_ranges:
            first, last = asked.removeprefix("bytes=").split("-")
            start, end, status = int(first), min(int(last) + 1 if last else end, end), 206
            if start >= len(content):
                return self.reply(handler, 416, b"")
            headers["Content_Range"] = "bytes %d-%d/%d" % (start, end - 1, len(content))
        with self.lock:
            cut = self.cuts[path].pop(0) if self.cuts.get(path) else None
        handler.send_response(status)
        for key, value in headers.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.send_header("Content-Length", str(end - start))
        handler.end_headers()
        if handler.command == "HEAD":
            return
        body = content[start:end]
        handler.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            handler.wfile.flush()
            handler.close_connection = True
