// A service by npm openid-client, and jose for logout tokens, as the page of `sso vendor` shows it. ISSUER, CLIENT, SECRET, ALGORITHM, SCOPE and PORT come by
// the environment.
import dns from 'node:dns'
import http from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'

// Names below `localhost` are not known to every system.
const lookup = dns.lookup
dns.lookup = (name, options, done) => lookup(name.endsWith('.localhost') ? 'localhost' : name, options, done)

const { ISSUER, CLIENT, SECRET, ALGORITHM, SCOPE, PORT } = process.env
const here = `http://localhost:${PORT}`
const config = await client.discovery(
  new URL(ISSUER), CLIENT, { id_token_signed_response_alg: ALGORITHM, client_secret: SECRET },
  client.ClientSecretBasic(SECRET), { execute: [client.allowInsecureRequests] })
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
const begun = new Map()
const members = new Map()
// What the union said of sessions that have ended.
const heard = []

const cookie = (request) => /node=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
const lead = (response, to, kept) => {
  response.writeHead(303, { location: to, ...(kept && { 'set-cookie': `node=${kept}; Path=/; HttpOnly; SameSite=Lax` }) }).end()
}
const show = (response, status, value) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

const pages = {
  async '/login'(request, response) {
    const browser = client.randomState()
    const checks = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() }
    begun.set(browser, checks)
    const to = client.buildAuthorizationUrl(config, {
      redirect_uri: `${here}/callback`, scope: SCOPE, state: checks.expectedState, nonce: checks.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: 'S256',
      ...Object.fromEntries(new URL(request.url, here).searchParams) })
    lead(response, to.href, browser)
  },
  async '/callback'(request, response) {
    const browser = cookie(request)
    const tokens = await client.authorizationCodeGrant(config, new URL(request.url, here), begun.get(browser))
    begun.delete(browser)
    const claims = tokens.claims()
    const told = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
    members.set(browser, { claims, told, id_token: tokens.id_token })
    lead(response, '/')
  },
  async '/logout'(request, response) {
    const member = members.get(cookie(request))
    members.delete(cookie(request))
    lead(response, client.buildEndSessionUrl(config, {
      id_token_hint: member.id_token, post_logout_redirect_uri: `${here}/bye`, state: 'out & more' }).href)
  },
  async '/bye'(request, response) {
    const state = new URL(request.url, here).searchParams.get('state')
    if (state !== 'out & more') throw new Error(`state: ${state}`)
    show(response, 200, { bye: true })
  },
  async '/out'(request, response) {
    let body = ''
    for await (const part of request) body += part
    const { payload } = await jwtVerify(new URLSearchParams(body).get('logout_token'), keys, {
      issuer: ISSUER, audience: CLIENT, algorithms: [ALGORITHM], typ: 'logout+jwt', maxTokenAge: '2 minutes',
      requiredClaims: ['iat', 'exp', 'jti', 'sub', 'sid', 'events'] })
    if ('nonce' in payload) throw new Error('a nonce')
    if (!payload.events['http://schemas.openid.net/event/backchannel-logout']) throw new Error('another event')
    for (const [browser, member] of members) if (member.claims.sid === payload.sid) members.delete(browser)
    heard.push(payload)
    response.writeHead(200, { 'cache-control': 'no-store' }).end()
  },
  async '/heard'(request, response) {
    show(response, 200, heard)
  },
  async '/'(request, response) {
    const member = members.get(cookie(request))
    show(response, 200, member ? { name: member.told.name, told: member.told, claims: member.claims } : { nobody: true })
  },
}
http.createServer((request, response) => {
  const page = pages[new URL(request.url, here).pathname]
  if (!page) return show(response, 404, {})
  page(request, response).catch((fault) => show(response, 500, { fault: `${fault}`, cause: `${fault.cause ?? ''}` }))
}).listen(Number(PORT), '127.0.0.1')
