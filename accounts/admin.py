from typing import cast

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions import update_profile
from accounts.models import User
from common.admin import LargeTableAdmin

# Addresses, sessions and accounts elsewhere belong to their owners, who change them on the site.
for model in (EmailAddress, UserSession, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(LargeTableAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "display_name", "kind", "badge", "is_staff", "is_active", "date_joined"]
    list_filter = ["kind", "is_medical_professional", "is_staff", "is_active"]
    search_fields = ["username__istartswith", "display_name__istartswith", "email__iexact"]
    search_help_text = _("The beginning of a username or shown name, or a whole e-mail address.")
    ordering = ["-pk"]
    readonly_fields = ["badge", "kind", "date_joined", "last_login"]
    actions = ["clear_profile"]
    filter_horizontal = ["groups"]
    fieldsets = [
        (None, {"fields": ["username", "display_name", "email", "badge", "kind"]}),
        (_("Access"), {"fields": ["is_active", "is_staff", "is_on_call", "is_superuser", "groups", "password"]}),
        (_("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["username", "email", "usable_password", "password1", "password2"]})
    ]

    @admin.display(description=_("medical professional"), ordering="professional_title")
    def badge(self, user: User) -> str:
        return gettext(user.professional_title) if user.is_medical_professional else "—"

    @admin.action(description=_("Remove picture and “about you”"), permissions=["view"])
    def clear_profile(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """What people show of themselves can break the rules like any post."""
        for person in people:
            update_profile(person, display_name=person.display_name, bio="", remove_avatar=True)
            LogEntry.objects.log_actions(
                cast(User, request.user).pk, [person], CHANGE, "Removed picture and “about you”.", single_object=True
            )
        self.message_user(request, gettext("Removed: %(count)s.") % {"count": len(people)}, messages.SUCCESS)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only an administrator gives rights: a moderator could otherwise become one."""
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fields.append("email")  # the sign-in knows a verified address, which only its owner changes
        if not request.user.is_superuser:
            fields += ["is_staff", "is_on_call", "is_superuser", "groups"]
        return fields

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody but an administrator changes a moderator or an administrator, password and address included."""
        if obj is not None and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
