/**
 * What things of an environment are called on AWS. Deployment names them so and functions find them
 * so: no function is told the name of each queue.
 *
 * @param prefix - What every name of the environment begins with, such as `writ-dev-euc1`.
 */
export function resourceNames(prefix: string) {
  // the parts of a function's name hold no `_`, which therefore joins them without doubt
  const flat = (fn: string) => `${prefix}_${fn.replaceAll('.', '_')}`;
  const table = (what: 'state' | 'trail' | 'keys') => `${prefix}-${what}`;

  return {
    /** Of the Lambda function, of its role. */
    function: flat,
    queue: flat,
    /**
     * As SQS gives it. Requests go to the region's endpoint whatever it says; what counts is the
     * path.
     */
    queueUrl: (
      fn: string,
      { region, account }: { readonly region: string; readonly account: string },
    ) => `https://sqs.${region}.amazonaws.com/${account}/${flat(fn)}`,
    table,
    tables: { state: table('state'), trail: table('trail'), keys: table('keys') },
    /** Of a secret that belongs to one function. */
    secret: (fn: string, secret: string) => `${prefix}/${fn}/${secret}`,
  };
}
