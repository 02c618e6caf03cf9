// The table of rows: built from lines of text, edited in place, pasted into from a spreadsheet. What the cells hold is kept
// beside them, so that working it out reads no page; only cells whose text changes are written.
import { complain, show } from "./plan-cells.js";
import { paste, PASTED } from "./plan-paste.js";
import { COLUMNS, number } from "./plan-text.js";

const LANE = ["for", "sample"];

export const rowsTable = (table, { changed, say, mostRows }) => {
  const body = table.tBodies[0];
  const blank = table.querySelector("template").content.firstElementChild;
  const rows = [];
  let options = [];
  let removed = null;

  const fillOptions = (record) => {
    const select = record.cells.sample;
    const value = record.values.sample ?? "";
    const known = options.some(([key]) => key === value);
    select.replaceChildren(...(known ? options : [[value, value || "choose"], ...options]).map(([key, name]) => new Option(name, key)));
    select.value = value;
  };

  const build = (values) => {
    const tr = blank.cloneNode(true);
    const cells = Object.fromEntries([...tr.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]));
    const outs = Object.fromEntries([...tr.querySelectorAll("[data-out]")].map((cell) => [cell.dataset.out, cell]));
    const record = { values: { ...values }, tr, cells, outs };
    tr.record = record;
    for (const [name, cell] of Object.entries(cells)) {
      if (name === "sample") fillOptions(record);
      else if (name === "for" && values.for && ![...cell.options].some((one) => one.value === values.for)) cell.add(new Option(values.for));
      if (name !== "sample") cell.value = (values[name] ?? "").replaceAll(/\s+/g, " ");
    }
    show(outs.key, values.key || "new");
    return record;
  };

  const renumber = (from = 0) => {
    for (let at = from; at < rows.length; at += 1) show(rows[at].outs.number, String(at + 1));
  };

  const insert = (at, many) => {
    const made = many.slice(0, Math.max(0, mostRows - rows.length)).map(build);
    const part = document.createDocumentFragment();
    part.append(...made.map((record) => record.tr));
    body.insertBefore(part, rows[at]?.tr ?? null);
    rows.splice(at, 0, ...made);
    renumber(at);
    if (made.length < many.length) say(`${mostRows} rows are the most.`);
    return made;
  };

  const set = (record, name, text) => {
    record.values[name] = text;
    if (record.cells[name] && record.cells[name].value !== text) record.cells[name].value = text;
  };

  const next = (record) => {
    const { skip, limit } = record.values;
    const values = Object.fromEntries(LANE.map((name) => [name, record.values[name]]));
    const end = number(skip) + number(limit);
    return number(limit) ? { ...values, skip: String(end), limit } : values;
  };

  const add = (at) => {
    const before = rows[at - 1] ?? rows.at(-1);
    const [record] = insert(at, [before ? next(before) : { for: "production", sample: options[0]?.[0] ?? "" }]);
    record?.cells.skip.focus();
    changed();
  };

  const remove = (record) => {
    const at = rows.indexOf(record);
    removed = { at, values: record.values };
    rows.splice(at, 1);
    record.tr.remove();
    renumber(at);
    (rows[at] ?? rows[at - 1])?.cells.skip.focus();
    say(`Row ${at + 1} is removed. It can be put back.`);
    changed();
  };

  const putBack = () => {
    if (!removed) return;
    insert(removed.at, [removed.values])[0]?.cells.skip.focus();
    say(`Row ${removed.at + 1} is back.`);
    removed = null;
    changed();
  };

  // the neighbour moves, so that the button keeps the focus
  const move = (record, way) => {
    const at = rows.indexOf(record);
    const other = rows[at + way];
    if (!other) return say(`This row is ${way < 0 ? "first" : "last"} already.`);
    if (way < 0) record.tr.after(other.tr); else record.tr.before(other.tr);
    [rows[at], rows[at + way]] = [other, record];
    renumber(Math.min(at, at + way));
    say(`Now row ${at + way + 1} of ${rows.length}.`);
    changed();
  };

  const fill = (record, values) => {
    for (const [name, value] of Object.entries(values)) { set(record, name, value); complain(record, name, ""); }
  };

  body.addEventListener("input", ({ target }) => {
    const { record } = target.closest("tr");
    record.values[target.dataset.cell] = target.value;
    if (target.classList.contains("is-invalid")) complain(record, target.dataset.cell, "");
    changed();
  });
  body.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    const column = event.target.dataset.cell;
    if (!PASTED.includes(column) || !/[\n\t]/.test(text.trim())) return;
    event.preventDefault();
    const { nChanged, nMade } = paste(plan, event.target.closest("tr").record, column, text);
    say(`${nChanged + nMade} rows are pasted, ${nMade} of them new.`);
    changed();
  });
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault(); // the form is saved by its button; Enter goes down, as in a spreadsheet
    event.target.closest("tr").nextElementSibling?.record.cells[event.target.dataset.cell].focus();
  });
  body.addEventListener("click", ({ target }) => {
    const act = target.closest("button")?.dataset.act;
    if (!act) return;
    const { record } = target.closest("tr");
    if (act === "add") add(rows.indexOf(record) + 1);
    else if (act === "remove") remove(record);
    else move(record, act === "up" ? -1 : 1);
  });

  const offer = (samples) => { options = samples; rows.forEach(fillOptions); };
  const values = () => rows.map(({ values: one }) => Object.fromEntries(COLUMNS.map((name) => [name, one[name] ?? ""])));
  const plan = { rows, insert, fill, add, putBack, offer, values, hasRemoved: () => Boolean(removed) };
  return plan;
};
