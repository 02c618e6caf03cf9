"""The arithmetic of the workflows submission plan. Pure: no database, no HTTP, no Django; anything may call it.

A plan says which inputs of a sample go into which workflow. Four questions are answered here, each in a module that can be
read and tested by itself:

- `slices`   Which inputs does a row take, what remains after it, what is missing, taken twice or past the end? Positions
             count the files of an ordered sample from 0; intervals are half-open, [from, to). Completeness counts
             distinct inputs, never sums.
- `mql`      Which slice of which sample did a workflow that justIN shows really take? And how is a slice asked for?
- `commands` Which `justin` command submits a row, and which row does a command submit? `submission` holds the row's values
             with what justIN refuses; `shell` reads and writes words of a shell.
- `script`   A shell script that submits many rows and notes which row became which workflow.

What justIN's client and server do is in section 12 of the contract on justIN: above all that a mistake in the options prints
the help and exits 0, that the scope is `usertests` unless it is written out, and that double quotes break its SQL.

Every refusal is an `errors.WrongValue`: it names the field and says what would be right. The package knows nothing of models:
rows become `Submission`s and slices before they come here.
"""
