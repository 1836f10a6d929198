// Starts modules/<name>.js for each data-module="<name>". Pages work without any of it.
import { start as draft } from "./modules/draft.js";
import { start as errorSummary } from "./modules/focus.js";
import { start as helpful } from "./modules/helpful.js";
import { start as keys } from "./modules/keys.js";
import { start as leave } from "./modules/leave.js";
import { start as passkey } from "./modules/passkey.js";
import { start as password } from "./modules/password.js";
import { start as reading } from "./modules/reading.js";
import { start as similar } from "./modules/similar.js";

const modules = {
  draft, error_summary: errorSummary, focus: errorSummary, helpful, keys, leave, passkey, password, reading, similar,
};

for (const element of document.querySelectorAll("[data-module]")) {
  modules[element.dataset.module]?.(element);
}
