/** Installs into a world of stand-ins that another process made: its options as JSON are the only argument. */
import { install, type InstallOptions } from '../../../src/backend-install/install.ts';

const options = JSON.parse(process.argv[2] ?? '') as Omit<InstallOptions, 'reaches' | 'report'>;
await install({ ...options, reaches: () => Promise.resolve(false), report: () => undefined });
