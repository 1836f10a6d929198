// Starts modules/<name>.js for each data-module="<name>". Pages work without any of it.
import { start as draft } from "./modules/draft.js";
import { start as focus } from "./modules/focus.js";
import { start as helpful } from "./modules/helpful.js";
import { start as keys } from "./modules/keys.js";
import { start as leave } from "./modules/leave.js";
import { start as mention } from "./modules/mention.js";
import { start as menu } from "./modules/menu.js";
import { start as news } from "./modules/news.js";
import { start as passkey } from "./modules/passkey.js";
import { start as password } from "./modules/password.js";
import { start as quote } from "./modules/quote.js";
import { start as reading } from "./modules/reading.js";
import { start as similar } from "./modules/similar.js";
import { start as suggest } from "./modules/suggest.js";
import { start as times } from "./modules/times.js";

const modules = { draft, error_summary: focus, focus, helpful, keys, leave, mention, menu, news, passkey, password, quote, reading, similar, suggest };

for (const element of document.querySelectorAll("[data-module]")) {
  for (const name of element.dataset.module.split(" ")) modules[name]?.(element);
}
times(document.documentElement);
if (navigator.serviceWorker) addEventListener("load", () => navigator.serviceWorker.register("/offline.js"));
