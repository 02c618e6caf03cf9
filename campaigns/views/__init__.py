"""Pages of this floor. A view: method, fetch through the viewer, form, service, answer."""
