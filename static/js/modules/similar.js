// Shows questions like the title being typed, so that nobody waits for an answer that is there already.
const PAUSE = 700;
const SHORTEST = 12;

export function start(place) {
  const title = place.closest("form").elements.title;
  let timer;
  let asked = title.value.trim();
  title.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const typed = title.value.trim();
      if (typed === asked) return;
      asked = typed;
      if (typed.length < SHORTEST) { place.replaceChildren(); return; }
      try {
        const address = `${place.dataset.similarUrl}?${new URLSearchParams({ title: typed })}`;
        const response = await fetch(address, { headers: { "X-Bedside": "fragment" }, redirect: "manual" });
        if (!response.ok || asked !== typed) return;
        const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
        place.replaceChildren(...fresh.body.childNodes);
      } catch {
        // Without a connection there is nothing to suggest; the form goes on working.
      }
    }, PAUSE);
  });
}
