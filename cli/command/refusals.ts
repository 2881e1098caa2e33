/** Failure of this machine, not of Writ: a refused system call or a missing package. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** Next step for the caller. */
  readonly help?: string;
}

/**
 * Describes a failure of this machine. Returns undefined for any other error, which is a defect.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  const missing = missingPackage(error);
  if (missing !== undefined) {
    return {
      code: 'install.incomplete',
      message: `the package ${missing} is not installed`,
      help: 'run "npm ci", or "npm ci --include=dev" for development dependencies',
    };
  }

  const { code, syscall, path } = error as { code?: string; syscall?: string; path?: string };
  if (code === undefined || syscall === undefined) return undefined;

  return {
    code: `system.${code.toLowerCase()}`,
    message: `this machine refused ${syscall}${path === undefined ? '' : ` of ${path}`} (${code})`,
  };
}

/**
 * Ends the process with a message if Writ does not support the platform or the Node.js version.
 *
 * @param program - Command that people type, such as `npx writ`.
 */
export function assertSupported(
  program: string,
  { platform, version }: { readonly platform: string; readonly version: string } = process,
): void {
  const problem = unsupportedReason(program, platform, version);
  if (problem === undefined) return;
  console.error(problem);
  process.exit(2);
}

/** Returns the reason that a platform or Node.js version is not supported; undefined if it is. */
export function unsupportedReason(
  program: string,
  platform: string,
  version: string,
): string | undefined {
  if (platform === 'win32')
    return 'Writ runs on Linux and macOS; on Windows use the Windows Subsystem for Linux (WSL 2)';

  const [major = 0] = version.slice(1).split('.').map(Number);
  if (major < 24)
    return `Writ needs Node.js 24 or newer, and this is ${version}; on Linux, ${program} brings its own`;

  return undefined;
}

/**
 * Waits for dynamic imports. If a required package is not installed, ends the process with a
 * message.
 */
export async function load<Modules>(imports: Promise<Modules>): Promise<Modules> {
  try {
    return await imports;
  } catch (error) {
    if (missingPackage(error) === undefined) throw error;
    const { code, message, help } = refusalOf(error) as Refusal;
    console.error(`${code}: ${message}\nhelp: ${help}`);
    process.exit(3);
  }
}

/** Reads the package name from the error message, because Node.js does not provide it elsewhere. */
function missingPackage(error: unknown): string | undefined {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === 'ERR_MODULE_NOT_FOUND'
    ? /^Cannot find package '([^']+)'/.exec(message)?.[1]
    : undefined;
}
