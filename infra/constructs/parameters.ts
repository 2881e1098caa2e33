import { ParameterValueType, StringListParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { type ImportedIds, type Named, namesOf } from '../naming/names.ts';

/**
 * An id that was drawn when another stack made the thing. CloudFormation reads it at each
 * deployment, so neither stack exports anything to the other.
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

/** Puts an id where other stacks look for it. */
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
