import { ResourceLimitError } from '../authority/errors.ts';
import type { Statement } from '../authority/statements.ts';

/** An IAM policy document. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** Maximum size of a managed policy, in characters without white space. */
export const MOST_CHARACTERS = 6_144;

/** Distributes statements, in order, across as few documents as possible. */
export function documentsOf(statements: readonly Statement[]): PolicyDocument[] {
  const documents: PolicyDocument[] = [];
  let gathered: Statement[] = [];

  for (const statement of statements) {
    if (charactersOf(document([statement])) > MOST_CHARACTERS)
      throw new ResourceLimitError(
        `statement ${statement.Sid} of the execution policy comes to ${charactersOf(document([statement]))} characters, a managed policy takes ${MOST_CHARACTERS}`,
        { most: MOST_CHARACTERS },
      );

    if (charactersOf(document([...gathered, statement])) > MOST_CHARACTERS) {
      documents.push(document(gathered));
      gathered = [];
    }

    gathered.push(statement);
  }

  return gathered.length === 0 ? documents : [...documents, document(gathered)];
}

export const charactersOf = (policy: PolicyDocument) => JSON.stringify(policy).length;

const document = (statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});
