// The payment page with script: a countdown, filling in test numbers, problems told while typing, paying
// without leaving the page. Without script the same page works by its forms and links.
"use strict";

const form = document.getElementById("pay");
const cancelForm = document.getElementById("cancel");
const inputs = [...form.querySelectorAll("input:not([type=hidden])")];
const payButton = form.querySelector("button");
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

// Whether the payer is asked for more, on a page of ours.
function isOurs(address) {
  return Boolean(address) && new URL(address, location).pathname === `${location.pathname.replace(/\/pay$/, "")}/confirm`;
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
    if (isOurs(answer.returnUrl)) return location.assign(answer.returnUrl);
    show(answer.message ?? "Something went wrong. Please try again.", answer.success);
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
// The keypads of some phones have no slash.
function expiryProblem(value) {
  const parts = value.match(/^(0[1-9]|1[0-2]) *[/-]? *(?:20)?([0-9]{2})$/);
  if (!parts) return "Enter month and year, like 09/28.";
  return parts[2] + parts[1] < form.dataset.month ? "This card has expired." : "";
}

// The server's rules and words (payments/forms.py).
const problems = {
  mobileNumber: (value) => (/^\+?[0-9]{10,13}$/.test(value.replace(/[ -]/g, "")) ? "" : "Enter a mobile number, like 03001234567."),
  pin: (value) => (/^[0-9]{4,6}$/.test(value) ? "" : "The PIN has 4 to 6 digits."),
  cardNumber: (value) => (isCardNumber(value.replace(/[ -]/g, "")) ? "" : "This is not a card number. Check its digits."),
  expiryDate: expiryProblem,
  cvv: (value) => (/^[0-9]{3,4}$/.test(value) ? "" : "The CVV has 3 or 4 digits."),
  cardholderName: () => "",
  vpa: (value) => (/^[a-z0-9._-]{2,64}@[a-z0-9]{2,32}$/i.test(value) ? "" : "Enter a UPI ID, like name@bank."),
};
const NUMBERS = ["cardNumber", "mobileNumber", "vpa"];

// Tells what is wrong with an input in the place where the server would; returns whether something is.
function tell(input) {
  const value = input.value.trim();
  const problem = value ? problems[input.name](value) : input.required ? "This field is required." : "";
  const id = `${input.id}_error`;
  document.getElementById(id)?.remove();
  input.removeAttribute("aria-invalid");
  input.removeAttribute("aria-describedby");
  if (!problem) return false;
  const line = document.createElement("p");
  line.id = id;
  line.className = "field__error";
  line.textContent = problem;
  input.after(line);
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
  return true;
}

// A problem is told on paying, and taken back as soon as it is none.
function retell(input) {
  if (input.hasAttribute("aria-invalid")) tell(input);
}

form.noValidate = true;
form.addEventListener("input", (event) => retell(event.target));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const [wrong] = inputs.filter(tell);
  if (wrong) wrong.focus();
  else send(form.dataset.complete, Object.fromEntries(new FormData(form)));
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
  for (const input of inputs) {
    input.value = NUMBERS.includes(input.name) ? link.querySelector("code").textContent : fills.dataset[input.name.toLowerCase()];
    retell(input);
  }
  payButton.focus();
});

const expiry = document.getElementById("expiry");
const end = performance.now() + Number(expiry.dataset.seconds) * 1000;

function tick() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  expiry.textContent = `Expires in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  expiry.classList.toggle("checkout__expiry--soon", left <= 60);
  if (left > 0) setTimeout(tick, 1000);
  else if (!payButton.disabled) setTimeout(() => location.reload(), 1000);
}

if (!("standsStill" in expiry.dataset)) tick();

// Back from the shop a browser shows the page as it was left, locked; the server knows where to go.
addEventListener("pageshow", (event) => event.persisted && location.reload());
