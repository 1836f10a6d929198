// "Leave this page quickly": replaces the page in the history too, also when Escape is pressed three times.
export function start(link) {
  link.parentElement.querySelector("[hidden]")?.removeAttribute("hidden");
  const leave = () => {
    document.documentElement.hidden = true;
    location.replace(link.href);
  };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  let pressed = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") { pressed = []; return; }
    pressed = [...pressed, event.timeStamp].filter((at) => event.timeStamp - at < 2000);
    if (pressed.length >= 3) leave();
  });
}
