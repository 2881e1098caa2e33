import { describe, expect, it } from 'vitest';
import { refusalOf, unsupportedReason } from '#cli/command/refusals.ts';

const failure = (message: string, more: object) => Object.assign(new Error(message), more);

describe('what a program is refused', () => {
  it('is said with the file or folder that it is about', () => {
    const denied = failure('EACCES: permission denied, mkdir', {
      code: 'EACCES',
      syscall: 'mkdir',
      path: '/srv/writ',
    });

    expect(refusalOf(denied)).toEqual({
      code: 'system.eacces',
      message: 'this machine refused mkdir of /srv/writ (EACCES)',
    });

    expect(refusalOf(failure('write', { code: 'EIO', syscall: 'write' }))?.message).toBe(
      'this machine refused write (EIO)',
    );
  });

  it('is said with the package that is not installed', async () => {
    const error = await import('no-such-package-of-anybody' as string).catch(
      (cause: unknown) => cause,
    );
    const node = failure("Cannot find package 'esbuild' imported from /srv/writ/infra/build.ts", {
      code: 'ERR_MODULE_NOT_FOUND',
    });

    expect(refusalOf(node)).toMatchObject({
      code: 'install.incomplete',
      message: 'the package esbuild is not installed',
      help: expect.stringContaining('npm ci'),
    });

    expect((error as { code: string }).code).toBe('ERR_MODULE_NOT_FOUND');
  });

  it('is not said of a defect', () => {
    expect(refusalOf(new TypeError('x is undefined'))).toBeUndefined();
    const ours = failure(
      "Cannot find module '/srv/writ/cli/x.ts' imported from /srv/writ/cli/main.ts",
      { code: 'ERR_MODULE_NOT_FOUND' },
    );
    expect(refusalOf(ours)).toBeUndefined();
  });
});

describe('a machine', () => {
  it.each([
    ['linux', 'v24.1.0', undefined],
    ['darwin', 'v26.0.0', undefined],
    [
      'linux',
      'v22.9.0',
      /Writ needs Node\.js 24 or newer, and this is v22\.9\.0; on Linux, npx writ brings its own/,
    ],
    ['win32', 'v24.1.0', /Linux and macOS.+WSL 2/],
  ])('%s with Node.js %s runs Writ, or is told why not', (platform, version, why) => {
    const said = unsupportedReason('npx writ', platform, version);
    if (why === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(why);
  });
});
