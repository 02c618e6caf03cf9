// A comment edited in its cell: the cursor begins at the end, Escape cancels.
document.addEventListener("htmx:afterSettle", (event) => {
  const field = event.target.querySelector?.("[data-editing] .form-control");
  if (field && document.activeElement === field) field.setSelectionRange(field.value.length, field.value.length);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.closest("[data-editing]")?.querySelector("[data-cancel]")?.click();
});
