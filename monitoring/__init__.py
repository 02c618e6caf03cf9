"""First floor: what machines say. justIN's client, harvest, tallies and polling. Imports portal only."""
