// Saves what is being typed on the server, so that a closed tab or an ended session loses nothing.
// The text never goes into the browser's own storage: the device may be shared.
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
        say("Draft saved");
      } else if (response.type === "opaqueredirect") {
        say("You have been signed out. Post as usual: you will be asked to sign in, and your text is kept.");
      } else {
        say("The draft could not be saved. Keep this page open.");
      }
    } catch {
      say("No connection: the draft is not saved yet.");
      timer = setTimeout(save, 10000);
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", (event) => {
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
