import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { run as runProgram } from '@bullion/service';
import { REPOSITORY } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { run } from '../testing/run.ts';

const skip = process.getuid?.() === 0 ? false : 'needs root, to make a network namespace';

/** On a machine with a DHCP server at 10.99.0.2, behind its interface `servers`. */
function checkBeside(directives: string, ...words: string[]) {
  return beside(directives, ['network', 'dhcp-check', 'servers', ...words]);
}

async function beside(directives: string, words: string[]) {
  const script = `
    ip link set lo up
    ip link add servers type bridge && ip address add 10.99.0.1/24 dev servers
    unshare --net sleep 60 & other=$!
    while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
    ip link add port type veth peer name eth0 netns $other
    ip link set port master servers up && ip link set servers up
    nsenter --net=/proc/$other/ns/net sh -c 'ip address add 10.99.0.2/24 dev eth0 && ip link set eth0 up'
    nsenter --net=/proc/$other/ns/net dnsmasq --conf-file=/dev/null --port=0 --interface=eth0 --bind-interfaces \\
      --leasefile-ro --keep-in-foreground --user= --group= --pid-file= ${directives} 2>/dev/null & server=$!
    sleep 0.5
    "$@"; code=$?
    kill $server $other
    exit $code`;
  const bullion = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(REPOSITORY, 'clients/cli/bin.ts'),
  ];
  const command = [...bullion, ...words];
  const flags = ['--net', '--mount', 'sh', '-c', script, 'sh'];
  return await runProgram('unshare', [...flags, ...command], { timeoutMs: 60_000 });
}

// Each is on a machine of its own, and most of the time listens.
describe('a look for DHCP servers', { skip, concurrency: true }, () => {
  test('a DHCP server on the interface is named, and is in the way of one that gives addresses', async () => {
    const addresses = '--dhcp-range=10.99.0.50,10.99.0.50,1h';
    const [{ code, stdout }, asProxy] = await Promise.all([
      checkBeside(addresses),
      checkBeside(addresses, '--dhcp', 'proxy', '--json'),
    ]);
    assert.equal(code, EXIT.failed);
    assert.match(stdout, /✗ DHCP server 10\.99\.0\.2 on servers, which offers the address 10\.99\.0\.50\n/);
    assert.equal(asProxy.code, EXIT.ok);
    const [server] = (JSON.parse(asProxy.stdout) as { servers: { address: string; inTheWay: boolean }[] })
      .servers;
    assert.deepEqual([server?.address, server?.inTheWay], ['10.99.0.2', false]);
  });

  test('where nobody answers, that is said, and what a proxy needs', async () => {
    const { code, stdout } = await checkBeside('--dhcp-range=10.99.0.0,static', '--dhcp', 'proxy');
    assert.equal(code, EXIT.ok);
    assert.match(stdout, /No DHCP server answers on servers\.\nAs a proxy the service needs one/);
  });

  test('doctor looks for other servers where it is told to, and says that it has not where it is not', async () => {
    const doctor = ['doctor', '--boot-interface', 'servers'];
    const asProxy = [...doctor, '--dhcp', 'proxy'];
    const addresses = '--dhcp-range=10.99.0.50,10.99.0.50,1h';
    const alone = '--dhcp-range=10.99.0.0,static';
    const told = await Promise.all([
      beside(addresses, doctor),
      beside(addresses, asProxy),
      beside(alone, doctor),
      beside(alone, asProxy),
    ]);
    const [found, boots, nobody, lacks] = told.map(({ stdout }) => stdout) as [
      string,
      string,
      string,
      string,
    ];
    assert.match(
      found,
      /✗ other DHCP +DHCP server 10\.99\.0\.2 on servers, .*\n +-> Switch it off there, or /,
    );
    assert.match(boots, /[✓!] other DHCP +none on servers says/);
    assert.match(nobody, /[✓!] other DHCP +none answers on servers/);
    assert.match(lacks, /✗ other DHCP +none on servers gives addresses/);
    const { stdout } = await run(['doctor', '--boot-interface', 'nowhere0']);
    assert.match(stdout, /✗ other DHCP +.*"nowhere0" cannot be searched/);
    const unasked = await run(['doctor']);
    assert.match(
      unasked.stdout,
      /! other DHCP +not looked for: .*\n +-> .*bullion doctor --boot-interface eth1/,
    );
  });
});

test('an interface that is not there is refused with a way on', async () => {
  const { code, stderr } = await run(['network', 'dhcp-check', 'nowhere0']);
  assert.equal(code, EXIT.unreachable);
  assert.match(stderr, /"nowhere0" cannot be searched for DHCP servers: it is not there.*\n.*hint: /);
});

test('what is neither own nor proxy is refused before anything is opened', async () => {
  const { code, stderr } = await run(['serve', '--dhcp', 'both']);
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /own, proxy/);
});

test('a proxy that is to give IPv6 addresses is refused', async () => {
  const leg = ['--boot-interface', 'lo', '--boot-address', '127.0.0.1/8'];
  const { code, stderr } = await run(['serve', ...leg, '--dhcp', 'proxy', '--dhcp6']);
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /A proxy gives no addresses/);
});
