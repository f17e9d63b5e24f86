/**
 * A network card's boot ROM, as far as it asks: run on a simulated node with `MAC ARCHITECTURE [ipxe]`, it prints the offers
 * that it hears within a second, from an address server and a proxy alike. (busybox' client knows nothing of proxies.)
 */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeOffer, encodeDiscover, type Offer, pxeClient } from '../dhcp/others/packet.ts';

const HEAR_MS = 1000;

if (import.meta.main) {
  const [mac = '', architecture, ipxe] = process.argv.slice(2);
  const own = networkInterfaces().eth0?.find(({ family }) => family === 'IPv4')?.address;
  const heard: Offer[] = [];
  const open = (address: string | undefined) =>
    new Promise<ReturnType<typeof createSocket>>((resolve) => {
      const socket = createSocket({ type: 'udp4', reuseAddr: true });
      socket.on('message', (bytes) => heard.push(decodeOffer(bytes)));
      socket.bind(68, address, () => resolve(socket));
    });
  const sockets = [await open(own), await open('0.0.0.0')];
  sockets[0]!.setBroadcast(true);
  const says = [...pxeClient(Number(architecture)), ...(ipxe ? [[175, 3, 0xb1, 5, 1]] : [])];
  const bytes = encodeDiscover({ id: 7, mac: Buffer.from(mac.replaceAll(':', ''), 'hex'), says });
  sockets[0]!.send(bytes, 67, '255.255.255.255');
  await sleep(HEAR_MS);
  for (const socket of sockets) socket.close();
  console.log(JSON.stringify(heard));
}
