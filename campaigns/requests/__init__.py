"""Production requests: what they say (content), how they move (life, services), who may (rules). No pages, no HTTP."""
