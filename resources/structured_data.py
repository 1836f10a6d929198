"""Resources as schema.org describes them, made from what the page has loaded."""

from common.metadata import JsonLd, absolute
from resources.models import Resource


def of_resource(resource: Resource) -> JsonLd:
    """A page with health information: who checked it, when, and for whom it is."""
    page: JsonLd = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": resource.title,
        "description": resource.blurb,
        "url": absolute(resource.get_absolute_url()),
        "inLanguage": resource.language,
        "audience": {"@type": "Patient"},
        "lastReviewed": resource.reviewed_on.isoformat(),
        "datePublished": resource.created_at.isoformat(timespec="seconds"),
        "dateModified": resource.updated_at.isoformat(timespec="seconds"),
        "publisher": {"@type": "Organization", "name": resource.publisher},
    }
    if resource.reviewed_by:
        page["reviewedBy"] = {"@type": "Person", "name": resource.reviewed_by}
    if subjects := resource.forums.all():
        page["about"] = [{"@type": "Thing", "name": forum.name} for forum in subjects]
    return page
