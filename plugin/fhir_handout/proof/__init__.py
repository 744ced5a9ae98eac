"""Proves what a content pack can and can't say, over every combination of findings there is.

In: a content pack and its rules. Out: for each rule whether it holds, with the smallest case that
breaks it. docs/adr/0012-a-factored-proof.md says why that is exact.
"""
