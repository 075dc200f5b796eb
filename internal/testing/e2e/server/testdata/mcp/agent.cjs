// An agent with the official TypeScript client, which holds each result against its
// output schema. It reads one JSON object a line, {tool, arguments} or {uri}, and prints
// the result of each on one line, or {"protocolError": message}.
//
//   node agent.cjs MODULES http URL       (the key in ASSETS_API_KEY)
//   node agent.cjs MODULES stdio COMMAND ARGUMENT…
'use strict';
const { createRequire } = require('node:module');
const { createInterface } = require('node:readline');

const [modules, kind, ...rest] = process.argv.slice(2);
const load = createRequire(modules + '/');
const { Client } = load('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = load('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { StdioClientTransport } = load('@modelcontextprotocol/sdk/client/stdio.js');

function transport() {
  if (kind === 'http') {
    return new StreamableHTTPClientTransport(new URL(rest[0]), {
      requestInit: { headers: { Authorization: `Bearer ${process.env.ASSETS_API_KEY}` } },
    });
  }
  const [command, ...args] = rest;
  return new StdioClientTransport({ command, args, env: { ...process.env } });
}

async function main() {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const patient = { timeout: 600_000 }; // the test has a limit of its own
  await client.connect(transport(), patient);
  await client.listTools({}, patient); // the client knows the output schemas from here
  for await (const line of createInterface({ input: process.stdin })) {
    const { tool, arguments: args, uri } = JSON.parse(line);
    let result;
    try {
      result = tool
        ? await client.callTool({ name: tool, arguments: args }, undefined, patient)
        : await client.readResource({ uri }, patient);
    } catch (err) {
      result = { protocolError: err.message };
    }
    process.stdout.write(JSON.stringify(result) + '\n');
  }
  await client.close();
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
