// Changes text size and theme at once; the server keeps the choice in the same cookie as without us.
export function start(form) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    const root = document.documentElement;
    const kind = button.name === "text_size" ? "text" : "theme";
    const group = [...form.querySelectorAll(`button[name="${button.name}"]`)];
    for (const other of group) {
      root.classList.remove(`${kind}-${other.value}`);
      other.setAttribute("aria-pressed", String(other === button));
    }
    root.classList.add(`${kind}-${button.value}`);
    const data = new FormData(form);
    data.set(button.name, button.value);
    fetch(form.action, { method: "POST", body: data, redirect: "manual" }).catch(() => {});
  });
}
