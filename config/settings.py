"""Settings for every environment, read from environment variables (docs/operations.md lists them).

Nothing is guessed: what a site needs and was not given stops the start with the variable's name.
bin/serve fills in the values for one machine. NAME_FILE names a file that holds the value of NAME.
An https SITE_URL means production: secure cookies, HSTS, and no demo accounts.
"""

from os import environ
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

from common.logs import configure as configure_logs
from common.replica import REPLICA
from config.mail import bounce_mailbox, mail_settings
from config.media import media_storages
from config.social import social_providers

BASE_DIR = Path(__file__).resolve().parent.parent
env = FileAwareEnv(expand_vars=False, strip_whitespace=True)

# The site

SITE_NAME = env.str("SITE_NAME", "Bedside")
SITE_URL = env.str("SITE_URL").rstrip("/")
CONTACT_EMAIL = env.str("CONTACT_EMAIL", "")
# Where "Leave this page quickly" goes: something harmless that anybody might look at.
LEAVE_URL = env.str("LEAVE_URL", "https://www.bbc.co.uk/weather")
BEDSIDE_HOME = Path(env.str("BEDSIDE_HOME"))
DEMO = env.bool("DEMO", False)
DEBUG = False

site = urlsplit(SITE_URL)
if site.scheme not in ("http", "https") or not site.hostname:
    raise ImproperlyConfigured(f"SITE_URL must be like https://forum.example.org, not {SITE_URL!r}")
HTTPS = site.scheme == "https"
if HTTPS and DEMO:
    raise ImproperlyConfigured("DEMO=1 makes accounts with known passwords: never on an https site")
if not CONTACT_EMAIL:
    if HTTPS:
        raise ImproperlyConfigured("CONTACT_EMAIL must be set: the standing pages name it")
    CONTACT_EMAIL = "contact@bedside.example"

SECRET_KEY = env.str("SECRET_KEY")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have 50 characters or more")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [site.hostname])
if not HTTPS:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []

# Applications

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "django_filters",
    "django_ox",
    "pgtrigger",
    "common",
    "accounts",
    "notifications",
    "resources",
    "forum",
    "search",
    "credentials",
    "moderation",
    *(["demo"] if DEMO else []),
]

MIDDLEWARE = [
    "common.middleware.request_log",
    "common.shared_pages.shared_pages",
    "common.middleware.security_headers",
    "common.middleware.readable_requests",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.clear_on_sign_out",
    "accounts.middleware.session_limits",
    "accounts.middleware.second_factor",
    "moderation.middleware.suspended_people",
    "allauth.account.middleware.AccountMiddleware",
    "common.middleware.private_pages",
    "common.middleware.readable_errors",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"

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
                "common.context.site",
                "resources.context.popular_resources",
                "notifications.context.unread_notifications",
            ],
            "builtins": ["django.templatetags.i18n", "common.templatetags.ui"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database: one PostgreSQL for everything, and perhaps a copy of it to read from (common.replica).
# Each web process keeps a pool as large as its threads.

WEB_THREADS = env.int("WEB_THREADS", 4)
# PgBouncer in transaction mode refuses start-up parameters; there the limits belong on the role.
PGBOUNCER = env.bool("PGBOUNCER", False)
STATEMENT_TIMEOUT = env.str("STATEMENT_TIMEOUT", "15s")


def database(variable: str, *, is_replica: bool = False) -> dict[str, Any]:
    """The settings of the connection whose address is in the variable."""
    settings: dict[str, Any] = env.dj_db_url(variable)
    if settings["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{variable} must start with postgresql://")
    settings.setdefault("OPTIONS", {})
    if not PGBOUNCER:
        # manage.py sets no limit: an index or an export may take its time, a page may not.
        settings["OPTIONS"]["options"] = (
            f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
        )
        if is_replica:  # also when the address leads to another server for a while
            settings["OPTIONS"]["options"] += " -c default_transaction_read_only=on"
    else:
        settings["DISABLE_SERVER_SIDE_CURSORS"] = True
    settings["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": WEB_THREADS + 2,
        "timeout": 5,  # then the page says that the database is away
        "max_idle": 300,
        "max_lifetime": 1800,
    }
    settings["CONN_MAX_AGE"] = 0
    settings["CONN_HEALTH_CHECKS"] = True
    return settings


DATABASES = {"default": database("DATABASE_URL")}
if env.str("REPLICA_URL", ""):
    DATABASES[REPLICA] = {**database("REPLICA_URL", is_replica=True), "TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["config.routers.ReplicaRouter"]
    MIDDLEWARE.insert(0, "common.replica.choose_database")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in limits of allauth live in the cache, so all web processes must share it: a table, or
# Valkey or Redis (CACHE_URL=redis://host:6379/0) when several machines serve the site.

if cache_url := env.str("CACHE_URL", ""):
    timeouts = {"socket_connect_timeout": 2, "socket_timeout": 2}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": cache_url,
            "OPTIONS": timeouts,
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "shared_cache",
            # Django's 300 would throw away a lock on an account; expired rows go every night.
            "OPTIONS": {"MAX_ENTRIES": 1_000_000},
        }
    }

