"""Pages of a collection, by keyset: `after` names the last item seen, so no page shifts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from attestations.api.inputs import query_error

DEFAULT_SIZE = 100
MAX_SIZE = 1_000
PARAMETERS = ("after", "pageSize", "embed")
PAGE_SIZE = OpenApiParameter(
    "pageSize",
    {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE},
    description="How many items a page holds at most.",
)
DOCUMENTED = [
    OpenApiParameter(
        "after",
        {"type": "string", "pattern": r"^\d{0,18}$"},
        description="The cursor that `next` holds.",
    ),
    PAGE_SIZE,
    OpenApiParameter("embed", str, enum=["total"], description="total: also count all items."),
]


def page_size(parameters: dict[str, Any]) -> int:
    """`pageSize`, from 1 to 1,000."""
    text = str(parameters.get("pageSize", DEFAULT_SIZE))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_SIZE):
        raise query_error("pageSize", f"Ask for 1 to {MAX_SIZE} items.", "ext/outOfRange")
    return int(text)


def each(render: Callable[[Any], dict[str, Any]]) -> Callable[[list[Any]], list[dict[str, Any]]]:
    """Render the rows of a page one by one, where no row needs a query of its own."""
    return lambda rows: [render(row) for row in rows]


def page(
    request: Request, rows: QuerySet[Any], render: Callable[[list[Any]], list[dict[str, Any]]]
) -> dict[str, Any]:
    """One page of `rows`, newest first; `render` is given the rows of the page, all at once.

    The query parameters were checked by `strict_query`, these of PARAMETERS are read here.
    """
    parameters = request.query_params.dict()
    size = page_size(parameters)
    if parameters.get("embed", "total") != "total":
        raise query_error("embed", "Only total can be asked for.")
    after = str(parameters.get("after", ""))
    selected = rows.order_by("-pk")
    if after:
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise query_error("after", "Pass the cursor of `next` as it was given.")
        selected = selected.filter(pk__lt=int(after))
    found: list[Model] = list(selected[: size + 1])
    path = request.path
    rest = {name: value for name, value in parameters.items() if name != "after"}

    def address(extra: dict[str, Any]) -> str:
        query = urlencode(rest | extra)
        return f"{path}?{query}" if query else path

    body: dict[str, Any] = {
        "items": render(found[:size]),
        "self": address({"after": after} if after else {}),
        "first": address({}),
        "pageSize": size,
    }
    if len(found) > size:
        body["next"] = address({"after": found[size - 1].pk})
    if parameters.get("embed") == "total":
        body["total"] = rows.count()
    return body
