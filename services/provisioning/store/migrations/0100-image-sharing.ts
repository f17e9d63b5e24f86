import { statements } from '@bullion/service';
import type { Kysely } from 'kysely';

/** Who else may use an image; what was deleted and can come back; which volume a snapshot was taken of. */
export const imageSharing = {
  async up(db: Kysely<never>): Promise<void> {
    const run = statements(db);
    await run(`create table image_shares (
      image text not null, project text not null, created_at text not null, primary key (image, project))`);
    await run(`create table deleted_things (
      id text primary key,
      kind text not null check (kind in ('image', 'volume')),
      name text not null,
      project text,
      saved text not null,
      deleted_at text not null)`);
    await run('alter table images add column volume text');
  },
};
