/** The builders, by the name of their family in a recipe. */
import type { Distribution } from '../recipe.ts';
import { debian, ubuntu } from './deb.ts';
import type { Family } from './family.ts';
import { rpm } from './rpm.ts';

export const families: Record<Distribution['family'], Family> = { debian, ubuntu, rpm };
