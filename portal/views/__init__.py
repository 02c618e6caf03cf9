"""Pages of the ground floor: profile, help, errors, and the answer to health checks."""
