"""Drive a headless Chromium through its debugging protocol."""

import base64
import contextlib
import itertools
import json
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

import websocket

PATIENCE = 60  # seconds
OPTIONS = [
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--hide-scrollbars",
    "--mute-audio",
]
SETTLED = """
(() => {
    const busy = ".o_blockUI, .o_ui_blocked, .o_loading_indicator";
    return Boolean(document.querySelector(%s))
        && !document.querySelector(busy)
        && document.fonts.status === "loaded"
        && [...document.images].every((image) => image.complete);
})()
"""

COMPLAINT = """
[...document.querySelectorAll(".modal, .o_notification")].map((box) => box.innerText).join("; ")
"""


@contextlib.contextmanager
def browser(program):
    """Yield a page of a new browser, which ends with the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [program, *OPTIONS, f"--user-data-dir={home}", "about:blank"]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield Page(_find_page(home))
        finally:
            running.terminate()
            running.wait(PATIENCE)


def _find_page(home):
    """Return the address of the browser's only page, once it is there."""
    marker = Path(home) / "DevToolsActivePort"
    wait_for(lambda: marker.is_file() and marker.read_text().count("\n"), "the browser")
    port = marker.read_text().split("\n")[0]
    targets = json.load(urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE))
    return next(target for target in targets if target["type"] == "page")["webSocketDebuggerUrl"]


def wait_for(condition, what):
    """Return the first true value of a condition; TimeoutError after a minute."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.1)
    return value


class Page:
    """One page of a browser."""

    def __init__(self, address):
        self._socket = websocket.create_connection(
            address, timeout=PATIENCE, suppress_origin=True, max_size=None
        )
        self._numbers = itertools.count(1)
        self.send("Page.enable")

    def send(self, method, **parameters):
        """Call a method of the protocol and return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def resize(self, width, height, is_phone=False):
        """Give the page the size of a screen."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )
        self.send("Emulation.setTouchEmulationEnabled", enabled=is_phone)

    def set_cookie(self, url, name, value):
        """Replace all cookies by one."""
        self.send("Network.clearBrowserCookies")
        self.send("Network.setCookie", url=url, name=name, value=value)

    def open(self, url, ready):
        """Open an address and wait until an element is there and nothing moves any more."""
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=url)
        self.settle(ready)

    def settle(self, ready):
        """Wait until an element is there and nothing is loading."""
        script = SETTLED % json.dumps(ready)
        address = self.evaluate("location.href")
        wait_for(lambda: self.evaluate(script), f"{ready} of {address}")
        time.sleep(1)
        wait_for(lambda: self.evaluate(script), f"{ready} of {address}")
        if complaint := self.evaluate(COMPLAINT):
            raise RuntimeError(f"{address}: {complaint}")

    def evaluate(self, script):
        """Return the value of a script in the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def picture(self):
        """Return what the page shows as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])
