import { afterEach } from 'vitest';
import { closeOpened } from './after-test.ts';

// here, because files that share a process evaluate a module once, and its hooks would be the
// first file's alone; this file is evaluated for each of them
afterEach(closeOpened);
