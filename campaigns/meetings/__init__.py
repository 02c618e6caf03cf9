"""Production meetings: their series, agenda, decisions and actions. Nothing here imports the shift or the log."""
