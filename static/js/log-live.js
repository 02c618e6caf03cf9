// What is new while a log is open: #log-news asks now and then (htmx) and says how
// many entries came; they are put above what is read only when the reader asks.
const isNews = (event) => event.detail.elt?.id === "log-news";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isNews(event) && document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  const news = document.getElementById("log-news");
  if (!document.hidden && news) htmx.trigger(news, "refresh");
});
// the same number is not said again, and a log-in page is no news
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isNews(event) || event.detail.target?.id !== "log-news") return;
  const words = event.detail.serverResponse.replace(/<[^>]*>/g, "").trim();
  if (words === event.detail.target.textContent.trim() || words.length > 60) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "newer") return;
  const head = document.querySelector("#newer [data-newer]");
  head?.focus({ preventScroll: true });
  head?.scrollIntoView({ block: "center" });
  document.dispatchEvent(new Event("log:shown"));
});

// an address of an entry that is folded away opens what holds it
const unfold = () => {
  const there = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const folded = there && there.closest("details");
  if (!folded) return;
  folded.open = true;
  there.scrollIntoView({ block: "center" });
};
window.addEventListener("hashchange", unfold);
unfold();
