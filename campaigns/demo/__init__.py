"""The demonstration's data: people named after their roles, campaigns of the simulated justIN, requests in every state."""
