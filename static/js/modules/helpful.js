// Marks a reply as helpful without loading the page again. Delegated to the form's parent, so the
// form may be replaced by the server's answer.
import { announce } from "./announce.js";

export function start(form) {
  form.addEventListener("submit", (event) => {
    const button = form.querySelector("button");
    if (!form.elements.csrfmiddlewaretoken) return; // a visitor: the plain form leads to signing in
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    send(form).then((answer) => {
      button.removeAttribute("aria-busy");
      if (answer) replace(form, answer);
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
    if (response.ok) return await response.text();
    if (response.type === "opaqueredirect") announce("You have been signed out. Sign in and try again.");
    else if (response.headers.get("Content-Type")?.startsWith("text/plain")) announce(await response.text());
    else announce("This did not work. Load the page again and try once more.");
  } catch {
    announce("There is no connection. Your mark was not saved; try again in a moment.");
  }
  return null;
}

function replace(form, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("form");
  if (!fresh) return;
  form.replaceWith(fresh);
  start(fresh);
  const button = fresh.querySelector("button");
  button.focus();
  const marked = button.getAttribute("aria-pressed") === "true";
  const count = fresh.querySelector(".helpful__count").textContent.replace(/\D/g, "");
  fresh.closest("article").dataset.helpful = count;
  announce(`${marked ? "Marked as helpful." : "Your mark is removed."} ${count} helpful in all.`);
}
