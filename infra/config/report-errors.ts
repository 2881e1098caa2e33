import { isWritError } from '#shared/kernel/index.ts';

/**
 * Runs the work of a command. An error of Writ is printed with its code and help, without a stack
 * trace, and ends the process with exit code 1.
 */
export async function reportErrors(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isWritError(error)) throw error;

    console.error(`${error.code}: ${error.message}`);
    if (error.help !== undefined) console.error(`help: ${error.help}`);
    process.exitCode = 1;
  }
}
