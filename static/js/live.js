// #live asks for this page again every 15 s while workflows run (htmx) and puts
// the parts named in its hx-select-oob in place. Here: when it must not ask,
// what must stay as the reader left it, and what to say when asking fails.
const EDITING = "[data-editing]";
const isLive = (event) => event.detail.elt?.id === "live";
const failed = () => document.querySelector("[data-live-failed]");

// a hidden tab does not ask; nor while a comment is being typed, which would be lost
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isLive(event) && (document.hidden || document.querySelector(EDITING))) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  const live = document.getElementById("live");
  if (!document.hidden && live) htmx.trigger(live, "refresh");
});

const say = (why) => {
  const note = failed();
  if (!note) return;
  if (note.hidden) note.querySelector("time").textContent = new Date().toISOString().slice(11, 16);
  note.querySelector("[data-why]").textContent = why;
  note.hidden = false;
};

// what a cell said before, so that a change can be seen
let before = new Map();
const cells = () => [...document.querySelectorAll("[data-watch-changes] tr[id] > td, [data-watch-changes] dd[id]")]
  .map((cell) => [cell.id || `${cell.parentElement.id}/${cell.cellIndex}`, cell]);
const textOf = (cell) => [...cell.childNodes].filter((node) => node.nodeName !== "TIME").map((node) => node.textContent).join(" ").trim();

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isLive(event)) return;
  // a log-in page or a proxy's page has no #live: keep what is shown
  if (!event.detail.serverResponse.includes('id="live"')) {
    event.detail.shouldSwap = false;
    if (event.detail.xhr.status < 400) say("the answer was another page; log in again, or load the page anew");
    return;
  }
  before = new Map(cells().map(([key, cell]) => [key, textOf(cell)]));
  const note = failed();
  if (note) note.hidden = true;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!isLive(event) || !before.size) return;
  for (const [key, cell] of cells()) {
    if (before.has(key) && before.get(key) !== textOf(cell)) {
      cell.classList.add("changed");
      setTimeout(() => cell.classList.remove("changed"), 2000);
    }
  }
  before = new Map();
});

document.addEventListener("htmx:responseError", (event) => {
  if (isLive(event)) say(`the portal answered with status ${event.detail.xhr.status}`);
});
for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, (event) => { if (isLive(event)) say("the portal did not answer"); });
}
