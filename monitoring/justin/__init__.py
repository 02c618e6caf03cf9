"""justIN: the client (HTTP and parsing), the harvest (whole answers past the row cap) and links to its pages. No ORM."""
