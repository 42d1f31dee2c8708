"""What the demonstration is configured with, made to fit the addresses of this run."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from config.private import write_private
from partners.signing import PRIVATE, public_key

SHIPPED = Path(__file__).with_name("configuration.yaml")
# Stands in the shipped file where the address of the demonstration recipient belongs.
RECEIVER = "${RECEIVER_URL}"


def fitted(folder: Path, *, receiver_url: str) -> Path:
    """The shipped configuration with the recipient's address of this run, written in `folder`."""
    path = folder / "configuration.yaml"
    write_private(path, SHIPPED.read_text().replace(RECEIVER, receiver_url))
    return path


def tell_recipient(folder: Path, files: list[Path], *, receiver_url: str) -> None:
    """Give the demonstration recipient the keys of the subscriptions that push to it, and names.

    A subscription whose endpoint is `<receiver_url>/hooks/<name>` is known to it as `<name>`.
    """
    keys: dict[str, list[str]] = {}
    names: dict[str, dict[str, str]] = {}
    for file in files:
        content = yaml.safe_load(file.read_text())
        for one in content.get("organisations") or []:
            names[one["code"]] = one.get("names", {})
        for subscription in content.get("subscriptions") or []:
            endpoint, secret = subscription.get("endpoint", ""), subscription.get("secret")
            if endpoint.startswith(f"{receiver_url}/hooks/") and secret:
                key = public_key(secret) if secret.startswith(PRIVATE) else secret
                keys.setdefault(urlsplit(endpoint).path.rsplit("/", 1)[1], []).append(key)
    told = {"secrets": keys, "names": {code: names[code] for code in keys if code in names}}
    write_private(folder / "recipient.json", json.dumps(told, indent=2))
