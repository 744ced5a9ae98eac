"""`python -m fhir_handout` is the command line."""

from fhir_handout.interfaces.cli import run

if __name__ == "__main__":
    run()
