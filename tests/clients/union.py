"""A union for trying services by other people's programs: its files, the running service, and members who have finished their
first login. Standard library only. Used by `tests/clients/run` and `tests/oidf/run`."""

import base64
import hashlib
import hmac
import html.parser
import http.client
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLUG = "clients"
TEMPORARY = "Vp6r-Hn3t-Ky8s"
PASSWORD = "Ku7!mori-no-Asa"
BORN = "19790822"
NAME = "見本 太郎"

FILE = """
id = "{slug}"
name = "つなぐ健康保険組合"
short_name = "つなぐ健保"
status = "open"

[hosts]
primary = "{host}"

[passkey]
rp_id = "{host}"

[login]
methods = ["app-otp"]

[first_login]
steps = ["birthdate", "terms", "method", "password", "email"]
mfa_setup = "continue"

[recovery]
lost_factor = "desk-code"

[mail]
from_address = "no-reply@example.jp"

[contact]
phone = "03-1234-5678"
hours = "平日 9:00〜17:00"

[brand]
primary = "#1b6b2f"
logo = "{slug}/logo.svg"

[terms]
file = "{slug}/terms.md"
version = "2026-04-01"

[sso]
test = true
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def program():
    """The program under test: KENPO_PORTAL, else what cargo built for release, else for development."""
    named = os.environ.get("KENPO_PORTAL")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    for path in [named] if named else [target / "release/kenpo-portal", target / "debug/kenpo-portal"]:
        if os.access(path, os.X_OK):
            return str(path)
    raise SystemExit("No program: cargo build --release, or name one by KENPO_PORTAL.")


def code(key, step):
    """The code of an authenticator app (RFC 6238)."""
    padded = key.upper() + "=" * (-len(key) % 8)
    digest = hmac.new(base64.b32decode(padded), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


class Page(html.parser.HTMLParser):
    """The first form of a page's main part: its fields as they stand, and the key that a set-up page shows."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.names, self.action, self.key, self.refresh, self.heading = {}, set(), None, None, None, ""
        self.inside, self.done, self.in_key, self.in_heading = False, False, False, False
        # A page without a main part is one whole.
        self.in_main = "<main" not in text
        self.buttons = set()
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        given = dict(pairs)
        if tag == "main":
            self.in_main = True
        elif tag == "meta" and given.get("http-equiv") == "refresh":
            self.refresh = given["content"].split("url=", 1)[1]
        elif tag == "form" and self.in_main and not self.done:
            self.inside, self.action = True, given.get("action")
        elif tag == "input" and self.inside:
            name = given.get("name")
            self.names.add(name)
            is_choice = given.get("type") in ("radio", "checkbox")
            if name and (not is_choice or "checked" in given):
                self.fields[name] = given.get("value") or ""
        elif tag == "button" and self.inside:
            self.buttons.add((given.get("name"), given.get("value")))
        self.in_key = self.in_key or given.get("id") == "key"
        self.in_heading = self.in_heading or tag == "h1"

    def handle_endtag(self, tag):
        if tag == "form" and self.inside:
            self.inside, self.done = False, True
        if tag == "h1":
            self.in_heading = False
        self.in_key = False

    def handle_data(self, text):
        if self.in_key and self.key is None:
            self.key = "".join(text.split())
        if self.in_heading:
            self.heading += text


