"""Signing in with Google, Apple or another OpenID Connect provider: each is on when its variables are set."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

NEEDED = {
    "google": ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
    "apple": ["APPLE_CLIENT_ID", "APPLE_TEAM_ID", "APPLE_KEY_ID", "APPLE_PRIVATE_KEY"],
    "openid_connect": ["OIDC_SERVER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"],
}


def social_providers(env: FileAwareEnv) -> tuple[dict[str, Any], list[str]]:
    """The value of SOCIALACCOUNT_PROVIDERS, and the origins a sign-in form may lead to.

    ImproperlyConfigured when only some of a provider's variables are set.
    """
    providers: dict[str, Any] = {}
    origins: list[str] = []
    for name, needed in NEEDED.items():
        given = {variable: env.str(variable, "") for variable in needed}
        if not any(given.values()):
            continue
        if missing := [variable for variable, value in given.items() if not value]:
            raise ImproperlyConfigured(f"To sign in with {name}, set {', '.join(missing)} as well")
        providers[name], origin = BUILDERS[name](env, *given.values())
        origins.append(origin)
    return providers, origins


def google(_env: FileAwareEnv, client_id: str, secret: str) -> tuple[dict[str, Any], str]:
    app = {"client_id": client_id, "secret": secret}
    return {"APPS": [app], "SCOPE": ["email"], "OAUTH_PKCE_ENABLED": True}, "https://accounts.google.com"


def apple(_env: FileAwareEnv, client_id: str, team: str, key: str, private_key: str) -> tuple[dict[str, Any], str]:
    app = {"client_id": client_id, "secret": key, "key": team, "settings": {"certificate_key": private_key}}
    return {"APPS": [app], "SCOPE": ["email"]}, "https://appleid.apple.com"


def openid_connect(env: FileAwareEnv, server: str, client_id: str, secret: str) -> tuple[dict[str, Any], str]:
    parts = urlsplit(server)
    if parts.scheme != "https" or not parts.hostname:
        raise ImproperlyConfigured("OIDC_SERVER_URL must be like https://login.example.org")
    app = {
        "provider_id": "oidc",
        "name": env.str("OIDC_NAME", parts.hostname),
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": server, "scope": ["openid", "email"]},
    }
    return {"APPS": [app], "OAUTH_PKCE_ENABLED": True}, f"https://{parts.netloc}"


Builder = Callable[..., tuple[dict[str, Any], str]]
BUILDERS: dict[str, Builder] = {"google": google, "apple": apple, "openid_connect": openid_connect}
