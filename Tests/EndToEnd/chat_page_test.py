"""The page of `quire serve` without a browser; Tests/Browser has it in one, with the real model."""
import glob
import os
import re
import shutil
import subprocess
import unittest

import serving
from harness import ROOT, QuireTestCase

FILE = re.compile(r'static let (\w+) = #"""\n(.*?)\n    """#', re.DOTALL)


def sources():
    """The page's files as they stand in the sources, by their names there."""
    found = {}
    for path in glob.glob(os.path.join(ROOT, "Sources/QuireServer/Page/ChatPage+*.swift")):
        with open(path, encoding="utf-8") as file:
            found |= {name: re.sub(r"(?m)^    ", "", text) for name, text in FILE.findall(file.read())}
    return found


class ChatPage(QuireTestCase):
    def test_a_browser_gets_the_page_without_a_key_and_once(self):
        server = serving.Server("--model", self.tiny(), environment={"QUIRE_API_KEYS": "secret"})
        self.addCleanup(server.kill)
        files = sources()
        for path, name, kind in (("/", "frame", "text/html"), ("/page/page.css", "style", "text/css"), ("/page/main.js", "main", "text/javascript")):
            status, headers, body = server.ask("GET", path)
            self.assertEqual((status, headers["Content-Type"], body.decode()), (200, kind + "; charset=utf-8", files[name]))
            self.assertIn("script-src 'self'", headers["Content-Security-Policy"])
            known = {"If-None-Match": headers["ETag"]}
            self.assertEqual(server.ask("GET", path, headers=known)[::2], (304, b""))
            self.assertEqual(server.ask("HEAD", path)[::2], (200, b""))
        self.assertEqual(server.ask("GET", "/page/../main.js")[0], 404)
        self.assertEqual(server.ask("POST", "/", {})[0], 405)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_texts_become_nodes_streams_events_and_files_conversations(self):
        files = sources()
        for name, text in files.items():
            self.write(name + ".js", text)
        self.assertLessEqual({"markdown", "stream", "history", "main"}, set(files))
        self.write("package.json", '{"type": "module"}')
        for name in set(files) - {"frame", "style"}:
            subprocess.run(["node", "--check", self.path(name + ".js")], check=True)
        ran = subprocess.run(
            ["node", os.path.join(ROOT, "Tests/EndToEnd/chat_page_view.mjs"), self.folder], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)


if __name__ == "__main__":
    unittest.main()
