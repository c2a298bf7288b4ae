// What a shop's page loads as checkout.js: opens the emulator's payment page in a frame over the shop, or in its place,
// and hands the outcome to the shop's own functions. Options and answers are named as Razorpay documents them.
(() => {
  "use strict";

  const home = document.currentScript.src.replace(/\/checkout\.js.*$/, "");
  const origin = new URL(home).origin;
  const COVER = { position: "fixed", inset: "0", zIndex: "2147483000", background: "rgb(10 14 25 / 65%)", display: "grid", placeItems: "center" };
  const FRAME = { width: "min(28rem, 100vw)", height: "min(46rem, 100vh)", border: "0", borderRadius: "12px", background: "Canvas", colorScheme: "light dark" };
  const CLOSE = { position: "absolute", top: "0.75rem", right: "0.75rem", width: "2.5rem", height: "2.5rem", border: "0", borderRadius: "50%",
    background: "Canvas", color: "CanvasText", font: "600 1.25rem/1 system-ui", cursor: "pointer" };

  const make = (name, attributes, style = {}) => {
    const element = Object.assign(document.createElement(name), attributes);
    Object.assign(element.style, style);
    return element;
  };

  // The fields of a form as the emulator takes them: `prefill: {email}` is `prefill[email]`.
  const flat = (value, name) =>
    value && typeof value === "object" ? Object.entries(value).flatMap(([key, inner]) => flat(inner, `${name}[${key}]`)) : [[name, value]];

  const post = (url, fields, target) => {
    const form = make("form", { method: "post", action: url, target, hidden: true });
    for (const [name, value] of fields) if (value !== undefined && value !== null) form.append(make("input", { type: "hidden", name, value }));
    document.body.append(form);
    form.submit();
    form.remove();
  };

  class Razorpay {
    #options;
    #listeners = [];
    #cover = null;
    #before = null;
    #hear = (message) => {
      if (message.origin !== origin || message.source !== this.#cover?.querySelector("iframe").contentWindow) return;
      const { event, payload } = message.data ?? {};
      if (event === "success") this.#succeed(payload);
      else if (event === "failed") for (const [name, listener] of this.#listeners) name === "payment.failed" && listener({ error: payload });
      else if (event === "dismissed") this.#dismiss();
    };
    #escape = (pressed) => pressed.key === "Escape" && this.#options.modal?.escape !== false && this.#dismiss();

    constructor(options) {
      if (!options?.key) throw new Error("Razorpay: the option key is missing");
      this.#options = options;
    }

    on(name, listener) {
      this.#listeners.push([name, listener]);
      return this;
    }

    open() {
      const { key, order_id, amount, currency, name, description, prefill, notes, callback_url, cancel_url, redirect } = this.#options;
      const told = { order_id, amount, currency, name, description, prefill, notes };
      const fields = [["key_id", key], ...Object.entries(told).flatMap(([field, value]) => flat(value, field))];
      if (redirect && callback_url) return post(`${home}/checkout/embedded`, [...fields, ["callback_url", callback_url], ["cancel_url", cancel_url]], "_self");
      if (this.#cover) return;
      this.#before = document.activeElement;
      const frame = make("iframe", { name: `razorpay-${Math.random().toString(36).slice(2)}`, title: "Payment" }, FRAME);
      const close = make("button", { type: "button", textContent: "×", ariaLabel: "Close the payment", onclick: () => this.#dismiss() }, CLOSE);
      this.#cover = make("div", { role: "dialog", ariaModal: "true", ariaLabel: "Payment" }, COVER);
      this.#cover.append(frame, close);
      document.body.append(this.#cover);
      addEventListener("message", this.#hear);
      addEventListener("keydown", this.#escape);
      post(`${home}/checkout/embedded`, [...fields, ["frame_origin", location.origin]], frame.name);
      frame.focus();
    }

    close() {
      removeEventListener("message", this.#hear);
      removeEventListener("keydown", this.#escape);
      this.#cover?.remove();
      this.#cover = null;
      this.#before?.focus?.();
    }

    #succeed(payload) {
      this.close();
      if (this.#options.handler) this.#options.handler(payload);
      else if (this.#options.callback_url) post(this.#options.callback_url, Object.entries(payload), "_self");
    }

    #dismiss() {
      this.close();
      this.#options.modal?.ondismiss?.();
    }
  }

  window.Razorpay = Razorpay;
})();
