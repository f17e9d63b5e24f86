import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parsePowerReading, parseSensors } from './sensors.ts';

/** As ipmitool 1.8.19 prints an ipmi_sim's sensors, and as it prints those of other units. */
const LINES = `CPU Temp,45,degrees C,ok,3.1,Processor,Temperature,,,,255.000,96.000,80.000,0.000,5.000,10.000,0.000,255.000
12V,12.06,Volts,Lower Non-Critical,3.1,Processor,Voltage,,,,15.300,5.760,4.800,0.000,0.300,0.600,0.000,15.300
FAN1,5200,RPM,ok,3.1,Processor,Fan,,,,25500.000,9600.000,8000.000,0.000,500.000,1000.000,0.000,25500.000
PSU1 Power,120,Watts,Upper Critical,3.1,Processor,Other,,,,1020.000,384.000,320.000,0.000,20.000,40.000,0.000,1020.000
Inlet,-5,degrees C,Lower Non-Recoverable,3.1,Processor,Temperature,,,,255.000,96.000,80.000,0.000,5.000,10.000,0.000,255.000
Temp, left,,,ns,3.1,Processor,Temperature,,,,255.000,96.000,80.000,0.000,5.000,10.000,0.000,255.000
Old,212,degrees F,ok,3.1,Processor,Temperature,,,,255.000,96.000,80.000,0.000,5.000,10.000,0.000,255.000
CPU Usage,7,percent,ok,3.1,Processor,Processor,,,,255.000,96.000,80.000,0.000,5.000,10.000,0.000,255.000
Current 1,0.4,Amps,ok,10.1,Power Supply,Current,,,,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000
PSU1 Status,07h,ns,7.1,No Reading
Intrusion,01h,ok,7.1,Presence Detected
Loading IANA PEN Registry...
`;

it('a sensor has its name, reading, unit and status, whatever its name holds', () => {
  const told = parseSensors(LINES).map(
    ({ name, reading, unit, status }) => `${name}: ${reading} ${unit}, ${status}`,
  );
  assert.deepEqual(told, [
    'CPU Temp: 45 celsius, ok',
    '12V: 12.06 volt, warning',
    'FAN1: 5200 rpm, ok',
    'PSU1 Power: 120 watt, critical',
    'Inlet: -5 celsius, critical',
    'Temp, left: null celsius, off',
    'Old: 100 celsius, ok',
    'CPU Usage: 7 percent, ok',
  ]);
});

it('a repository that does not end is cut', () => {
  assert.equal(parseSensors(`${LINES.split('\n')[0]}\n`.repeat(10_000)).length, 500);
  assert.deepEqual(parseSensors(''), []);
});

/** In the form that ipmitool 1.8.19 prints (lib/ipmi_dcmi.c); ipmi_sim has no DCMI. */
const READING = `
    Instantaneous power reading:                   220 Watts
    Minimum during sampling period:                 18 Watts
    Maximum during sampling period:                438 Watts
    Average power reading over sample period:      219 Watts
    IPMI timestamp:                           Mon Jun 17 12:08:57 2024
    Sampling period:                          00001000 Milliseconds.
    Power reading state is:                   activated
`;

it('the power draw is the one of now, and a meter that is off has none', () => {
  assert.equal(parsePowerReading(READING), 220);
  assert.deepEqual(parsePowerReading(READING.replace('   activated', '   deactivated')), {
    why: 'its power reading is deactivated.',
  });
  assert.deepEqual(parsePowerReading(''), { why: 'it told no power reading.' });
});
