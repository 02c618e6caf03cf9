// Exit codes in a text say what they mean when the keyboard comes to them, too: a
// title is for the mouse alone.
const explain = () => {
  for (const code of document.querySelectorAll(".prose abbr[title]")) {
    code.tabIndex = 0;
    code.setAttribute("aria-description", code.title);
    code.removeAttribute("title");
  }
};
explain();
document.addEventListener("log:shown", explain);
document.addEventListener("htmx:afterSettle", explain);
