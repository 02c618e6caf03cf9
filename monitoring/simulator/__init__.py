"""A believable justIN over real HTTP, for the demonstration and the tests.

It obeys the justIN contract (docs/justin.md), sections 1 to 6 and 10: the row cap, filters that are dropped
silently, error pages with status 200 and all. It is a program of its own: it knows nothing of the portal's
client, harvest or database, and they never import it. Only the standard library is used.

Beside it stands a MetaCat that counts the files of this world's samples (`metacat`).

The way through it: `scenes` (what happens, written by hand) -> `life` (jobs and files of one workflow, drawn
from the seed) -> `events` (what justIN writes down about them) -> `workflow` (the same seen at one instant)
-> `answers` (query to body) -> `server` (HTTP), with `faults` on the way out and `truth` beside it.
"""
