"""Settings of banbantong: one file, everything from the environment, a wrong value fails loudly.

=====================  =============================================================
BANBANTONG_DATA        folder of the database, uploaded files and collected statics (``var/``)
DATABASE_URL           ``sqlite:///…`` or ``postgres://user:password@host/name``
DATABASE_POOL          most connections one PostgreSQL process keeps (10)
SECRET_KEY             else made once and kept in ``BANBANTONG_DATA/secret_key``
ALLOWED_HOSTS          comma-separated host names (this machine's loopback names)
CSRF_TRUSTED_ORIGINS   comma-separated origins, needed behind a proxy that ends TLS
HTTPS                  the site is reached by https only: secure cookies, HSTS, redirect
TRUSTED_PROXIES        number of reverse proxies in front (0): whose word we take for
                       the client's address and scheme
SESSION_IDLE_MINUTES   minutes without a page after which a person is signed out (30)
SOURCE_URL             where users of this site get its source (AGPL-3.0, section 13)
LOG_LEVEL              DEBUG, INFO, WARNING or ERROR (INFO)
DEBUG                  development only
=====================  =============================================================
"""

from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from banbantong.keys import kept_secret

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA = Path(env.str("BANBANTONG_DATA", str(ROOT / "var"))).resolve()
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(DATA / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "banbantong",
    "accounting",
    "financing",
    "assets",
    "acceptance",
    "procurement",
    "workflow",
    "documents",
    "registry",
    "viewflow",
    "viewflow.workflow",
    "simple_history",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "import_export",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "banbantong.apps.StaticFiles",
    "django.contrib.humanize",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "banbantong.limits.RequestSizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "banbantong.accounts.IdleClockMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
# The engine alone: viewflow's own site, turbo and shell middleware stay out.
VIEWFLOW = {"AUTOREGISTER": False}
ROOT_URLCONF = "banbantong.urls"
WSGI_APPLICATION = "banbantong.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "banbantong.navigation.menu",
                "registry.context.frame",
            ],
        },
    }
]

# --- database -------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{DATA / 'banbantong.sqlite3'}")}
_database = DATABASES["default"]
_options = _database.setdefault("OPTIONS", {})
match _database["ENGINE"]:
    case "django.db.backends.sqlite3":
        # IMMEDIATE + WAL + a patient timeout: without them concurrent steps fail with "locked".
        _options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    case "django.db.backends.postgresql":
        _options |= {"pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", 10)}}
    case engine:
        raise ImproperlyConfigured(
            f"DATABASE_URL 只支持 sqlite:///… 与 postgres://…，读到的是 {engine}。"
        )
# Every writing view and action opens its own transaction; on SQLite a transaction around every
# request would queue all readers behind one writer.
_database["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all workers, so that a lock-out counts wherever the request lands.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "banbantong_cache",
    }
}

# --- signing in -----------------------------------------------------------------------------
AUTH_USER_MODEL = "registry.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_validation = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_validation}.UserAttributeSimilarityValidator"},
    {"NAME": "banbantong.accounts.MinimumLength", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_validation}.CommonPasswordValidator"},
    {"NAME": f"{_validation}.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
ACCOUNT_ADAPTER = "banbantong.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# A signed-in browser forgets the person when it closes; the idle clock does the rest.
ACCOUNT_SESSION_REMEMBER = False
# Five wrong passwords for one name lock that name for 15 minutes. One bureau sits behind one
# address, so the limits by address are wider.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/m/ip,5/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)

SESSION_COOKIE_AGE = 60 * env.int("SESSION_IDLE_MINUTES", 30)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- what a browser is told -----------------------------------------------------------------
HTTPS = env.bool("HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # Process diagrams carry a <style> element, progress bars a style attribute.
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

# --- how much may be sent -------------------------------------------------------------------
# A file above UPLOAD_MAX_BYTES is refused by its form, in words; the request around it may be
# larger, so that the form gets to say it. Beyond REQUEST_MAX_BYTES nothing is kept.
UPLOAD_MAX_BYTES = 10 * 2**20
REQUEST_MAX_BYTES = 50 * 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

SOURCE_URL = env.str("SOURCE_URL", "")
# Pages of things whose noun stands on a lower floor than their page.
ABSOLUTE_URL_OVERRIDES = {
    "procurement.projectschool": lambda row: reverse("acceptance:school", args=[row.pk])
}

# --- language, files ------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "banbantong.statics.HashedStorage"
        )
    },
}
MEDIA_ROOT = DATA / "files"
FILE_UPLOAD_PERMISSIONS = 0o640
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FILTERS_EMPTY_CHOICE_LABEL = "全部"
DJANGO_TABLES2_TEMPLATE = "django_tables2/bootstrap5.html"

# --- logging --------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        # Font subsetting talks about every table it drops.
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
