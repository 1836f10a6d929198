from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_reset, password_set
        from allauth.mfa.signals import authenticator_added
        from django.contrib.auth.signals import user_logged_in

        from accounts import listeners

        user_logged_in.connect(listeners.signed_in, dispatch_uid="accounts.signed_in")
        authenticator_added.connect(listeners.new_factor, dispatch_uid="accounts.new_factor")
        for signal in (password_changed, password_reset, password_set):
            signal.connect(listeners.new_password, dispatch_uid="accounts.new_password")
