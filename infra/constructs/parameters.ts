import { ParameterValueType, StringListParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { type ImportedIds, type Named, namesOf } from '../naming/names.ts';

/**
 * Imports an id that AWS assigned to a resource of another stack. CloudFormation reads the
 * parameter at each deployment, so stacks do not need exports.
 */
export function importedId(
  scope: Construct,
  environment: Named,
  what: Exclude<ImportedIds, 'subnet-ids'>,
): string {
  return StringParameter.valueForStringParameter(scope, namesOf(environment).parameter(what));
}

export function importedIds(scope: Construct, environment: Named, what: 'subnet-ids'): string[] {
  return StringListParameter.valueForTypedListParameter(
    scope,
    namesOf(environment).parameter(what),
    ParameterValueType.STRING,
  );
}

/** Stores an id in a parameter for other stacks. */
export function keepImportedIds(
  scope: Construct,
  environment: Named,
  what: Exclude<ImportedIds, 'subnet-ids'>,
  stringValue: string,
): void {
  new StringParameter(scope, `Parameter-${what}`, {
    parameterName: namesOf(environment).parameter(what),
    stringValue,
  });
}
