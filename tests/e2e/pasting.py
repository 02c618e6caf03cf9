"""A screenshot in the clipboard, pasted into the text of a log's entry."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from playwright.sync_api import Page

PASTE = """async ([name, bytes]) => {
  const file = new File([new Uint8Array(bytes)], name, { type: "image/png" });
  const clipboard = new DataTransfer();
  clipboard.items.add(file);
  document.querySelector("#write-body").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true }));
}"""


def paste_screenshot(page: Page) -> None:
    """A picture 420 pixels wide, under the name that clipboards give."""
    held = io.BytesIO()
    picture = Image.new("RGB", (420, 90), "white")
    ImageDraw.Draw(picture).line([(10, 20), (150, 20), (280, 78), (400, 78)], fill="black", width=2)
    picture.save(held, "PNG")
    page.evaluate(PASTE, ["image.png", list(held.getvalue())])
