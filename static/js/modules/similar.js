// Shows questions like the title being typed, so that nobody waits for an answer that is there already.
import { whileTyping } from "./typing.js";

const PAUSE = 700;
const SHORTEST = 12;

export function start(place) {
  const { title } = place.closest("form").elements;
  whileTyping(title, PAUSE, () => {
    const typed = title.value.trim();
    return typed.length < SHORTEST ? "" : `${place.dataset.similarUrl}?${new URLSearchParams({ title: typed })}`;
  }, (answer) => {
    place.replaceChildren(...new DOMParser().parseFromString(answer, "text/html").body.childNodes);
  });
}
