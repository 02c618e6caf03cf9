// Between the form's fields and the content they say: one JSON document, see
// campaigns/requests/shape.py. Names of fields are paths: samples.2.what.

export const cells = (row) => [...row.querySelectorAll("[data-name]")];
export const rowsOf = (form, table) => [...form.querySelectorAll(`[data-table="${table}"] [data-row]`)];

// what a select says on its own does not make a row
const isBlank = (row) => cells(row).every((cell) => cell.tagName === "SELECT" || !cell.value.trim());

export const readContent = (form) => {
  const content = { code: {}, validation: {}, resources: {} };
  for (const field of form.elements) {
    if (!field.id?.startsWith("f-") || field.dataset.name) continue;
    const [first, second] = field.name.split(".");
    if (first === "datasets") content.datasets = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
    else if (second) content[first][second] = field.value;
    else content[first] = field.value;
  }
  for (const place of form.querySelectorAll("[data-table]")) {
    const table = place.dataset.table;
    const rows = rowsOf(form, table);
    while (rows.length && isBlank(rows.at(-1))) rows.pop();
    content[table] = rows.map((row) => Object.fromEntries(cells(row).map((cell) =>
      [cell.dataset.name, cell.dataset.name === "extra" ? JSON.parse(cell.value) : cell.value])));
  }
  return content;
};

// a value that a select or a date field does not know would vanish: make room for it
const put = (field, value) => {
  if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === value)) {
    field.append(new Option(value, value));
  }
  if (field.type === "date" && value && !/^\d{4}-\d\d-\d\d$/.test(value)) field.type = "text";
  field.value = value;
};

// the opposite way; `addRow(table)` gives a new empty row at the end
export const writeContent = (form, content, addRow) => {
  for (const field of form.elements) {
    if (!field.id?.startsWith("f-") || field.dataset.name) continue;
    const [first, second] = field.name.split(".");
    const value = second ? content[first]?.[second] : content[first];
    if (value !== undefined) put(field, Array.isArray(value) ? value.join("\n") : value);
  }
  for (const place of form.querySelectorAll("[data-table]")) {
    const table = place.dataset.table;
    const wanted = content[table] ?? [];
    for (const row of rowsOf(form, table).slice(Math.max(1, wanted.length))) row.remove();
    while (rowsOf(form, table).length < wanted.length) addRow(table);
    rowsOf(form, table).forEach((row, index) => {
      const values = wanted[index] ?? {};
      row.querySelector("[data-name=extra]")?.remove();
      if (values.extra) {
        const hidden = document.createElement("input");
        Object.assign(hidden, { type: "hidden", name: `${table}.${index}.extra`, value: JSON.stringify(values.extra) });
        hidden.dataset.name = "extra";
        row.lastElementChild.append(hidden);
      }
      for (const cell of cells(row)) if (cell.dataset.name !== "extra") put(cell, values[cell.dataset.name] ?? "");
    });
  }
};
