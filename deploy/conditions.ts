import * as v from 'valibot';
import type { Template } from './cloudformation.ts';

const literal = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));
const equalsSchema = v.strictObject({ 'Fn::Equals': v.tuple([literal, literal]) });
const notSchema = v.strictObject({ 'Fn::Not': v.tuple([equalsSchema]) });
const ifSchema = v.strictObject({ 'Fn::If': v.tuple([v.string(), v.unknown(), v.unknown()]) });
const noValueSchema = v.strictObject({ Ref: v.literal('AWS::NoValue') });

type Conditions = ReadonlyMap<string, boolean>;

/**
 * Resolves the conditions of a template in place. Each one compares a setting, which is known when packaging. A template with
 * conditions has two restrictions: `DependsOn` must not name a conditional resource, and the values of the branch that is
 * not taken must be valid, too.
 *
 * @throws {Error} for a condition that is not a comparison of literals
 */
export function resolveConditions(template: Template): void {
  const conditions: Conditions = new Map(
    Object.entries(template.Conditions ?? {}).map(([name, condition]) => [name, evaluate(name, condition)]),
  );
  delete template.Conditions;
  for (const section of [template.Resources, template.Outputs ?? {}]) {
    for (const [name, entry] of Object.entries(section)) {
      if (entry.Condition !== undefined && !isTrue(conditions, entry.Condition)) delete section[name];
      delete entry.Condition;
    }
  }
  template.Resources = resolve(template.Resources, conditions) as Template['Resources'];
  if (template.Outputs !== undefined) {
    template.Outputs = resolve(template.Outputs, conditions) as NonNullable<Template['Outputs']>;
  }
}

function evaluate(name: string, condition: unknown): boolean {
  const negated = v.safeParse(notSchema, condition);
  const comparison = v.safeParse(equalsSchema, negated.success ? negated.output['Fn::Not'][0] : condition);
  if (!comparison.success) throw new Error(`The condition ${name} does not compare two literals.`);
  const [one, other] = comparison.output['Fn::Equals'];
  return (one === other) !== negated.success;
}

function isTrue(conditions: Conditions, name: string): boolean {
  const value = conditions.get(name);
  if (value === undefined) throw new Error(`The template has no condition ${name}.`);
  return value;
}

/** Replaces each `Fn::If` by its branch; a branch of `AWS::NoValue` removes the property. */
function resolve(value: unknown, conditions: Conditions): unknown {
  if (Array.isArray(value))
    return value.map((item) => resolve(item, conditions)).filter((item) => !isNoValue(item));
  if (typeof value !== 'object' || value === null) return value;
  const choice = v.safeParse(ifSchema, value);
  if (choice.success) {
    const [name, whenTrue, whenFalse] = choice.output['Fn::If'];
    return resolve(isTrue(conditions, name) ? whenTrue : whenFalse, conditions);
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]): [string, unknown] => [key, resolve(item, conditions)])
      .filter(([, item]) => !isNoValue(item)),
  );
}

const isNoValue = (value: unknown): boolean => v.is(noValueSchema, value);
