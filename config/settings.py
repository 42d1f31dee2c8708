"""Settings, read from the environment; `.env.example` lists every variable.

REGISTRY_MODE says what may be lax: `production` (the default: nothing), `demo` and `test`
(fictitious SSINs, webhook targets on this machine, secrets with a default).
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.logs import structlog_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

MODE = env.str("REGISTRY_MODE", "production")
if MODE not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"REGISTRY_MODE is {MODE!r}: use production, demo or test.")
PRODUCTION = MODE == "production"


def secret(name: str, *, default: str) -> str:
    """The environment's value; a default only where nothing real can be at stake."""
    if PRODUCTION:
        return env.str(name)
    return env.str(name, default)


SECRET_KEY = secret("SECRET_KEY", default="not-a-secret-" * 5)
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- The registry ------------------------------------------------------------------------

# Keys for SSINs at rest, newest first: "<id>:<base64 of 64 bytes>". The newest one seals;
# the older ones only open, until `manage.py rotate_keys` has moved every row.
SSIN_KEYS = [
    key for key in secret("SSIN_KEYS", default="demo:" + "ZGVtbw" * 14 + "ZA==").split(",") if key
]
# Fictitious numbers (month 61 to 72) are accepted only here; `check --deploy` refuses it.
ALLOW_TEST_SSIN = env.bool("ALLOW_TEST_SSIN", default=not PRODUCTION)
# Client secrets written in a configuration file: convenient and unsafe.
ALLOW_SECRETS_IN_FILES = env.bool("ALLOW_SECRETS_IN_FILES", default=not PRODUCTION)
# Figures of the law written in a configuration file take effect without anybody's approval.
ALLOW_FIGURES_IN_FILES = env.bool("ALLOW_FIGURES_IN_FILES", default=not PRODUCTION)
# In how many other persons' households one person may be named: a number that more name stands for
# nobody's member.
HOUSEHOLDS_PER_MEMBER = env.int("HOUSEHOLDS_PER_MEMBER", 100)
# How long an approved figure waits at least, and can be stopped, before it takes effect.
DISPATCH_DELAY_MINUTES = env.int("DISPATCH_DELAY_MINUTES", 60 if PRODUCTION else 0)
# Networks in which webhook targets may lie although they are not public.
WEBHOOK_ALLOWED_NETWORKS = env.list(
    "WEBHOOK_ALLOWED_NETWORKS", default=[] if PRODUCTION else ["127.0.0.0/8", "::1/128"]
)
# Whether endpoints in those networks must prove themselves too; to list them is to vouch for them.
WEBHOOK_PROVE_INSIDE = env.bool("WEBHOOK_PROVE_INSIDE", default=False)
# How many requests of one process may wait for events at a time: each holds a thread.
LONG_POLLS = env.int("LONG_POLLS", 12)
# Reverse-DNS name of the service with its major version: prefix of every event type.
SERVICE_NAME = env.str("SERVICE_NAME", "be.attestation-registry.v1")
# --- Operation ---
# How often programs give a sign of life; `doctor` worries after a minute without.
SIGN_SECONDS = 10.0
# Days for which is kept what may go; the database refuses less than 365 and 30 for the log of
# readings and the attempts.
IDEMPOTENCY_KEYS_KEPT_DAYS = env.int("IDEMPOTENCY_KEYS_KEPT_DAYS", 30)
DELIVERY_ATTEMPTS_KEPT_DAYS = env.int("DELIVERY_ATTEMPTS_KEPT_DAYS", 400)
ACCESS_LOG_KEPT_DAYS = env.int("ACCESS_LOG_KEPT_DAYS", 3650)
# The freshness objective: so much of what a recipient is pushed reaches it within so long.
FRESHNESS_MINUTES = env.float("FRESHNESS_MINUTES", 5)
FRESHNESS_TARGET = env.float("FRESHNESS_TARGET", 0.99)
# Who may read /metrics: whoever shows this token; without one, this machine only.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# A day to take for today, for demonstrations and rehearsals.
TODAY = (
    datetime.date.fromisoformat(env.str("TODAY"))
    if env.str("TODAY", "") and not PRODUCTION
    else None
)

