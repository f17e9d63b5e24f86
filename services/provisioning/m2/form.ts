/** The parameters of M2's calls: a form, each named once. */
import { NameSchema } from '@bullion/service';

/** A refusal in M2's own words. */
export class M2Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Form = Readonly<Record<string, string>>;

/** Throws where one is missing, named twice, or no name. */
export function formOf(body: unknown, names: readonly string[]): Form {
  const form = new URLSearchParams(typeof body === 'string' ? body : '');
  return Object.fromEntries(
    names.map((name) => {
      const values = form.getAll(name);
      if (values.length === 0) throw new M2Refusal(400, `The parameter ${name} is missing`);
      if (values.length > 1) throw new M2Refusal(400, `The parameter ${name} is given more than once`);
      const value = NameSchema.safeParse(values[0]);
      if (!value.success) throw new M2Refusal(400, `The parameter ${name} is no valid name`);
      return [name, value.data];
    }),
  );
}
