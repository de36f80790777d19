"""The trial's subject: an errand with a few facts that its flows wait for."""

from django.db import models

from documents.models import Filed


class Errand(Filed):
    """Something to be done somewhere, with the facts that conditions read."""

    title = models.CharField(max_length=60)
    sound = models.BooleanField(default=False)
    arrived = models.BooleanField(default=False)
    broken = models.BooleanField(default=False)
    notes = models.JSONField(default=list)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    class Meta:
        app_label = "trial"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(title="禁"),
                name="errand_title",
                violation_error_message="事项名称不能是“禁”。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/errands/{self.pk}/"