# --- Django ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_object_actions",
    "oauth2_provider",
    "csp",
    "axes",
    "config",
    "attestations",
    "derived_rights",
    "partners",
]
MIDDLEWARE = [
    "attestations.api.tickets.TicketMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": 300,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": 5,
        # Nothing waits for ever; `lock_timeout` is what a caller of the API may have to wait. What
        # we ask takes milliseconds: to compile it first costs more than it ever saves.
        # Only what asks for it is prepared (`attestations/prepared.py`), and then planned once;
        # nothing is behind a pooler that gives each transaction another connection.
        "prepare_threshold": sys.maxsize if env.bool("PREPARE_STATEMENTS", True) else None,
        "options": "-c lock_timeout=10s -c statement_timeout=60s"
        " -c idle_in_transaction_session_timeout=60s -c jit=off"
        " -c plan_cache_mode=force_generic_plan",
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [("fr", _("French")), ("nl", _("Dutch")), ("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "Europe/Brussels"
USE_TZ = True
STATIC_URL = "static/"
# Static files are found in the packages; a production that serves them elsewhere collects them.
STATIC_ROOT = env.str("STATIC_ROOT", None)
WHITENOISE_USE_FINDERS = True

# --- Security ----------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Five wrong passwords for a name from an address close that door for a quarter of an hour. Behind
# a proxy every address is the proxy's: then it is the name alone.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = datetime.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # Scraped on this machine, where no proxy ends TLS.
    SECURE_REDIRECT_EXEMPT = [r"^metrics$"]
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- API ---------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["partners.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["attestations.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["attestations.api.json.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["attestations.api.json.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "attestations.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "iso-8601",
    # What is answered is asked for by Accept alone.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Multifunctional attestation registry",
    "VERSION": "1.0.0",
    "DESCRIPTION": (
        "CPAS record aid decisions; each produces attestations; rights are derived from them; "
        "recipients are told by push and by feed."
    ),
    "LICENSE": {"name": "EUPL-1.2"},
    "OAS_VERSION": "3.0.3",
    "SERVERS": [{"url": "/registry/v1"}],
    "SCHEMA_PATH_PREFIX": "/registry/v1",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": ["config.openapi.finish"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "partners.Client"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "registry:record": "Record decisions for a CPAS",
        "registry:consult": "Consult rights and attestations as a recipient",
        "registry:claims": "Deliver subsidy claims and facts as a federal service",
        "registry:subscribe": "Subscribe to events as a recipient",
    },
    "ACCESS_TOKEN_EXPIRE_SECONDS": env.int("ACCESS_TOKEN_SECONDS", 600),
    # Only client credentials are granted here; these close what else the package can do.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "OAUTH2_VALIDATOR_CLASS": "partners.oauth.ClientValidator",
    "SCOPES_BACKEND_CLASS": "partners.oauth.ClientScopes",
}
if not PRODUCTION:
    PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "config.hashers.QuickHasher",
    ]
    OAUTH2_PROVIDER["CLIENT_SECRET_HASHER"] = "pbkdf2_quick"
    # A demonstration prints tokens to paste: they must outlive a coffee.
    OAUTH2_PROVIDER["ACCESS_TOKEN_EXPIRE_SECONDS"] = env.int("ACCESS_TOKEN_SECONDS", 12 * 3600)

# --- Celery: the doorbell, never the queue of record ----------------------------------------

CELERY_BROKER_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
# How long Celery waits for Redis before it gives up; the visibility time-out is how soon a
# task whose worker was killed is given to another one.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "visibility_timeout": 60,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "global_keyprefix": "registry:",
}
CELERY_VISIBILITY_TIMEOUT = 60
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 55
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
# Celery closes a worker's connection to the database after so many tasks, by default after each: a
# new one costs 10 ms, and its first statements twice their time. `CONN_MAX_AGE` ends them instead.
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_BEAT_SCHEDULE = {
    # A sweep finds what no ring announced; a tick that is late is worth nothing.
    "derive": {
        "task": "derived_rights.tasks.derive_pending",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "due": {
        "task": "derived_rights.tasks.derive_due",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "law": {
        "task": "derived_rights.tasks.derive_for_new_law",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "figures": {
        "task": "derived_rights.tasks.enact_due",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "rehearse": {
        "task": "partners.tasks.rehearse_pending",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "route": {
        "task": "partners.tasks.route_pending",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "deliver": {
        "task": "partners.tasks.deliver_due",
        "schedule": 2.0,
        "options": {"expires": 2},
    },
    "probe": {
        "task": "partners.tasks.probe_endpoints",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "questions": {
        "task": "partners.tasks.answer_questions",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "answers-kept": {
        "task": "partners.tasks.throw_answers_away",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "manifests": {
        "task": "partners.tasks.make_manifests",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "purge": {
        "task": "attestations.tasks.purge",
        "schedule": 6 * 3600.0,
        "options": {"expires": 3600},
    },
    "purge-deliveries": {
        "task": "partners.tasks.purge",
        "schedule": 6 * 3600.0,
        "options": {"expires": 3600},
    },
    "missing-attestations": {
        "task": "attestations.tasks.control_missing_attestations",
        "schedule": env.float("CONTROL_SECONDS", 30.0 if not PRODUCTION else 3600.0),
        "options": {"expires": 30},
    },
    "missing-attestations-resumed": {
        "task": "attestations.tasks.resume_control",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
}

LOGGING_CONFIG = None
structlog_settings(level=env.str("LOG_LEVEL", "INFO"), as_json=env.bool("LOG_JSON", PRODUCTION))
