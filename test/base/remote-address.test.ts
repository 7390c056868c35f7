import assert from 'node:assert/strict';
import fc from 'fast-check';
import { publicRemote } from '../../src/base/remote-address.ts';

describe('the address of a remote that others may see', () => {
  for (const [remote, seen] of [
    ['https://example.org/lab/x.git', 'https://example.org/lab/x.git'],
    ['https://example.org:8443/lab/x.git\n', 'https://example.org:8443/lab/x.git'],
    ['https://user:token@example.org/x.git', 'https://example.org/x.git'],
    ['https://user@corp.com:TOKEN@host/x.git?private_token=T2', 'https://host/x.git'],
    ['https://example.org/x.git?access_token=T', 'https://example.org/x.git'],
    ['https://example.org/x.git#T', 'https://example.org/x.git'],
    ['ssh://git@example.org:2222/lab/x.git', 'ssh://example.org:2222/lab/x.git'],
    ['git+ssh://git:T@example.org/x', 'git+ssh://example.org/x'],
    ['git@example.org:lab/x.git', 'example.org:lab/x.git'],
    ['example.org:lab/x.git', 'example.org:lab/x.git'],
    ['git@[::1]:lab/x.git', '[::1]:lab/x.git'],
    ['git@example.org:lab/x.git?token=T', 'example.org:lab/x.git'],
  ] as const) {
    it(`is ${seen} for ${remote.trim()}`, () => assert.equal(publicRemote(remote), seen));
  }

  for (const [what, remote] of [
    ['what is no address', 'https://user:TOKEN@:99999/x'],
    ['a password with a slash in it', 'https://user:12/TOKEN@example.org/x.git'],
    ['a password with a slash in it that is no port', 'https://user:TO/KEN@example.org/x.git'],
    ['a password with a question mark in it', 'https://user:12?TOKEN@example.org/x.git'],
    ['a password with a hash in it', 'https://user#TOKEN@example.org/x.git'],
    ['a password before a host and path', 'user:TOKEN@example.org:lab/x.git'],
    ['a path of this machine', '/srv/alice/secret-project.git'],
    ['a path beside the project', '../alice/x.git'],
    ['a file address', 'file:///home/alice/x.git'],
    ['a drive', 'C:/Users/alice/x.git'],
    ['a command of git', 'ext::sh -c "echo TOKEN"'],
    ['a helper with an address', 'hg::https://user:TOKEN@example.org/x'],
    ['two lines', 'https://example.org/x\nhttps://user:TOKEN@example.org/x'],
    ['nothing', ''],
  ] as const) {
    it(`is not told for ${what}`, () => assert.equal(publicRemote(remote), null));
  }

  const secret = fc.stringMatching(/^SECRET[\w.~!$&'()*+,;=%:/?#@\\-]{0,12}$/);
  const place = fc.tuple(
    fc.constantFrom('http', 'https', 'ssh', 'git', 'git+ssh', 'ftp'),
    fc.constantFrom('example.org', '[::1]', '10.0.0.1', 'Host:8443'),
    fc.stringMatching(/^[a-z0-9./_-]{0,12}$/),
  );

  it('holds no user, password, query or fragment of any address', () => {
    fc.assert(
      fc.property(place, secret, secret, secret, secret, ([scheme, host, path], user, password, query, fragment) => {
        for (const remote of [
          `${scheme}://${user}:${password}@${host}/${path}?${query}#${fragment}`,
          `${scheme}://${user}@${host}/${path}`,
          `${scheme}://${host}/${path}?a=${query}`,
          `${scheme}://${host}/${path}#${fragment}`,
          `${user}@example.org:${path}`,
          `${user}:${password}@example.org:${path}`,
        ]) {
          assert.ok(!(publicRemote(remote) ?? '').includes('SECRET'), remote);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('of an address that is public already is that address', () => {
    fc.assert(
      fc.property(place, fc.stringMatching(/^\w{0,8}$/), fc.stringMatching(/^\w{0,8}$/), (where, user, password) => {
        const [scheme, host, path] = where;
        const seen = publicRemote(`${scheme}://${user}:${password}@${host}/${path}`);
        assert.ok(seen !== null);
        assert.equal(publicRemote(seen), seen);
      }),
    );
  });
});
