"""The registry's settings, with the addresses of `benchmarks.feed_endpoints` besides."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.feed_endpoints"
