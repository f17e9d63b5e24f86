/** Sensors for ipmi_sim: commands for its emulator, with full sensor records as section 43.1 of IPMI 2.0 has them. */

type Analog = {
  readonly number: number;
  readonly name: string;
  /** Table 42-3: 1 temperature, 2 voltage, 4 fan, 11 other units. */
  readonly type: number;
  /** Table 43-15: 1 degrees C, 4 volts, 6 watts, 18 RPM. */
  readonly unit: number;
  /** Reading = raw * factor * 10^exponent. */
  readonly factor?: number;
  readonly exponent?: number;
  /** Undefined: the sensor is there and not scanned. */
  readonly raw?: number;
};

/** Of a raw reading, which is a byte. */
const CRITICAL = 96;
const WARNING = 80;

const SENSORS: readonly Analog[] = [
  { number: 1, name: 'CPU Temp', type: 1, unit: 1, raw: 45 },
  { number: 2, name: '12V', type: 2, unit: 4, factor: 2, exponent: -1, raw: 60 },
  { number: 3, name: 'FAN1', type: 4, unit: 18, factor: 100, raw: 52 },
  { number: 4, name: 'PSU1 Power', type: 11, unit: 6, factor: 4, raw: 30 },
  { number: 5, name: 'DIMM, left', type: 1, unit: 1, raw: 97 },
  { number: 6, name: 'DIMM, right', type: 1, unit: 1 },
];

/** What `parseSensors` makes of them. */
export const TOLD = [
  { name: 'CPU Temp', reading: 45, unit: 'celsius', status: 'ok' },
  { name: '12V', reading: 12, unit: 'volt', status: 'ok' },
  { name: 'FAN1', reading: 5200, unit: 'rpm', status: 'ok' },
  { name: 'PSU1 Power', reading: 120, unit: 'watt', status: 'ok' },
  { name: 'DIMM, left', reading: 97, unit: 'celsius', status: 'critical' },
  { name: 'DIMM, right', reading: null, unit: 'celsius', status: 'off' },
] as const;

const PER_STATE = `per-state${' 000111111111111'.repeat(4)}`;

export const sensorCommands = (): string => SENSORS.flatMap(commandsOf).join('\n');

function commandsOf(sensor: Analog): string[] {
  const at = `0x20 0 ${sensor.number}`;
  return [
    `sensor_add ${at} ${sensor.type} 1`,
    `sensor_set_threshold ${at} settable 111000 0xff ${CRITICAL} ${WARNING} 0 0 0`,
    ...(sensor.raw === undefined
      ? []
      : [
          `sensor_set_event_support ${at} enable scanning ${PER_STATE}`,
          `sensor_set_value ${at} ${sensor.raw} 0`,
        ]),
    `main_sdr_add 0x20 ${record(sensor).map(hex).join(' ')}`,
  ];
}

const hex = (byte: number) => `0x${byte.toString(16).padStart(2, '0')}`;

function record({ number, name, type, unit, factor = 1, exponent = 0 }: Analog): number[] {
  const body = [
    ...[0x20, 0x00, number], // owner, LUN
    ...[0x03, 0x01], // entity: a processor
    ...[0x7f, 0x68, type, 0x01], // initialisation, capabilities, type, threshold events
    ...[0x95, 0x0a, 0x95, 0x0a, 0x3f, 0x3f], // events; which thresholds can be read and set
    ...[0x00, unit, 0x00, 0x00], // unsigned, linear
    ...[factor & 0xff, (factor >> 8) << 6, 0x00, 0x00, 0x00, (exponent & 0xf) << 4],
    ...[0x00, 0x28, 0x50, 0x00, 0xff, 0x00], // nominal, normal and possible readings
    ...[0xff, CRITICAL, WARNING, 0x00, 0x05, 0x0a], // thresholds
    ...[0x01, 0x01, 0x00, 0x00, 0x00],
    ...[0xc0 | name.length, ...Buffer.from(name, 'latin1')],
  ];
  return [0x00, 0x00, 0x51, 0x01, body.length, ...body];
}
