// Cells of the table of rows: written only when their text changes, and with what is wrong beside them.
export const show = (cell, text) => { if (cell.textContent !== text) cell.textContent = text; };

// what stands under a wrong cell; '' takes it away
export const complain = (record, name, why) => {
  const cell = record.cells[name] ?? record.cells.notes;
  const place = cell.parentElement;
  place.querySelector(".error")?.remove();
  cell.classList.toggle("is-invalid", Boolean(why));
  if (why) cell.setAttribute("aria-invalid", "true");
  else cell.removeAttribute("aria-invalid");
  if (!why) return;
  const told = document.createElement("p");
  told.className = "error";
  told.textContent = why;
  place.append(told);
};
