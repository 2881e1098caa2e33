/**
 * Returns the names of an environment's AWS resources. Deployment and functions derive the names in
 * the same way, so no function is configured with the name of each queue.
 *
 * @param prefix - Prefix of every name of the environment, such as `writ-dev-euc1`.
 */
export function resourceNames(prefix: string) {
  // Parts of a function name contain no `_`, so joining with it is unambiguous.
  const flat = (fn: string) => `${prefix}_${fn.replaceAll('.', '_')}`;
  const table = (name: 'state' | 'trail' | 'keys') => `${prefix}-${name}`;

  return {
    /** Name of the Lambda function and of its role. */
    function: flat,
    queue: flat,
    /**
     * URL as returned by SQS. Requests always go to the endpoint of the region; only the path
     * counts.
     */
    queueUrl: (
      fn: string,
      { region, account }: { readonly region: string; readonly account: string },
    ) => `https://sqs.${region}.amazonaws.com/${account}/${flat(fn)}`,
    table,
    tables: { state: table('state'), trail: table('trail'), keys: table('keys') },
    /** Name of a secret of one function. */
    secret: (fn: string, secret: string) => `${prefix}/${fn}/${secret}`,
  };
}
