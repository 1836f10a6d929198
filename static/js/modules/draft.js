// Saves what is being typed on the server, so that a closed tab or an ended session loses nothing.
// The text never goes into the browser's own storage: the device may be shared.
import { announce } from "./announce.js";
import { word } from "./words.js";

const PAUSE = 1500;

export function start(form) {
  const state = form.querySelector("[data-draft-state]");
  let saved = fingerprint(form);
  let timer;
  let sent = false;

  const say = (text) => { if (state) state.textContent = text; };

  async function save(leaving = false) {
    clearTimeout(timer);
    const now = fingerprint(form);
    if (sent || now === saved) return;
    const data = new FormData(form);
    data.set("place", form.dataset.draftPlace);
    try {
      const response = await fetch(form.dataset.draftUrl, { method: "POST", body: data, keepalive: leaving, redirect: "manual" });
      if (response.ok) {
        saved = now;
        say(word("draft_saved"));
      } else if (response.type === "opaqueredirect") {
        say(word("draft_signed_out"));
      } else {
        say(word("draft_failed"));
      }
    } catch {
      say(word("draft_offline"));
      timer = setTimeout(save, 10000);
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) { // the browser would leave the page, and what is typed with it
      event.preventDefault();
      announce(word("post_offline"));
      return;
    }
    if (sent) event.preventDefault(); // a double click
    sent = true;
    clearTimeout(timer);
    setTimeout(() => { sent = false; }, 5000); // the page did not change: let it be tried again
  });
  addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(true); });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sent = false; // back at a form that was sent: what is typed now is another post
    if (crypto.randomUUID) form.elements.key.value = crypto.randomUUID();
  });
}

function fingerprint(form) {
  return [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken").map((pair) => pair.join("=")).join("&");
}
