import { hours, seconds, vendor } from 'writ';

/** Bank that executes payments. Calls with the same key within a day result in one payment. */
export default vendor({
  name: 'bank',
  hosts: ['api.bank.example'],
  kind: { kind: 'idempotent', windowMs: hours(24) },
  secret: 'bank-api-token',
  timeout: seconds(3),
});
