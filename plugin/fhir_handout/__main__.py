"""The console script, and `python -m fhir_handout`."""

import gc


def run() -> None:
    """Run one command. Its process ends before collecting garbage could pay."""
    gc.disable()
    from fhir_handout.interfaces import cli

    cli.run()


if __name__ == "__main__":
    run()
