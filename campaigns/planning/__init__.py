"""A campaign's workflows submission plan: drafted, edited, published, and compared with what was submitted.

content.py       the plan as one document: common settings with their stages, samples, rows
keys.py          what rows are for in one word, and the keys that they get
rows.py          rows laid out: what each takes, what remains, its command
drafting.py      a first plan from the campaign's requests
actual.py        planned rows against the campaign's workflows
list_reading.py  production's job lists and checklists as rows
list_taking.py   what such a list makes of a plan
list_writing.py  a plan and what became of it as such a list

Saving and publishing is campaigns/plan_services.py, above the steps, which read plans from here. Arithmetic of slices, MQL and
commands is in campaigns/plan, which knows no database.
"""
