// A vendor’s hosted page with script: goes on to the shop by itself, or tells the page whose frame it is in.
"use strict";

const told = document.getElementById("told");
const onward = document.getElementById("onward");
const ONWARD_AFTER_MS = 1000;

if (told?.dataset.told && parent !== window) parent.postMessage(JSON.parse(told.dataset.told), told.dataset.origin);
else if (onward) setTimeout(() => onward.requestSubmit(), ONWARD_AFTER_MS);

// A second press while the first is on its way would be a second attempt.
addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
