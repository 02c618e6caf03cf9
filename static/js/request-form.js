// The request form, live: saves itself, says what is wrong and what is missing
// while one types, and keeps what could not be saved. Without this script the
// same buttons send the form as it is.
import { readContent, writeContent } from "./request-content.js";
import { wireRows } from "./request-rows.js";
import { note, savedAge } from "./keeper.js";
import { Keeper } from "./request-keep.js";
import { Saver, post } from "./request-save.js";
import { sayReading, targetOf } from "./request-say.js";

const form = document.querySelector("[data-request-form]");
const notes = document.querySelector("[data-notes]");
const said = document.querySelector("[data-said]");
const saved = document.querySelector("[data-saved]");
const say = (words) => { said.textContent = words[0].toUpperCase() + words.slice(1); };
let savedAt = null;
let showMissing = Boolean(document.getElementById("refused"));

const age = () => {
  if (!savedAt) return;
  saved.replaceChildren("saved ", savedAge(savedAt));
};

let inTrouble = "";
const keeper = new Keeper(form);
const saver = new Saver(form, keeper, {
  reading: (answer) => sayReading(form, answer, showMissing),
  saved: (at) => { savedAt = at; age(); },
  trouble: (words, login) => {
    if (words === inTrouble) return;
    const before = inTrouble;
    inTrouble = words;
    if (words) {
      const way = { href: form.dataset.login, target: "_blank", rel: "noopener", textContent: "Log in in a new window" };
      notes.replaceChildren(note("warning", words, ...(login ? [Object.assign(document.createElement("a"), way)] : [])));
      savedAt = null;
      saved.textContent = "not saved";
    } else if (before) notes.replaceChildren(note("ok", "The portal answers again; everything you typed is saved."));
  },
  conflict: (answer) => {
    const place = document.querySelector("[data-conflict-place]");
    place.innerHTML = answer.html;
    saved.textContent = "not saved";
    savedAt = null;
    place.querySelector("h2").focus();
    place.scrollIntoView({ block: "center" });
  },
});
const { addRow } = wireRows(form, say);

form.addEventListener("input", (event) => {
  if (!event.target.closest("[data-conflict]")) saver.touched();
});
// Enter in a field saves where it would send the whole page; the real buttons send it
saver.guard((button) => button?.matches("[data-default]"));
setInterval(age, 5000);

for (const list of document.querySelectorAll("[data-checklist], #refused")) {
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    targetOf(form, link.dataset.path ?? link.hash.slice(3).replaceAll("-", ".")).focus();
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-beside], [data-close-beside]");
  if (!button) return;
  event.preventDefault();
  const place = document.querySelector("[data-beside-place]");
  if (button.matches("[data-close-beside]")) {
    place.replaceChildren();
    return document.querySelector("[data-beside]")?.focus();
  }
  try {
    const response = await post(form, form.dataset.besideUrl.replace("/0/", `/${button.dataset.beside}/`), { content: readContent(form) });
    if (!response.ok) throw new Error();
    place.innerHTML = await response.text();
    place.querySelector("h2").focus();
  } catch {
    notes.replaceChildren(note("warning", "The other request could not be read just now. Nothing of yours is lost; try again."));
  }
});

// what an earlier visit could not save comes back, and is saved now
keeper.forgetWhatArrived();
const kept = keeper.kept();
if (document.querySelector("[data-conflict]")) saver.stop();
else if (form.dataset.unsaved) saver.touched();
else if (kept && JSON.stringify(kept.content) === JSON.stringify(readContent(form))) keeper.forget();
else if (kept) {
  writeContent(form, kept.content, addRow);
  for (const name of ["version", "base", "token"]) form.elements[name].value = kept[name];
  const at = kept.at.slice(0, 16).replace("T", " ");
  const drop = Object.assign(document.createElement("button"), { className: "btn btn-plain btn-small", type: "button", textContent: "Drop it" });
  drop.addEventListener("click", () => {
    saver.stop();
    saver.dirty = false;
    keeper.forget();
    location.reload();
  });
  notes.replaceChildren(note("warning", `What you typed on ${at} UTC had not been saved. It is back in the form.`, ...(saver.drafts ? [] : [drop])));
  saver.touched();
}
