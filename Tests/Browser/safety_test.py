"""What the page must not do: keep things, read HTML in texts, send no key, leave errors unsaid."""
import json
import time
import unittest

from page_case import CHAT, PageCase, stream

HOSTILE = [
    "<script>window.struck = 1</script>", "<img src=x onerror='window.struck = 1'>", "<svg/onload=window.struck=1>",
    "[a](javascript:window.struck=1)", "[a](  javascript:window.struck=1)", "[a](JaVaScRiPt:window.struck=1)",
    "[a](data:text/html,<script>1</script>)", "<a href='javascript:window.struck=1'>a</a>", "`<script>window.struck = 1</script>`",
    "```html\n<script>window.struck = 1</script>\n```", "```\"><img src=x onerror=window.struck=1>\nx\n```", "# <iframe src=//a.example>",
    "- <style>*{display:none}</style>", "![a](https://tracker.example/a.png)", "https://a.example/\"onmouseover=\"window.struck=1",
    "[\u202eelpmaxe](https://a.example)", "&lt;script&gt;window.struck=1&lt;/script&gt;", "<base href=https://a.example/>",
    "<form action=https://a.example><button>x</button></form>", "[a](https://user:secret@a.example)", "**<b onclick=window.struck=1>**",
    "]]><!--<script>window.struck=1</script>-->", "[<img src=x onerror=window.struck=1>](https://a.example)",
]


class Safety(PageCase):
    def test_nothing_is_left_after_a_reload(self):
        browser = self.browser
        self.greedy(3)
        browser.click("#settings-button")
        for name in ("key", "system", "field-stop"):
            browser.value(f"document.querySelector('#{name}').focus()")
            browser.type("secret")
        browser.value("document.querySelector('#theme').value = 'dark'; document.querySelector('#theme').dispatchEvent(new Event('change')); 0")
        self.field("key", "secret")
        self.say("secret")
        self.ended()
        browser.type("secret")
        self.assertEqual(browser.value(
            "(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, "
            "(await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length, location.href])()"),
            [0, 0, "", 0, 0, 0, self.base + "/"])
        browser.send("Page.reload")
        time.sleep(0.5)
        browser.wait("document.readyState === 'complete' && document.querySelector('#model').value !== ''")
        self.assertEqual(self.messages(), [])
        self.assertEqual(set(browser.value(
            "[...document.querySelectorAll('input, textarea, #theme')].map((one) => one.value)")), {""})

    def test_no_text_of_a_model_becomes_more_than_text(self):
        browser = self.browser
        self.imported([["q", text] for text in HOSTILE] + [[text, "a"] for text in HOSTILE])
        browser.stub({CHAT: (200, "text/event-stream", stream(*(text + "\n\n" for text in HOSTILE)))})
        self.say("<img src=x onerror=window.struck=1>")
        self.ended()
        browser.stub({})
        time.sleep(0.3)
        self.assertIsNone(browser.value("window.struck ?? null"))
        names = {"ol", "li", "h2", "h3", "h4", "h5", "h6", "details", "summary", "div", "p", "ul", "pre", "code", "em", "strong", "a", "bdi",
                 "button", "span"}
        found = browser.value("[...document.querySelectorAll('#messages *')].map((one) => one.localName)")
        self.assertLessEqual(set(found), names)
        attributes = browser.value(
            "[...new Set([...document.querySelectorAll('#messages .text *')].flatMap((one) => [...one.attributes].map((a) => a.name)))]")
        self.assertLessEqual(set(attributes), {"href", "rel", "target", "tabindex", "role", "aria-label", "start"})
        links = browser.value("[...document.querySelectorAll('#messages a')].map((one) => [one.href, one.rel, one.textContent])")
        self.assertGreater(len(links), 2)
        for href, rel, text in links:
            self.assertRegex(href, "^https?://")
            self.assertIn("noopener", rel)
            self.assertIn(href, text)
        # Whatever else were to go wrong: the browser itself makes no HTML and no program of a text here.
        self.assertTrue(browser.value("(() => { try { document.body.innerHTML = '<b>'; return false; } catch { return true; } })()"))
        browser.value("violations.length = 0")

    def test_what_goes_wrong_is_said(self):
        browser = self.browser
        refusal = '{"error":{"message":"no key","type":"authentication_error","param":null,"code":"invalid_api_key"}}'
        cases = [
            ((401, "application/json", refusal), "no key"), ((500, "text/plain", "x"), "status 500"), ("ConnectionRefused", "cannot be reached"),
            ((429, "application/json", '{"error":{"message":"full"}}', ("Retry-After", "7")), "try again in 7 s"),
            ((200, "text/event-stream", "data: {\"error\":{\"message\":\"broke\"}}\n\n"), "broke"),
            ((200, "text/event-stream", ""), "broke off"), ((200, "text/event-stream", "data: {\n\n"), "no JSON"),
        ]
        for stub, words in cases:
            with self.subTest(words=words):
                browser.stub({CHAT: stub})
                self.say("hello")
                self.ended()
                self.assertIn(words, self.problem())
                self.assertEqual(self.messages(), [])
                self.assertEqual(browser.value("document.querySelector('#text').value"), "hello")
                browser.value("document.querySelector('#text').value = ''; 0")
        browser.stub({CHAT: (200, "text/event-stream", stream("half an", " answer", done=False))})
        self.say("hello")
        self.ended()
        self.assertEqual(self.messages()[1], ["assistant", "half an answer"])
        self.assertIn("broken off", self.note())
        browser.stub({})
        # A value that the page finds wrong, and one that the server does.
        for value, words in (("warm", "must be a number"), ("-1", "temperature")):
            self.field("field-temperature", value)
            self.say("hello")
            self.ended()
            self.assertIn(words, self.problem())
            browser.value("document.querySelector('#text').value = ''; 0")

    def test_a_key_is_asked_for_and_sent(self):
        browser = self.browser
        refusal = (401, "application/json", '{"error":{"message":"no key"}}')
        browser.stub({"/v1/models": refusal, CHAT: (200, "text/event-stream", stream("hi"))})
        browser.open(self.base + "/")
        browser.wait("document.activeElement.id === 'key'")
        self.assertIn("API key", self.problem())
        browser.stubs["/v1/models"] = (200, "application/json", '{"data":[{"id":"one"},{"id":"two <b>"}]}')
        browser.type("a-key")
        browser.press("Enter")
        browser.wait("document.querySelector('#model').value === 'one'")
        self.assertEqual(self.problem(), "")
        self.field("model", "two <b>")
        self.say("hello")
        self.ended()
        asked = browser.asked[-1]
        self.assertEqual(asked["headers"]["Authorization"], "Bearer a-key")
        self.assertEqual(json.loads(asked["postData"]), {
            "model": "two <b>", "messages": [{"role": "user", "content": "hello"}], "stream": True,
            "stream_options": {"include_usage": True}})


if __name__ == "__main__":
    unittest.main()
