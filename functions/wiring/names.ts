/**
 * Returns the names of an environment's AWS resources. The deployment and the functions derive the
 * names in the same way, so that functions need no configuration for each queue.
 *
 * @param prefix - Prefix of every name of the environment, such as `writ-dev-euc1`.
 */
export function resourceNames(prefix: string) {
  // Names of functions contain no `_`, so the result is unambiguous.
  const flat = (fn: string) => `${prefix}_${fn.replaceAll('.', '_')}`;
  const table = (name: 'state' | 'trail' | 'keys') => `${prefix}-${name}`;

  return {
    /** Name of the Lambda function and of its role. */
    function: flat,
    queue: flat,
    /**
     * URL of a queue, as SQS returns it. Only its path matters, because requests always go to the
     * endpoint of the region.
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
