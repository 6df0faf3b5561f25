import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium")]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ohmshot", "workbench", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert "open at" in server.stdout.readline()
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(10)


def test_a_chip_learns_and_the_map_lights_the_cells_of_the_last_update(address: str) -> None:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(address)
        page.locator("#source option").first.wait_for(state="attached", timeout=60_000)
        page.click("#fetch")
        page.locator(".class canvas").first.wait_for(timeout=60_000)
        page.click("#learn")
        page.locator("#steps tr").nth(5).wait_for(timeout=120_000)
        right, of = page.locator("#steps tr").nth(5).locator("td").nth(1).inner_text().split("/")
        assert int(right) >= 0.95 * int(of)
        changed = int(page.locator("#steps tr").nth(5).locator("td").nth(3).inner_text())
        lit = (page.locator("#map canvas").get_attribute("data-lit") or "").split()
        # Some cells whose target moves already lie within their new window and get no pulse.
        assert 0 < len(lit) <= changed
        assert not wrong
        browser.close()
