import { bmcContract } from './contract.ts';
import { MemoryBmc, memoryBmcDriver } from './memory.ts';

bmcContract('memory', async () => {
  const bmc = new MemoryBmc('10.0.0.1');
  const settings = { address: bmc.address, username: bmc.username, password: bmc.password };
  return {
    driver: memoryBmcDriver(bmc),
    settings,
    password: bmc.password,
    nowhere: { ...settings, address: '10.0.0.9' },
    power: async () => bmc.power,
    bootDevice: async () => bmc.boot.device,
    print: (text) => bmc.print(text),
    typed: () => Buffer.from(bmc.typed),
    async vanish() {
      bmc.down = true;
    },
    async comeBack() {
      bmc.down = false;
    },
    async [Symbol.asyncDispose]() {},
  };
});
