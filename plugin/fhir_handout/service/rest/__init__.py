"""REST, for programs: preview, explain, attach, retract, and what handouts there are."""
