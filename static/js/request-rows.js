// Rows of steps, outputs and samples: added, removed, put back, moved by buttons
// or by dragging the grip. The buttons are submit buttons of the plain page; here
// they act in place. Every change is said in words and ends in an "input" event.
import { rowsOf } from "./request-content.js";

const MOST_ROWS = 200;

// after any change names, ids and labels follow the row's place
const renumber = (form, table) => rowsOf(form, table).forEach((row, index) => {
  const place = row.querySelector("[data-place]");
  if (place) place.textContent = index + 1;
  for (const part of row.querySelectorAll("[data-says]")) part.setAttribute("aria-label", part.dataset.says.replace("{n}", index + 1));
  for (const cell of row.querySelectorAll("[data-name]")) {
    const path = `${table}.${index}.${cell.dataset.name}`;
    const id = `f-${path.replaceAll(".", "-")}`;
    const error = row.querySelector(`[data-error-for$=".${cell.dataset.name}"]`);
    cell.name = path;
    if (cell.type !== "hidden") cell.id = id;
    if (error) {
      error.dataset.errorFor = path;
      error.id = `${id}-e`;
      cell.setAttribute("aria-describedby", error.id);
    }
  }
  for (const total of row.querySelectorAll("[data-total]")) total.dataset.total = `${table}.${index}.total`;
  for (const button of row.querySelectorAll("button[name=action]")) {
    button.value = `${button.dataset.move ?? "remove"}:${table}:${index}`;
  }
});

export const wireRows = (form, say) => {
  const changed = (table) => {
    renumber(form, table);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const placeOf = (table) => form.querySelector(`[data-table="${table}"]`);
  const numberOf = (row) => [...row.parentElement.children].indexOf(row) + 1;

  const addRow = (table) => {
    const place = placeOf(table);
    const row = place.querySelector("template[data-blank]").content.firstElementChild.cloneNode(true);
    place.querySelector("[data-rows]").append(row);
    renumber(form, table);
    return row;
  };

  const remove = (row, place) => {
    const { table, one } = place.dataset;
    const rows = place.querySelector("[data-rows]");
    const before = row.nextElementSibling;
    const number = numberOf(row);
    row.remove();
    if (!rows.children.length) addRow(table);
    changed(table);
    const back = place.querySelector("[data-put-back]");
    back.hidden = false;
    back.textContent = `Put ${one} ${number} back`;
    back.onclick = () => {
      rows.insertBefore(row, before?.parentElement === rows ? before : null);
      back.hidden = true;
      changed(table);
      row.querySelector("[data-name]").focus();
      say(`${one} ${number} is back.`);
    };
    (before ?? rows.lastElementChild).querySelector("[data-name]").focus();
    say(`${one} ${number} is removed. It can be put back.`);
  };

  // the neighbour moves, not the row itself: so the button keeps its focus and the pointer its grip
  const step = (row, way) => {
    const other = way === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return false;
    if (way === "up") row.after(other);
    else row.before(other);
    return true;
  };

  const move = (row, way, place) => {
    const { table, one } = place.dataset;
    if (!step(row, way)) return say(`This ${one} is ${way === "up" ? "first" : "last"} already.`);
    changed(table);
    say(`Now ${one} ${numberOf(row)} of ${row.parentElement.children.length}.`);
  };

  for (const place of form.querySelectorAll("[data-table]")) {
    const { table, one } = place.dataset;
    place.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-add], button[data-remove], button[data-move]");
      if (!button) return;
      event.preventDefault();
      const row = button.closest("[data-row]");
      if (button.dataset.move) move(row, button.dataset.move, place);
      else if (row) remove(row, place);
      else if (rowsOf(form, table).length >= MOST_ROWS) say(`${MOST_ROWS} rows are the most. File a second request for the rest.`);
      else {
        addRow(table).querySelector("[data-name]").focus();
        say(`${one} ${rowsOf(form, table).length} is added.`);
      }
    });
    place.addEventListener("pointerdown", (event) => {
      const grip = event.target.closest("[data-grip]");
      if (!grip || event.button) return;
      event.preventDefault();
      drag(grip, event.pointerId, place);
    });
  }

  const drag = (grip, pointer, place) => {
    const row = grip.closest("[data-row]");
    const from = numberOf(row);
    grip.setPointerCapture(pointer);
    row.classList.add("dragged");
    const follow = ({ clientY }) => {
      const above = row.previousElementSibling?.getBoundingClientRect();
      const below = row.nextElementSibling?.getBoundingClientRect();
      if (above && clientY < above.top + above.height / 2) step(row, "up");
      else if (below && clientY > below.top + below.height / 2) step(row, "down");
    };
    const end = () => {
      grip.removeEventListener("pointermove", follow);
      row.classList.remove("dragged");
      if (numberOf(row) === from) return;
      changed(place.dataset.table);
      say(`Now ${place.dataset.one} ${numberOf(row)} of ${row.parentElement.children.length}.`);
    };
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("lostpointercapture", end, { once: true });
  };

  return { addRow };
};
