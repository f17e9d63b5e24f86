/** Chassis/1: the sheet metal with its power supply, thermometers and fans; all readings are emulated (`meter.ts`). */
import { CRITICAL_CELSIUS, type Meter } from './meter.ts';
import { collection, type Fields, link, type Resource } from './resource.ts';
import { type ServerFacts, SYSTEM } from './system.ts';

const CHASSIS = '/redfish/v1/Chassis/1';
const POWER = `${CHASSIS}/Power`;
const THERMAL = `${CHASSIS}/Thermal`;

export function enclosure(facts: ServerFacts, meter: Meter): Record<string, Resource> {
  return {
    '/redfish/v1/Chassis': { get: () => collection('/redfish/v1/Chassis', 'Chassis', [CHASSIS]) },
    [CHASSIS]: { get: () => chassis(facts) },
    [POWER]: { get: () => power(meter) },
    [THERMAL]: { get: () => thermal(meter) },
  };
}

const chassis = ({ name, serial }: ServerFacts): Fields => ({
  ...link(CHASSIS),
  '@odata.type': '#Chassis.v1_23_0.Chassis',
  Id: '1',
  Name: `Chassis of ${name}`,
  ChassisType: 'RackMount',
  Manufacturer: 'Bullion',
  SerialNumber: serial,
  Status: { State: 'Enabled', Health: 'OK' },
  Power: link(POWER),
  Thermal: link(THERMAL),
  Links: { ComputerSystems: [link(SYSTEM)], ManagedBy: [link('/redfish/v1/Managers/1')] },
});

const power = (meter: Meter): Fields => ({
  ...link(POWER),
  '@odata.type': '#Power.v1_7_1.Power',
  Id: 'Power',
  Name: 'Power (emulated)',
  PowerControl: [
    {
      ...link(`${POWER}#/PowerControl/0`),
      MemberId: '0',
      Name: 'Server power',
      PowerConsumedWatts: meter.read().watts,
      Status: { State: 'Enabled', Health: 'OK' },
    },
  ],
});

function thermal(meter: Meter): Fields {
  const { inletCelsius, cpuCelsius, fanRpm } = meter.read();
  // What has no power has no reading, and is said to be so.
  const status = (reading: number | undefined) =>
    reading === undefined ? { State: 'StandbyOffline' } : { State: 'Enabled', Health: 'OK' };
  const temperature = (id: number, name: string, context: string, reading: number | undefined) => ({
    ...link(`${THERMAL}#/Temperatures/${id}`),
    MemberId: String(id),
    Name: name,
    PhysicalContext: context,
    ReadingCelsius: reading ?? null,
    UpperThresholdCritical: CRITICAL_CELSIUS,
    Status: status(reading),
  });
  return {
    ...link(THERMAL),
    '@odata.type': '#Thermal.v1_7_1.Thermal',
    Id: 'Thermal',
    Name: 'Thermal (emulated)',
    Temperatures: [temperature(0, 'Inlet', 'Intake', inletCelsius), temperature(1, 'CPU', 'CPU', cpuCelsius)],
    Fans: [
      {
        ...link(`${THERMAL}#/Fans/0`),
        MemberId: '0',
        Name: 'Fan 1',
        Reading: fanRpm ?? null,
        ReadingUnits: 'RPM',
        Status: status(fanRpm),
      },
    ],
  };
}
