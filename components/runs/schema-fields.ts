/** One field of a job's input, as its JSON schema (draft 2020-12, made by zod) describes it. */
export interface SchemaField {
  name: string;
  title: string;
  description: string | undefined;
  kind: 'text' | 'number' | 'boolean' | 'choice' | 'list';
  required: boolean;
  choices: string[];
  minimum: number | undefined;
  maximum: number | undefined;
  maxLength: number | undefined;
  integer: boolean;
  initial: string | boolean;
}

export type FieldValues = Record<string, string | boolean>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);

function titleOf(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Fields in the order of the definition; what has a default need not be filled in. */
export function fieldsOf(schema: unknown): SchemaField[] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    if (!isObject(property)) return [];
    const choices = Array.isArray(property.enum) ? property.enum.map(String) : [];
    const kind = kindOf(property, choices);
    const initial = property.default;
    const bounded = (bound: number | undefined) =>
      bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined;
    return [
      {
        name,
        title: textOf(property.title) ?? titleOf(name),
        description: textOf(property.description),
        kind,
        required: required.includes(name) && initial === undefined,
        choices,
        minimum: bounded(numberOf(property.minimum)),
        maximum: bounded(numberOf(property.maximum)),
        maxLength: numberOf(property.maxLength),
        integer: property.type === 'integer',
        initial:
          kind === 'boolean'
            ? initial === true
            : Array.isArray(initial)
              ? initial.join('\n')
              : initial === undefined || initial === null
                ? ''
                : String(initial),
      },
    ];
  });
}

function kindOf(property: Record<string, unknown>, choices: string[]): SchemaField['kind'] {
  if (choices.length > 0) return 'choice';
  if (property.type === 'boolean') return 'boolean';
  if (property.type === 'array') return 'list';
  return property.type === 'integer' || property.type === 'number' ? 'number' : 'text';
}

/** What the API takes: empty fields are left out, numbers are numbers, lists have an entry per line. */
export function inputOf(fields: readonly SchemaField[], values: FieldValues): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.name] ?? field.initial;
    if (field.kind === 'boolean') input[field.name] = value === true;
    else if (typeof value !== 'string' || value.trim() === '') continue;
    else if (field.kind === 'number') input[field.name] = Number(value);
    else if (field.kind === 'list') {
      input[field.name] = value
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean);
    } else input[field.name] = value;
  }
  return input;
}
