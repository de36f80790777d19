"""Doors of the documents floor, mounted under /documents/.

The public verification page has its own short address at the roof, because it is printed on paper.
"""

from django.urls import path

from documents.views import files, papers, seals, trail

app_name = "documents"
urlpatterns = [
    # whoever sees the dossier's part that the paper or file was filed for
    path("papers/", papers.Papers.as_view(), name="papers"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/paper.pdf", papers.paper_pdf, name="paper_pdf"),
    path("attachments/<int:pk>/", files.attachment, name="attachment"),
    # seals: the project office keeps, the owner and auditors look
    path("seals/", seals.Seals.as_view(), name="seals"),
    path("seals/new/", seals.seal_create, name="seal_create"),
    path("seals/<int:pk>/", seals.seal, name="seal"),
    path("seals/<int:pk>/seal.png", seals.seal_picture, name="seal_image"),
    # the trail: auditors, project office, leading group
    path("trail/", trail.Trail.as_view(), name="trail"),
    path("trail/check/", trail.trail_check, name="trail_check"),
]
