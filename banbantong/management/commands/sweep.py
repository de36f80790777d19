"""The night shift: fire what is due in every flow, once or for as long as the site runs."""

import logging
import time

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connections

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "触发到期的流程定时器与等待条件；--every N 每 N 秒重复一次，直到被终止。"

    def add_arguments(self, parser):
        parser.add_argument("--every", type=int, metavar="秒", help="重复的间隔")

    def handle(self, *, every=None, **options):
        if not every:
            call_command("workflow_timers", stdout=self.stdout)
            return
        while True:
            self.round()
            time.sleep(every)

    def round(self):
        """One round; whatever goes wrong is logged, and the next round tries again."""
        try:
            close_old_connections()
            call_command("workflow_timers", stdout=self.stdout)
        except Exception:
            log.exception("The sweep failed; the next round tries again.")
        finally:
            # A minute's sleep must not hold a connection, nor keep a broken one.
            connections.close_all()
