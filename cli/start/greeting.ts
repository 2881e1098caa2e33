import { DEFAULT_FOLDER } from '../client/options.ts';
import type { Page } from '../command/page.ts';
import { SAMPLE_PEOPLE } from '../demo/people.ts';

export interface Greeting {
  readonly url: string;
  /** Data folder as given on the command line. */
  readonly folder: string;
  /** Folder of sample invoices; undefined without the demo. */
  readonly invoices?: string;
}

/**
 * Prints the first screen: the address, the sample people and commands to paste. At most 24 lines.
 */
export function greet(out: Page, { url, folder, invoices }: Greeting): void {
  const data = folder === DEFAULT_FOLDER ? '' : ` --data ${quoted(folder)}`;

  out.heading(`Writ is running at ${url}`);
  out.row('data', `${folder}, kept between starts`);
  out.row('API', `${url}/openapi.json (see docs/api.md)`);
  out.heading('Sample people');

  out.table(
    ['PERSON', 'ROLE', 'WHERE', 'WHAT THEY DO'],
    SAMPLE_PEOPLE.map(({ id, role, workspaces, does }) => [
      id,
      role,
      workspaces === '*' ? 'all' : workspaces.join(', '),
      does,
    ]),
  );

  out.heading('Next', 'in another terminal');
  out.raw(`  npx writ sign-in sample-approver${data}`);
  out.raw(
    `  npx writ run invoice-approval ${invoices === undefined ? 'INVOICE.xml' : quoted(`${invoices}/clean.xml`)} \\`,
  );
  out.raw(`    --as sample-clerk --wait${data}`);
  out.raw(`  npx writ gates${data}`);
  out.raw(`  npx writ gate ID${data}`);
  out.raw(`  npx writ approve ID --reason "the buyer confirmed the order"${data}`);

  if (invoices === undefined)
    out.line(
      'Sample data and waiting gates: npm start -- --demo. To make gates wait in your own automation: npm start -- --rollout NAME=exceptions.',
      { style: 'dim' },
    );

  out.line('Press Ctrl-C to stop. Run npx writ --help to see all commands.', { style: 'dim' });
}

/** Quotes a path for a POSIX shell if necessary. */
const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
