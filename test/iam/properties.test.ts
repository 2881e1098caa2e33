import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, type Policies, type PolicyDocument } from './index.ts';
import {
  ACCOUNT,
  ELSEWHERE,
  policy,
  QUEUE,
  QUEUE_ELSEWHERE,
  REQUEST,
  ROLE,
  SESSION,
} from './samples.ts';

const KEY_NAMES = ['x:a', 'x:b'];
const VALUES = ['', 'a', 'ab', 'b'];
const PATTERNS = ['a', 'a*', '*', '?', 'b'];

const scalar = fc.dictionary(fc.constantFrom(...KEY_NAMES), fc.constantFrom(...VALUES));
const lists = fc.dictionary(
  fc.constantFrom(...KEY_NAMES),
  fc.array(fc.constantFrom(...VALUES), { maxLength: 3 }),
);
const patterns = fc.array(fc.constantFrom(...PATTERNS), { minLength: 1, maxLength: 3 });

const condition = fc.dictionary(
  fc.constantFrom(
    'StringEquals',
    'StringNotEquals',
    'StringLike',
    'StringNotLikeIfExists',
    'StringEqualsIfExists',
  ),
  fc.dictionary(fc.constantFrom(...KEY_NAMES), patterns, { minKeys: 1 }),
  { minKeys: 1, maxKeys: 2 },
);

const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
  Action: fc.constantFrom('sqs:SendMessage', 'sqs:*', '*', 'sqs:PurgeQueue'),
  Resource: fc.constantFrom('*', QUEUE, QUEUE_ELSEWHERE, 'arn:aws:sqs:*:*:p*'),
});
const conditional = fc.oneof(
  statement,
  fc.tuple(statement, condition).map(([plain, Condition]) => ({ ...plain, Condition })),
);
const named = fc
  .tuple(
    conditional,
    fc.constantFrom('*', { AWS: ACCOUNT }, { AWS: ROLE }, { AWS: SESSION }, { AWS: ELSEWHERE }),
  )
  .map(([plain, Principal]) => ({ ...plain, Principal }));

const document = fc.array(conditional, { maxLength: 4 }).map((statements) => policy(...statements));
const policies: fc.Arbitrary<Policies> = fc.record(
  {
    identity: fc.array(document, { maxLength: 2 }),
    boundary: document,
    session: document,
    scp: fc.array(document, { maxLength: 2 }),
    resourcePolicy: fc.array(named, { maxLength: 4 }).map((statements) => policy(...statements)),
  },
  { requiredKeys: ['identity'] },
);
const request = fc
  .tuple(scalar, fc.constantFrom(QUEUE, QUEUE_ELSEWHERE))
  .map(([context, resource]) => ({ ...REQUEST, context, resource }));

const allowed = (...question: Parameters<typeof evaluate>) =>
  evaluate(...question).decision === 'allowed';
const statementsOf = (of: PolicyDocument) => of.Statement as readonly object[];
const extended = (of: PolicyDocument | undefined, ...more: readonly object[]) =>
  policy(...(of ? statementsOf(of) : []), ...more);

describe('whatever the policies are,', () => {
  it('another Deny in any layer allows nothing that was denied', () => {
    fc.assert(
      fc.property(request, policies, conditional, named, (asked, given, own, ofResource) => {
        fc.pre(!allowed(asked, given));

        const Effect = 'Deny';

        const more: Policies[] = [
          { ...given, identity: [...given.identity, policy({ ...own, Effect })] },
          { ...given, boundary: given.boundary && extended(given.boundary, { ...own, Effect }) },
          { ...given, session: given.session && extended(given.session, { ...own, Effect }) },
          { ...given, scp: given.scp?.map((level) => extended(level, { ...own, Effect })) },
          { ...given, resourcePolicy: extended(given.resourcePolicy, { ...ofResource, Effect }) },
        ];

        for (const each of more) expect(allowed(asked, each)).toBe(false);
      }),
    );
  });

  it('another Allow in any layer denies nothing that was allowed', () => {
    fc.assert(
      fc.property(request, policies, conditional, named, (asked, given, own, ofResource) => {
        fc.pre(allowed(asked, given));

        const Effect = 'Allow';

        const more: Policies[] = [
          { ...given, identity: [...given.identity, policy({ ...own, Effect })] },
          { ...given, boundary: given.boundary && extended(given.boundary, { ...own, Effect }) },
          { ...given, session: given.session && extended(given.session, { ...own, Effect }) },
          { ...given, scp: given.scp?.map((level) => extended(level, { ...own, Effect })) },
          { ...given, resourcePolicy: extended(given.resourcePolicy, { ...ofResource, Effect }) },
        ];

        for (const each of more) expect(allowed(asked, each)).toBe(true);
      }),
    );
  });

  it('a boundary, a session policy or another level of service control policies never allows more', () => {
    fc.assert(
      fc.property(request, policies, document, (asked, given, ceiling) => {
        const { boundary: _, session: __, ...free } = given;
        fc.pre(!allowed(asked, free));
        expect(allowed(asked, { ...free, boundary: ceiling })).toBe(false);
        expect(allowed(asked, { ...free, session: ceiling })).toBe(false);
        expect(allowed(asked, { ...free, scp: [...(free.scp ?? []), ceiling] })).toBe(false);
      }),
    );
  });

  it('the order of statements and of policies decides nothing', () => {
    const backwards = (of: PolicyDocument) => policy(...statementsOf(of).toReversed());

    fc.assert(
      fc.property(request, policies, (asked, given) => {
        const turned: Policies = {
          identity: given.identity.map(backwards).toReversed(),
          boundary: given.boundary && backwards(given.boundary),
          session: given.session && backwards(given.session),
          scp: given.scp?.map(backwards).toReversed(),
          resourcePolicy: given.resourcePolicy && backwards(given.resourcePolicy),
        };

        expect(evaluate(asked, turned)).toEqual(evaluate(asked, given));
      }),
    );
  });

  it('nothing is allowed in another account that its own policy does not allow', () => {
    fc.assert(
      fc.property(request, policies, (asked, { resourcePolicy: _, ...given }) => {
        expect(allowed({ ...asked, resource: QUEUE_ELSEWHERE }, given)).toBe(false);
      }),
    );
  });
});

describe('whatever a condition compares,', () => {
  const holds = (
    operator: string,
    values: readonly string[],
    context: Record<string, string | readonly string[]>,
  ) => {
    const Condition = { [operator]: { 'x:a': values } };
    return allowed(
      { ...REQUEST, context },
      { identity: [policy({ Effect: 'Allow', Action: '*', Resource: '*', Condition })] },
    );
  };

  it('its negation holds exactly where it does not', () => {
    fc.assert(
      fc.property(patterns, scalar, (values, context) => {
        expect(holds('StringNotLike', values, context)).toBe(!holds('StringLike', values, context));
        expect(holds('StringNotEquals', values, context)).toBe(
          !holds('StringEquals', values, context),
        );
      }),
    );
  });

  it('all values compare exactly where not any value fails to', () => {
    fc.assert(
      fc.property(patterns, lists, (values, context) => {
        expect(holds('ForAllValues:StringLike', values, context)).toBe(
          !holds('ForAnyValue:StringNotLike', values, context),
        );
      }),
    );
  });

  it('a value is like itself, and like its beginning with a star in place of the rest', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (first, rest) => {
        fc.pre(!/[*?$]/.test(first + rest));
        expect(holds('StringLike', [first + rest], { 'x:a': first + rest })).toBe(true);
        expect(holds('StringLike', [`${first}*`], { 'x:a': first + rest })).toBe(true);
      }),
    );
  });
});
