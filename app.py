"""Assembles the Chalice app: blueprints and workers; no logic.

Imported while packaging too, without any settings: nothing here may ask for a client or read the environment.
"""

from chalice import Chalice

from chalicelib.web.api.docs import routes as docs
from chalicelib.web.api.door import keyed
from chalicelib.web.api.exports import XLSX
from chalicelib.web.api.routes import API
from chalicelib.web.attendee.routes import ATTENDEE
from chalicelib.web.headers import answered_well
from chalicelib.web.hooks.door import routes as hooks
from chalicelib.web.methods import answer_every_method
from chalicelib.workers import workers

app = Chalice(app_name="kaffeepause", configure_logs=False)
app.api.binary_types.append(XLSX)  # API Gateway decodes it from base64
app.register_middleware(answered_well, "http")
for blueprint in (*ATTENDEE, keyed, docs, *API, hooks, workers):
    app.register_blueprint(blueprint)
answer_every_method(app)
