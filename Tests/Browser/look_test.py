"""The page for all who use it: axe-core in both colours at three widths, the keyboard, motion, batch jobs."""
import glob
import importlib.util
import json
import os
import unittest

from page_case import PageCase, TEXT

def axe():
    package = importlib.util.find_spec("axe_playwright_python").submodule_search_locations[0]
    with open(glob.glob(package + "/**/axe.min.js", recursive=True)[0], encoding="utf-8") as file:
        return file.read()


class Look(PageCase):
    def test_jobs_are_shown_where_there_are_some(self):
        browser = self.browser
        jobs = [{"id": "batch_1", "status": "in_progress", "request_counts": {"total": 500, "completed": 120, "failed": 3}},
                {"id": "batch_0", "status": "completed", "request_counts": {"total": 2, "completed": 2, "failed": 0}, "output_file_id": "file-1",
                 "error_file_id": "file-2"},
                {"id": "batch_00", "status": "failed", "errors": {"data": [{"message": "line 3 is <b>no JSON"}]}}]
        self.assertTrue(browser.value("document.querySelector('#jobs').hidden"))
        browser.stub({"/v1/batches": (200, "application/json", json.dumps({"data": jobs})), 
                      "/v1/files/file-1/content": (200, "text/plain", "{}\n"), "/v1/files/file-2/content": (404, "text/plain", "")})
        browser.value("document.querySelector('#key').dispatchEvent(new Event('change')); 0")
        browser.wait("!document.querySelector('#jobs').hidden")
        self.assertEqual(browser.value("[...document.querySelectorAll('#job-list span')].map((one) => one.textContent)"),
                         ["in progress: 123 of 500, 3 failed", "completed: 2 of 2", "failed: 0 of 0 (line 3 is <b>no JSON)"])
        self.assertEqual(browser.value("document.querySelector('#job-list progress').position"), 123 / 500)
        jobs[0]["request_counts"]["completed"] = 400
        browser.stubs["/v1/batches"] = (200, "application/json", json.dumps({"data": jobs}))
        browser.wait("document.querySelector('#job-list span').textContent.includes('403 of 500')", 10)
        browser.click("#job-list li:nth-child(2) button")
        self.assertEqual(browser.download("batch_0.jsonl"), "{}\n")
        browser.click("#job-list li:nth-child(2) button:nth-of-type(2)")
        browser.wait("document.querySelector('#problem').textContent.includes('status 404')", 10)

    def test_a_keyboard_reaches_everything(self):
        browser = self.browser
        self.imported([["a", TEXT]])
        browser.click("#settings-button")
        seen = set()
        for _ in range(80):
            browser.press("Tab")
            seen.add(browser.value("(() => { const one = document.activeElement; return one.id || one.textContent.slice(0, 20); })()"))
        controls = browser.value("[...document.querySelectorAll('button, input, select, textarea, a, [tabindex]')]"
                                 ".filter((one) => one.offsetParent).map((one) => one.id || one.textContent.slice(0, 20))")
        self.assertLessEqual(set(controls), seen)
        browser.value("document.querySelector('#system').focus()")
        browser.press("Escape")
        self.assertTrue(browser.value("document.querySelector('#settings').hidden"))
        self.assertEqual(browser.value("document.activeElement.id"), "settings-button")

    def test_axe_finds_nothing(self):
        browser = self.browser
        jobs = [{"id": "batch_1", "status": "in_progress", "request_counts": {"total": 9, "completed": 1}, "output_file_id": "file-1"}]
        browser.stub({"/v1/batches": (200, "application/json", json.dumps({"data": jobs}))})
        browser.value("document.querySelector('#key').dispatchEvent(new Event('change')); 0")
        browser.wait("!document.querySelector('#jobs').hidden")
        self.imported([["What is a quire?", TEXT], ["And this?", "See https://swift.org.\n\n- a\n- b"]])
        browser.value(axe() + "; 0")
        pictures = os.environ.get("PICTURES")
        for scheme in ("light", "dark"):
            for name, width, height in (("wide", 1100, 800), ("phone", 375, 740), ("narrow", 320, 640)):
                for is_open in (False, True):
                    browser.look(width, height, scheme)
                    if browser.value("document.querySelector('#settings').hidden") == is_open:
                        browser.click("#settings-button")
                    browser.value("document.querySelector('#text').focus()")
                    with self.subTest(scheme=scheme, width=width, settings=is_open):
                        found = browser.value("axe.run().then((found) => found.violations.map((one) => "
                                              "[one.id, one.impact, one.nodes.map((node) => node.html.slice(0, 200))]))")
                        self.assertEqual(found, [])
                        self.assertLessEqual(browser.value("document.documentElement.scrollWidth"), width)
                    if pictures:
                        path = os.path.join(pictures, f"{scheme}-{name}{'-settings' if is_open else ''}")
                        browser.picture(path + ".png")
                        browser.drawing(path + ".svg")
        # The page's own choice of colours wins over the system's.
        browser.look(1100, 800, "light")
        background = "getComputedStyle(document.body).backgroundColor"
        light = browser.value(background)
        browser.value("document.querySelector('#theme').value = 'dark'; document.querySelector('#theme').dispatchEvent(new Event('change')); 0")
        self.assertNotEqual(browser.value(background), light)

    def test_nothing_moves_for_those_who_ask(self):
        browser = self.browser
        self.imported([["a", "b"]])
        browser.value("document.querySelector('#messages > .assistant').classList.add('streaming')")
        name = "getComputedStyle(document.querySelector('#messages > .assistant .text'), '::after').animationName"
        self.assertEqual(browser.value(name), "blink")
        browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
        self.assertEqual(browser.value(name), "none")


if __name__ == "__main__":
    unittest.main()
