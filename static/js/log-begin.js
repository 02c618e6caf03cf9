// "Fill in what is known": the text that an entry of the chosen kind begins with, with
// the numbers of now. A text that nobody has changed since gives way to the next one.
import { insert } from "./log-content.js";

export const wireBeginning = (form, tell) => {
  const { kind, body, tags, workflows, sites, meeting } = form.elements;
  const button = form.querySelector("[data-fill]");
  if (!button) return;
  let filled = "";  // what this put into the text

  const fill = async () => {
    const address = new URL(form.dataset.template, location);
    address.searchParams.set("kind", kind.value);
    for (const [name, field] of [["workflow", workflows], ["site", sites]]) {
      const first = field.value.trim().split(/[\s,;]+/)[0];
      if (first) address.searchParams.set(name, first.replace("#", ""));
    }
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" } });
      if (!response.ok || !(response.headers.get("Content-Type") ?? "").includes("json")) throw new Error();
      const answer = await response.json();
      if (body.value.trim() === filled.trim()) body.select();
      else body.setSelectionRange(0, 0);
      const rest = body.value.trim() === filled.trim() ? "" : "\n\n";
      insert(body, answer.body ? answer.body + rest : "");
      filled = answer.body;
      for (const [field, value] of [[tags, answer.tags], [workflows, answer.workflows], [sites, answer.sites], [meeting, answer.meeting]]) {
        if (!field.value.trim()) field.value = value;
      }
      form.dispatchEvent(new Event("input", { bubbles: true }));
      const at = body.value.indexOf(": ", answer.body.length - 40);
      body.setSelectionRange(...(at > 0 ? [answer.body.length, answer.body.length] : [body.value.length, body.value.length]));
    } catch {
      tell("warning", "The numbers could not be read just now; what you typed stays as it is.");
    }
  };

  button.addEventListener("click", (event) => {
    event.preventDefault();
    fill();
  });
  kind.addEventListener("change", () => { if (body.value.trim() === filled.trim()) fill(); });
};
