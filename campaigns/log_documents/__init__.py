"""The log as a document: on paper, as Markdown, and from a document that was kept elsewhere before.

paper.py reads the log in order, printing.py makes the PDF of it (in a process of its own: making.py), as_markdown.py the text;
incoming/ reads a document that comes in.
"""
