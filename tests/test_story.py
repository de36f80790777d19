"""The whole story without a browser: from 立项 to the first instalment and 结项, only by pages."""

import pytest
from django.db import transaction

pytest.register_assert_rewrite("tests.story", "tests.reading")

from tests.story import CHAPTERS, Story, two_schools  # noqa: E402

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def story(django_db_setup, django_db_blocker):
    """Told once for all tests of this file, which look at it inside a transaction of their own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Story(two_schools()).tell()
        transaction.set_rollback(True)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.__name__)
def test_chapter(story, chapter):
    story.answer_for(chapter)
