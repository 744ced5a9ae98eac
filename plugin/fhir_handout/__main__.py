"""The console script, and `python -m fhir_handout`."""

import gc


def run() -> None:
    """Run one command. Most end before collecting garbage could pay; `serve` turns it on."""
    gc.disable()
    from fhir_handout.interfaces import cli

    cli.run()


if __name__ == "__main__":
    run()
