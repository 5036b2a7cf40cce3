# For a service's company: how to connect (`sso vendor`)
vendor-title = Connecting by single sign-on
vendor-lead = How a service receives members who are signed in at this union's portal without asking them again. The way is OpenID Connect, authorization code flow.
vendor-made-on = (made on { $day })
vendor-is-test = This is a union for trying out. Its members are invented, and addresses such as { $example } may be registered.
vendor-addresses = Addresses
vendor-addresses-lead = Give your library the Discovery address and have it read the rest. Compare the issuer character by character.
vendor-keys = The signing keys change. A new one stands at jwks_uri { $hours } hours before it is used. Read the keys again when a signature names a kid that you do not know.
vendor-services = Registered services
vendor-tile = What the portal's tile opens
vendor-pkce-required = required (S256)
vendor-pkce-nonce = PKCE (S256) or a nonce
vendor-pkce-optional = may be left out (for trying out)
vendor-no-service = None is registered yet.
vendor-tell-us = To register or to change something, tell the union:
vendor-tell-redirect = every address to come back to (redirect_uri)
vendor-tell-start = the address that the portal's tile opens. Where it takes iss and target_link_uri and begins an authorization request (OpenID Connect Core, 4), it opens with no page in between
vendor-tell-logout = the address to come back to after logging out (post_logout_redirect_uri), and the one at which the service is told of a logout (backchannel_logout_uri)
vendor-tell-scopes = the scopes that are needed, and what for
vendor-tell-company = the name of the company that runs it, and a page on how it handles personal data
vendor-exact = Addresses are compared character by character. Nobody is sent to one that is not registered: a page of the union is shown.
vendor-secret = How to get a secret
vendor-secret-how = The union makes the service's secret (client_secret) and hands over what is shown once; it keeps no copy. Ask the union when it is lost or to be changed. The new one and the one before are both good until the old one is dropped.
vendor-scopes = Scopes and what they give
vendor-what = What
vendor-claims = Claims (userinfo)
vendor-scope-openid = only a number by which the same person is known
vendor-scopes-where = Claims other than sub are read from userinfo and do not stand in the ID token. Only the scopes that the union has granted to the service are given.
vendor-insured-law = Only services of the health insurance itself may have the 記号・番号 (kenpo_insured): Health Insurance Act, article 194-2.
vendor-sub = sub is one for each member, and another one at each service. It stays when user ID, password, mail address or insurance number change, and is never used for anybody else. There is no number of a household.
vendor-tokens = Codes and tokens
vendor-lives = A code is good for { $code } seconds, once. An access token is good for { $access } minutes, for userinfo only. An ID token is good for { $id } minutes. How long somebody stays signed in at the service is the service's decision.
vendor-proofs = How the member signed in
vendor-by-passkey = passkey
vendor-by-app = password and authenticator app
vendor-by-mail = password and digits by mail
vendor-logout = Logging out
vendor-logout-lead = A member who logs out of the portal is logged out of the services that were opened, and a service can log its member out of the portal.
vendor-logout-to-service = From the portal to the service
vendor-logout-to-service-how = The union's server sends a form with logout_token to the registered backchannel_logout_uri by POST (OpenID Connect Back-Channel Logout 1.0): when the member logs out, and whenever the sign-in at the portal ends otherwise, by a changed password, from another device, at the end of its time or of the membership. A service that has registered no such address is not told. What the service has to do:
vendor-logout-verify = Verify the signature by the keys at jwks_uri (the algorithm is that of the ID tokens, typ is { $kind }), iss, aud, exp and events, and refuse a token with a nonce. A token is good for { $life }.
vendor-logout-sid = sid is that of the ID token: end that sign-in. So keep sid with each sign-in at the service.
vendor-logout-answer = Answer 200 or 204 within { $time }. Any other answer counts as not told; redirects are not followed.
vendor-logout-again = The same logout may come several times, by another token each time. Answer 200 for a sign-in that is over already as well.
vendor-logout-reach = The address needs https, a certificate of a public authority, and a host that is reached from the internet. No cookies are sent.
vendor-logout-tries = A service that could not be told is told again after { $waits }, and from then on at the last of these intervals; after { $end } it is given up.
vendor-logout-idle = A sign-in that ends because the member did nothing at the portal for a while is told only to services that have asked the union for it.
vendor-logout-by-service = From the service to the portal
vendor-logout-by-service-how = Send the browser to end_session_endpoint with id_token_hint (an ID token of this member, which may have run out, as long as its key stands at jwks_uri), post_logout_redirect_uri (registered, character by character) and state. The member is logged out and comes back at once, with state.
vendor-logout-without-hint = Without an ID token, with one of somebody else, or with an address that is not registered, the member is asked first and is sent to no service.
vendor-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
  }
vendor-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
  }
vendor-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
  }
vendor-not = What there is not
vendor-not-refresh = No refresh tokens, no offline_access. To ask again, come back with prompt=none or a plain request.
vendor-not-flows = Only response_type={ $response } and response_mode={ $mode }: no implicit, hybrid or password flow, no form_post.
vendor-not-registration = No dynamic registration.
vendor-not-request-objects = Request objects (request, request_uri) are not read.
vendor-not-claims-parameter = The parameter claims is not read.
vendor-not-popup = Signing in in a pop-up window does not work: move the whole page.
vendor-not-silent = Checks and renewals in a frame (iframe) do not work.
vendor-not-browser-only = Services without a server, in the browser only, and apps on phones cannot be connected yet.
vendor-not-front-channel = No front-channel logout and no session management (check_session).
vendor-try = To try it out
vendor-try-how = The union can have a union for trying out, with invented members, made just as this page says. There, addresses to come back to such as { $example } may be registered. Ask the union.
vendor-examples = Settings
vendor-examples-lead = The values are those of the first service above.
vendor-your-secret = the secret you were given
vendor-your-passphrase = a long text of your own
vendor-contact = Contact
