/** NICs of nodes. Their cables are told at the ports of switches. */
import { MacSchema, NameSchema } from '@bullion/service';
import { addNic, deleteNic } from '../nodes.ts';
import { checkSettings } from '../switches.ts';
import { args, text } from './arguments.ts';
import { type Face, routesOf } from './route.ts';

export function addNicCalls(face: Face): void {
  const { writes } = routesOf(face);
  writes(
    'PUT /node/:node/nic/:nic',
    args({ node: text, nic: text, macaddr: text }),
    { operatorOnly: 'register NICs' },
    async ({ args: { node, nic, macaddr }, commit }) => {
      checkSettings(NameSchema, 'the name of the NIC', nic);
      const mac = checkSettings(MacSchema, 'the NIC', macaddr) as string;
      await commit((change) => addNic(change, node, { name: nic, mac }));
    },
  );
  writes(
    'DELETE /node/:node/nic/:nic',
    args({ node: text, nic: text }),
    { operatorOnly: 'delete NICs' },
    async ({ args: { node, nic }, commit }) => {
      await commit((change) => deleteNic(change, node, nic));
    },
  );
}
