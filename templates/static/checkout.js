// The payment page with script: a countdown, filling in test numbers, paying without leaving the
// page. Without script the same page works by its forms and links.
"use strict";

const form = document.getElementById("pay");
const cancelForm = document.getElementById("cancel");
const message = document.getElementById("message");
const REDIRECT_AFTER_SUCCESS_MS = 1000;
const REDIRECT_AFTER_FAILURE_MS = 3000;

function show(text, isGood) {
  message.textContent = text;
  message.className = isGood === null ? "notice" : isGood ? "notice notice--good" : "notice notice--problem";
  message.hidden = false;
}

function lock(isLocked) {
  for (const control of document.querySelectorAll("button, input")) control.disabled = isLocked;
}

// Shows the answer, then goes where it says; a refusal without an address leaves the form open.
async function send(url, fields) {
  lock(true);
  show("One moment …", null);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(fields),
    });
    const answer = await response.json();
    show(answer.message, answer.success);
    if (!answer.returnUrl) return lock(false);
    setTimeout(() => location.assign(answer.returnUrl), answer.success ? REDIRECT_AFTER_SUCCESS_MS : REDIRECT_AFTER_FAILURE_MS);
  } catch {
    show("No connection. Please try again.", false);
    lock(false);
  }
}

function isCardNumber(digits) {
  if (form.dataset.knownCards.split(" ").includes(digits)) return true;
  if (!/^[0-9]{12,19}$/.test(digits)) return false;
  const doubled = [...digits].reverse().map((digit, place) => Number(digit) * (place % 2 ? 2 : 1));
  return doubled.reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0) % 10 === 0;
}

// Against the merchant's clock, which the page was made by: `month` is its year and month, YYMM.
function expiryProblem(value) {
  const parts = value.trim().match(/^(0[1-9]|1[0-2])\/(?:20)?([0-9]{2})$/);
  if (!parts) return "Enter month and year, like 09/28.";
  return parts[2] + parts[1] < form.dataset.month ? "This card has expired." : "";
}

const problems = {
  mobileNumber: (value) => (/^\+?[0-9]{10,13}$/.test(value.replace(/[ -]/g, "")) ? "" : "Enter a mobile number, like 03001234567."),
  pin: (value) => (/^[0-9]{4,6}$/.test(value) ? "" : "The PIN has 4 to 6 digits."),
  cardNumber: (value) => (isCardNumber(value.replace(/[ -]/g, "")) ? "" : "This is not a card number. Check its digits."),
  expiryDate: expiryProblem,
  cvv: (value) => (/^[0-9]{3,4}$/.test(value) ? "" : "The CVV has 3 or 4 digits."),
};

function check(input) {
  const problem = problems[input.name];
  input.setCustomValidity(problem && input.value ? problem(input.value) : "");
}

form.addEventListener("input", (event) => check(event.target));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send(form.dataset.complete, Object.fromEntries(new FormData(form)));
});
cancelForm.addEventListener("submit", (event) => {
  event.preventDefault();
  send(cancelForm.action, {});
});

const fills = document.getElementById("fills");
fills?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fill]");
  if (!link) return;
  event.preventDefault();
  for (const input of form.querySelectorAll("input:not([type=hidden])")) {
    const isNumber = input.name === "cardNumber" || input.name === "mobileNumber";
    input.value = isNumber ? link.querySelector("code").textContent : fills.dataset[input.name.toLowerCase()];
    check(input);
  }
  form.querySelector("button").focus();
});

const expiry = document.getElementById("expiry");
const end = performance.now() + Number(expiry.dataset.seconds) * 1000;

function tick() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  expiry.textContent = `Expires in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  expiry.classList.toggle("checkout__expiry--soon", left <= 60);
  if (left > 0) setTimeout(tick, 1000);
  else setTimeout(() => location.reload(), 1000);
}

if (!("standsStill" in expiry.dataset)) tick();
