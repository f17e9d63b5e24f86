import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DataCentre } from './testing/data-centre.ts';

type Outcome = { node: string; state: string; remarks: string[] };
type Node = { state: string; maintenance: string | null; nics: { port?: string }[]; metadata: object };

describe('importing servers', () => {
  let dc: DataCentre;
  before(async () => {
    dc = await DataCentre.open();
    await dc.value(['switch', 'add', 'tor1', '--driver', 'memory', '--setting', 'name=tor1']);
    await dc.value(['project', 'create', 'hospital']);
    await writeFile(join(dc.folder, 'bmc.secret'), 'secret\n');
  });
  after(() => dc.close());

  const BMC = () => [
    '--bmc',
    'memory',
    '--bmc-user',
    'admin',
    '--bmc-password-file',
    join(dc.folder, 'bmc.secret'),
  ];
  async function file(rows: string): Promise<string> {
    const path = join(dc.folder, 'servers.csv');
    await writeFile(path, `node,bmc_address,nic,mac,switch,port,meta.rack\n${rows}`);
    return path;
  }
  async function imported(rows: string, ...options: string[]): Promise<Record<string, Outcome>> {
    const { stdout } = await dc.bullion(['import', await file(rows), ...BMC(), ...options, '--json']);
    return Object.fromEntries((JSON.parse(stdout) as Outcome[]).map((outcome) => [outcome.node, outcome]));
  }
  const show = (node: string) => dc.value<Node>(['node', 'show', node]);
  const learn = (port: string, mac: string) => dc.tor.addresses.push({ port, mac, vlan: null });

  const N1 = 'n1,bmc1,nic0,52:54:00:00:00:01,tor1,p1,r7\n';

  test('a dry run changes nothing', async () => {
    const { n1 } = await imported(N1, '--dry-run');
    assert.equal(n1!.state, 'waiting');
    assert.equal((await dc.bullion(['node', 'show', 'n1'])).code, 3);
    const { stdout } = await dc.bullion(['import', await file(N1), ...BMC(), '--dry-run']);
    assert.match(
      stdout,
      /n1 +waiting +nic0 \(52:54:00:00:00:01\) was not met at tor1\/p1: bullion node inspect/,
    );
    assert.match(stdout, /0 ready, 1 waiting, 0 refused\. Nothing was changed\.\n$/);
  });

  test('a node waits in maintenance until its NIC was met, and nobody gets it before', async () => {
    assert.equal((await imported(N1)).n1!.state, 'waiting');
    const node = await show('n1');
    assert.match(node.maintenance!, /not met at tor1\/p1/);
    assert.deepEqual(node.metadata, { rack: 'r7' });
    const { token } = await dc.value<{ token: string }>(['project', 'token', 'hospital']);
    assert.equal((await dc.bullion(['node', 'allocate', 'n1', '--project', 'hospital'], token)).code, 4);
    learn('p1', '52:54:00:00:00:01');
    assert.equal((await imported(N1)).n1!.state, 'ready');
    assert.equal((await show('n1')).maintenance, null);
    assert.equal((await imported(N1)).n1!.state, 'ready');
  });

  test('a NIC that was met elsewhere is refused, and nothing of its node is registered', async () => {
    learn('p3', '52:54:00:00:00:02');
    const outcomes = await imported('n2,bmc2,nic0,52:54:00:00:00:02,tor1,p2,\n');
    assert.equal(outcomes.n2!.state, 'refused');
    assert.deepEqual(outcomes.n2!.remarks, ['nic0 was met at tor1/p3, and not at tor1/p2']);
    assert.equal((await dc.bullion(['node', 'show', 'n2'])).code, 3);
  });

  test('a cable that is not said is found', async () => {
    assert.equal((await imported('n2,bmc2,nic0,52:54:00:00:00:02,,,\n')).n2!.state, 'ready');
    assert.equal((await show('n2')).nics[0]!.port, 'p3');
  });

  test('a node whose BMC does not answer waits; one fault is no matter of the others', async () => {
    dc.bmcs[1].failCalls = 1;
    const outcomes = await imported(
      `n2,bmc2,nic0,52:54:00:00:00:02,,,\n${N1}n3,,nic0,52:54:00:00:00:03,tor1,p9,\nn4,bmc1,nic0,52:54:00:00:00:04,tor9,p1,\n`,
    );
    assert.equal(outcomes.n2!.state, 'waiting');
    assert.match((await show('n2')).maintenance!, /The BMC of node "n2"/);
    assert.equal(outcomes.n1!.state, 'ready');
    assert.deepEqual(outcomes.n3!.remarks, [
      'nic0: there is no port p9 on a registered switch tor1',
      'nothing says how its BMC is reached',
    ]);
    assert.equal(outcomes.n4!.state, 'refused');
    assert.equal((await dc.bullion(['import', await file(N1.replace('p1', 'p4')), ...BMC()])).code, 1);
  });

  test('what is registered otherwise is refused, with both opinions', async () => {
    const outcomes = await imported(N1.replace(':01,', ':0a,'));
    assert.match(
      outcomes.n1!.remarks.join(),
      /registered with nic0's address 52:54:00:00:00:01, and listed with/,
    );
  });
});
