// What the modules say, in the language of the page (common/words.py).
const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

export const word = (name) => words[name] ?? "";
