import { hours, seconds, vendor } from 'writ';

/** The bank that carries out payments. Repeating a key within a day is one payment. */
export default vendor({
  name: 'bank',
  hosts: ['api.bank.example'],
  kind: { kind: 'idempotent', windowMs: hours(24) },
  secret: 'bank-api-token',
  timeout: seconds(3),
});
