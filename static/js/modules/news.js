// Keeps the number of unread notifications true while a page stays open and in view.
const EVERY = 120_000;

export function start(link) {
  const look = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(link.dataset.countUrl, { redirect: "manual" });
      if (response.ok) show(link.querySelector("[data-unread]"), (await response.json()).says);
    } catch {
      // No connection: the number stays as it is.
    }
  };
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
}

function show(place, says) {
  if (place.textContent === says) return;
  const number = document.createElement("span");
  number.className = "unread";
  number.textContent = says;
  place.replaceChildren(...(says ? [number] : []));
}
