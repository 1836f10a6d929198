from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from accounts.views import avatar, signup
from config import sitemaps, views
from config.styleguide import styleguide

admin.site.site_header = admin.site.site_title = settings.SITE_NAME
admin.site.index_title = _("Moderation and content")
# The admin's door is the site's own: the same limits and the same second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("accounts/signup/", signup, name="account_signup"),
    path("accounts/", include("allauth.urls")),
    re_path(r"^avatars/(?P<name>[0-9a-f]{32})\.webp$", avatar, name="avatar"),
    path("account/verification/", include("credentials.urls")),
    path("account/", include("accounts.urls")),
    path("", include("moderation.urls")),
    path("", include("resources.urls")),
    path("", include("search.urls")),
    path("", include("notifications.urls")),
    path("", include("forum.urls")),
    *[path(f"{page}/", views.standing_page, {"page": page}, name=f"page_{page}") for page in views.PAGE_TITLES],
    path("reading/", views.reading_settings, name="reading_settings"),
    path("site.webmanifest", views.manifest, name="manifest"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("styleguide/", styleguide, name="styleguide"),
    path("offline/", views.offline, name="offline"),
    path("offline.js", views.offline_worker, name="offline_worker"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    re_path(r"^sitemap-threads-(?P<number>[1-9][0-9]{0,9})\.xml$", sitemaps.threads, name="sitemap_threads"),
    path("sitemap-forums.xml", sitemaps.forums, name="sitemap_forums"),
    path("sitemap-resources.xml", sitemaps.resources, name="sitemap_resources"),
    path("sitemap-pages.xml", sitemaps.pages, name="sitemap_pages"),
    path(".well-known/gpc.json", views.gpc, name="gpc"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]

handler400 = "config.views.bad_request"
handler500 = "config.views.server_error"
