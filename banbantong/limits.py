"""How large a request may be before nothing of it is kept."""

from django.conf import settings
from django.shortcuts import render

CHUNK = 2**20


class RequestSizeMiddleware:
    """Answer an oversized request with a page instead of writing it to the disk.

    The body is read and dropped (up to four times the limit), because a browser that is cut off
    while it sends shows "connection reset" and never our sentence.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        limit = settings.REQUEST_MAX_BYTES
        if size <= limit:
            return self.get_response(request)
        left = min(size, 4 * limit)
        while left > 0 and (chunk := request.read(min(CHUNK, left))):
            left -= len(chunk)
        return render(request, "413.html", {"limit": limit // 2**20}, status=413)
