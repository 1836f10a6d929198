from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from forum.models import Category, Forum
from resources.models import CrisisLine


@pytest.mark.django_db
def test_defaults_are_loaded_once_and_then_the_site_decides():
    call_command("load_defaults", stdout=StringIO())
    assert (Category.objects.count(), Forum.objects.count(), CrisisLine.objects.count()) == (10, 43, 29)
    assert Forum.objects.filter(keep_out_of_search=True).count() == 6
    assert Group.objects.get(name="Moderators").permissions.count() == 33
    Forum.objects.get(slug="asthma").delete()
    CrisisLine.objects.filter(country="GB").update(phone="116 124")
    call_command("load_defaults", stdout=StringIO())
    assert Forum.objects.count() == 42
    assert CrisisLine.objects.get(country="GB").phone == "116 124"
