// A provider of accounts for the tests: whoever signs in is who he says he is.
//
//   node server.js REDIRECT_URI...
//
// Prints its issuer, and ends with its standard input. The clients `rs256` and `es256`, named after
// what their id tokens are signed with, have the secret `secret`.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const key = (...kind) => generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' });
const redirect_uris = process.argv.slice(2);
const client = (client_id, id_token_signed_response_alg, token_endpoint_auth_method) => ({
  client_id,
  client_secret: 'secret',
  redirect_uris,
  id_token_signed_response_alg,
  token_endpoint_auth_method,
});

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      client('rs256', 'RS256', 'client_secret_basic'),
      client('es256', 'ES256', 'client_secret_post'),
    ],
    jwks: {
      keys: [
        { ...key('rsa', { modulusLength: 2048 }), alg: 'RS256', use: 'sig' },
        { ...key('ec', { namedCurve: 'P-256' }), alg: 'ES256', use: 'sig' },
      ],
    },
    cookies: { keys: ['only for tests'] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'nickname'],
    },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: `${id}@example.com`,
        email_verified: id !== 'unverified',
        name: `Name of ${id}`,
        nickname: id,
      }),
    }),
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit());
