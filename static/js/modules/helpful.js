// Marks a reply as helpful without loading the page again; the server says what the button is to show.
import { announce } from "./announce.js";
import { word } from "./words.js";

export function start(form) {
  form.addEventListener("submit", (event) => {
    const button = form.querySelector("button");
    if (!form.elements.csrfmiddlewaretoken) return; // a visitor: the plain form leads to signing in
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    send(form).then((answer) => {
      button.removeAttribute("aria-busy");
      if (answer) show(form, answer);
    });
  });
}

async function send(form) {
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { "X-Bedside": "fragment" },
      body: new FormData(form),
      redirect: "manual",
    });
    if (response.ok) return await response.json();
    if (response.type === "opaqueredirect") announce(word("signed_out"));
    else if (response.headers.get("Content-Type")?.startsWith("text/plain")) announce(await response.text());
    else announce(word("failed"));
  } catch {
    announce(word("mark_offline"));
  }
  return null;
}

function show(form, { action, pressed, votes, said }) {
  const button = form.querySelector("button");
  form.action = action;
  button.setAttribute("aria-pressed", pressed);
  button.querySelector(".helpful__count").textContent = `(${votes})`;
  form.closest("article").dataset.helpful = votes;
  announce(said);
}