class Browser:
    """A browser without scripts, for which every host is on this machine; the portal's is reached at that port. It goes no
    further where it is led to one of `ends`."""

    def __init__(self, origin, port, ends=()):
        self.origin, self.port, self.ends, self.cookies, self.trail = origin, port, tuple(ends), {}, []
        self.key, self.step = None, 0

    def ask(self, method, url, form=None):
        """One request, without following: status, where it leads, page."""
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(self.origin, url))
        site = f"{parts.scheme}://{parts.netloc}"
        port = self.port if site == self.origin else parts.port
        jar = self.cookies.setdefault(parts.netloc if site != self.origin else self.origin, {})
        headers = {"Host": parts.netloc, "Cookie": "; ".join(f"{n}={v}" for n, v in jar.items())}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": site}
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        path = parts.path or "/"
        line.request(method, f"{path}?{parts.query}" if parts.query else path, body, headers)
        answer = line.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition(";")
                key, _, content = cookie.partition("=")
                if "max-age=0" in rest.lower() or "01 jan 1970" in rest.lower() or not content:
                    jar.pop(key, None)
                else:
                    jar[key] = content
        line.close()
        self.trail.append(f"{method} {site}{path} {answer.status}")
        return answer.status, answer.getheader("Location"), text

    def go(self, url, form=None):
        """Follows redirects and pages that lead on by themselves; the address and the page where that ends."""
        method = "GET" if form is None else "POST"
        for _ in range(20):
            url = urllib.parse.urljoin(self.origin, url)
            if self.ends and url.startswith(self.ends):
                page = Page("")
                page.status, page.text, page.url = 0, "", url
                return page
            status, to, text = self.ask(method, url, form)
            method, form = "GET", None
            if status in (301, 302, 303, 307, 308):
                url = urllib.parse.urljoin(url, to)
                continue
            page = Page(text)
            if page.refresh:
                url = urllib.parse.urljoin(url, page.refresh)
                continue
            page.status, page.text, page.url = status, text, url
            return page
        raise SystemExit(f"redirected without end: {self.trail[-20:]}")

    def send(self, page, **fields):
        """Answers the form of that page."""
        return self.go(urllib.parse.urljoin(page.url, page.action or page.url), page.fields | fields)

    def walk(self, page, login, password=PASSWORD):
        """Answers pages of the portal until another site, or its own front page, is there."""
        for _ in range(20):
            path = urllib.parse.urlsplit(page.url).path
            if not page.url.startswith(self.origin) or path == "/":
                return page
            if page.status >= 400:
                raise SystemExit(f"{page.url}: {page.status} {page.heading}\n{page.text}")
            if path == "/signin":
                page = self.send(page, username=login, password=password)
            elif path == "/reauth":
                page = self.send(page, password=password)
            elif path == "/signin/birthdate":
                page = self.send(page, birthdate=BORN)
            elif path == "/signin/terms":
                page = self.send(page, answer="agree")
            elif path == "/signin/method":
                page = self.send(page, method="app-otp")
            elif path == "/signin/password":
                password = PASSWORD
                page = self.send(page, password=PASSWORD, password_confirm=PASSWORD)
            elif path == "/signin/email":
                page = self.send(page)
            elif path == "/signin/setup/totp":
                self.key = self.go("/signin/setup/totp?manual=1").key
                page = self.send(page, code=self.code(), device_name="phone")
            elif path == "/signin/totp":
                page = self.send(page, code=self.code())
            elif path.startswith("/oidc/go/"):
                page = self.send(page, answer="open")
            elif path == "/logout":
                page = self.send(page)
            else:
                raise SystemExit(f"a page nobody wrote down: {page.url} {page.heading}")
        raise SystemExit(f"no way out: {self.trail}")

    def code(self):
        """A code that was not used before: one step ahead where that of this step was; then the next step is waited for."""
        self.step = max(self.step + 1, int(time.time()) // 30)
        while int(time.time()) // 30 + 1 < self.step:
            time.sleep(0.2)
        return code(self.key, self.step)


class Union:
    """The union, and the service that serves it."""

    def __init__(self, host, services, members=1, tls_port=None, environment=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kenpo-portal-clients."))
        self.host, self.port, self.internal = host, free_port(), free_port()
        self.program = program()
        scheme = "http" if tls_port is None else "https"
        self.origin = f"{scheme}://{host}:{tls_port or self.port}"
        own = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        self.settings = own | {
            "PORTAL_DATABASE__URL": f"sqlite:{self.folder}/portal.db",
            "PORTAL_KEYS__RING": f"{self.folder}/keys.toml",
            "PORTAL_TENANTS__DIR": f"{self.folder}/tenants",
            "PORTAL_INTERNAL__LISTEN": f"127.0.0.1:{self.internal}",
            "PORTAL_PUBLIC__SCHEME": scheme,
            "PORTAL_PUBLIC__PORT": str(tls_port or self.port),
            "PORTAL_PROXY__TRUSTED": "127.0.0.1/32",
        } | (environment or {})
        self.settings.setdefault("PORTAL_LISTEN", f"127.0.0.1:{self.port}")
        self.port = int(self.settings["PORTAL_LISTEN"].rsplit(":", 1)[1])
        self.logins = [f"member{number:04}" for number in range(members)]
        self.process = None
        tenants = self.folder / "tenants"
        shutil.copytree(ROOT / "tests/tenants/midorikenpo", tenants / SLUG)
        shutil.copy(ROOT / "tenants/_defaults.toml", tenants / "_defaults.toml")
        (tenants / f"{SLUG}.toml").write_text(FILE.format(slug=SLUG, host=host) + services)
        rows = ["記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス"]
        rows += [f"15,{number + 1},,{BORN},{NAME},ミホン タロウ,{login},{TEMPORARY},{login}@example.jp"
                 for number, login in enumerate(self.logins)]
        (self.folder / "roster.csv").write_text("\n".join(rows) + "\n")

    def run(self, *words):
        """A command of the program; what it prints."""
        done = subprocess.run([self.program, *words], env=self.settings, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self):
        self.run("keys", "new", "keys.toml")
        self.run("migrate", "up")
        self.run("tenant", "check")
        self.run("member", "import", "--tenant", SLUG, "roster.csv")
        rsa = self.folder / "rsa.pem"
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", rsa],
                       check=True, capture_output=True)
        self.run("sso", "keys", "import", "--tenant", SLUG, "--reason", "clients", str(rsa))
        self.run("sso", "keys", "rotate", "--tenant", SLUG, "--reason", "the first one signs at once")
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen([self.program, "serve"], env=self.settings, cwd=self.folder, stderr=log,
                                            stdout=subprocess.DEVNULL)
        for _ in range(300):
            if self.process.poll() is not None:
                raise SystemExit(f"the service ended: {(self.folder / 'log').read_text()}")
            try:
                line = http.client.HTTPConnection("127.0.0.1", self.internal, timeout=2)
                line.request("GET", "/readyz")
                if line.getresponse().status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit("the service is not ready")

    def secret(self, client):
        return self.run("sso", "secret", "new", "--tenant", SLUG, "--client", client, "--reason", "clients")

    def browser(self, ends=()):
        return Browser(self.origin, self.port, ends)

    def first_login(self, login):
        """Walks a member through the first login; the key of the authenticator app."""
        browser = self.browser()
        page = browser.walk(browser.go(f"{self.origin}/signin"), login, TEMPORARY)
        if urllib.parse.urlsplit(page.url).path != "/":
            raise SystemExit(f"first login led to {page.url}")
        return browser.key, browser.step

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