# Pages for visitors, and for members what they have in common, kept by each web process: megabytes, 0 for none.
SHARED_PAGES_MB = env.int("SHARED_PAGES_MB", 64)

# Accounts

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.MemberBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name, "OPTIONS": options}
    for name, options in [
        (
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
            {"user_attributes": ["username", "email", "display_name"]},
        ),
        ("django.contrib.auth.password_validation.CommonPasswordValidator", {}),
        ("accounts.passwords.LengthValidator", {"with_second_factor": 8, "at_most": 128}),
        ("accounts.passwords.GuessableValidator", {}),
    ]
]
MINIMUM_AGE = env.int("MINIMUM_AGE", 16)
if MINIMUM_AGE < 13:
    raise ImproperlyConfigured("MINIMUM_AGE must be 13 or more")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "forum:home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_signed_out"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_USERNAME_BLACKLIST = ["admin", "administrator", "moderator", "anonymous", "bedside", "support", "staff"]
ACCOUNT_USERNAME_VALIDATORS = "accounts.models.USERNAME_VALIDATORS"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "website"
# Wrong passwords are counted by account in accounts.sign_in_limits, so that nobody can lock somebody else out.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "request_login_code": "5/m/ip,30/h/key",  # by address it must stay hard to use up for somebody else
    "confirm_email": "1/3m/key",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "notice": "5/h/ip",  # reports without an account
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)

MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.factor_forms.AuthenticateForm",
    "reauthenticate": "accounts.factor_forms.ReauthenticateForm",
    "add_webauthn": "accounts.factor_forms.AddPasskeyForm",
    "authenticate_webauthn": "accounts.factor_forms.AuthenticatePasskeyForm",
    "login_webauthn": "accounts.factor_forms.LoginPasskeyForm",
    "reauthenticate_webauthn": "accounts.factor_forms.ReauthenticatePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers themselves allow it for localhost only
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # one code before and after: for slow hands and clocks that differ
# Staff and verified professionals need a second factor; only a demo may do without.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", not DEMO)
if not (REQUIRE_SECOND_FACTOR or DEMO):
    raise ImproperlyConfigured("REQUIRE_SECOND_FACTOR=0 is for demo mode only")

# Signing in with an account elsewhere: none unless configured (docs/operations.md).

SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.SocialSignupForm"}
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_AUTO_SIGNUP = False  # consent and age are asked in any case
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS, SOCIAL_ORIGINS = social_providers(env)
INSTALLED_APPS += [f"allauth.socialaccount.providers.{name}" for name in SOCIALACCOUNT_PROVIDERS]

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
PIN_COOKIE_NAME = "__Host-pin" if HTTPS else "pin"  # of common.replica
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600  # without use; accounts.middleware ends those of staff sooner
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Headers: the set of Mozilla's HTTP Observatory for an A+; common.middleware adds the rest.

SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'", *SOCIAL_ORIGINS],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    **({"upgrade-insecure-requests": True} if HTTPS else {}),
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked for inside the network, without TLS
    if ALLAUTH_TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Mail: by a server (smtp://…), through a service (anymail://…), or into files (folder:///path). See config.mail.

MAILERS, MAIL_SERVICE, ANYMAIL = mail_settings(env, environ)
if MAIL_SERVICE:
    INSTALLED_APPS += ["anymail"]
MAIL_HOLD_SECONDS = env.int("MAIL_HOLD_SECONDS", 30)
MAIL_PAUSE_SECONDS = env.int("MAIL_PAUSE_SECONDS", 600)
MAIL_RETRY_SECONDS = env.int("MAIL_RETRY_SECONDS", 60)
MAIL_TIME_ZONE = env.str("MAIL_TIME_ZONE", "UTC")
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", "")
BOUNCE_MAILBOX = bounce_mailbox(env.str("BOUNCE_MAILBOX", ""))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("MAIL_FROM", f"{SITE_NAME} <no-reply@{site.hostname}>")

# Files

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BEDSIDE_HOME / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    **media_storages(env.str("MEDIA_STORAGE", ""), BEDSIDE_HOME),
    "staticfiles": {"BACKEND": "common.storage.StaticStorage"},
}
MEDIA_ROOT = BEDSIDE_HOME / "media"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
REQUEST_AT_MOST = 12_000_000  # bytes; the largest upload is a file of 10 MB

