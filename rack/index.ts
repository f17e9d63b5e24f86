/** A virtual data centre on one machine: see README.md. */
export { down } from './down.ts';
export { console, consoleLog, enter } from './enter.ts';
export { bullionHome, stateDirectory } from './home.ts';
export { type KvmVerdict, probeKvm, rememberedVerdict } from './kvm.ts';
export { missingPackages, type Obstacle, obstacles, PACKAGES, type PackageNeed } from './packages.ts';
export type { RackState } from './record.ts';
export { type Certificate, fingerprintOf, makeCertificate } from './redfish/certificate.ts';
export { type EmulatedBmc, startEmulatedBmc } from './redfish/emulated.ts';
export { loadSpec, type NodeSpec, parseSpec, type RackSpec } from './spec.ts';
export { list, type NodeStatus, type RackStatus, status } from './status.ts';
export type { RackStep } from './steps.ts';
export { type UpOptions, up } from './up.ts';
