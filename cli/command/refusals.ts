/** Something outside of Writ that a program cannot do without, in words. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/**
 * What this machine refuses, or what is not installed on it. Undefined for any other error: it is a
 * defect.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  const missing = missingPackage(error);
  if (missing !== undefined) {
    return {
      code: 'install.incomplete',
      message: `the package ${missing} is not installed: run "npm ci", or "npm ci --include=dev" for what only development needs`,
    };
  }

  const { code, syscall, path } = error as { code?: string; syscall?: string; path?: string };
  if (code === undefined || syscall === undefined) return undefined;

  return {
    code: `system.${code.toLowerCase()}`,
    message: `this machine refuses ${syscall}${path === undefined ? '' : ` of ${path}`}`,
  };
}

/**
 * Ends the process in words when Writ does not run on it. @param how - How people call the program,
 * such as `npx writ`.
 */
export function assertRuns(
  how: string,
  { platform, version }: { readonly platform: string; readonly version: string } = process,
): void {
  const problem = whyNot(how, platform, version);
  if (problem === undefined) return;
  console.error(problem);
  process.exit(2);
}

/** Why Writ does not run somewhere; undefined where it does. */
export function whyNot(how: string, platform: string, version: string): string | undefined {
  if (platform === 'win32')
    return 'Writ runs on Linux and macOS; on Windows use the Windows Subsystem for Linux (WSL 2)';
  const [major = 0] = version.slice(1).split('.').map(Number);
  if (major < 24)
    return `Node 24 or newer is needed, this is ${version}; on Linux ${how} brings its own`;
  return undefined;
}

/**
 * Loads the parts of a program. Ends the process in words when a package that they need is not
 * installed.
 */
export async function load<Parts>(parts: Promise<Parts>): Promise<Parts> {
  try {
    return await parts;
  } catch (error) {
    if (missingPackage(error) === undefined) throw error;
    const { code, message } = refusalOf(error) as Refusal;
    console.error(`${code}: ${message}`);
    process.exit(3);
  }
}

/**
 * Node.js names the package in its message alone. Of a missing file of our own it says "module".
 */
function missingPackage(error: unknown): string | undefined {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === 'ERR_MODULE_NOT_FOUND'
    ? /^Cannot find package '([^']+)'/.exec(message)?.[1]
    : undefined;
}
