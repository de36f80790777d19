"""Steps and processes."""

from django.urls import path

from workflow import views

urlpatterns = [
    path("tasks/<int:pk>/", views.task, name="task"),
    path("tasks/<int:pk>/transfer/", views.task_transfer, name="task_transfer"),
    path("tasks/<int:pk>/urge/", views.task_urge, name="task_urge"),
    path("processes/<int:pk>/", views.process, name="process"),
    path("processes/<int:pk>/flow.bpmn", views.process_bpmn, name="process_bpmn"),
]
