/** The command line as a function: programs and tests run commands in their own process by it. */
export type { Io } from './cli.ts';
export { main } from './main.ts';
