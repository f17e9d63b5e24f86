/**
 * Process 1 of a rack's namespaces, and the parent of all that runs in it: `node supervisor.ts RECORD`.
 * It is started by `up.ts` only. When it ends, by whatever signal or bug, the kernel kills every process of its
 * process namespace, and with the last of them the network namespace and its interfaces go.
 */
import { readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BullionError, messageOf } from '@bullion/service/errors';
import { startBmc } from './bmc.ts';
import { serveChassis } from './chassis.ts';
import { serveControl } from './control.ts';
import { type Fabric, layCables } from './fabric.ts';
import { macOf, serialOf, uuidOf } from './identity.ts';
import { Machine } from './machine.ts';
import { addressOperator } from './network.ts';
import { startOtherDhcp } from './other-dhcp.ts';
import { certificateFile, type RackRecord } from './record.ts';
import type { Certificate } from './redfish/certificate.ts';
import { startRedfish } from './redfish.ts';
import { SerialLine } from './serial.ts';
import type { NodeSpec } from './spec.ts';
import type { FromSupervisor } from './steps.ts';
import { startSwitches } from './switch.ts';

/** On the namespace's loopback, away from ports that an operator's services would choose. */
const CHASSIS_PORT = 16_200;
const FIRST_SERIAL_PORT = 16_300;

process.umask(0o077);
const record = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as RackRecord;
const { spec, stateDirectory: state, socketDirectory: sockets } = record;

const tell = (message: FromSupervisor) => process.connected && process.send?.(message);

/** While it is being made, the rack belongs to the `up` that asked for it, and ends with it. */
const abandoned = () => {
  console.log('up ended before the rack was ready; so does the rack');
  process.exit(1);
};

async function step(title: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  tell({ step: { title, state: 'started' } });
  await work();
  tell({ step: { title, state: 'done', ms: Math.round(performance.now() - start) } });
}

async function build(): Promise<void> {
  const machines = new Map<string, Machine>();
  let fabric: Fabric = [];
  await step('network', async () => {
    fabric = await layCables(spec, join(state, 'fabric.log'));
    await addressOperator(spec);
    if (spec.otherDhcp) await startOtherDhcp(spec.otherDhcp, fabric, state);
  });
  await step('switches', () => startSwitches(spec, fabric, state, sockets));
  await step('servers', async () => {
    for (const [i, node] of spec.nodes.entries()) {
      const machine = new Machine(
        {
          rack: spec.name,
          spec: node,
          accelerator: record.accelerator,
          fabric,
          directory: join(state, 'nodes', node.name),
          qmpSocket: join(sockets, `${node.name}.qmp`),
          serialSocket: join(sockets, `${node.name}.serial`),
        },
        sockets,
      );
      await new SerialLine(node).lay(FIRST_SERIAL_PORT + i, join(sockets, `${node.name}.serial`));
      await machine.build();
      machines.set(node.name, machine);
    }
  });
  await step('BMCs', async () => {
    // ipmi_sim splits its command at blanks, which the path of the repository may hold; the sockets' path does not.
    const helper = join(sockets, 'chassis.sh');
    await copyFile(join(import.meta.dirname, 'chassis.sh'), helper);
    serveChassis((name) => machines.get(name), CHASSIS_PORT);
    await Promise.all(
      spec.nodes.map((node, i) =>
        node.bmc.driver === 'redfish'
          ? startRedfishOf(node, machines.get(node.name)!)
          : startBmc({
              node: node.name,
              uuid: uuidOf(spec.name, node.name),
              account: record.bmcs[node.name]!,
              directory: join(state, 'nodes', node.name, 'bmc'),
              chassisCommand: `/bin/bash ${helper} ${CHASSIS_PORT} ${node.name}`,
              serialPort: FIRST_SERIAL_PORT + i,
            }),
      ),
    );
  });
  await serveControl(join(sockets, 'control.sock'), () => ({
    power: Object.fromEntries([...machines].map(([name, machine]) => [name, machine.power])),
  }));
}

async function startRedfishOf(node: NodeSpec, server: Machine): Promise<void> {
  const { address, port, user, password } = record.bmcs[node.name]!;
  await startRedfish({
    facts: {
      ...node,
      uuid: uuidOf(spec.name, node.name),
      serial: serialOf(spec.name, node.name),
      macs: node.nics.map((_, nic) => macOf(spec.name, node.name, nic)),
    },
    server,
    address,
    port,
    certificate: JSON.parse(readFileSync(certificateFile(record), 'utf8')) as Certificate,
    accounts: [{ user, password, role: 'Administrator' }],
    directory: join(state, 'nodes', node.name),
  });
}

process.on('disconnect', abandoned);
// A process 1 ignores signals that it does not handle.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
try {
  tell({ running: true });
  await mkdir(join(state, 'nodes'), { recursive: true });
  await build();
  process.off('disconnect', abandoned);
  tell({ ready: true });
} catch (error) {
  console.error(error);
  const { code, hint } = error instanceof BullionError ? error : { code: 'rack_failed', hint: undefined };
  process.send?.({ failed: { code, message: messageOf(error), hint } } satisfies FromSupervisor, () =>
    process.exit(1),
  );
}
