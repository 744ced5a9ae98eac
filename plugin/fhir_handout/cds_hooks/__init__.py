"""CDS Hooks 2.0: what an EHR's hooks are answered with, without a web framework.

A router gives request bodies as parsed JSON and a tenant's setting; it gets back JSON, or a
`HookRefused` with the HTTP status.
"""
