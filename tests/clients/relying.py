"""A service by PyPI Authlib with Flask, as the page of `sso vendor` shows it. ISSUER, CLIENT, SECRET, SCOPE and PORT come by the
environment."""

import os
import secrets
import socket

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, request, session

# Names below `localhost` are not known to every system.
lookup = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: lookup(
    "localhost" if isinstance(host, str) and host.endswith(".localhost") else host, *more, **named)

HERE = f"http://localhost:{os.environ['PORT']}"
app = Flask(__name__)
app.secret_key = secrets.token_hex(16)
app.config["SESSION_COOKIE_NAME"] = "flask"
oauth = OAuth(app)
oauth.register(
    "union",
    server_metadata_url=f"{os.environ['ISSUER']}/.well-known/openid-configuration",
    client_id=os.environ["CLIENT"], client_secret=os.environ["SECRET"],
    client_kwargs={"scope": os.environ["SCOPE"], "code_challenge_method": "S256"})


@app.get("/login")
def login():
    return oauth.union.authorize_redirect(f"{HERE}/callback", **request.args)


@app.get("/callback")
def callback():
    token = oauth.union.authorize_access_token()
    told = oauth.union.userinfo(token=token)
    assert token["userinfo"]["sub"] == told["sub"]
    session["member"] = {"told": dict(told), "claims": dict(token["userinfo"])}
    return redirect("/")


@app.get("/")
def show():
    member = session.get("member")
    return jsonify({"name": member["told"]["name"], **member} if member else {"nobody": True})


@app.errorhandler(Exception)
def fault(error):
    return jsonify({"fault": f"{type(error).__name__}: {error}"}), 500


app.run("127.0.0.1", int(os.environ["PORT"]))
