"""The one settings file. Everything a deployment chooses is a row of `TABLE`; `docs/settings.md` is generated from it."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    name: str
    default: str | None  # None: must be set
    meaning: str


TABLE = (
    Setting("DATABASE_URL", None, "PostgreSQL 15 to 18, as the restricted application role"),
    Setting(
        "DATABASE_OWNER_URL", "", "the same database as the owner role: migrations, grants, test databases; not needed by web and worker"
    ),
    Setting("REDIS_URL", None, "Redis 7 or Valkey: the Celery broker"),
    Setting("UPLIFT_DATA", "data", "data folder: secrets, cuts, exports, logs"),
    Setting(
        "UPLIFT_DATABASE_KIND", "real", "real, demo or test: read once, by the first migration, and fixed in the database from then on"
    ),
    Setting("UPLIFT_DEBUG", "0", "1 shows tracebacks; never with real people"),
    Setting(
        "UPLIFT_BASE_URL",
        "http://127.0.0.1:8000",
        "the address people reach, used in links; https behind a TLS proxy turns on secure cookies and HSTS",
    ),
    Setting(
        "UPLIFT_SMTP_URL",
        "",
        "smtp://user:password@host:587?tls=starttls; empty keeps mail on the captured-mail page of a demo and holds it in a real trial",
    ),
    Setting("UPLIFT_SMTP_PER_MINUTE", "0", "how many mails the server is given in any minute, by all workers together; 0: no limit"),
    Setting("UPLIFT_MAIL_FROM", "trial-office@localhost", "the sender of every message"),
    Setting("UPLIFT_CANARY_TO", "", "where the hourly test of the path of safety alerts goes; default UPLIFT_MAIL_FROM"),
    Setting(
        "UPLIFT_SMS_URL",
        "",
        "https://gateway.example/send; empty: a demo keeps text messages on its captured-mail page, a real trial offers none",
    ),
    Setting("UPLIFT_SMS_TOKEN", "", "the bearer token that the gateway knows us by"),
    Setting(
        "UPLIFT_SMS_CA",
        "",
        "PEM file of the authorities from which the gateway's certificate must come, and no others; empty: the system's",
    ),
    Setting("UPLIFT_SMS_SECRET", "", "what the gateway signs its callbacks with, 32 characters or more; empty: none is taken"),
    Setting("UPLIFT_SMS_FROM", "", "the sender that a text message shows, a number or a word, as the gateway allows"),
    Setting("UPLIFT_SMS_PER_MINUTE", "60", "how many text messages the gateway is given in any minute; 0: no limit"),
    Setting("UPLIFT_SECRETS", "", "folder of identity.key, seed.key and django.key; default UPLIFT_DATA/secrets"),
    Setting("UPLIFT_WORDS", "", "folder of the words of licensed questionnaires, CODE.LANGUAGE.toml; default UPLIFT_DATA/words"),
    Setting("UPLIFT_PROXIES", "0", "how many proxies stand before the web server and overwrite X-Forwarded-For and X-Forwarded-Proto"),
    Setting("UPLIFT_TEST_ENTROPY", "", "tests only, refused in a real database: a seed that makes fresh ids repeatable"),
)


def read(name: str) -> str:
    setting = next(s for s in TABLE if s.name == name)
    value = os.environ.get(name, setting.default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set: {setting.meaning}.")
    return value


def whole(name: str) -> int:
    value = read(name)
    if not (value.isascii() and value.isdecimal()):
        raise ImproperlyConfigured(f"{name} must be a whole number, 0 or more.")
    return int(value)


UPLIFT_DATA = Path(read("UPLIFT_DATA")).absolute()
UPLIFT_SECRETS = Path(read("UPLIFT_SECRETS") or UPLIFT_DATA / "secrets").absolute()
UPLIFT_WORDS = Path(read("UPLIFT_WORDS") or UPLIFT_DATA / "words").absolute()
UPLIFT_DATABASE_KIND = read("UPLIFT_DATABASE_KIND")
UPLIFT_BASE_URL = read("UPLIFT_BASE_URL").rstrip("/")
UPLIFT_SMTP_URL = read("UPLIFT_SMTP_URL")
UPLIFT_SMTP_PER_MINUTE = whole("UPLIFT_SMTP_PER_MINUTE")
UPLIFT_MAIL_FROM = read("UPLIFT_MAIL_FROM")
UPLIFT_CANARY_TO = read("UPLIFT_CANARY_TO")
UPLIFT_SMS_URL = read("UPLIFT_SMS_URL")
UPLIFT_SMS_TOKEN = read("UPLIFT_SMS_TOKEN")
UPLIFT_SMS_CA = read("UPLIFT_SMS_CA")
UPLIFT_SMS_SECRET = read("UPLIFT_SMS_SECRET")
UPLIFT_SMS_FROM = read("UPLIFT_SMS_FROM")
UPLIFT_SMS_PER_MINUTE = whole("UPLIFT_SMS_PER_MINUTE")
UPLIFT_TEST_ENTROPY = read("UPLIFT_TEST_ENTROPY")
UPLIFT_PROXIES = int(read("UPLIFT_PROXIES"))
if UPLIFT_SMS_SECRET and len(UPLIFT_SMS_SECRET) < 32:
    raise ImproperlyConfigured("UPLIFT_SMS_SECRET is too short to sign with: make it 32 characters or longer.")
UPLIFT_VERSION = "0.1.0"

DEBUG = read("UPLIFT_DEBUG") == "1"


def _secret_keys() -> list[str]:
    """Django's keys from the secrets folder, the current one first; a process that only builds docs or checks gets a throw-away one."""
    path = UPLIFT_SECRETS / "django.key"
    return path.read_text().split() if path.exists() else [secrets.token_hex(32)]


