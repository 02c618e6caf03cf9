"""How dates are written where Django writes them (the administration): day before month, 24 hours."""
