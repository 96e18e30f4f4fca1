import { Command, CommanderError } from 'commander';
import { addChangeCommands } from '@/lib/cli/change-commands';
import { makeContext } from '@/lib/cli/context';
import { CliError, type ExitCode, exitCodeHelp, exitCodes } from '@/lib/cli/exit-codes';
import { addInstanceCommands } from '@/lib/cli/instance-commands';
import type { Io } from '@/lib/cli/io';
import { addJobCommands } from '@/lib/cli/job-commands';
import { addLookCommands } from '@/lib/cli/look-commands';
import { printable } from '@/lib/cli/output';
import { addProveCommands } from '@/lib/cli/prove-commands';

/** The processes of a production set-up; the launcher starts them before this program is loaded. */
export const processHelp = `
Processes (each takes its settings from the environment, see the README):
  plumbline web                               serve the pages and the API
  plumbline worker [--hosts a,b] [--pools p]  watch, run and prove
  plumbline migrate                           bring the console database up to date`;

/**
 * Runs one command line and says with which code the process should end.
 *
 * @param args what stands after the program's name.
 */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = new Command('plumbline')
    .description('The console for PostgreSQL in production, from the command line.')
    .option('--json', 'answer in JSON, as the API does')
    .addHelpText('after', processHelp + exitCodeHelp)
    .showHelpAfterError('(plumbline --help shows the commands)');
  const context = (command: Command) => {
    const options = command.optsWithGlobals<{ json?: true }>();
    return makeContext(io, options.json === true, (ended) => {
      code = ended;
    });
  };
  addLookCommands(program, context);
  addProveCommands(program, context);
  addInstanceCommands(program, context);
  addJobCommands(program, context);
  addChangeCommands(program, context);
  settle(program, io);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (!(error instanceof CliError)) throw error;
    io.error(printable(error.message));
    for (const [field, text] of Object.entries(error.fields))
      io.error(`  ${printable(field)}: ${printable(text)}`);
    if (error.next) io.error(printable(error.next));
    return error.exitCode;
  }
}

/** `--json` anywhere in the line, output through `io`, and no exit from inside: for a command and all below it. */
function settle(command: Command, io: Io): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => io.out(text.trimEnd()),
    writeErr: (text) => io.error(text.trimEnd()),
  });
  for (const one of command.commands) {
    if (one.commands.length === 0) one.option('--json', 'answer in JSON, as the API does');
    settle(one, io);
  }
}
