// Adds a button that shows what is typed into a password field. It is hidden again before it is sent,
// so that browsers do not keep it among what was typed into ordinary fields.
import { word } from "./words.js";

export function start(input) {
  const row = document.createElement("div");
  row.className = "password";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "password__show";
  const verb = document.createElement("span");
  const what = document.createElement("span");
  what.className = "visually-hidden";
  what.textContent = ` ${input.labels[0]?.textContent.trim().toLowerCase() ?? ""}`;
  button.append(verb, what);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    verb.textContent = word(shown ? "hide" : "show");
  };
  input.setAttribute("autocapitalize", "none");
  input.spellcheck = false;
  input.replaceWith(row);
  row.append(input, button);
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
}
