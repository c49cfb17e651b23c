"""The application as Lambda loads it, but with the clock that travels in its world."""

from __future__ import annotations

import importlib
import logging

from chalice.cli.factory import CLIFactory

from local.aws.clock import Clock
from local.aws.deployment import ROOT
from local.processes.functions import Application


def load(clock: Clock) -> Application:
    # Imported here, as a function does: the settings are in the environment by now.
    from chalicelib import world
    from chalicelib.settings import Settings

    world.install(world.build(Settings.read(), clock=clock.now))

    def describe(mailing_id: str) -> str:
        store = world.world().store
        mailing = store.find_mailing(mailing_id)
        if mailing is None:
            return mailing_id
        title = store.edition(mailing.edition).title if mailing.edition else mailing.series
        return f"{mailing.kind.value.replace('-', ' ').capitalize()}: {title}"

    config = CLIFactory(str(ROOT)).create_config_obj("prod")
    app = importlib.import_module("app").app
    # In Lambda every batch is worth a line in the log; a terminal shows what needs somebody's eyes.
    logging.getLogger("chalicelib").setLevel(logging.WARNING)
    return Application(app, config, describe)
