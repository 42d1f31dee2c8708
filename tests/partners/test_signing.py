"""Signatures of Standard Webhooks, checked by the independent library and by cryptography."""

import base64
import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

from partners.signing import (
    InvalidKey,
    Unverified,
    check_key,
    new_secret,
    public_key,
    sign,
    verify,
)

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
BODY = b'{"data":{"right":"bim"}}'
# The published examples of the specification and of the first implementation of its key pairs.
SHARED_EXAMPLE = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PRIVATE_EXAMPLE = (
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
)
PUBLIC_EXAMPLE = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="


def signed(*keys: str, body: bytes = BODY, at: datetime = NOW) -> dict[str, str]:
    return sign(message_id="0197a3c4-1", timestamp=at, body=body, keys=keys)


def test_ten_thousand_random_bodies_convince_the_independent_library():
    draw = random.Random(2026)
    now = datetime.now(UTC)  # The library looks at the clock itself.
    for number in range(10_000):
        secret = "whsec_" + base64.b64encode(draw.randbytes(draw.randint(24, 64))).decode()
        text = "".join(chr(draw.randint(1, 0xD7FF)) for _ in range(draw.randint(0, 200)))
        body = json.dumps({"text": text}, ensure_ascii=bool(number % 2)).encode()
        headers = sign(message_id=f"msg_{number}", timestamp=now, body=body, keys=[secret])
        assert Webhook(secret).verify(body, headers) == {"text": text}


def test_what_the_independent_library_signs_is_verified_here():
    draw = random.Random(7)
    for number in range(10_000):
        secret = new_secret()
        body = str(draw.random()).encode()
        message_id = f"msg_{number}"
        headers = {
            "Webhook-Id": message_id,
            "Webhook-Timestamp": str(int(NOW.timestamp())),
            "Webhook-Signature": Webhook(secret).sign(message_id, NOW, body.decode()),
        }
        assert verify(body, headers, keys=[secret], now=NOW) == message_id


def test_ed25519_signatures_hold_for_cryptography_itself():
    for number in range(1_000):
        secret = new_secret("v1a")
        headers = signed(secret, body=b"body %d" % number)
        version, signature = headers["webhook-signature"].split(",")
        raw = base64.b64decode(public_key(secret).removeprefix("whpk_"))
        content = b"0197a3c4-1.%d.body %d" % (NOW.timestamp(), number)
        Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature), content)
        assert version == "v1a"


def test_a_published_key_pair_belongs_together():
    assert public_key(PRIVATE_EXAMPLE) == PUBLIC_EXAMPLE
    headers = signed(PRIVATE_EXAMPLE)
    assert verify(BODY, headers, keys=[PUBLIC_EXAMPLE], now=NOW) == "0197a3c4-1"


def test_a_private_key_may_come_without_its_public_half():
    seed = "whsk_" + base64.b64encode(base64.b64decode(PRIVATE_EXAMPLE[5:])[:32]).decode()
    assert public_key(seed) == PUBLIC_EXAMPLE


@pytest.mark.parametrize("kind", ["v1", "v1a"])
def test_during_a_rotation_the_old_and_the_new_key_both_verify(kind):
    old, new, other = new_secret(kind), new_secret(kind), new_secret(kind)
    headers = signed(new, old)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for key in (old, new):
        assert verify(BODY, headers, keys=[key], now=NOW) == "0197a3c4-1"
    assert verify(BODY, signed(new), keys=[old, new], now=NOW) == "0197a3c4-1"
    with pytest.raises(Unverified, match="wrongSignature"):
        verify(BODY, headers, keys=[other], now=NOW)


def test_a_recipient_checks_the_signatures_it_knows_among_several_kinds():
    shared, private = new_secret(), new_secret("v1a")
    headers = signed(shared, private)
    headers["webhook-signature"] = "v9,AAAA garbage , v1,%% v1, " + headers["webhook-signature"]
    for key in (shared, private, public_key(private)):
        assert verify(BODY, headers, keys=[key], now=NOW) == "0197a3c4-1"


