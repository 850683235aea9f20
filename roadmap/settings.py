"""The one settings module; every choice comes from the environment (docs/settings.md)."""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from whitenoise.compress import Compressor

from accounts.roles import ORDER
from common import logs
from common.environment import Environment

django_stubs_ext.monkeypatch()  # lets generic Django classes be subscripted at run time

BASE_DIR = Path(__file__).resolve().parent.parent
DEFAULT_SECRET = "not-a-secret-set-SECRET_KEY"  # noqa: S105 - refused in production by a system check

ROLES = tuple(str(role) for role in ORDER)

SECRETS = (
    "SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "REDIS_URL", "BROKER_URL", "EMAIL_URL", "OIDC_CLIENT_SECRET", "CHECKPOINT_KEYS",
    "METRICS_TOKEN", "SENTRY_DSN", "BACKUP_IDENTITIES", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
)  # fmt: skip
environment = Environment(secrets=SECRETS)
SETTINGS_FAULTS = environment.faults

# How it runs: "production" is strict; "local" is for `make run` and tests on loopback.
VERSION = "0.1.0"
ENVIRONMENT = environment.one_of("ENVIRONMENT", ("production", "local"), "production")
DEBUG = environment.flag("DEBUG", default=False)
HTTPS = environment.flag("HTTPS", default=ENVIRONMENT == "production")
SECRET_KEY = environment.text("SECRET_KEY", DEFAULT_SECRET)
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", [])
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", [])
SITE_URL = environment.text("SITE_URL", "http://localhost:8000").rstrip("/")
VAR_DIR = Path(environment.text("VAR_DIR", str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "translated_fields",
    "accounts",
    "record",
    "proposals",
    "milestones",
    "notifications",
    "roadmap_file",
    "pages",
    "exports",
    "operations",
    "roadmap",
]

MIDDLEWARE = [
    "common.seen.SeenMiddleware",
    "common.bodies.BodyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "record.installation.SampleMiddleware",
    "common.middleware.NoCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.middleware.LanguageMiddleware",
    "common.middleware.RefuseNulMiddleware",
    "common.middleware.TypedDatesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "accounts.signing_in.KnownBrowserMiddleware",
    "pages.middleware.ReportMiddleware",
    "common.middleware.PassingFailureMiddleware",
]

ROOT_URLCONF = "roadmap.urls"
WSGI_APPLICATION = "roadmap.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "pages.templatetags.dates",
                "pages.templatetags.frame",
                "pages.templatetags.marks",
                "pages.templatetags.roadmap",
                "pages.templatetags.sharing",
                "django.templatetags.i18n",
                "django.templatetags.l10n",
                "django.templatetags.static",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pages.context.site",
            ],
        },
    },
]

# PostgreSQL only. Connections stay open: a new one costs more than most queries.
DATABASES = {"default": environment.database("DATABASE_URL", "postgres://roadmap@localhost:5432/roadmap")}
if DATABASE_NAME := environment.text("DATABASE_NAME", ""):
    DATABASES["default"]["NAME"] = DATABASE_NAME
