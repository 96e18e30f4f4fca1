import { type Fact, factLabel, factText } from '@/components/runs/fact-words';
import { fieldsOf } from '@/components/runs/schema-fields';

/**
 * What was entered, called as the form calls it and in the form's order: stored JSON keeps neither. A field that the
 * kind no longer has is told by its own name.
 */
export function inputWords(input: { [name: string]: Fact }, schema: unknown): [string, string][] {
  const fields = fieldsOf(schema);
  const place = (name: string) => {
    const found = fields.findIndex((field) => field.name === name);
    return found < 0 ? fields.length : found;
  };
  return Object.entries(input)
    .sort(([left], [right]) => place(left) - place(right))
    .map(([name, value]) => [fields[place(name)]?.title ?? factLabel(name), factText(name, value)]);
}
