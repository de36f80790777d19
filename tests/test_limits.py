"""Requests that are too large get a page, not a broken connection."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_an_oversized_request_is_answered_in_words(client, settings):
    settings.REQUEST_MAX_BYTES = 1000
    file = SimpleUploadedFile("清单.xlsx", b"x" * 5000)
    answer = client.post(reverse("login"), {"file": file})
    assert answer.status_code == 413
    assert "没有保存" in answer.text


def test_a_file_of_20_mb_reaches_its_form(client, settings):
    assert settings.REQUEST_MAX_BYTES > 21 * 2**20
    file = SimpleUploadedFile("清单.xlsx", b"x" * 20 * 2**20)
    answer = client.post(reverse("login"), {"file": file, "login": "", "password": ""})
    assert answer.status_code == 200
    assert "form" in answer.context


def test_sign_in_by_the_hundred_is_slowed_down(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "2/m/ip"}
    for _ in range(2):
        client.post(reverse("login"), {"login": "", "password": ""})
    answer = client.post(reverse("login"), {"login": "", "password": ""})
    assert answer.status_code == 429
    assert "操作太频繁" in answer.text
