"""The site map: every door starts here. Everything asks for a signed-in person unless said."""

from allauth.account import views as account
from django.urls import include, path
from django.views.decorators.http import require_POST

from banbantong import wakes
from banbantong.api import api
from banbantong.health import healthz
from banbantong.views import home, inbox, overdue, project_schools, projects, rooms, search
from documents.views import verify
from procurement.views import change
from registry.pages import use_post

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    # Signing in. Of allauth's pages only these three have a door; its own names for them are
    # kept, because its code looks them up.
    path("accounts/login/", account.login, name="login"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", require_POST(account.logout), name="logout"),
    path("accounts/password/", account.password_change, name="password_change"),
    # Everybody's desk.
    path("", home.home, name="home"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("overdue/", overdue.Overdue.as_view(), name="overdue"),
    path("search/", search.search, name="search"),
    path("post/", use_post, name="use_post"),
    # Projects and rooms, told across all floors.
    path("projects/", projects.ProjectList.as_view(), name="projects"),
    path("projects/open/", projects.project_open, name="project_open"),
    path("projects/<int:pk>/", projects.project, name="project"),
    path("projects/<int:pk>/file/", projects.project_papers, name="project_papers"),
    path(
        "projects/<int:pk>/schools/",
        project_schools.ProjectSchools.as_view(),
        name="project_schools",
    ),
    path("rooms/<int:pk>/", rooms.room, name="room"),
    # Steps and the floors.
    path("", include("workflow.urls")),
    # The same page, with a verb that also knows what stands on the floors above.
    path("procurement/changes/<int:pk>/", change.change, {"approve": wakes.approve_change}),
    path("procurement/", include("procurement.urls")),
    path("acceptance/", include("acceptance.urls")),
    path("assets/", include("assets.urls")),
    path("financing/", include("financing.urls")),
    path("accounting/", include("accounting.urls")),
    path("documents/", include("documents.urls")),
    path("settings/", include("registry.urls")),
    path("v/<str:token>/", verify, name="verify"),
    path("api/v1/", api.urls),
]
