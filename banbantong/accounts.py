"""Signing in: our words on allauth's account pages, and the idle clock."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.shortcuts import redirect, resolve_url

SEEN = "seen"
GRAIN = 60  # seconds: the clock is written at most once a minute, not on every page


class AccountAdapter(DefaultAccountAdapter):
    """No one registers here: accounts are given by the administrator."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": (
            "用户名或密码不正确。请检查后再试；连续输错 5 次，该用户名将锁定 15 分钟。"
        ),
        "too_many_login_attempts": (
            "输错次数过多，该用户名已暂时锁定。请 15 分钟后再试，或请系统管理员重置密码。"
        ),
        "account_inactive": "该账号已停用，请联系系统管理员。",
        "enter_current_password": "原密码不正确，请重新输入。",
        "same_as_current": "新密码不能与原密码相同。",
    }

    def is_open_for_signup(self, request) -> bool:
        return False

    def respond_user_inactive(self, request, user):
        messages.error(request, self.error_messages["account_inactive"])
        return redirect("login")

    def get_password_change_redirect_url(self, request) -> str:
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def add_message(self, request, level, message_template=None, *args, **kwargs):
        """Only what a person must know: not that they just signed in or out."""
        if message_template in {
            "account/messages/logged_in.txt",
            "account/messages/logged_out.txt",
        }:
            return
        super().add_message(request, level, message_template, *args, **kwargs)


class MinimumLength(MinimumLengthValidator):
    """Django's, whose sentence its Chinese catalogue lacks."""

    def get_error_message(self) -> str:
        return f"密码太短，至少要 {self.min_length} 个字符。"


@receiver(user_logged_in)
def start_clock(sender, request, **kwargs):
    request.session[SEEN] = int(time.time())


class IdleClockMiddleware:
    """Let a session live ``SESSION_COOKIE_AGE`` seconds past the last page, not the first.

    Django can save the session on every request; that would make each GET a database write.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        now = int(time.time())
        if request.user.is_authenticated and now - request.session.get(SEEN, 0) >= GRAIN:
            request.session[SEEN] = now
        return self.get_response(request)
