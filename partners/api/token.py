"""The token endpoint: the one address where a program shows who it is."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from oauth2_provider.views import TokenView
from oauthlib.oauth2 import BackendApplicationServer

from partners.oauth import CALLED_AT


class TokenEndpoint(TokenView):
    """Answers a client-credentials request with a token, or with an error of RFC 6749."""

    # Knows this one grant; every other is answered with unsupported_grant_type.
    server_class = BackendApplicationServer

    @method_decorator(sensitive_post_parameters("client_secret", "client_assertion"))
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if any(len(values) > 1 for _, values in request.POST.lists()):
            error = {"error": "invalid_request", "error_description": "Give each parameter once."}
            response = HttpResponse(json.dumps(error), status=400)
        else:
            request.META[CALLED_AT] = request.build_absolute_uri(request.path)
            response = self.authorization_flow_token_response(request)
        response["Content-Type"] = "application/json"
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        if response.status_code == 401:
            response["WWW-Authenticate"] = 'Basic realm="registry"'
        return response
