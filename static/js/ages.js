// Ages go on while a page stays open: "2 min ago" read an hour later would be
// wrong. Counted from when the age was put on the page, whatever clock it is of.
const seen = new WeakMap();  // element -> { seconds when first seen, when that was }
const UNITS = { min: 60, h: 3600 };
const secondsOf = (text) => {
  if (text === "just now") return 0;
  const found = text.match(/^(\d+) (min|h) ago$/);
  return found ? found[1] * UNITS[found[2]] : null;  // dates and times to come stay as they are
};
const words = (seconds, at) => {
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
};
export const renew = (now = Date.now()) => {
  for (const age of document.querySelectorAll("time.age")) {
    const text = age.textContent;
    if (seen.get(age)?.text !== text) {
      const seconds = secondsOf(text);
      if (seconds === null) continue;
      seen.set(age, { seconds, since: now, text });
    }
    const first = seen.get(age);
    first.text = words(first.seconds + (now - first.since) / 1000, age.dateTime);
    if (first.text !== text) age.textContent = first.text;
  }
};
renew();
setInterval(() => renew(), 30_000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
