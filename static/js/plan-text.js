// Rows of a plan as lines of text: what the form sends. campaigns/views/plan_text.py reads and writes the same.
export const COLUMNS = ["key", "for", "sample", "skip", "limit", "jobs", "memory", "distance", "site", "again", "notes", "query"];
// further names of columns in a head; '' is left out
export const ALSO = { row: "key", step: "for", batch: "limit", "memory mib": "memory", comments: "notes", comment: "notes", files: "", remaining: "" };
const ENDS = new Set(["", "-1", "to the end", "end"]);
const LARGEST = 2 ** 31 - 1;

const quoted = (text) => (/[",\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const writeRows = (rows) =>
  `${[COLUMNS, ...rows.map((row) => COLUMNS.map((name) => quoted(row[name] ?? "")))].map((cells) => cells.join(",")).join("\n")}\n`;

const cellsOf = (line) => {
  const comma = line.replaceAll(/"[^"]*"/g, "").includes("\t") ? "\t" : ",";
  const cells = [];
  let cell = "", isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const sign = line[at];
    if (isQuoted) {
      if (sign !== '"') cell += sign;
      else if (line[at + 1] === '"') { cell += '"'; at += 1; } else isQuoted = false;
    } else if (sign === '"' && !cell) isQuoted = true;
    else if (sign === comma) { cells.push(cell); cell = ""; } else cell += sign;
  }
  return [...cells, cell];
};

// the lines of a text as lists of cells; one that ends within quotes goes on in the next
export const linesOf = (text) => {
  const lines = [];
  let begun = "";
  for (const line of text.replaceAll(/\r\n?/g, "\n").split("\n")) {
    begun += line;
    if ((begun.split('"').length - 1) % 2) { begun += "\n"; continue; }
    const cells = cellsOf(begun);
    if (cells.some((cell) => cell.trim())) lines.push(cells);
    begun = "";
  }
  return lines;
};

// the column that a cell of a head names; '' for one that is left out, null for none
export const nameOf = (cell) => {
  const name = cell.toLowerCase().replaceAll(/[^a-z]+/g, " ").trim();
  return !cell.trim() || COLUMNS.includes(name) ? name : ALSO[name] ?? null;
};

export const readRows = (text) => {
  let columns = COLUMNS;
  const rows = [];
  for (const cells of linesOf(text)) {
    const names = cells.map(nameOf);
    if (!names.includes(null)) {
      columns = names;
    } else if (cells.length === 2 && cells.every((cell) => isEnd(cell) || number(cell) >= 0)) {
      rows.push({ for: "production", skip: cells[0].trim(), limit: cells[1].trim() });
    } else rows.push(Object.fromEntries(columns.map((name, at) => [name, (cells[at] ?? "").trim()])));
  }
  return rows;
};

export const isEnd = (text) => ENDS.has((text ?? "").toLowerCase().replaceAll("−", "-").trim());

// a number as people write it (6,000): null where nothing is written, NaN where it is none
export const number = (text, least = 0) => {
  const bare = (text ?? "").replaceAll(/[\s,]+/g, "");
  if (!bare) return null;
  const n = /^[0-9]{1,10}$/.test(bare) ? Number(bare) : NaN;
  return n >= least && n <= LARGEST ? n : NaN;
};
