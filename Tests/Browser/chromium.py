"""A page in headless Chromium, driven over its DevTools protocol."""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

import websocket

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, "")}


class Browser:
    """One tab with a profile of its own, ended with `close`."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.log = open(os.path.join(self.folder, "log"), "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0",
             "--remote-allow-origins=*", "--no-first-run", "--disable-extensions", "--disable-background-networking",
             f"--user-data-dir={self.folder}/profile", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log)
        self.socket = websocket.create_connection(self.address(), timeout=60)
        self.last, self.session, self.events, self.answers = 0, None, [], {}
        # Requests whose paths have a stub, as the browser sent them.
        self.asked = []
        self.downloads = os.path.join(self.folder, "downloads")
        target = next(one for one in self.send("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self.session = self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Log"):
            self.send(domain + ".enable")
        # The clipboard is for pages that have the focus.
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        self.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.downloads)

    def address(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with open(self.log.name, encoding="utf-8", errors="replace") as file:
                found = re.search(r"DevTools listening on (ws://\S+)", file.read())
            if found:
                return found.group(1)
            time.sleep(0.05)
        raise AssertionError("Chromium does not start")

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self):
        message = json.loads(self.socket.recv())
        if "id" in message:
            self.answers[message["id"]] = message
            return
        method, given = message["method"], message["params"]
        self.events.append((method, given))
        if method == "Page.javascriptDialogOpening":
            self.post("Page.handleJavaScriptDialog", accept=True)
        elif method == "Fetch.requestPaused":
            self.answer(given)

    def post(self, method, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        self.socket.send(json.dumps(message | ({"sessionId": self.session} if self.session else {})))
        return self.last

    def send(self, method, **parameters):
        """The result of a command."""
        number = self.post(method, **parameters)
        while number not in self.answers:
            self.read()
        message = self.answers.pop(number)
        if "error" in message:
            raise AssertionError(f"{method}: {message['error']}")
        return message["result"]

    # What is answered here instead of by the server: path to (status, type, text, fields …), or to a network failure.
    stubs = {}

    def stub(self, stubs):
        """Answers some paths of the server from now on."""
        self.stubs = stubs
        if stubs:
            self.send("Fetch.enable", patterns=[{"urlPattern": "*" + path + "*"} for path in stubs])
        else:
            self.send("Fetch.disable")

    def answer(self, paused):
        number = paused["requestId"]
        self.asked.append(paused["request"])
        stub = next((stub for path, stub in self.stubs.items() if path in paused["request"]["url"]), None)
        if stub is None:
            self.post("Fetch.continueRequest", requestId=number)
        elif isinstance(stub, str):
            self.post("Fetch.failRequest", requestId=number, errorReason=stub)
        else:
            status, kind, text = stub[:3]
            fields = [{"name": name, "value": value} for name, value in [("Content-Type", kind), *stub[3:]]]
            self.post("Fetch.fulfillRequest", requestId=number, responseCode=status, responseHeaders=fields,
                      body=base64.b64encode(text.encode()).decode())

    def open(self, url):
        self.events.clear()
        self.value("window.isOld = true")
        self.send("Page.navigate", url=url)
        self.wait("!window.isOld && document.readyState === 'complete'")

    def value(self, expression):
        """The value of an expression of JavaScript, awaited."""
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression[:200]}: {json.dumps(result['exceptionDetails'])[:1000]}")
        return result["result"].get("value")

    def wait(self, expression, seconds=60):
        """Waits until an expression is true, and returns its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.value(expression)
            if value:
                return value
            time.sleep(0.03)
        raise AssertionError(f"never true: {expression}")

    def click(self, selector):
        self.value(f"(() => {{ const one = document.querySelector({json.dumps(selector)}); one.focus(); one.click(); }})()")

    def type(self, text):
        self.send("Input.insertText", text=text)

    def press(self, key, shift=False):
        code, text = KEYS[key]
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def choose_file(self, selector, path):
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[path])

    def download(self, name):
        """What was saved under a name, which is removed."""
        path = os.path.join(self.downloads, name)
        end = time.monotonic() + 30
        while not os.path.exists(path):
            if time.monotonic() > end:
                raise AssertionError(f"{name} was not saved")
            time.sleep(0.05)
            # What the browser asks meanwhile is answered.
            self.value("0")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        os.remove(path)
        return text

    def look(self, width, height, scheme, scale=1):
        """Sets the window's size and the colours that the system asks for."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def drawing(self, path):
        """Writes what the window shows as an SVG, for the pages of the documentation."""
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "drawing.js"), encoding="utf-8") as file:
            program = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.value(program))
