import { DEFAULT_FOLDER } from '../client/options.ts';
import type { Page } from '../command/page.ts';
import { SAMPLE_PEOPLE } from '../demo/people.ts';

export interface Greeting {
  readonly url: string;
  /** As it was named. */
  readonly folder: string;
  readonly invoices?: string;
}

/** What a new user needs: where the API is, who there is to try, and lines to paste. */
export function greet(out: Page, { url, folder, invoices }: Greeting): void {
  const data = folder === DEFAULT_FOLDER ? '' : ` --data ${quoted(folder)}`;

  out.heading(`Writ is running at ${url}`);
  out.row('data', `${folder}, kept between starts`);
  out.row('API', `${url}/openapi.json, and docs/api.md`);
  out.heading('Sample people', 'in another terminal, be one of them');

  out.table(
    ['PERSON', 'ROLE', 'WHERE', 'WHAT THEY DO'],
    SAMPLE_PEOPLE.map(({ id, role, workspaces, does }) => [
      id,
      role,
      workspaces === '*' ? 'all' : workspaces.join(', '),
      does,
    ]),
  );

  out.heading('Then');
  out.raw(`  npx writ sign-in sample-approver${data}`);
  out.raw(`  npx writ gates${data}`);
  out.raw(`  npx writ gate ID${data}`);
  out.raw(`  npx writ approve ID --reason "the buyer confirmed the order"${data}`);
  out.raw(
    `  npx writ run invoice-approval ${invoices === undefined ? 'INVOICE.xml' : quoted(`${invoices}/clean.xml`)} \\`,
  );
  out.raw(`    --as sample-clerk --wait${data}`);
  out.raw('  npx writ --help');
  out.heading('By hand');
  out.raw(`  TOKEN=$(npx writ token sample-auditor${data})`);
  out.raw(`  curl -s ${url}/me -H "Authorization: Bearer $TOKEN"`);
  out.line('');

  if (invoices === undefined) {
    out.line('npm start -- --demo adds a sample bank, orders, suppliers and invoices to try.', {
      style: 'dim',
    });
    out.line(
      'Rollouts are shadow until set: npm start -- --rollout AUTOMATION=exceptions lets gates wait.',
      { style: 'dim' },
    );
  }

  out.line('Ctrl-C stops it.', { style: 'dim' });
}

/** A path as a shell takes it for one word. */
const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
