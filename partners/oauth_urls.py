"""Where tokens are obtained: at the root, without a trailing slash."""

from django.urls import path

from partners.api.token import TokenEndpoint
from partners.oauth import TOKEN_PATH

urlpatterns = [path(TOKEN_PATH.lstrip("/"), TokenEndpoint.as_view(), name="oauth-token")]
