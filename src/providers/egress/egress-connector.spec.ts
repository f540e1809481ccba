import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { egressConnector, EgressDeniedError, type Resolver } from './egress-connector.js';
import { egressPolicy } from './egress-policy.js';

/** Answers each look-up with the next set of addresses, and counts. */
function resolverOf(...answers: string[][]): Resolver & { calls: number } {
  const resolver: Resolver & { calls: number } = Object.assign(
    ((_, __, done) => {
      const addresses = answers[Math.min(resolver.calls++, answers.length - 1)] ?? [];
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) satisfies Resolver,
    { calls: 0 },
  );
  return resolver;
}

describe(egressConnector.name, () => {
  let server: Server;
  let port: number;
  let requests = 0;

  beforeAll(async () => {
    server = createServer((message, response) => {
      requests++;
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(message.headers.host);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    return () => void server.close();
  });

  const call = async (host: string, resolver: Resolver, isLoopbackAllowed = true) => {
    const connect = egressConnector(egressPolicy([], isLoopbackAllowed), {}, resolver);
    const dispatcher = new Agent({ connect });
    try {
      const { statusCode, body } = await request(`http://${host}:${port}/`, { dispatcher });
      return { statusCode, text: await body.text() };
    } finally {
      await dispatcher.destroy();
    }
  };

  it('connects to the address that was checked, keeps the host name, and does not follow redirects', async () => {
    const resolver = resolverOf(['127.0.0.1'], ['169.254.169.254']);
    expect(await call('models.example', resolver)).toEqual({ statusCode: 302, text: `models.example:${port}` });
    expect(resolver.calls).toBe(1);
  });

  it('skips the addresses that are not allowed', async () => {
    const before = requests;
    expect(await call('models.example', resolverOf(['169.254.169.254', '10.0.0.1', '127.0.0.1']))).toMatchObject({
      statusCode: 302,
    });
    expect(requests).toBe(before + 1);
  });

  it.each([
    ['a name at a metadata address', 'models.example', ['169.254.169.254']],
    ['a name at a private address', 'models.example', ['10.0.0.1', 'fd00::1']],
    ['a name at an IPv4 address in IPv6 clothes', 'models.example', ['::ffff:a9fe:a9fe']],
    ['a literal metadata address', '169.254.169.254', []],
    ['a literal private address', '10.0.0.1', []],
    ['a literal IPv6 address', '[fe80::1]', []],
    ['a name without addresses', 'models.example', []],
  ])('refuses %s without a connection', async (_, host, addresses) => {
    await expect(call(host, resolverOf(addresses))).rejects.toThrow(EgressDeniedError);
  });

  it('refuses a name that changes its address after it was let through once', async () => {
    const resolver = resolverOf(['127.0.0.1'], ['192.168.0.1']);
    const connect = egressConnector(egressPolicy([], true), {}, resolver);
    const get = async () => {
      const dispatcher = new Agent({ connect });
      return request(`http://models.example:${port}/`, { dispatcher }).finally(() => void dispatcher.destroy());
    };
    await (await get()).body.dump();
    await expect(get()).rejects.toThrow(EgressDeniedError);
  });

  it('refuses loopback in production', async () => {
    await expect(call('127.0.0.1', resolverOf([]), false)).rejects.toThrow(EgressDeniedError);
    await expect(call('models.example', resolverOf(['127.0.0.1']), false)).rejects.toThrow(EgressDeniedError);
  });

  it('passes on what the resolver says', async () => {
    const missing: Resolver = (host, _, done) =>
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }), []);
    await expect(call('nowhere.example', missing)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
