"""What the tests of the server's page have in common: the server with the real model, the browser, and ways to use the page.

    pip install --no-deps -r Tests/Browser/requirements.txt
    QUIRE_SERVER=BINARY QUIRE_TEST_MODEL=FILE python3 -m unittest discover -s Tests/Browser -p '*_test.py'

PICTURES names a folder for screenshots, also as drawings, CHROMIUM another browser, PAGE the address of a server that
runs already.
"""
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "EndToEnd"))
import chromium  # noqa: E402
import serving  # noqa: E402

CHAT = "/v1/chat/completions"
TEXT = """# Heading
A paragraph with **bold**, *italic*, `code` and [a link](https://swift.org).

1. one
   - inner
2. two

```swift
let longLine = "%s"
```
""" % ("x" * 200)


def stream(*texts, done=True):
    """The server-sent events of an answer."""
    parts = [{"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in texts]
    return "".join(f"data: {json.dumps(part)}\n\n" for part in parts) + ("data: [DONE]\n\n" if done else "")


class PageCase(unittest.TestCase):
    """A test on a page that has just been opened."""

    @classmethod
    def setUpClass(cls):
        cls.server = None
        cls.base = os.environ.get("PAGE")
        if cls.base is None:
            state = tempfile.TemporaryDirectory()
            cls.addClassCleanup(state.cleanup)
            cls.server = serving.Server(
                "--model", os.environ["QUIRE_TEST_MODEL"], "--max-model-len", "2048", "--state-dir", state.name)
            cls.base = f"http://127.0.0.1:{cls.server.port}"
        cls.browser = chromium.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        if cls.server:
            cls.server.kill()

    def setUp(self):
        browser = self.browser
        browser.stub({})
        browser.look(1100, 800, "light")
        browser.open(self.base + "/")
        browser.wait("document.querySelector('#model').value !== ''")
        browser.value("window.violations = []; addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective)); 0")

    def tearDown(self):
        self.assertEqual(self.browser.value("window.violations ?? []"), [])
        thrown = [given for method, given in self.browser.events if method == "Runtime.exceptionThrown"]
        self.assertEqual(thrown, [])

    def field(self, name, value):
        self.browser.value(f"document.querySelector('#{name}').value = {json.dumps(str(value))}; 0")

    def greedy(self, count):
        self.field("field-temperature", 0)
        self.field("field-max_tokens", count)

    def say(self, text):
        self.browser.value("document.querySelector('#text').focus()")
        self.browser.type(text)
        self.browser.press("Enter")

    def messages(self):
        return self.browser.value("[...document.querySelectorAll('#messages > li')].map((one) => [one.className, one.querySelector('.text').textContent])")

    def ended(self):
        self.browser.wait("!document.querySelector('#send').hidden")

    def note(self):
        return self.browser.value("[...document.querySelectorAll('.actions span')].at(-1).textContent")

    def exported(self, form="messages"):
        self.browser.click("#export-" + form)
        return json.loads(self.browser.download("conversation.json"))

    def imported(self, value):
        path = os.path.join(self.browser.folder, "import.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))
        self.browser.choose_file("#import", path)
        self.browser.wait("document.querySelector('#import').value === ''")

    def problem(self):
        return self.browser.value("document.querySelector('#problem').textContent")

    def ask(self, body):
        """The server's own answer to a body."""
        return self.browser.value(f"fetch('{CHAT}', {{method: 'POST', headers: {{'Content-Type': 'application/json'}}, "
                                  f"body: {json.dumps(json.dumps(body))}}}).then((answer) => answer.json())")
