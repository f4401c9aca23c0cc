"""The page's conversation: turns, stop, other answers, the clipboard, files."""
import json
import time
import unittest

from page_case import CHAT, PageCase, TEXT, stream


class Turns(PageCase):
    def test_an_answer_comes_in_parts_and_is_the_server_s(self):
        browser = self.browser
        self.greedy(40)
        browser.value("""window.lengths = new Set(); new MutationObserver(() => {
            const one = document.querySelector('#messages > .assistant .text'); if (one) lengths.add(one.textContent.length); })
            .observe(document.querySelector('#messages'), { subtree: true, childList: true, characterData: true }); 0""")
        self.say("Tell me about the sea.")
        self.assertEqual(browser.value("document.activeElement.id"), "text")
        self.ended()
        question = {"role": "user", "content": "Tell me about the sea."}
        expected = self.ask({"messages": [question], "temperature": 0, "max_tokens": 40})["choices"][0]["message"]
        self.assertEqual(self.exported(), [question, {"role": "assistant", "content": expected["content"]}])
        self.assertGreater(browser.value("lengths.size"), 3)
        self.assertIn("40 tokens", self.note())
        self.assertEqual(browser.value("document.querySelector('#status').textContent"), "Exported.")
        # The next turn is asked with all that was said, and the system text.
        self.field("system", "You speak like a pirate.")
        self.say("And the sky?")
        self.ended()
        said = self.exported()
        self.assertEqual([one["role"] for one in said], ["system", "user", "assistant", "user", "assistant"])
        expected = self.ask({"messages": said[:4], "temperature": 0, "max_tokens": 40})["choices"][0]["message"]
        self.assertEqual(said[4]["content"], expected["content"])

    def test_enter_sends_and_shift_with_enter_breaks_the_line(self):
        browser = self.browser
        self.greedy(2)
        browser.value("document.querySelector('#text').focus()")
        browser.press("Enter")
        self.assertEqual(self.messages(), [])
        browser.type("one")
        browser.press("Enter", shift=True)
        browser.type("two")
        browser.press("Enter")
        self.ended()
        self.assertEqual(self.messages()[0], ["user", "one\ntwo"])
        browser.value("""document.querySelector('#text').value = '日本';
            document.querySelector('#text').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })); 0""")
        self.assertEqual(len(self.messages()), 2)

    def test_escape_stops_an_answer_and_its_request(self):
        browser = self.browser
        self.greedy(1500)
        self.say("Count from one to a thousand.")
        browser.wait("document.querySelector('#messages > .assistant .text').textContent.length > 20")
        browser.press("Escape")
        self.ended()
        self.assertIn("stopped", self.note())
        counts = []
        for _ in range(2):
            # Time enough for some tokens, were they still made.
            time.sleep(1)
            counts.append(browser.value("fetch('/metrics').then((answer) => answer.text())"
                                        ".then((text) => /^quire_generation_tokens_total (.*)$/m.exec(text)[1])"))
        self.assertEqual(*counts)
        self.assertGreater(len(self.exported()[1]["content"]), 20)
        # What was asked but not begun to be answered is in the field again.
        browser.stub({CHAT: (200, "text/event-stream", stream())})
        self.say("Again.")
        self.ended()
        browser.stub({})
        self.greedy(1500)
        self.say("On.")
        browser.wait("!document.querySelector('#stop').hidden")
        browser.click("#stop")
        self.ended()
        self.assertEqual(browser.value("document.activeElement.id"), "text")

    def test_regenerating_draws_another_answer(self):
        self.field("field-max_tokens", 24)
        self.say("Invent a name for a ship, and a story.")
        self.ended()
        answers = [self.exported()[1]["content"]]
        for attempt in (1, 2):
            self.browser.click("#messages > li:last-child .actions button:nth-child(2)")
            self.ended()
            self.assertIn(f"seed {attempt}", self.note())
            self.assertEqual(len(self.messages()), 2)
            answers.append(self.exported()[1]["content"])
        self.assertEqual(len(set(answers)), 3, answers)
        body = {"messages": self.exported()[:1], "max_tokens": 24, "seed": 2}
        self.assertEqual(self.ask(body)["choices"][0]["message"]["content"], answers[2])
        # An answer that cannot be replaced stands again.
        self.browser.stub({CHAT: (429, "application/json", '{"error":{"message":"too many"}}', ("Retry-After", "7"))})
        self.browser.click("#messages > li:last-child .actions button:nth-child(2)")
        self.ended()
        self.assertEqual(self.exported()[1]["content"], answers[2])
        self.browser.stub({})

    def test_a_message_is_copied_as_it_was_written(self):
        browser = self.browser
        browser.send("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        self.imported([["q", TEXT]])
        browser.click("#messages > .assistant .actions button")
        browser.wait("document.querySelector('#messages > .assistant .actions button').textContent === 'Copied'")
        self.assertEqual(browser.value("navigator.clipboard.readText()"), TEXT)

    def test_a_history_is_exported_and_imported(self):
        browser = self.browser
        pairs = {"system": "be brief", "history": [["a", "**b**"], ["c <b>", "d\n\ne"]]}
        self.imported(pairs)
        self.assertEqual(self.messages()[1], ["assistant", "b"])
        self.assertEqual(self.exported("pairs"), pairs)
        said = self.exported()
        self.assertEqual(said[0], {"role": "system", "content": "be brief"})
        browser.click("#new")
        self.assertEqual(self.messages(), [])
        self.field("system", "")
        self.imported(said)
        self.assertEqual(self.exported(), said)
        for wrong in ("{", "[1]", '[{"role":"tool","content":"a"}]'):
            self.imported(wrong)
            self.assertIn("Not imported", self.problem())
        self.assertEqual(self.exported(), said)
        self.imported(said[:2])
        browser.click("#export-pairs")
        self.assertIn("export messages", self.problem())

    def test_a_job_is_followed_to_its_end(self):
        browser = self.browser
        line = {"method": "POST", "url": CHAT, "body": {"messages": [{"role": "user", "content": "Hello."}], "max_tokens": 8}}
        lines = "".join(json.dumps({"custom_id": f"line-{number}"} | line) + "\n" for number in range(3))
        lines += json.dumps({"custom_id": "wrong"} | line | {"body": {"messages": []}}) + "\n"
        browser.value(f"""(async () => {{
            const form = new FormData();
            form.append("purpose", "batch");
            form.append("file", new Blob([{json.dumps(lines)}]), "lines.jsonl");
            const file = await (await fetch("/v1/files", {{ method: "POST", body: form }})).json();
            const body = JSON.stringify({{ input_file_id: file.id, endpoint: "{CHAT}", completion_window: "24h" }});
            await fetch("/v1/batches", {{ method: "POST", headers: {{ "Content-Type": "application/json" }}, body }});
        }})()""")
        browser.value("document.querySelector('#key').dispatchEvent(new Event('change')); 0")
        browser.wait("document.querySelector('#job-list span')?.textContent === 'completed: 4 of 4, 1 failed'")
        name = browser.value("document.querySelector('#job-list code').textContent")
        browser.click("#job-list button")
        self.assertEqual(len(browser.download(name + ".jsonl").splitlines()), 3)
        browser.click("#job-list button:nth-of-type(2)")
        self.assertIn('"wrong"', browser.download(name + ".errors.jsonl"))


if __name__ == "__main__":
    unittest.main()
