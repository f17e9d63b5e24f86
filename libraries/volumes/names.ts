import { VolumeError } from './errors.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Names come from callers (provisioning uses its own ids). They never become file names. */
export function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw new VolumeError(
      'name-invalid',
      `"${String(name).slice(0, 200)}" cannot be the name of an image, a snapshot or a volume`,
      'Use 1 to 128 letters, digits, dots, colons, dashes or underscores, beginning with a letter or a digit.',
    );
  }
}
