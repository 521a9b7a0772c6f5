"""Make sure that the browser tests find a Chromium: ``make browser``.

An installed one is taken; else Debian's package where that is possible, else the one that
Playwright brings.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_browser() -> str | None:
    """Return the path of a Chrome or Chromium, or None where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install_browser() -> None:
    """Install a Chromium; the caller looks whether it is there now."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
    if find_browser() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    """Find or install a browser and print where it is; exit with a message if there is none."""
    browser = find_browser()
    if browser is None:
        print("No Chrome or Chromium found; installing one …", flush=True)
        install_browser()
        browser = find_browser()
    if browser is None:
        sys.exit(
            "The browser tests need Chrome or Chromium, and none could be installed here. "
            "Install one, so that `chromium` or `google-chrome` is found, and try again."
        )
    print(f"Browser for the tests: {browser}")


if __name__ == "__main__":
    main()
