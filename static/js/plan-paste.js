// Rows of a plan from and for a spreadsheet: cells parted by tabs, with a head that names the columns or without one.
import { COLUMNS, isEnd, linesOf, nameOf, number } from "./plan-text.js";

// cells that columns without a head go into, from the one that has the cursor on
export const PASTED = ["skip", "limit", "jobs", "memory", "distance", "site", "notes"];
const FOR = { "full production": "production", "small run": "small-run" };
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;

// what a text that would run as a formula stands as in a cell, and back
const guarded = (text) => (FORMULA.test(text) && !/^-?[\d,.]+$/.test(text) ? `'${text}` : text);
const unguarded = (cell) => (cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell);

const headOf = ([first]) => {
  const names = first.map(nameOf);
  const isHead = names.some(Boolean) && first.every((cell) => !cell.trim() || (Number.isNaN(number(cell)) && !/\d/.test(cell)));
  return isHead && (names.filter(Boolean).length > 1 || first.length === 1) ? names : null;
};

const valueOf = (name, cell) => {
  const text = unguarded(cell.trim());
  if (name === "key") return text.replace(/^\d+\s+/, ""); // "2 r1", as the page of the plan shows it
  if (name === "for") return FOR[text.toLowerCase()] ?? text.toLowerCase();
  return text;
};

// Lines as values of rows. A head that names columns says what is in them, else they follow the column with the cursor; a head
// of other words above numbers is left out.
export const pastedRows = (column, text) => {
  const lines = linesOf(text);
  const head = lines.length ? headOf(lines) : null;
  const from = PASTED.indexOf(column);
  const names = head ?? PASTED.slice(from);
  const isNumber = !head && from < PASTED.indexOf("site");
  const given = head ? lines.slice(1) : lines.filter(([first]) => !isNumber || isEnd(first) || !Number.isNaN(number(first)));
  return given.map((cells) => Object.fromEntries(
    cells.slice(0, names.length).map((cell, at) => [names[at], valueOf(names[at], cell)]).filter(([name]) => name)));
};

// Puts them into the table: a row that is named by its key is changed, the first other one goes into the row with the cursor
// unless keys are named, each further one makes a row below it. Tells how many were changed and made.
export const paste = (plan, record, column, text) => {
  const given = pastedRows(column, text);
  const byKey = new Map(plan.rows.filter(({ values }) => values.key).map((one) => [one.values.key, one]));
  const isNamed = given.some(({ key }) => key);
  const changed = [], made = [];
  for (const values of given) {
    const there = values.key ? byKey.get(values.key) : !isNamed && !changed.length ? record : null;
    if (there) { plan.fill(there, values); changed.push(there); } else made.push(values);
  }
  const lane = { for: record.values.for, sample: record.values.sample };
  const below = changed.length && !isNamed ? record : plan.rows.at(-1);
  plan.insert(plan.rows.indexOf(below) + 1, made.map((values) => ({ ...lane, ...values })));
  return { nChanged: changed.length, nMade: made.length };
};

// rows as a spreadsheet takes them, with what they come to
export const copied = (rows) => {
  const head = [...COLUMNS, "files", "remaining"];
  const cells = rows.map(({ values, outs }) => [
    ...COLUMNS.map((name) => guarded((values[name] ?? "").replaceAll(/\s+/g, " "))),
    outs.files.textContent.replace(/, over .*/, ""), outs.remaining.textContent]);
  return [head, ...cells].map((line) => line.join("\t")).join("\n");
};
