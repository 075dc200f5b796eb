// The command line of the official inspector, in one process for many calls: to start
// Node.js for each takes longer than the calls. It runs what the command runs. It reads
// the arguments of a call as JSON on one line, and prints {out, code, error}: what the
// command prints, with what it exits, and why.
//
//   node inspect.mjs MODULES
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const cli = join(process.argv[2], 'node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js');
const { runCli, handleError } = await import(pathToFileURL(cli));

// answer calls run and returns what it prints. exit is what ends the process.
async function answer(run) {
  const seen = { out: '', code: 0, error: '' };
  const { exit } = process;
  const [out, err] = [process.stdout.write, process.stderr.write];
  const into = (name) => (text, ...rest) => {
    seen[name] += text;
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
  process.stdout.write = into('out');
  process.stderr.write = into('error');
  process.exit = (code) => { seen.code = code ?? 0; };
  try {
    await run().catch(handleError);
  } finally {
    process.stdout.write = out;
    process.stderr.write = err;
    process.exit = exit;
  }
  return seen;
}

for await (const line of createInterface({ input: process.stdin })) {
  const argv = [process.argv[0], cli, ...JSON.parse(line)];
  process.stdout.write(JSON.stringify(await answer(() => runCli(argv))) + '\n');
}
