"""The page of `quire serve` without a browser; Tests/Browser has it in one, with the real model."""
import glob
import os
import re
import shutil
import subprocess
import unittest

from harness import ROOT, QuireTestCase

FILE = re.compile(r'static let (\w+) = #"""\n(.*?)\n    """#', re.DOTALL)


class ChatPage(QuireTestCase):
    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_texts_become_nodes_streams_events_and_files_conversations(self):
        names = set()
        for path in glob.glob(os.path.join(ROOT, "Sources/QuireServer/Page/ChatPage+*.swift")):
            with open(path, encoding="utf-8") as file:
                for name, text in FILE.findall(file.read()):
                    names.add(name)
                    self.write(name + ".js", re.sub(r"(?m)^    ", "", text))
        self.assertLessEqual({"markdown", "stream", "history", "main"}, names)
        self.write("package.json", '{"type": "module"}')
        for name in names - {"frame", "style"}:
            subprocess.run(["node", "--check", self.path(name + ".js")], check=True)
        ran = subprocess.run(
            ["node", os.path.join(ROOT, "Tests/EndToEnd/chat_page_view.mjs"), self.folder], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)


if __name__ == "__main__":
    unittest.main()
