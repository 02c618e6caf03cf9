"""MetaCat, the catalogue of files: asked for numbers of files, never while a page is drawn. See docs/metacat.md."""
