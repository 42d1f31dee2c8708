#!/usr/bin/env python
"""The project's administrative commands: `python manage.py help` lists them."""

import io
import os
import sys


def main() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # How far a long command is shall be seen while it runs, also through a pipe or in a log.
        sys.stdout.reconfigure(line_buffering=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
