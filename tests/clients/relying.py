"""A service by PyPI Authlib with Flask, and joserfc for logout tokens, as the page of `sso vendor` shows it. ISSUER, CLIENT, SECRET,
ALGORITHM, SCOPE and PORT come by the environment."""

import os
import secrets
import socket

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, request, session
from joserfc import jwt
from joserfc.jwk import KeySet

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
# By what stands in the browser's cookie; and what the union said of sessions that have ended.
members, heard = {}, []


@app.get("/login")
def login():
    return oauth.union.authorize_redirect(f"{HERE}/callback", **request.args)


@app.get("/callback")
def callback():
    token = oauth.union.authorize_access_token()
    told = oauth.union.userinfo(token=token)
    assert token["userinfo"]["sub"] == told["sub"]
    session["member"] = secrets.token_hex(16)
    members[session["member"]] = {"told": dict(told), "claims": dict(token["userinfo"]), "id_token": token["id_token"]}
    return redirect("/")


@app.get("/logout")
def logout():
    member = members.pop(session["member"])
    return oauth.union.logout_redirect(f"{HERE}/bye", member["id_token"], state="out & more")


@app.get("/bye")
def bye():
    assert oauth.union.validate_logout_response()["post_logout_redirect_uri"] == f"{HERE}/bye"
    return jsonify({"bye": True})


@app.post("/out")
def out():
    keys = KeySet.import_key_set(oauth.union.fetch_jwk_set(force=True))
    token = jwt.decode(request.form["logout_token"], keys, algorithms=[os.environ["ALGORITHM"]])
    of = {"essential": True}
    jwt.JWTClaimsRegistry(
        iss=of | {"value": os.environ["ISSUER"]}, aud=of | {"value": os.environ["CLIENT"]}, exp=of, iat=of, jti=of, sub=of, sid=of,
        events=of).validate(token.claims)
    assert token.header["typ"] == "logout+jwt" and "nonce" not in token.claims
    assert "http://schemas.openid.net/event/backchannel-logout" in token.claims["events"]
    for key in [key for key, member in members.items() if member["claims"]["sid"] == token.claims["sid"]]:
        del members[key]
    heard.append(token.claims)
    return "", 200, {"Cache-Control": "no-store"}


@app.get("/heard")
def told():
    return jsonify(heard)


@app.get("/")
def show():
    member = members.get(session.get("member"))
    return jsonify({"name": member["told"]["name"], **member} if member else {"nobody": True})


@app.errorhandler(Exception)
def fault(error):
    return jsonify({"fault": f"{type(error).__name__}: {error}"}), 500


app.run("127.0.0.1", int(os.environ["PORT"]))
