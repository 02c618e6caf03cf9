"""A campaign's workflows submission plan: drafted, edited, published, and compared with what was submitted.

content.py     the plan as one document: common settings, samples, rows
rows.py        rows laid out: what each takes, what remains, its command
drafting.py    a first plan from the campaign's requests
services.py    save and publish
actual.py      planned rows against the campaign's workflows

Saving and publishing is campaigns/plan_services.py, above the steps, which read plans from here. Arithmetic of slices, MQL and
commands is in campaigns/plan, which knows no database.
"""
