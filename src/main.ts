import { main as commandLine } from './cli/main.ts';
import type { ExitCode } from './cli/exit-codes.ts';
import type { Registry } from './cli/extension.ts';

/** The extensions that pipeline.yaml may name, each loaded when it does. */
const extensions: Registry = {
  groupgan: async () => (await import('./extensions/groupgan/groupgan.ts')).groupgan,
};

/** The program: the command line with the extensions of this package. */
export function main(argv: readonly string[]): Promise<ExitCode> {
  return commandLine(argv, extensions);
}
