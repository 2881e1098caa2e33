import { SECOND } from '#shared/kernel/index.ts';
import { NOW } from './test-issuer.ts';

const SECONDS = NOW / SECOND;

export interface Shape {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * A provider's issuer, what an environment configures as audience, and its tokens as its
 * documentation shows them.
 */
export interface Provider {
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  readonly tokens: Readonly<Record<string, Shape>>;
}

const ID = '3f6c7a54-0c1e-4f0e-9a57-2d3c5b1f7e10';
const times = { iat: SECONDS - 30, exp: SECONDS + 600 };
const JWT = { typ: 'JWT' };

export const PROVIDERS: readonly Provider[] = [
  {
    name: 'Okta',
    issuer: 'https://acme.okta.com/oauth2/default',
    audience: 'api://writ',
    tokens: {
      access: {
        header: {}, // Okta names no type
        claims: {
          ...{
            ver: 1,
            jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
            aud: 'api://writ',
            sub: 'jane.doe@acme.example',
          },
          ...{
            ...times,
            cid: '0oabcdefg',
            uid: '00uid4BxXw6I6TV4m0g3',
            scp: ['openid', 'profile'],
            auth_time: SECONDS - 90,
          },
        },
      },
      id: {
        header: {},
        claims: {
          ...{
            ver: 1,
            jti: 'ID.n4b1',
            aud: 'api://writ',
            sub: '00uid4BxXw6I6TV4m0g3',
            ...times,
            auth_time: SECONDS - 90,
          },
          ...{
            amr: ['pwd', 'mfa', 'otp'],
            idp: '00ok1u7AsAkrwdZL3z0g3',
            nonce: 'n-0S6_WzA2Mj',
            at_hash: 'preyqqL4Z9kZ2tV8TQ1sfw',
            email_verified: true,
          },
        },
      },
    },
  },
  {
    name: 'Entra ID',
    issuer: `https://login.microsoftonline.com/${ID}/v2.0`,
    audience: 'b14a7505-96e9-4927-91e8-0601d0fc9caa',
    tokens: {
      access: {
        header: { ...JWT, x5t: 'i6lGk3FZzxRcUb2C3nEQ7syHJlY' },
        claims: {
          ...{
            aud: 'b14a7505-96e9-4927-91e8-0601d0fc9caa',
            ...times,
            nbf: SECONDS - 30,
            aio: 'ATQAy/8TAAAA',
            azp: '6731de76-14a6',
            azpacr: '1',
          },
          ...{
            oid: ID,
            rh: '0.AX0A',
            scp: 'access_as_user',
            sid: '00180ae7',
            sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
            tid: ID,
          },
          ...{ uti: 'nWd', ver: '2.0', xms_ftd: 'x', roles: ['Approver'], wids: [ID] },
        },
      },
      id: {
        header: { ...JWT, x5t: 'i6lGk3FZzxRcUb2C3nEQ7syHJlY' },
        claims: {
          ...{
            aud: 'b14a7505-96e9-4927-91e8-0601d0fc9caa',
            ...times,
            nbf: SECONDS - 30,
            aio: 'DXmX',
            name: 'Jane',
            nonce: '12345',
            oid: ID,
          },
          ...{
            preferred_username: 'jane@acme.example',
            rh: '0.',
            sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
            tid: ID,
            uti: 'x',
            ver: '2.0',
            c_hash: 'LDkt',
          },
        },
      },
    },
  },
  {
    name: 'Google',
    issuer: 'https://accounts.google.com',
    audience: '1234987819200.apps.googleusercontent.com',
    tokens: {
      id: {
        header: JWT,
        claims: {
          ...{
            azp: '1234987819200.apps.googleusercontent.com',
            aud: '1234987819200.apps.googleusercontent.com',
            sub: '10769150350006150715113082367',
          },
          ...{
            at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
            hd: 'acme.example',
            email: 'jane@acme.example',
            email_verified: true,
            nonce: '0394852',
            ...times,
            jti: 'f9a',
          },
        },
      },
    },
  },
  {
    name: 'Keycloak',
    issuer: 'https://id.acme.example/realms/acme',
    audience: 'writ',
    tokens: {
      access: {
        header: JWT,
        claims: {
          ...{
            ...times,
            auth_time: SECONDS - 60,
            jti: 'onrtac:6d5f',
            aud: ['writ', 'account'],
            sub: ID,
            typ: 'Bearer',
            azp: 'web',
            sid: 'a1b2',
            acr: '1',
          },
          ...{
            'allowed-origins': ['https://web.acme.example'],
            realm_access: { roles: ['offline_access'] },
            scope: 'openid email',
            preferred_username: 'jane',
          },
        },
      },
      'access of RFC 9068': {
        header: { typ: 'at+jwt' },
        claims: {
          ...times,
          jti: 'a',
          aud: 'writ',
          sub: ID,
          typ: 'Bearer',
          azp: 'web',
          client_id: 'web',
          sid: 'a1b2',
          scope: 'openid',
        },
      },
      id: {
        header: JWT,
        claims: {
          ...times,
          auth_time: SECONDS - 60,
          jti: 'b',
          aud: 'writ',
          sub: ID,
          typ: 'ID',
          azp: 'writ',
          nonce: 'n',
          sid: 'a1b2',
          at_hash: 'x',
          acr: '1',
        },
      },
    },
  },
  {
    name: 'Cognito',
    issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_example',
    audience: '1example23456789',
    tokens: {
      access: {
        header: {},
        claims: {
          ...{
            sub: ID,
            device_key: 'aaaa',
            'cognito:groups': ['admin'],
            version: 2,
            client_id: '1example23456789',
            origin_jti: 'aaa',
            event_id: '64f5',
          },
          ...{
            token_use: 'access',
            scope: 'openid',
            auth_time: SECONDS - 60,
            ...times,
            jti: 'bbb',
            username: 'jane',
          },
        },
      },
      id: {
        header: {},
        claims: {
          ...{
            sub: ID,
            'cognito:groups': ['admin'],
            email_verified: true,
            'cognito:username': 'jane',
            aud: '1example23456789',
            event_id: '64f5',
          },
          ...{
            token_use: 'id',
            auth_time: SECONDS - 60,
            ...times,
            identities: [{ userId: 'x', primary: 'true' }],
            origin_jti: 'aaa',
            jti: 'ccc',
          },
        },
      },
    },
  },
  {
    name: 'Auth0',
    issuer: 'https://acme.eu.auth0.com/',
    audience: 'https://writ.acme.example',
    tokens: {
      access: {
        header: JWT,
        claims: {
          ...{
            sub: 'auth0|66f4b1',
            aud: ['https://writ.acme.example', 'https://acme.eu.auth0.com/userinfo'],
            azp: 'my_client_id',
            ...times,
          },
          ...{
            scope: 'openid profile',
            gty: 'password',
            permissions: ['read:runs'],
            'https://acme.example/roles': ['a'],
          },
        },
      },
      'access of RFC 9068': {
        header: { typ: 'at+jwt' },
        claims: {
          sub: 'auth0|66f4b1',
          aud: 'https://writ.acme.example',
          client_id: 'my_client_id',
          jti: 'URdK',
          ...times,
          scope: 'openid',
        },
      },
      id: {
        header: JWT,
        claims: {
          sub: 'auth0|66f4b1',
          aud: 'https://writ.acme.example',
          ...times,
          sid: 'Zx',
          nonce: 'n',
          name: 'Jane',
          updated_at: '2026-01-01T00:00:00Z',
        },
      },
    },
  },
];
