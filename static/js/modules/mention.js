// Offers the people of a question behind an @. Enter and Tab do what they always do until an arrow key has chosen
// somebody: a new line must not become a name, and a notification to that person.
import { whileTyping } from "./typing.js";
import { word } from "./words.js";

const PAUSE = 150;
// What stands between an @ and the caret, which is the \0; see forum/addressed.py.
const TYPED = /(?<![\w@./-])@([\p{L}\p{N}_.-]{0,30})\0(?![\p{L}\p{N}_])/u;

export function start(form) {
  const field = form.querySelector("textarea");
  const list = document.createElement("ul");
  const says = document.createElement("p");
  let chosen;
  let dismissed; // where the @ stands at which Escape was pressed

  const typed = () => {
    const { value, selectionEnd: caret } = field;
    const found = document.activeElement === field && TYPED.exec(`${value.slice(0, caret)}\0${value.slice(caret)}`);
    if (!found) dismissed = null;
    return found && found.index !== dismissed ? found : null;
  };
  const reveal = (option) => option?.scrollIntoView({ block: "nearest" });
  const choose = (option) => {
    chosen = option;
    for (const other of list.children) other.setAttribute("aria-selected", other === option);
    field.setAttribute("aria-activedescendant", option?.id ?? "");
    reveal(option);
  };
  const show = (people) => {
    list.replaceChildren(...people.map(({ username, name }, number) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${number}`;
      option.setAttribute("role", "option");
      option.textContent = name === username ? `@${name}` : `${name} @${username}`;
      return option;
    }));
    const opens = list.hidden;
    list.hidden = !people.length;
    if (opens) reveal(list.firstChild); // once: it must not fight for the window with the line being typed
    says.textContent = people.length ? word("people_found").replace("{number}", people.length) : "";
    choose();
  };
  const take = (option) => {
    const found = typed();
    if (!found) return;
    field.setRangeText(`@${option.textContent.split("@").pop()} `, found.index, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    show([]);
  };
  const closeIfDone = () => { if (!list.hidden && !typed()) show([]); };

  list.id = `${field.id}-people`;
  list.className = "people";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", word("people"));
  says.className = "visually-hidden";
  says.setAttribute("role", "status");
  field.after(list, says);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);

  whileTyping(field, PAUSE, () => {
    const found = typed();
    return found ? `${form.dataset.peopleUrl}?${new URLSearchParams({ q: found[1] })}` : "";
  }, (answer) => show(answer ? JSON.parse(answer).people : []));
  field.addEventListener("keydown", (event) => {
    const { key } = event;
    if (list.hidden || event.shiftKey || event.isComposing) return;
    if (key === "ArrowDown") choose(chosen?.nextSibling ?? list.firstChild);
    else if (key === "ArrowUp") choose(chosen?.previousSibling ?? list.lastChild);
    else if (chosen && (key === "Enter" || key === "Tab")) take(chosen);
    else {
      if (key === "Escape") dismissed = typed()?.index;
      closeIfDone();
      return;
    }
    event.preventDefault();
  });
  field.addEventListener("blur", closeIfDone);
  document.addEventListener("selectionchange", closeIfDone);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => { if (event.target !== list) take(event.target); });
}
