"""The sweep: let every flow go on whose wait has come true, once or for as long as the site runs."""

import logging
import time

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connections

from banbantong import wakes

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "让等待条件已经成立的流程继续；--every N 每 N 秒重复一次，直到被终止。"

    def add_arguments(self, parser):
        parser.add_argument("--every", type=int, metavar="秒", help="重复的间隔")

    def handle(self, *, every=None, **options):
        if not every:
            wakes.sweep()
            return
        while True:
            self.round()
            time.sleep(every)

    def round(self):
        """One round; whatever goes wrong is logged, and the next round tries again."""
        try:
            close_old_connections()
            wakes.sweep()
        except Exception:
            log.exception("The sweep failed; the next round tries again.")
        finally:
            # A minute's sleep must not hold a connection, nor keep a broken one.
            connections.close_all()
