"""A browser driven over the W3C WebDriver protocol: just what these tests need, standard library only."""

import base64
import json
import subprocess
import time
import urllib.error
import urllib.request

PATIENCE_S = 30
KEY_TAB = "\ue004"
KEY_ENTER = "\ue007"


class BrowserError(Exception):
    """The browser or its driver refused something."""


class Browser:
    """A headless Chromium with a window of its own. Use as a context manager."""

    def __init__(self, language="en", width=1000, height=1400):
        self._arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                           "--disable-background-networking", f"--lang={language}", f"--window-size={width},{height}"]
        self._language = language
        self._driver = None
        self._base = None
        self._session = None

    def __enter__(self):
        self._driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self._driver.stdout:
            if "successfully on port" in line:
                port = int("".join(c for c in line.rsplit("port", 1)[1] if c.isdigit()))
                break
        if port is None:
            raise BrowserError("chromedriver did not start")
        self._base = f"http://127.0.0.1:{port}"
        options = {"args": self._arguments, "prefs": {"intl.accept_languages": self._language}}
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}})
        self._session = answer["sessionId"]
        return self

    def __exit__(self, *_):
        try:
            self._ask("DELETE", f"/session/{self._session}")
        except (BrowserError, OSError):
            pass
        self._driver.terminate()
        self._driver.wait(PATIENCE_S)
        self._driver.stdout.close()

    def _ask(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise BrowserError(json.load(error)["value"]["message"]) from error

    def _here(self, method, path, body=None):
        return self._ask(method, f"/session/{self._session}{path}", body)

    def open(self, address):
        self._here("POST", "/url", {"url": address})

    def run(self, script, *arguments):
        """The value a script returns."""
        return self._here("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """The value a script hands to the callback that is its last argument."""
        return self._here("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.innerText ?? null", selector)

    def wait(self, condition, sentence, seconds=PATIENCE_S):
        """Until condition() is true; returns what it returned."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise BrowserError(f"{sentence}; the page says: {self.text('main')}")

    def wait_text(self, selector, wanted, seconds=PATIENCE_S):
        self.wait(lambda: wanted in (self.text(selector) or ""), f"{selector} does not say '{wanted}'", seconds)

    def key(self, key):
        self._here("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}]})

    def media(self, **features):
        """Emulates media features, e.g. prefers_color_scheme="dark"."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self._here("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": wanted}})

    def resize(self, width, height):
        """The size of the page itself; a window has a least width."""
        self._here("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}})

    def screenshot(self, path):
        data = base64.b64decode(self._here("GET", "/screenshot"))
        with open(path, "wb") as file:
            file.write(data)
        return data
