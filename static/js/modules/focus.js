// Moves the focus to what the person has to see first: an error summary, a preview.
export function start(element) {
  element.focus();
}
