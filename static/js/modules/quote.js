// Puts a quote into the reply box of the page, so that what is typed there stays in sight.
import { announce } from "./announce.js";
import { word } from "./words.js";

export function start(box) {
  const field = box.querySelector("textarea");
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[data-quote]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const response = await fetch(link.href, { headers: { "X-Bedside": "fragment" }, redirect: "manual" });
      if (!response.ok) throw new Error("no quote");
      const quote = await response.text();
      field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n${quote}` : quote;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
      announce(word("quoted"));
    } catch {
      location.assign(link.href); // the page with the form alone does the same
    }
  });
}
