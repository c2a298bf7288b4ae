"""What a machine can judge of a page's looks, and where the pictures for people go."""

import os
from pathlib import Path
from typing import Literal

from tests.processes.conftest import ROOT

SCREENSHOTS = Path(os.environ.get("SCREENSHOTS") or ROOT / "var" / "screenshots")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Texts whose contrast is below WCAG's AA: 4.5, and 3 for large ones. Disabled controls and ornaments are exempt.
FAINT_TEXTS = """() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (color) => channels(color).slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  const isClear = (color) => channels(color)[3] === 0;
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement)
      if (!isClear(getComputedStyle(at).backgroundColor)) return getComputedStyle(at).backgroundColor;
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  const judge = (element, style, text) => {
    const [high, low] = [light(style.color), light(ground(element))].sort((one, other) => other - one);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${text.trim()}: ${ratio.toFixed(2)}`);
  };
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.closest("[aria-hidden=true], :disabled")) continue;
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("");
    if (own.trim()) judge(element, getComputedStyle(element), own);
    if (element.placeholder) judge(element, getComputedStyle(element, "::placeholder"), element.placeholder);
  }
  return faint;
}"""
# Controls too small for a finger: below 24 CSS pixels (WCAG 2.2, AA).
SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary")]
  .filter((element) => element.checkVisibility() && !element.matches(".skip") && element.getBoundingClientRect().height < 24)
  .map((element) => element.outerHTML)"""
# Inputs that nobody could name.
UNNAMED_INPUTS = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((element) => element.checkVisibility() && !element.closest("[aria-hidden=true]")
    && !element.labels?.length && !element.getAttribute("aria-label"))
  .map((element) => element.outerHTML)"""
# As SMALL_TARGETS, without links in text and boxes whose label is pressed as well.
SMALL_CONTROLS = """() => [...document.querySelectorAll(
    "a.button, button, select, summary, input:not([type=hidden], [type=checkbox], [type=radio])")]
  .filter((element) => element.checkVisibility() && !element.matches(".hidden") && element.getBoundingClientRect().height < 24)
  .map((element) => element.outerHTML)"""
# Elements that stick out to the right, when a page scrolls sideways.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 120)).slice(0, 5)"""
