import { Argument, type Command } from 'commander';
import { shells, type Shell } from './completion.ts';
import { exitCodes } from './exit-codes.ts';
import { addExample, type CommandLine } from './options.ts';
import type { SchemaOptions } from './schema.ts';

/** Commands about the tool itself: the machine it runs on, the editor and the shell it is used from. */
export function addTools(program: Command, { extensions, done }: CommandLine): void {
  addExample(
    program
      .command('doctor')
      .description('check the machine and the project, and say what to do')
      .option('--json', 'one JSON document')
      .action(async (options: { readonly json?: boolean }) => {
        const { doctor } = await import('./doctor.ts');
        done(await doctor({ ...options, extensions }));
      }),
    'doctor',
  );

  addExample(
    program
      .command('schema')
      .description('print the JSON Schema of pipeline.yaml')
      .option('--params', "the project's schema of its params instead")
      .option('-o, --output <file>', 'write to a file')
      .action(async (options: SchemaOptions) => {
        const { schema } = await import('./schema.ts');
        done(schema(options));
      }),
    'schema --output pipeline.schema.json',
  );

  addExample(
    program
      .command('completion')
      .description('print the completion script of a shell')
      .addArgument(new Argument('<shell>', 'the shell').choices(shells))
      .action(async (shell: Shell) => {
        const { completion } = await import('./completion.ts');
        done(completion(shell));
      }),
    'completion bash >> ~/.bashrc',
  );

  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const { complete } = await import('./complete.ts');
      complete(program, words, extensions);
      done(exitCodes.ok);
    });
}
