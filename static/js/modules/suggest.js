// Offers words to go on with, in the browser's own list below the field.
import { whileTyping } from "./typing.js";

const PAUSE = 150;

export function start(field) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-list`;
  field.after(list);
  field.setAttribute("list", list.id);
  whileTyping(field, PAUSE, () => `${field.dataset.suggestUrl}?${new URLSearchParams({ q: field.value })}`, (answer) => {
    list.replaceChildren(...JSON.parse(answer).suggestions.map((text) => new Option(text, text)));
  });
}
