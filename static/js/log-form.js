// Writing in the log, live: the text keeps itself, pictures are pasted, the beginning
// is filled in. Without this script the same buttons send the form as it is.
import { note, savedAge } from "./keeper.js";
import { wireBeginning } from "./log-begin.js";
import { readContent, writeContent } from "./log-content.js";
import { wireFiles } from "./log-files.js";
import { Keeper, Saver } from "./log-save.js";

const said = document.createElement("div");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.body.append(said);
const say = (words) => { said.textContent = words; };

const wire = (form) => {
  const notes = form.querySelector("[data-notes]");
  const saved = form.querySelector("[data-saved]");
  const clash = form.querySelector("[data-clash-place]");
  const tell = (state, words, ...more) => notes.replaceChildren(...(words ? [note(state, words, ...more)] : []));
  let savedAt = null;
  const age = () => { if (savedAt) saved.replaceChildren("draft kept ", savedAge(savedAt)); };
  let inTrouble = "";

  const keeper = new Keeper(form);
  const saver = new Saver(form, keeper, {
    saved: (at) => { savedAt = at; age(); },
    trouble: (words, login) => {
      if (words === inTrouble) return;
      const before = inTrouble;
      inTrouble = words;
      if (words) {
        const way = { href: form.dataset.login, target: "_blank", rel: "noopener", textContent: "Log in in a new window" };
        tell("warning", words, ...(login ? [Object.assign(document.createElement("a"), way)] : []));
        savedAt = null;
        saved.textContent = "not saved";
      } else if (before) tell("ok", "The portal answers again; everything you typed is saved.");
    },
    conflict: (answer) => {
      clash.innerHTML = answer.html;
      savedAt = null;
      saved.textContent = "not saved";
      clash.querySelector("[data-keep-mine]").addEventListener("click", () => settle(answer, false));
      clash.querySelector("[data-take-other]").addEventListener("click", () => settle(answer, true));
      clash.querySelector("h3").focus();
    },
  });
  const settle = (answer, takeOther) => {
    if (takeOther) writeContent(form, { body: "", tags: "", workflows: "", sites: "", happened_at: "", ...answer.content });
    clash.replaceChildren();
    saver.goOn(answer.version);
    form.elements.body.focus();
  };

  wireFiles(form, tell, say);
  wireBeginning(form, tell);
  for (const kind of ["input", "change"]) form.addEventListener(kind, (event) => { if (event.target.type !== "file") saver.touched(); });
  saver.guard();
  setInterval(age, 5000);
  form.elements.body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("[data-send]"));
  });
  // looking at it fails in words, too
  for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    form.addEventListener(kind, () => tell("warning", "The portal did not answer just now; what you typed stays as it is. Try again."));
  }

  // what an earlier visit could not save comes back, and is saved now
  keeper.forgetWhatArrived();
  const kept = keeper.kept();
  if (!kept) return;
  if (JSON.stringify(kept.content) === JSON.stringify(readContent(form)) || !kept.content.body.trim()) {
    keeper.forget();
    return;
  }
  if (form.querySelector(".is-invalid, .error")) return;  // it was refused, and is here as it was sent
  writeContent(form, kept.content);
  form.elements.draft_version.value = kept.version;
  tell("warning", `What you typed on ${kept.at.slice(0, 16).replace("T", " ")} UTC had not been saved. It is back in the form.`);
  saver.touched();
};

for (const form of document.querySelectorAll("[data-log-form]")) wire(form);
