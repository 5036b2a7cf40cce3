// npm oidc-provider with its own development pages: the provider that the expectations are held against beside this program.
// ISSUER, PORT, REDIRECT and the clients' secrets come by the environment.
import Provider from 'oidc-provider'

const { ISSUER, PORT, REDIRECT, SECRET_ONE, SECRET_TWO } = process.env
const client = (id, secret, method) => ({
  client_id: id, client_secret: secret, token_endpoint_auth_method: method, redirect_uris: [`${REDIRECT}/${id}`],
  response_types: ['code'], grant_types: ['authorization_code'] })
const provider = new Provider(ISSUER, {
  clients: [client('one', SECRET_ONE, 'client_secret_basic'), client('two', SECRET_TWO, 'client_secret_post')],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'somebody', email: 'a@example.jp', email_verified: true }) }),
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
  cookies: { keys: ['only here'], long: { signed: true, sameSite: 'none' }, short: { signed: true } }, enableHttpPostMethods: true, pkce: { required: (_, one) => one.clientId === 'one' },
  features: { devInteractions: { enabled: true } },
})
provider.listen(Number(PORT), '127.0.0.1')
