"""Settings for the tests: those of the project, in the mode that allows fictitious persons."""

import os

os.environ.setdefault("REGISTRY_MODE", "test")
# Pure tests need no server; those that do are started by `make test`, which sets the address.
os.environ.setdefault("DATABASE_URL", "postgres://registry@127.0.0.1:1/none")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["config.hashers.QuickHasher"]
# Programs that a test starts may give signs of life more often.
SIGN_SECONDS = float(os.environ.get("TEST_SIGN_SECONDS", SIGN_SECONDS))  # noqa: F405
