/** From one space of names for all networks to one an owner has: the key of a project's network is `PROJECT/NAME`. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const networkNames: Migration = {
  async up(db: Kysely<never>) {
    const run = (statement: string) => sql.raw(statement).execute(db);
    // A key that others refer to cannot be changed in place: all three tables are made anew.
    await run(`create table networks_0020 (
      name text primary key,
      short text not null,
      project text references projects (name),
      vlan integer not null unique check (vlan between 1 and 4094),
      isolated integer not null,
      public integer not null,
      created_at text not null)`);
    // Not a reference: a project that does not exist may be named, or naming one would tell whether it does.
    await run(`create table network_access_0020 (
      network text not null references networks_0020 (name),
      project text not null,
      given integer not null,
      primary key (network, project))`);
    await run(`create table attachments_0020 (
      node text not null,
      nic text not null,
      network text not null references networks_0020 (name),
      mode text not null check (mode in ('native', 'tagged')),
      state text not null check (state in ('attached', 'detaching')),
      port_version integer not null,
      primary key (node, nic, network),
      foreign key (node, nic) references nics (node, name))`);

    const full = `coalesce(networks.project || '/', '') || networks.name`;
    await run(`insert into networks_0020 (name, short, project, vlan, isolated, public, created_at)
      select ${full}, name, project, vlan, isolated, public, created_at from networks`);
    await run(`insert into network_access_0020 (network, project, given)
      select ${full}, network_access.project, 1
      from network_access join networks on networks.name = network_access.network`);
    await run(`insert into attachments_0020 (node, nic, network, mode, state, port_version)
      select node, nic, ${full}, mode, state, port_version
      from attachments join networks on networks.name = attachments.network`);
    // An operation that still runs waits for an attachment by its network's name.
    const named = `'"network":"' || networks.name || '"'`;
    await run(`update operations set input = coalesce(
      (select replace(operations.input, ${named}, '"network":"' || ${full} || '"')
        from networks where replace(operations.input, ${named}, '') <> operations.input), input)
      where state = 'running' and kind = 'nic.attach'`);

    for (const table of ['attachments', 'network_access', 'networks']) await run(`drop table ${table}`);
    for (const table of ['networks', 'network_access', 'attachments']) {
      await run(`alter table ${table}_0020 rename to ${table}`);
    }
    await run('create index networks_short on networks (short)');
    // A port has one native network; one that is being taken off does not count.
    await run(`create unique index attachments_native on attachments (node, nic)
      where mode = 'native' and state <> 'detaching'`);
  },
};
