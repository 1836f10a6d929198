// Keeps "3 hours ago" true while a page stays open, or comes from a cache.
const MINUTE = 60;
const STEPS = [["minute", MINUTE], ["hour", 60 * MINUTE], ["day", 24 * 60 * MINUTE]];
const WEEK = 7 * 24 * 60 * MINUTE;

export function start(root) {
  const spell = new Intl.RelativeTimeFormat(root.lang, { numeric: "always" });
  const update = () => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const age = (Date.now() - new Date(time.dateTime)) / 1000;
      if (age < MINUTE || age >= WEEK) continue; // those the server words
      const [unit, seconds] = STEPS.findLast(([, seconds]) => age >= seconds);
      time.textContent = spell.format(-Math.floor(age / seconds), unit);
    }
  };
  update();
  setInterval(update, MINUTE * 1000);
}
