// Puts the server's reading of what is typed in place: errors at their fields, the
// checklist, totals, what is needed to submit, requests like this one.

const idOf = (path) => `f-${path.replaceAll(".", "-")}`;
const slotOf = (form, path) => {
  for (let at = path; at; at = at.includes(".") ? at.slice(0, at.lastIndexOf(".")) : "") {
    const slot = form.querySelector(`[data-error-for="${CSS.escape(at)}"]`);
    if (slot) return slot;
  }
  return null;
};

// the field a checklist line leads to
export const targetOf = (form, path) => {
  for (let at = path; at; at = at.includes(".") ? at.slice(0, at.lastIndexOf(".")) : "") {
    const found = document.getElementById(idOf(at));
    if (found) return found.matches("input, select, textarea") ? found : found.querySelector("input, select, textarea") ?? found;
  }
  return form.querySelector("input:not([type=hidden])");
};

const sayProblems = (form, problems) => {
  const said = new Map();
  for (const problem of problems) {
    const slot = slotOf(form, problem.path);
    if (slot && (!said.has(slot) || (said.get(slot).level !== "error" && problem.level === "error"))) said.set(slot, problem);
  }
  for (const slot of form.querySelectorAll("[data-error-for]")) {
    const problem = said.get(slot);
    const text = problem?.message ?? "";
    if (slot.textContent !== text) slot.textContent = text;
    slot.hidden = !text;
    slot.classList.toggle("warn", problem?.level === "warning");
    const field = document.getElementById(slot.id.slice(0, -2));
    if (!field?.matches("input, select, textarea")) continue;
    const bad = problem?.level === "error";
    field.classList.toggle("is-invalid", bad);
    if (bad) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
};

const sayItems = (answer) => {
  const list = document.querySelector("[data-checklist]");
  answer.items.forEach((item, index) => {
    const line = list.children[index];
    const link = line.querySelector("a");
    const status = line.querySelector(".status");
    link.dataset.path = item.path;
    link.hash = `#${idOf(item.path)}`;
    status.dataset.state = item.state;
    status.textContent = item.words;
  });
  document.querySelector("[data-n-complete]").textContent = answer.n_complete;
  const bar = document.querySelector("[data-n-complete-bar]");
  bar.setAttribute("aria-label", `${answer.n_complete} of 8 items complete`);
  bar.querySelector("rect").setAttribute("width", `${answer.n_complete * 12.5}%`);
};

let saidAlike = null;

// What is missing is said at its field only once somebody tried to submit: `showMissing`.
export const sayReading = (form, answer, showMissing) => {
  const problems = [...answer.problems, ...answer.warnings, ...(showMissing ? answer.missing : [])];
  sayProblems(form, problems);
  sayItems(answer);
  for (const total of form.querySelectorAll("[data-total]")) total.textContent = answer.words[total.dataset.total] ?? "–";
  document.querySelector("[data-needed]").textContent = answer.needed;
  if (saidAlike === answer.alike) return;
  saidAlike = answer.alike;
  const alike = document.querySelector("[data-alike]");
  const hadFocus = alike.contains(document.activeElement);
  alike.innerHTML = answer.alike;
  if (hadFocus) alike.querySelector("button")?.focus();
};
