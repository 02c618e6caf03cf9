// Pictures pasted from the clipboard, files dropped on the text or attached: each is
// sent at once, and the text names it where the cursor was.
import { insert, replaceText } from "./log-content.js";
import { freshToken } from "./saver.js";

const KINDS = { "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp" };
let number = 0;

const nameOf = (file) => file.name && file.name !== "image.png" ? file.name : `screenshot${KINDS[file.type] ?? ".png"}`;

export const wireFiles = (form, tell, say) => {
  const field = form.elements.body;
  const list = form.querySelector("[data-file-list]");

  const send = async (file, mark) => {
    const data = new FormData();
    data.append("about", form.dataset.about);
    data.append("file", file, nameOf(file));
    const response = await fetch(form.dataset.filesTo, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": freshToken(form) },
      body: data,
    });
    const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
    const answer = isJson ? await response.json() : {};
    if (!response.ok || !isJson) throw new Error(answer.error?.replace("Not saved: ", "") ?? `the portal answered with status ${response.status}.`);
    replaceText(field, mark, answer.reference);
    list.innerHTML = answer.html;
    window.htmx?.process(list);
    say(`${answer.name} is with the text.`);
  };

  const take = async (files) => {
    for (const file of files) {
      const mark = `[sending ${nameOf(file)} ${number += 1}…]`;
      insert(field, field.selectionStart && !/\s$/.test(field.value.slice(0, field.selectionStart)) ? `\n${mark}\n` : `${mark}\n`);
      try {
        await send(file, mark);
      } catch (error) {
        replaceText(field, `${mark}\n`, "");
        const again = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-plain btn-small", textContent: "Try again" });
        again.addEventListener("click", () => { tell("", ""); take([file]); });
        const why = error instanceof TypeError ? "the connection is lost." : error.message;
        tell("warning", `${nameOf(file)} was not taken: ${why}`, again);
      }
    }
  };

  field.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    // a cell of a spreadsheet comes as text and as a picture of it: the text is meant
    if (!files.length || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    take(files);
  });
  field.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    field.classList.add("dropping");
  });
  for (const kind of ["dragleave", "drop"]) field.addEventListener(kind, () => field.classList.remove("dropping"));
  field.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  form.elements.files.addEventListener("change", (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    take(files);
  });
};
