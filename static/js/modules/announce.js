// Shows a short message and has screen readers say it.
let timer;

export function announce(text) {
  const toast = document.querySelector("[data-toast]");
  clearTimeout(timer);
  toast.textContent = text;
  timer = setTimeout(() => { toast.textContent = ""; }, 8000);
}
