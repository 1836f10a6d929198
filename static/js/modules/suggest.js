// Offers words to go on with, in the browser's own list below the field.
const PAUSE = 150;

export function start(field) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-list`;
  field.after(list);
  field.setAttribute("list", list.id);
  let timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const typed = field.value;
      try {
        const response = await fetch(`${field.dataset.suggestUrl}?${new URLSearchParams({ q: typed })}`);
        if (!response.ok || field.value !== typed) return;
        const { suggestions } = await response.json();
        list.replaceChildren(...suggestions.map((text) => new Option(text, text)));
      } catch {
        // Nothing to offer without a connection.
      }
    }, PAUSE);
  });
}
