// Changes text size and theme at once and writes the cookie that the server writes without us. Not by
// a request: of two quick choices the answer to one could undo the other.
const YEAR = 365 * 24 * 3600;

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
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `reading=${chosen("text_size")}.${chosen("theme")}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  });
}
