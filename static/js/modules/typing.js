// Asks the server about what is typed: after a pause, and an answer that comes too late is not heard.
export function whileTyping(field, pause, addressNow, show) {
  let timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const address = addressNow();
      if (!address) { show(""); return; }
      try {
        const response = await fetch(address, { headers: { "X-Bedside": "fragment" }, redirect: "manual" });
        const answer = await response.text();
        if (response.ok && addressNow() === address) show(answer);
      } catch {
        // Without a connection there is nothing to offer; the field goes on working.
      }
    }, pause);
  });
}
