"""Make sure that the browser tests find a Chromium and a Firefox: ``make browser``.

Installed ones are taken; else Debian's packages where that is possible, else the Chromium that
Playwright brings. Playwright's own Firefox is another program than the one that people have.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

FIREFOX = ("firefox-esr", "firefox")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def on_path(names: tuple[str, ...]) -> str | None:
    """Return the path of the first program that is there, or None."""
    return next(filter(None, map(shutil.which, names)), None)


def find_browser() -> str | None:
    """Return the path of a Chrome or Chromium, or None where there is none."""
    if path := on_path(NAMES):
        return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def find_firefox() -> str | None:
    """Return the path of a Firefox, or None where there is none."""
    return on_path(FIREFOX)


def install_package(name: str) -> None:
    """Install one of Debian's packages, where that is possible."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", name], check=False)


def install_browser() -> None:
    """Install a Chromium; the caller looks whether it is there now."""
    install_package("chromium")
    if find_browser() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    """Find or install both and print where they are; exit with a message if one is missing."""
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
    if find_firefox() is None:
        print("No Firefox found; installing one …", flush=True)
        install_package(FIREFOX[0])
    firefox = find_firefox()
    if firefox is None:
        sys.exit(
            "The tests open a page in Firefox as well, and none could be installed here. "
            "Install it, so that `firefox` is found, and try again."
        )
    print(f"Browsers for the tests: {browser} and {firefox}")


if __name__ == "__main__":
    main()