DATABASES["default"]["CONN_MAX_AGE"] = environment.number("CONN_MAX_AGE", 600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Every query here is done sooner than PostgreSQL could compile it or start helpers for it.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DATABASES["default"]["OPTIONS"]["options"] = "-c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0"
# Seconds after which a request, or a task for the first and the last, gives up; 0 for never. See ``common.passing``.
LOCK_TIMEOUT = environment.number("LOCK_TIMEOUT", 5)
LOCK_HELD_WARNING = environment.number("LOCK_HELD_WARNING", 2)
SLOW_QUERY_MS = environment.number("SLOW_QUERY_MS", 500)
STATEMENT_TIMEOUT = environment.number("STATEMENT_TIMEOUT", 30)
IDLE_TRANSACTION_TIMEOUT = environment.number("IDLE_TRANSACTION_TIMEOUT", 60)
WEB_THREADS = environment.number("WEB_THREADS", 8)
DATABASE_APP_ROLE = environment.text("DATABASE_APP_ROLE", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = environment.text("REDIS_URL", "")
CACHES = {
    "default": {"BACKEND": "common.shared_cache.SharedCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "common.own_cache.Own", "OPTIONS": {"MAX_ENTRIES": 2000}},
}

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "accounts.passwords.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.passwords.PasswordRules"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "dashboard"
DESK_URL = "desk:queue"
LOGOUT_REDIRECT_URL = "dashboard"
SECOND_FACTOR_ROLES = environment.some_of("SECOND_FACTOR_ROLES", ROLES, [])
OIDC_ISSUER = environment.text("OIDC_ISSUER", "")
OIDC_CLIENT_ID = environment.text("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = environment.text("OIDC_CLIENT_SECRET", "")
OIDC_NAME = environment.text("OIDC_NAME", "OpenID Connect")
OIDC_ROLES_CLAIM = environment.text("OIDC_ROLES_CLAIM", "roles")
OIDC_ROLES = environment.pairs("OIDC_ROLES", ROLES, [])
OIDC_NEW_ACCOUNTS = environment.flag("OIDC_NEW_ACCOUNTS", default=False)
OIDC_MFA = environment.one_of("OIDC_MFA", ("amr", "always", "never"), "amr")
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
PASSWORD_HASHES = environment.number("PASSWORD_HASHES", 2)
SIGN_IN_RATE = environment.rate("SIGN_IN_RATE", "60/hour")
AXES_HANDLER = "accounts.signing_in.Handler"
AXES_FAILURE_LIMIT = environment.number("LOGIN_FAILURE_LIMIT", 10)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # who goes on trying makes nobody wait longer
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # it would keep every address for ever
PROXY_COUNT = environment.number("PROXY_COUNT", 0)
AXES_CLIENT_IP_CALLABLE = "common.limits.neighbourhood"

# Languages and time. Russian answers where nothing else fits.
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English"), ("kk", "Қазақша")]
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
FORMAT_MODULE_PATH = "common.formats"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = environment.time_zone("TIME_ZONE", "UTC")
USE_TZ = True

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_STORAGE_NAME = environment.one_of("STATIC_STORAGE", ("manifest", "compressed", "plain"), "manifest")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(VAR_DIR / "files")}},
    "staticfiles": {
        "BACKEND": {
            "manifest": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
            "compressed": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            "plain": "django.contrib.staticfiles.storage.StaticFilesStorage",
        }[STATICFILES_STORAGE_NAME],
        # Whoever collects them is not who serves them: root builds the image, another account runs it.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
WHITENOISE_MAX_AGE = 3600
WHITENOISE_USE_FINDERS = STATICFILES_STORAGE_NAME == "plain"
# Half of a minute when an image is built: nothing asks for files without a hash, and hardly anybody for maps of sources.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

# Security
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if environment.flag("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "pages.views.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = environment.number("MAX_BODY_BYTES", 5 * 1024 * 1024)
FORM_RATE = environment.rate("FORM_RATE", "20/hour")
MAX_EVIDENCE_BYTES = environment.number("MAX_EVIDENCE_BYTES", 20 * 1024 * 1024)
WEBHOOK_SECONDS = environment.number("WEBHOOK_SECONDS", 15)
FETCH_ALLOWED_NETWORKS = environment.networks("FETCH_ALLOWED_NETWORKS", [])
CHECKPOINT_KEYS = environment.words("CHECKPOINT_KEYS", [])
CHECKPOINT_DIR = Path(environment.text("CHECKPOINT_DIR", str(VAR_DIR / "checkpoint")))
WITNESSES = environment.words("WITNESSES", [])
FILE_UPLOAD_PERMISSIONS = 0o600  # what people hand in
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# Mail
EMAIL_CONFIG = environment.email("EMAIL_URL", "consolemail://")
EMAIL_BACKEND = "notifications.outbox.Backend"  # a row first, which a worker hands to the next one
MAIL_BACKEND = EMAIL_CONFIG.get("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST", "localhost")
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = "/" + EMAIL_CONFIG.get("EMAIL_FILE_PATH", "").lstrip("/")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("MAIL_FROM", "roadmap@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# What the site says of itself
PUBLISHER = environment.text("PUBLISHER", "")
CONTACT_EMAIL = environment.text("CONTACT_EMAIL", "")
SECURITY_CONTACT = environment.contact("SECURITY_CONTACT", "") or (f"mailto:{CONTACT_EMAIL}" if CONTACT_EMAIL else "")
DATA_LICENCE = environment.text("DATA_LICENCE", "")
DATA_LICENCE_URL = environment.text("DATA_LICENCE_URL", "")

# Celery. Only ids travel; results are rows, so no result backend.
CELERY_BROKER_URL = environment.text("BROKER_URL", REDIS_URL or "redis://localhost:6379/0")
if CELERY_BROKER_URL == "filesystem://":
    BROKER_DIR = Path(environment.text("BROKER_DIR", str(VAR_DIR / "broker")))
    CELERY_BROKER_TRANSPORT = "common.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # A broker that hangs must not hold a request; a worker waits a second at a time.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}  # type: ignore[dict-item]
# Each has a worker of its own: mail and webhooks never wait for a file, and what backs up is let further into the database.
CELERY_TASK_ROUTES = {"exports.tasks.*": {"queue": "exports"}, "operations.backup.*": {"queue": "backups"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.Bearer", "accounts.authentication.Session"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.Scoped"],
    "DEFAULT_RENDERER_CLASSES": ["common.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "common.api.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "common.api.pagination.Pagination",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.NeighbourhoodRateThrottle", "accounts.throttling.TokenRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "anon": environment.rate("API_RATE_ANON", "600/min"),
        "user": environment.rate("API_RATE_USER", "1200/min"),
    },
    "EXCEPTION_HANDLER": "common.api.problems.handle_exception",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Roadmap tracker",
    "DESCRIPTION": "What a report proposes, who owns each step, what is known about it and on what evidence.",
    "VERSION": VERSION,
    "SERVERS": [{"url": "/", "description": "Where this document was read."}],
    "CONTACT": {"name": "Whoever runs this installation", "url": f"{SITE_URL}/about/"},
    "LICENSE": {"name": DATA_LICENCE or "As the installation says", "url": f"{SITE_URL}/about/licence/"},
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.api.schema.plain_names",
        "pages.api.document.finish",
        "pages.api.examples.add_examples",
        "pages.api.document.share_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "milestones.statuses.STATUS_CHOICES",
        "FoundStatusEnum": "milestones.statuses.FOUND_CHOICES",
        "ActionEnum": "milestones.api.writing.ACTION_CHOICES",
        "DecidedActionEnum": "milestones.api.writing.DECIDED_ACTIONS",
        "EventTypeEnum": "milestones.api.shapes.EVENT_TYPES",
        "RoleEnum": "accounts.models.ROLE_CHOICES",
        "HealthEnum": "milestones.statuses.HEALTH_CHOICES",
        "PrecisionEnum": "common.fields.PRECISION_CHOICES",
        "HostEnum": "milestones.choices.HOSTS",
        "EvidenceKindEnum": "milestones.choices.EVIDENCE_KINDS",
        "OrganisationKindEnum": "proposals.choices.ORGANISATION_KINDS",
        "ProposalKindEnum": "proposals.choices.PROPOSAL_KINDS",
    },
}

# Days after which the night deletes what is not the record; 0 keeps it (operations/retention.py).
RETAIN = {
    "SIGN_INS": environment.number("RETAIN_SIGN_INS", 90),
    "ADMIN_LOG": environment.number("RETAIN_ADMIN_LOG", 1095),
    "TOKENS": environment.number("RETAIN_TOKENS", 365),
    "REMINDERS": environment.number("RETAIN_REMINDERS", 730),
    "ERROR_REPORTS": environment.number("RETAIN_ERROR_REPORTS", 730),
    "DRAFTS": environment.number("RETAIN_DRAFTS", 365),
}

# Backups (operations/backup): where they go, whom they are encrypted for, what opens them again for the rehearsal, how many are kept.
BACKUP_TO = environment.text("BACKUP_TO", "")
BACKUP_RECIPIENTS = environment.words("BACKUP_RECIPIENTS", [])
BACKUP_IDENTITIES = environment.words("BACKUP_IDENTITIES", [])
BACKUP_KEEP_DAILY = environment.number("BACKUP_KEEP_DAILY", 14)
BACKUP_KEEP_WEEKLY = environment.number("BACKUP_KEEP_WEEKLY", 8)
AWS_ACCESS_KEY_ID = environment.text("AWS_ACCESS_KEY_ID", "")
AWS_SECRET_ACCESS_KEY = environment.text("AWS_SECRET_ACCESS_KEY", "")
AWS_ENDPOINT_URL = environment.text("AWS_ENDPOINT_URL", "")
AWS_REGION = environment.text("AWS_REGION", "")

# To be seen: logs, figures, faults and traces. None of the last three unless it is asked for.
LOGGING = logs.configuration(
    environment.one_of("LOG_FORMAT", ("line", "json"), "line"),
    environment.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
)
METRICS_TOKEN = environment.text("METRICS_TOKEN", "")
METRICS_BIND = environment.listening("METRICS_BIND", "")
METRICS_DIR = Path(environment.text("METRICS_DIR", str(VAR_DIR / "metrics")))
SENTRY_DSN = environment.text("SENTRY_DSN", "")
OTEL_EXPORTER_OTLP_ENDPOINT = environment.text("OTEL_EXPORTER_OTLP_ENDPOINT", "")

SETTINGS_GIVEN = environment.given
"""What the environment said, without secrets: it goes into each backup."""
