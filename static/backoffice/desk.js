// Keys for the desk: j and k go through the queue, Enter opens; on a case letters choose what happens. Never in a field.
const rows = [...document.querySelectorAll("#result_list tbody tr")];
let place = -1;

const go = (step) => {
  rows[place]?.classList.remove("is-current");
  place = Math.min(Math.max(place + step, 0), rows.length - 1);
  rows[place]?.classList.add("is-current");
  rows[place]?.querySelector("th a, td a")?.focus();
};

const choose = (key) => {
  const shown = [...document.querySelectorAll("[data-choose]")].find((hint) => hint.dataset.choose === key);
  const radio = shown && document.getElementById(shown.closest("label").htmlFor);
  radio?.focus();
  radio?.click();
  return Boolean(radio);
};

const press = (key) => {
  const button = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && key !== "Enter");
  button?.click();
  return Boolean(button);
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest?.("input, textarea, select");
  if (field && !["radio", "checkbox"].includes(field.type)) return;
  if (rows.length && (event.key === "j" || event.key === "k")) go(event.key === "j" ? 1 : -1);
  else if (!document.querySelector("[data-desk]") || !(choose(event.key) || press(event.key))) return;
  event.preventDefault();
});
