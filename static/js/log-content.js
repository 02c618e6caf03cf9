// What stands in a form of the log, as the draft keeps it: its fields by their names.
const FIELDS = ["kind", "body", "happened_at", "tags", "workflows", "sites", "meeting", "base"];

export const readContent = (form) => {
  const content = {};
  for (const name of FIELDS) content[name] = form.elements[name]?.value ?? "";
  return content;
};

export const writeContent = (form, content) => {
  for (const name of FIELDS) if (form.elements[name] && content[name] !== undefined) form.elements[name].value = content[name];
};

// Put a text where the cursor is; the browser's own undo takes it back.
export const insert = (field, text) => {
  field.focus();
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
};

// Put something in the place of a text that was inserted, wherever it is by now; the cursor stays with its words.
export const replaceText = (field, old, text) => {
  const at = field.value.indexOf(old);
  if (at < 0) return;
  field.setRangeText(text, at, at + old.length, "preserve");
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
