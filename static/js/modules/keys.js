// j and k go from reply to reply, ? explains it. Only outside of fields, and only while switched on: single
// keys can be in the way of speech input (WCAG 2.1.4).
const YEAR = 365 * 24 * 3600;

export function start(section) {
  const root = document.documentElement;
  const dialog = section.querySelector("dialog");
  const open = section.querySelector("[data-keys-open]");
  const toggle = dialog.querySelector("[data-keys-switch]");
  const isOn = () => root.dataset.shortcuts !== "off";

  const show = () => { toggle.checked = isOn(); dialog.showModal(); };
  open.hidden = false;
  open.addEventListener("click", show);
  toggle.addEventListener("change", () => {
    root.dataset.shortcuts = toggle.checked ? "on" : "off";
    const kept = /(?:^|; )reading=([a-z]+)\.([a-z]+)/.exec(document.cookie);
    const rest = kept ? `${kept[1]}.${kept[2]}` : "normal.system";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `reading=${rest}${toggle.checked ? "" : ".off"}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  });

  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (!isOn() || isTyping || dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") show();
    else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else return;
    event.preventDefault();
  });
}

function go(step) {
  const posts = [...document.querySelectorAll("#question, article.reply")];
  let place = posts.indexOf(document.activeElement.closest("article"));
  if (place < 0) { // nowhere yet: from what is at the top of the window
    place = posts.findLastIndex((post) => post.getBoundingClientRect().top < 10);
    if (step < 0) place += 1;
  }
  const post = posts[Math.min(posts.length - 1, Math.max(0, place + step))];
  post.tabIndex = -1;
  post.focus({ preventScroll: true });
  post.scrollIntoView({ block: "start" });
}
