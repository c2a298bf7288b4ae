// The portal with script: buttons that copy, forms that are sent once. Without script every page works the same.
"use strict";

const COPIED_MS = 1600;

// What a button copies: its own text, or that of the element it names.
function textOf(button) {
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  if (!source) return button.dataset.copy ?? "";
  return "value" in source ? source.value : source.textContent.trim();
}

// The clipboard needs a secure page; on plain http a selection is copied instead.
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("not copied");
}

function say(button, text) {
  button.dataset.label ??= button.textContent;
  button.textContent = text;
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = String(setTimeout(() => (button.textContent = button.dataset.label), COPIED_MS));
}

function showCopyButtons(root) {
  for (const button of root.querySelectorAll("[data-copy], [data-copy-from]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  event.preventDefault();
  try {
    await copy(textOf(button));
    say(button, "Copied");
  } catch {
    say(button, "Not copied");
  }
});

// A second click sends nothing: the server would do nothing twice either.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest" });
document.addEventListener("htmx:afterSwap", (event) => showCopyButtons(event.target));
showCopyButtons(document);
