"""The shift: checks that are due and recorded, handovers, duties as a calendar."""
