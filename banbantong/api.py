"""The API under /api/v1/: who may call it, how it refuses, and the floors' endpoints.

A caller is a signed-in browser (session cookie; unsafe methods need the CSRF token) or a program
with ``Authorization: Bearer <token>``. Either sees exactly what the person sees on the pages.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, JsonResponse
from django.urls import re_path
from django.utils.cache import patch_cache_control, patch_vary_headers
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer, SessionAuth

import acceptance.api
import assets.api
import financing.api
import procurement.api
from registry.models import ApiToken


class Session(SessionAuth):
    """The browser's session; answers a missing CSRF token in our words."""

    def _get_key(self, request):
        # A program with a token never was in danger of a forged form.
        if request.headers.get("Authorization"):
            return None
        try:
            return super()._get_key(request)
        except HttpError as error:
            raise HttpError(403, "缺少 CSRF 校验值，请刷新页面后再试。") from error

    def authenticate(self, request, key):
        if request.headers.get("Authorization") or not request.user.is_active:
            return None
        return super().authenticate(request, key)


class Token(HttpBearer):
    """A token issued at 设置—接口令牌; it reads what its owner reads."""

    def authenticate(self, request, token: str):
        owner = ApiToken.owner_of(token)
        if owner:
            request.user = owner
        return owner


class Api(NinjaAPI):
    """Answers for itself who is let in: the pages' redirect to the sign-in form helps no program."""

    @property
    def urls(self):
        patterns, app, namespace = super().urls
        for pattern in patterns:
            pattern.callback = (
                nothing_here if pattern.name == "api-root" else spoken(pattern.callback)
            )
        return [*patterns, re_path("", nothing_here)], app, namespace


def for_programs(view: Callable) -> Callable:
    """Let a view be reached without the sign-in redirect; ninja's callers check CSRF themselves."""
    view.login_required, view.csrf_exempt = False, True
    return view


def spoken(view: Callable) -> Callable:
    """``view``, refusing a wrong method in our words, its answers kept out of shared caches."""

    @for_programs
    def answer_to(request, *args, **kwargs):
        answer = view(request, *args, **kwargs)
        if answer.status_code == 405:
            allowed = answer["Allow"]
            answer = JsonResponse({"message": f"这个地址只接受 {allowed} 请求。"}, status=405)
            answer["Allow"] = allowed
        patch_vary_headers(answer, ["Authorization", "Cookie"])
        patch_cache_control(answer, private=True)
        return answer

    return answer_to


@for_programs
def nothing_here(request):
    return JsonResponse({"message": "没有这个接口地址，请对照接口说明。"}, status=404)


api = Api(
    title="班班通项目管理系统接口",
    version="1",
    description="只读接口与融资试算。每个人看到的与其在页面上看到的一致。",
    auth=[Token(), Session()],
    docs_url="/docs" if settings.DEBUG else None,
    urls_namespace="api",
)
api.add_router("", procurement.api.router)
api.add_router("", acceptance.api.router)
api.add_router("", assets.api.router)
api.add_router("", financing.api.router)


@api.exception_handler(AuthenticationError)
def unknown_caller(request, error):
    answer = api.create_response(
        request, {"message": "请先登录，或提供有效的接口令牌（可能已过期或停用）。"}, status=401
    )
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(Http404)
def not_found(request, error):
    return api.create_response(
        request, {"message": "没有这条记录，或您没有查看它的权限。"}, status=404
    )


@api.exception_handler(HttpError)
def refused(request, error):
    return api.create_response(request, {"message": str(error)}, status=error.status_code)


@api.exception_handler(ValidationError)
def misunderstood(request, error):
    problems = [{"field": str(one["loc"][-1]), "message": sentence(one)} for one in error.errors]
    body = {"message": "请求参数不正确。", "errors": problems}
    return api.create_response(request, body, status=422)


SENTENCES = {
    "missing": "缺少这个参数。",
    "int_parsing": "应为整数。",
    "int_type": "应为整数。",
    "decimal_parsing": "应为数字。",
    "bool_parsing": "应为 true 或 false。",
    "date_from_datetime_parsing": "应为日期，如 2026-10-31。",
    "date_parsing": "应为日期，如 2026-10-31。",
    "greater_than_equal": "不能小于 {ge}。",
    "less_than_equal": "不能大于 {le}。",
    "enum": "不是可选的值。",
    "literal_error": "不是可选的值。",
    "int_parsing_size": "数字太大。",
}


def sentence(problem: dict) -> str:
    """One of pydantic's findings in Chinese."""
    return SENTENCES.get(problem["type"], "不符合要求。").format(**problem.get("ctx", {}))
