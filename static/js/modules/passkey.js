// Creates or uses a passkey: the button asks the browser, the form sends the answer. Its options stand
// in a JSON block of the page (data-options), or come from the form's own address.
import { announce } from "./announce.js";
import { word } from "./words.js";

export function start(form) {
  const button = form.querySelector("[data-passkey]");
  if (!window.PublicKeyCredential) {
    form.querySelector("[data-passkey-missing]")?.removeAttribute("hidden");
    return;
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const options = await optionsFor(form);
      const create = button.dataset.passkey === "create";
      const credential = await (create ? navigator.credentials.create(creation(form, options)) : navigator.credentials.get(request(options)));
      form.elements.credential.value = JSON.stringify(asJson(credential));
      form.submit();
    } catch (error) {
      announce(explain(error));
      button.removeAttribute("aria-busy");
    }
  });
}

async function optionsFor(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error("no options");
  return (await response.json()).request_options;
}

function creation(form, { creation_options: { publicKey } }) {
  const alone = form.elements.passwordless?.checked;
  return {
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        ...(alone ? { userVerification: "required" } : {}),
      },
    },
  };
}

function request(options) {
  const { publicKey } = options.request_options ?? options;
  return {
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
  };
}

const withBytes = (credentials = []) => credentials.map((one) => ({ ...one, id: bytes(one.id) }));

function asJson(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function explain(error) {
  if (error.name === "InvalidStateError") return word("passkey_exists");
  if (error.name === "NotAllowedError") return word("passkey_unused");
  return word("passkey_failed");
}

// Base64 as it is written in addresses, to bytes and back.
function bytes(base64) {
  return Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function text(buffer) {
  const characters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(characters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
