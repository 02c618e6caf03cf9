"""A document that was the log before there was one here: read, looked at, then taken as entries.

package.py looks into a .docx before anything is unpacked, docx.py and text.py make Markdown of a file, when.py reads dates,
pieces.py cuts the text into entries, taking.py writes them.
"""
