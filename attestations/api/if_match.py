"""What `If-Match` says (RFC 9110, sections 8.8.3 and 13.1.1)."""

from __future__ import annotations

import re

from drf_spectacular.utils import OpenApiParameter

from attestations.api.problems import Problem, input_error

IF_MATCH = OpenApiParameter(
    "If-Match",
    {
        "type": "string",
        "pattern": r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$',
        "example": '"1"',
    },
    "header",
    required=True,
    description="The ETag read; or several, of which one must be that of the version as it stands.",
)
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
# Elements of a list may be empty, and tags may hold commas.
_LIST = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
# A proxy that compresses what passes makes a tag weak; it names the same version nevertheless.
_VERSION = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})"')


def versions_asked(header: str | None) -> frozenset[int] | None:
    """The versions of a resource that the caller may change by its `If-Match`; None is any.

    Never empty: raises a problem if the header is absent, is not written as it must be, or holds no
    tag that can match. A weak tag counts as the one it was made of, other than RFC 9110 has it: it
    promises less of the bytes of an answer, and the same of the version that it is of.
    """
    if header is None:
        raise Problem(
            "versionRequired", "Send the ETag of the version that you change as If-Match."
        )
    if header.strip(" \t") == "*":
        return None
    if _LIST.fullmatch(header) is None:
        detail = 'Write the ETag as it was given, such as "1", several with commas between, or *.'
        raise input_error("header", "If-Match", detail, "schemaViolation")
    tags = re.findall(_TAG, header)
    versions = frozenset(int(found[1]) for tag in tags if (found := _VERSION.fullmatch(tag)))
    if not versions:
        detail = 'None of the ETags in If-Match is one of a version, such as "1".'
        raise Problem("staleVersion", detail)
    return versions