SECRET_KEY, *SECRET_KEY_FALLBACKS = _secret_keys()
_host = UPLIFT_BASE_URL.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver", _host]
HTTPS = UPLIFT_BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "trials",
    "participants",
    "outcomes",
]

MIDDLEWARE = [
    "trials.middleware.true_address",
    "trials.middleware.plain_input",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "trials.middleware.private_pages",
    "trials.middleware.chosen_language",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "trials.middleware.access_in_force",
    "trials.middleware.refusals",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trials.pages.context.house",
            ],
        },
    },
]

DATABASES = {
    "default": {
        **dj_database_url.parse(read("DATABASE_URL"), conn_max_age=60, conn_health_checks=True),
        "ATOMIC_REQUESTS": False,
    }
}
# A statement that a connection sends again and again is planned once: planning took a third of the time of randomising.
DATABASES["default"]["OPTIONS"] = {**DATABASES["default"].get("OPTIONS", {}), "server_side_binding": True, "prepare_threshold": 5}
DATABASE_OWNER_URL = read("DATABASE_OWNER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "trials.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "trials.pages.errors.csrf_failed"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-uplift" if HTTPS else "uplift"
CSRF_COOKIE_NAME = "__Host-uplift-csrf" if HTTPS else "uplift-csrf"
CSRF_TRUSTED_ORIGINS = [UPLIFT_BASE_URL] if HTTPS else []
SECURE_SSL_REDIRECT = False  # the TLS proxy redirects; see docs/deploying.md
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"  # with "no-referrer" browsers post forms with "Origin: null", which the CSRF check refuses
X_FRAME_OPTIONS = "DENY"
if UPLIFT_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "worker-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = None  # nothing is collected: whitenoise serves the apps own files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(UPLIFT_DATA / "exports")}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # serves the apps' own files; no collecting step to forget
WHITENOISE_AUTOREFRESH = DEBUG

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["trials.api.authentication.TokenAuthentication", "trials.api.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["trials.api.parsing.PlainJSON"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "trials.api.errors.answer",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Uplift",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "Role": "trials.domain.roles.ROLE_NAMES",
        "HeldRole": "trials.domain.roles.ROLE_WORDS",
        "ParticipantStatus": "participants.domain.journey.STATUS_CHOICES",
        "SessionStatus": "participants.models.sessions.TrainingSession.Status",
        "AnnotationKind": "trials.domain.annotations.KIND_CHOICES",
        "UnblindingMode": "trials.domain.unblinding.MODE_CHOICES",
        "JobStatus": "outcomes.models.report.Job.Status",
        "VisitContactChannel": "outcomes.models.visit_contact.CHANNELS",
    },
}

CELERY_BROKER_URL = read("REDIS_URL")
LOGGING_CONFIG = "trials.logs.configure"
LOGGING: dict[str, object] = {}
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # the redirect to https belongs to the TLS proxy
