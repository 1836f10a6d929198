// Changes text size and theme at once and writes the cookie that the server writes without us. Not by
// a request: of two quick choices the answer to one could undo the other. Members' choices also go to
// their account, one after the other, in answers that set no cookie.
const YEAR = 365 * 24 * 3600;
let sent = Promise.resolve();

export function start(form) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    const root = document.documentElement;
    const kind = button.name === "text_size" ? "text" : "theme";
    for (const other of form.querySelectorAll(`button[name="${button.name}"]`)) {
      root.classList.remove(`${kind}-${other.value}`);
      other.setAttribute("aria-pressed", String(other === button));
    }
    root.classList.add(`${kind}-${button.value}`);
    const chosen = (name) => form.querySelector(`button[name="${name}"][aria-pressed="true"]`).value;
    const choices = { text_size: chosen("text_size"), theme: chosen("theme") };
    const secure = location.protocol === "https:" ? "; Secure" : "";
    const keys = root.dataset.shortcuts === "off" ? ".off" : "";
    document.cookie = `reading=${choices.text_size}.${choices.theme}${keys}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
    if ("member" in form.dataset) sent = sent.then(() => keep(form.action, choices));
  });
}

async function keep(address, choices) {
  try {
    await fetch(address, { method: "POST", body: new URLSearchParams(choices), headers: { "X-Bedside": "fragment" }, keepalive: true });
  } catch {
    // The cookie has the choice; the account gets the next one.
  }
}