# Newcomers: posts that a moderator reads first, and seconds between two posts of one person (DOMAIN 7.2)

HELD_FIRST_POSTS = env.int("HELD_FIRST_POSTS", 1)
DECISIONS_KEPT_DAYS = env.int("DECISIONS_KEPT_DAYS", 730)
REPORTS_TO_HIDE = env.float("REPORTS_TO_HIDE", 3.0)  # weight of reports at which a post waits for a moderator
POSTING_PAUSES = {"question": env.int("QUESTION_PAUSE", 15), "reply": env.int("REPLY_PAUSE", 5)}

# Checking medical professionals

CREDENTIAL_VALID_MONTHS = env.int("CREDENTIAL_VALID_MONTHS", 12)
CREDENTIAL_TWO_REVIEWERS = env.bool("CREDENTIAL_TWO_REVIEWERS", False)
EVIDENCE_KEPT_DAYS = env.int("EVIDENCE_KEPT_DAYS", 30)
EVIDENCE_SCANNER = env.str("EVIDENCE_SCANNER", "")  # a command that reads a file and fails if it is infected
NPI_LOOKUP = env.bool("NPI_LOOKUP", False)

# Background work: rows in PostgreSQL, run by `manage.py ox_worker`.

TASKS: dict[str, Any] = {
    "default": {
        "BACKEND": "django_ox.backend.OxBackend",
        "OPTIONS": {
            "MAX_ATTEMPTS": 12,  # with pauses up to ten minutes: most of an hour
            "LOCK_TIMEOUT": 300,
            "SCHEDULES": {
                "beat": {"task": "config.tasks.beat", "every": 60},
                "count-reads": {"task": "resources.tasks.count_reads", "every": 600},
                "housekeeping": {"task": "config.tasks.housekeeping", "cron": "10 3 * * *"},
                "forget-unverified": {"task": "accounts.tasks.forget_unverified", "cron": "20 3 * * *"},
                "end-badges": {"task": "credentials.tasks.end_badges", "every": 300},
                "remind-holders": {"task": "credentials.tasks.remind_holders", "cron": "15 9 * * *"},
                "delete-evidence": {"task": "credentials.tasks.delete_evidence", "cron": "35 3 * * *"},
                "forget-sign-ins": {"task": "accounts.tasks.forget_sign_ins", "cron": "25 3 * * *"},
                "forget-devices": {"task": "accounts.tasks.forget_devices", "cron": "55 3 * * *"},
                "refresh-search": {"task": "search.tasks.refresh_documents", "every": 60},
                "learn-words": {"task": "search.tasks.learn_words", "every": 3600},
                "find-similar": {"task": "search.tasks.find_similar", "every": 300},
                "forget-searches": {"task": "search.tasks.forget_searches", "cron": "40 3 * * *"},
                "spread-news": {"task": "notifications.tasks.spread_news", "every": 60},
                "mail": {"task": "notifications.tasks.mail", "every": 60},
                "summaries": {"task": "notifications.tasks.summaries", "every": 900},
                "forget-notifications": {"task": "notifications.tasks.forget_old", "cron": "50 3 * * *"},
                "reopen-questions": {"task": "forum.tasks.reopen_questions", "every": 60},
                "forget-decisions": {"task": "moderation.tasks.forget_old", "cron": "45 3 * * *"},
                "forget-drafts": {"task": "forum.tasks.forget_drafts", "cron": "30 3 * * *"},
            },
        },
    }
}
if BOUNCE_MAILBOX:
    TASKS["default"]["OPTIONS"]["SCHEDULES"]["read-bounces"] = {
        "task": "notifications.tasks.read_bounces",
        "every": 300,
    }

# Language and time

# One language for the whole site: a forum is held in one, and a page stays the same page for every cache.
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "en-gb")
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"  # months in full
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Logs: one JSON object a line, no titles, texts or addresses of pages read (see common.logs).

LOGGING_CONFIG = None
configure_logs(level=env.str("LOG_LEVEL", "INFO"))
