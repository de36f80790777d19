"""Doors of the documents floor, mounted under /documents/.

The public verification page has its own short address at the roof, because it is printed on paper.
"""

from django.urls import path

from documents.views import files, papers

app_name = "documents"
urlpatterns = [
    # whoever sees the dossier's part that the paper or file was filed for
    path("papers/", papers.Papers.as_view(), name="papers"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/paper.pdf", papers.paper_pdf, name="paper_pdf"),
    path("attachments/<int:pk>/", files.attachment, name="attachment"),
]
