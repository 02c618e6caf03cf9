"""Every setting of the portal, read from the environment; runs with nothing set.

NAME or NAME_FILE (the path of a file that holds the value, for secrets) is read for each. What a wrong
production set-up needs is said by the system checks in portal/checks.py.
"""

import atexit
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
env = environ.FileAwareEnv()
if TESTING:  # apart from the site that .env describes, and each process of a parallel run in a folder of its own
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="portal-tests-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
else:
    environ.Env.read_env(BASE_DIR / ".env")


def _text(name: str, default: str = "") -> str:
    """A text setting without the newline that a secret's file ends in."""
    return str(env.str(name, default=default)).strip()


def _make_folder(path: Path) -> None:
    """A folder of the portal's own, below DATA_DIR."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The portal cannot make the folder {path} ({error.strerror}). Set DATA_DIR to a folder that the account "
            "under which it runs may write, or give it that one (chown)."
        ) from error


# --- where the portal keeps its files: database, broker's folders, uploads ---
DATA_DIR = Path(_text("DATA_DIR", str(BASE_DIR / "var")))
_make_folder(DATA_DIR)

DEMO = env.bool("DEMO", default=False)
DEMO_PASSWORD = "dune-demo"  # noqa: S105  of the demonstration's people; its log-in page says so
DEBUG = env.bool("DEBUG", default=False)


def _kept_secret_key() -> str:
    """A key made at the first start and kept in DATA_DIR, so that one command runs the portal and log-ins survive a restart.

    Several processes may start at once: the file appears whole or not at all, and the first one's key counts for all.
    """
    path = DATA_DIR / "secret_key"
    if not path.is_file():
        with tempfile.NamedTemporaryFile("w", dir=DATA_DIR) as file:  # readable by its owner only
            file.write(get_random_secret_key())
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text().strip()


SECRET_KEY = _text("SECRET_KEY")
SECRET_KEY_IS_KEPT = not SECRET_KEY
if SECRET_KEY_IS_KEPT:
    SECRET_KEY = _kept_secret_key()

SITE_URL = _text("SITE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_READ = env.bool("PUBLIC_READ", default=True)

# --- apps: the ground floor first, each floor may use those above it in this list ---
INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "monitoring.apps.MonitoringConfig",
    "campaigns.apps.CampaignsConfig",
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
if TESTING:
    INSTALLED_APPS.append("zeal")  # tests of pages ask it for N+1 queries
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.ReadAccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "campaigns.former_names.FormerNameMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
                "monitoring.context.sources",
            ],
            "builtins": ["portal.templatetags.portal_format"],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- database: SQLite with WAL and immediate transactions, so that web, worker and beat can write side by side ---
if _text("DATABASE_URL"):
    DATABASES = {"default": env.db_url_config(_text("DATABASE_URL"))}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "db.sqlite3"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # recursive_triggers: INSERT OR REPLACE too is refused by tables whose rows are only added
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000; PRAGMA recursive_triggers=ON;"
            ),
        }
    )
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # a file: tests start processes that use it
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=0 if TESTING else 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, when there is one: broker and cache; else folders and a table ---
REDIS_URL = _text("REDIS_URL")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "portal.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "portal",
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(DATA_DIR / "cache"),
        }
    }

# --- Celery ---
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_TIME_LIMIT = 3600
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "global_keyprefix": "portal:",
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
    }
else:
    _broker = DATA_DIR / "broker"
    for _folder in ("queue", "control"):
        _make_folder(_broker / _folder)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
    }

# --- justIN: JUSTIN_URL is the dashboard's address with its final slash ---
JUSTIN_URL = _text("JUSTIN_URL", "https://dunejustin.fnal.gov/dashboard/")
JUSTIN_INFO_URL = _text("JUSTIN_INFO_URL", "https://justin-ui-fnal.dune.hep.ac.uk/api/info/")
JUSTIN_PAUSE_SECONDS = env.float("JUSTIN_PAUSE_SECONDS", default=1.0)  # between two requests
JUSTIN_TIMEOUT_SECONDS = env.float("JUSTIN_TIMEOUT_SECONDS", default=90.0)
JUSTIN_CA_BUNDLE = _text("JUSTIN_CA_BUNDLE")  # a file of certificates; empty: the system's
JUSTIN_CONTACT = _text("JUSTIN_CONTACT")  # mail address named in the User-Agent
JUSTIN_POLL_SECONDS = env.float("JUSTIN_POLL_SECONDS", default=300.0)

# --- MetaCat, the catalogue of files: METACAT_URL is its address without /data/…; empty: numbers of files are typed ---
METACAT_URL = _text("METACAT_URL")
METACAT_PAUSE_SECONDS = env.float("METACAT_PAUSE_SECONDS", default=1.0)  # between two questions
METACAT_TIMEOUT_SECONDS = env.float("METACAT_TIMEOUT_SECONDS", default=60.0)
METACAT_CA_BUNDLE = _text("METACAT_CA_BUNDLE")
METACAT_CONTACT = _text("METACAT_CONTACT", JUSTIN_CONTACT)
METACAT_REFRESH_SECONDS = env.float("METACAT_REFRESH_SECONDS", default=21600.0)  # how old a count of a plan may become
METACAT_DATASETS_SECONDS = env.float("METACAT_DATASETS_SECONDS", default=3600.0)  # between two readings of the list of datasets
METACAT_DATASETS_TIMEOUT_SECONDS = env.float("METACAT_DATASETS_TIMEOUT_SECONDS", default=300.0)  # for this list, which is long
METACAT_DATASETS_BYTES = env.int("METACAT_DATASETS_BYTES", default=200_000_000)  # a longer one is not read
METACAT_WAIT_SECONDS = env.float("METACAT_WAIT_SECONDS", default=6.0)  # that a page waits for the worker when somebody asked

CELERY_BEAT_SCHEDULE = {
    "poll-justin": {
        "task": "monitoring.tasks.poll_justin",
        "schedule": JUSTIN_POLL_SECONDS,
        # a round that could not start before the next one is due is dropped: the next asks the same
        "options": {"expires": JUSTIN_POLL_SECONDS},
    },
    "refresh-sample-counts": {
        # looks for counts that have become due, each at a time of its own (METACAT_REFRESH_SECONDS, a tenth more or less)
        "task": "campaigns.tasks.refresh_sample_counts",
        "schedule": min(600.0, METACAT_REFRESH_SECONDS / 6),
        "options": {"expires": min(600.0, METACAT_REFRESH_SECONDS / 6)},
    },
    "read-datasets": {
        # looks whether the list is due (METACAT_DATASETS_SECONDS), as another question may be going on when it is
        "task": "monitoring.tasks.read_datasets",
        "schedule": min(600.0, METACAT_DATASETS_SECONDS / 6),
        "options": {"expires": min(600.0, METACAT_DATASETS_SECONDS / 6)},
    },
    "send-notices": {
        # often, for those who want each mail at once; the daily digest is due by the hour, whichever tick comes first after it
        "task": "portal.tasks.send_notices",
        "schedule": 120.0,
        "options": {"expires": 120.0},
    },
    "tell-of-queue": {
        # what began to wait is told within minutes; whoever wants a digest gets it there
        "task": "campaigns.tasks.tell_of_queue",
        "schedule": 120.0,
        "options": {"expires": 120.0},
    },
    "remind-of-queue": {
        # in the hour before digests are due (portal.notices.DIGEST_HOUR), so that it is in them; thrice, in case one is missed
        "task": "campaigns.tasks.remind_of_queue",
        "schedule": crontab(hour=6, minute="10,30,50"),
        "options": {"expires": 1200.0},
    },
    "remind-requesters": {
        # by the day, so any hour will do; each day is made good at the next tick
        "task": "campaigns.tasks.remind_requesters",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "look-again-at-steps": {
        # what changes by the calendar alone is seen within the hour, also while justIN is not polled
        "task": "campaigns.tasks.look_again_at_steps",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "make-meetings": {
        # eight weeks ahead, so that it may be missed for weeks; within the hour, for calendars that just subscribed
        "task": "campaigns.tasks.make_meetings",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "keep-checks": {
        # a window that closed without a check is missed within minutes; whoever was to do it hears while it can be made good
        "task": "campaigns.tasks.keep_checks",
        "schedule": 120.0,
        "options": {"expires": 120.0},
    },
    "post-alerts": {
        # a broken guard rail is told at once: every minute of wrong jobs costs
        "task": "campaigns.tasks.post_alerts",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "tell-watchers-at-once": {
        # whoever wants each entry of a log wants it while it is news
        "task": "campaigns.tasks.tell_watchers_at_once",
        "schedule": 120.0,
        "options": {"expires": 120.0},
    },
    "tell-watchers-daily": {
        # before digests are due, so that it is in them; thrice, in case one is missed: a watch is told once in 20 hours
        "task": "campaigns.tasks.tell_watchers_daily",
        "schedule": crontab(hour=6, minute="15,35,55"),
        "options": {"expires": 1200.0},
    },
    "post-waiting": {
        # with the digests; one that could not start within two hours waits for the next day
        "task": "campaigns.tasks.post_waiting",
        "schedule": crontab(hour=7, minute=0),
        "options": {"expires": 7200.0},
    },
    "make-log-documents": {
        # who asks has it made at once; this finds what the broker lost and notices what was stopped
        "task": "campaigns.tasks.make_log_documents",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "clean-log-documents": {
        # at night; a day that is missed is made good by the next
        "task": "campaigns.tasks.clean_log_documents",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 7200.0},
    },
    "clean-log-drafts": {
        # at night, before the digests that tell of it; whatever is due waits for the next
        "task": "campaigns.tasks.clean_log_drafts",
        "schedule": crontab(hour=3, minute=45),
        "options": {"expires": 7200.0},
    },
    "forget-sample-counts": {
        "task": "campaigns.tasks.forget_sample_counts",
        "schedule": crontab(hour=3, minute=50),
        "options": {"expires": 7200.0},
    },
}

# --- the log: how long its author may edit an entry, which is only added to afterwards; how long justIN is away to be told ---
LOG_EDIT_DAYS = env.float("LOG_EDIT_DAYS", default=3.0)
LOG_LOST_AFTER_MINUTES = env.float("LOG_LOST_AFTER_MINUTES", default=15.0)  # shorter outages of justIN leave no entry

# --- the log as PDF: what making one may take, and how long all but the newest are kept ---
LOG_PDF_MEMORY_MB = env.int("LOG_PDF_MEMORY_MB", default=3000)
LOG_PDF_SECONDS = env.float("LOG_PDF_SECONDS", default=1800.0)
LOG_PDF_DAYS = env.float("LOG_PDF_DAYS", default=30.0)

# --- people ---
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "portal.backends.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portal.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to addresses that no account has
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[DUNE production] "

# --- API ---
REST_FRAMEWORK = {
    "SCHEMA_COERCE_PATH_PK": False,
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portal.api.permissions.ReadIfPublic"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "portal.api.pages.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "portal.api.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "portal.api.errors.errors",
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Token", "TOKEN_TTL": None, "TOKEN_LIMIT_PER_USER": 20}
SPECTACULAR_SETTINGS = {
    "TITLE": "DUNE production portal",
    "DESCRIPTION": "Campaigns, their workflows and what justIN says of them. Times are UTC; sizes are bytes.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": 0},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
}

# --- language, time ---
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = ["portal.formats"]

# --- static files and uploads ---
STATIC_URL = "static/"
STATIC_ROOT = Path(_text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# names with a hash of the content, once the files were collected; before, the portal serves them from where they are
_collected = (STATIC_ROOT / "staticfiles.json").is_file() or "collectstatic" in sys.argv
_manifest = _collected and not (DEBUG or DEMO or TESTING)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _manifest
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _manifest
if not _manifest:  # files come from where they are; an empty folder stands for the collected ones
    STATIC_ROOT = DATA_DIR / "static"
    _make_folder(STATIC_ROOT)
MEDIA_ROOT = DATA_DIR / "media"

# --- mail: one URL, e.g. smtp+tls://user:password@host:587; without one, mail is written to the log ---
vars().update(env.email_url_config(_text("EMAIL_URL", "consolemail://")))
DEFAULT_FROM_EMAIL = _text("DEFAULT_FROM_EMAIL", "dune-production-portal@localhost")

# --- a channel of people's chat: the address of an incoming webhook of Slack or Mattermost (a secret); without one, none ---
NOTICES_WEBHOOK_URL = _text("NOTICES_WEBHOOK_URL")

# --- security: strict everywhere; what needs TLS is on as soon as the site's address says https ---
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a request of 200 rows in each of its tables has 2,500
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"
_https = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=_https)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000 if _https else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, without TLS
if env.bool("BEHIND_PROXY", default=False):
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # whose X-Forwarded-For names the reader, for the log-in's rate limits
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": _text("LOG_LEVEL", "INFO")},
    # fontTools tells of every letter it puts into a PDF; urllib3 at DEBUG writes addresses, and a webhook's is a secret
    "loggers": {
        "django.server": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "urllib3": {"level": "INFO"},
    },
}