@pytest.mark.parametrize("key", [SHARED_EXAMPLE, PRIVATE_EXAMPLE])
@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "0197a3c4-2"},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-signature": "v1,"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1a," + "A" * 88},
        {"webhook-signature": "v1,é"},
    ],
)
def test_a_changed_header_is_found(key, change):
    with pytest.raises(Unverified, match="wrongSignature"):
        verify(BODY, signed(key) | change, keys=[key], now=NOW)


@pytest.mark.parametrize("key", [SHARED_EXAMPLE, PRIVATE_EXAMPLE])
def test_every_single_changed_byte_of_the_body_is_found(key):
    headers = signed(key)
    for place in range(len(BODY)):
        changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        with pytest.raises(Unverified):
            verify(changed, headers, keys=[key], now=NOW)


def test_a_signature_of_one_kind_does_not_pass_for_the_other():
    headers = signed(SHARED_EXAMPLE)
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v1a,")
    for key in (SHARED_EXAMPLE, PUBLIC_EXAMPLE):
        with pytest.raises(Unverified, match="wrongSignature"):
            verify(BODY, headers, keys=[key], now=NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named_as_such(name):
    headers = signed(SHARED_EXAMPLE)
    del headers[name]
    with pytest.raises(Unverified, match="missingHeader"):
        verify(BODY, headers, keys=[SHARED_EXAMPLE], now=NOW)


@pytest.mark.parametrize(
    ("later", "code"),
    [(301, "tooOld"), (300, None), (0, None), (-300, None), (-301, "tooNew")],
)
def test_a_message_is_good_for_five_minutes_either_way(later, code):
    headers, now = signed(SHARED_EXAMPLE), NOW + timedelta(seconds=later)
    if code is None:
        assert verify(BODY, headers, keys=[SHARED_EXAMPLE], now=now) == "0197a3c4-1"
        return
    with pytest.raises(Unverified) as caught:
        verify(BODY, headers, keys=[SHARED_EXAMPLE], now=now)
    assert caught.value.code == code


@pytest.mark.parametrize("timestamp", ["", "-1", "1.5", "now", "٣", "9" * 11, "9" * 40])
def test_a_strange_timestamp_is_refused(timestamp):
    headers = signed(SHARED_EXAMPLE) | {"webhook-timestamp": timestamp}
    with pytest.raises(Unverified, match="invalidTimestamp"):
        verify(BODY, headers, keys=[SHARED_EXAMPLE], now=NOW)


@pytest.mark.parametrize("message_id", ["", "a.b", "a b", "a\nb", "é", "x" * 101])
def test_an_id_that_would_blur_what_is_signed_is_refused(message_id):
    with pytest.raises(ValueError, match="message id"):
        sign(message_id=message_id, timestamp=NOW, body=BODY, keys=[SHARED_EXAMPLE])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "secret",
        "whsec_",
        "whsec_%%%",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsk_" + base64.b64encode(b"x" * 33).decode(),
        "whsk_" + base64.b64encode(b"x" * 64).decode(),  # Two halves that are strangers.
        PUBLIC_EXAMPLE,
    ],
)
def test_a_key_that_cannot_sign_is_refused_without_being_shown(key):
    with pytest.raises(InvalidKey) as caught:
        check_key(key)
    assert len(key) < 7 or key[6:] not in str(caught.value)


def test_signing_needs_a_key_and_checking_a_whole_one():
    with pytest.raises(InvalidKey, match="at least one"):
        signed()
    headers = signed(PRIVATE_EXAMPLE)
    for key in ("whpk_AAAA", "whsec"):
        with pytest.raises(InvalidKey):
            verify(BODY, headers, keys=[key], now=NOW)


def test_new_keys_are_different_well_formed_and_of_a_known_kind():
    secrets = {new_secret(kind) for kind in ("v1", "v1a") for _ in range(50)}
    assert len(secrets) == 100
    for secret in secrets:
        check_key(secret)
    with pytest.raises(ValueError, match="v1 and v1a"):
        new_secret("v2")


def test_unpadded_base64_is_read():
    secret = "whsec_" + base64.b64encode(b"x" * 25).decode().rstrip("=")
    assert verify(BODY, signed(secret), keys=[secret + "=="], now=NOW) == "0197a3c4-1"
