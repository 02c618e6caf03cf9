"""The five steps of a campaign: what must hold, what shows that it does, who signs, and when the next one opens.

process.toml   the steps and criteria, as data; process.py reads it
facts/         what auto criteria see (queries, no writing)
loading.py     all that is known of a campaign, read in a constant number of queries
standing.py    from that to where every criterion and step stands (pure)
refreshing.py  after each change: keep the facts, let sign-offs lapse, open alerts, write what waits for whom
services.py …  one function per action

Imports go down this list only: services → refreshing → loading → facts, standing → process.
"""
