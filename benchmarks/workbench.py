"""How fast the workbench answers, and whether many pages stay apart and small.

    python benchmarks/workbench.py
    python benchmarks/workbench.py --screenshots docs    # also: pictures of the page at two widths, light and dark

Needs `pip install "ohmshot[web,test-web]"` and Chromium at /usr/bin/chromium. Prints Markdown.
"""

import argparse
import json
import statistics
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "workbench"))
from browser import CHROMIUM, FLAGS, learned, opened, served
from playwright.sync_api import sync_playwright

PAGES, ROUNDS = 20, 10


def asked(address: str, path: str, message: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(address + path, json.dumps(message or {}).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def one_session(address: str, seed: int) -> list[str]:
    """What the cells of a page of its own hold after each of some learnings of one task, as the page gets it."""
    session = asked(address, "api/session")["session"]

    def do(operation: str, /, **message: Any) -> dict[str, Any]:
        return asked(address, f"api/do/{operation}?session={session}", message)

    task = {"classes": do("source", name="invented", seed=seed)["classes"]}
    return [do("learn", task=task)["steps"][-1]["cells"]["target"] for _ in range(ROUNDS)]


def memory_of(address: str) -> float:
    """Megabytes that the process behind an address holds."""
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    line = f"00000000:{port:04X}".replace("00000000", "0100007F")
    inode = next(row.split()[9] for row in Path("/proc/net/tcp").read_text().splitlines()[1:]
                 if row.split()[1] == line and row.split()[3] == "0A")  # fmt: skip
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if f"socket:[{inode}]" in str(link.readlink()):
                status = (link.parents[1] / "status").read_text()
                return int(status.split("VmRSS:")[1].split()[0]) / 1024
        except OSError:
            continue
    raise RuntimeError("no process listens there")


def many_pages(address: str) -> None:
    with ThreadPoolExecutor(PAGES) as pool:
        begun = time.perf_counter()
        together = list(pool.map(lambda seed: one_session(address, seed), range(PAGES)))
        seconds = time.perf_counter() - begun
        first = memory_of(address)
        list(pool.map(lambda seed: one_session(address, seed), range(PAGES)))
    alone = [one_session(address, seed)[0] for seed in range(PAGES)]
    mixed = sum(cells != alone[seed] for seed, page in enumerate(together) for cells in page)
    print(f"| {PAGES} pages at once, {PAGES * ROUNDS} learnings | {seconds:.1f} s, {mixed} mixed up |")
    print(f"| memory after {PAGES} pages, and after {2 * PAGES} | {first:.0f} and {memory_of(address):.0f} MB |")


def one_page(browser: Any, address: str) -> None:
    begun = time.perf_counter()
    page = opened(browser, address)
    print(f"| first page after the server is up | {time.perf_counter() - begun:.2f} s |")
    page.wait_for_timeout(8000)  # what is done in the background is done
    page.select_option("#source", "invented")
    page.click("#fetch")
    page.locator(".class canvas").nth(24).wait_for(timeout=60_000)
    learned(page)
    times = page.evaluate(
        """async () => {
          const times = [];
          for (let i = 0; i < 21; i++) {
            const steps = document.querySelector("#steps"), begun = performance.now();
            const done = new Promise((resolve) => new MutationObserver((_, watch) => {
              if (steps.querySelectorAll("tr").length >= 6) { watch.disconnect(); resolve(); }
            }).observe(steps, { childList: true }));
            document.querySelector("#learn").click();
            await done;
            times.push(performance.now() - begun);
            await new Promise((next) => setTimeout(next, 200));
          }
          return times;
        }"""
    )
    print(f"| learn to the last update, no animation, median of 21 | {statistics.median(times) / 1000:.3f} s |")
    page.click("#tab-time")
    page.wait_for_timeout(500)
    times = page.evaluate(SLIDER, ["#celsius", "#map canvas, #time-map canvas, #bake-words"])
    print(f"| bake slider to answer, median of 50 | {statistics.median(times):.0f} ms |")
    page.click("#tab-engineer")
    page.wait_for_timeout(1000)
    times = page.evaluate(SLIDER, ["[name=tolerance]", "#answered"])
    print(f"| Engineer slider to answer drawn, median of 50 | {statistics.median(times):.0f} ms |")
    page.context.close()


SLIDER = """async ([slider, shown]) => {
  const input = document.querySelector(slider), times = [];
  const low = Number(input.min) || 0, high = Number(input.max) || 10;
  for (let i = 0; i < 50; i++) {
    const places = [...document.querySelectorAll(shown)], begun = performance.now();
    const done = new Promise((resolve) => {
      const watch = new MutationObserver(() => { watch.disconnect(); requestAnimationFrame(() => resolve()); });
      for (const each of places) {
        watch.observe(each, { attributes: true, childList: true, characterData: true, subtree: true });
      }
      setTimeout(resolve, 3000);
    });
    input.value = String(low + ((i % 17) + 1) / 20 * (high - low));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await done;
    times.push(performance.now() - begun);
    await new Promise((next) => setTimeout(next, 120));
  }
  return times;
}"""


def screenshots(browser: Any, address: str, folder: Path) -> None:
    for width in (360, 1280):
        for scheme in ("light", "dark"):
            page = opened(browser, address, viewport={"width": width, "height": 800}, color_scheme=scheme)
            page.select_option("#source", "invented")
            page.click("#fetch")
            page.locator(".class canvas").nth(24).wait_for(timeout=60_000)
            learned(page)
            page.locator("#asked button").first.click()
            page.wait_for_timeout(800)
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=folder / f"workbench-{width}-{scheme}.png", full_page=width == 1280)
            page.context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--screenshots", type=Path)
    given = parser.parse_args()
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        if given.screenshots:
            screenshots(browser, address, given.screenshots)
        else:
            print("| what | measured |\n|---|---|")
            one_page(browser, address)
            many_pages(address)
        browser.close()


if __name__ == "__main__":
    main()
