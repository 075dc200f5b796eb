// Drives every tool with the official TypeScript client, which holds each
// result against its output schema, and prints the names of the tools.
//
//   node drive.cjs MODULES http URL KEY
//   node drive.cjs MODULES stdio COMMAND ARGUMENT…   (the key in ASSETS_API_KEY)
'use strict';
const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { createRequire } = require('node:module');

const [modules, kind, ...rest] = process.argv.slice(2);
const load = createRequire(modules + '/');
const { Client } = load('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = load('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { StdioClientTransport } = load('@modelcontextprotocol/sdk/client/stdio.js');

function transport() {
  if (kind === 'http') {
    const [url, key] = rest;
    return new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers: { Authorization: `Bearer ${key}` } },
    });
  }
  const [command, ...args] = rest;
  return new StdioClientTransport({ command, args, env: { ...process.env } });
}

const called = new Set();

async function main() {
  const client = new Client({ name: 'drive', version: '1.0.0' });
  await client.connect(transport());
  const { tools } = await client.listTools();
  for (const tool of tools) {
    assert.ok(tool.description && tool.inputSchema && tool.outputSchema && tool.annotations, tool.name);
  }

  // ok calls a tool that must succeed and answers its structured content.
  async function ok(name, args = {}) {
    called.add(name);
    const result = await client.callTool({ name, arguments: args });
    assert.ok(!result.isError, `${name}: ${JSON.stringify(result)}`);
    assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent, name);
    return result.structuredContent;
  }

  // refused calls a tool that must not, and answers why.
  async function refused(status, code, name, args = {}) {
    const result = await client.callTool({ name, arguments: args });
    assert.equal(result.isError, true, name);
    const why = JSON.parse(result.content[0].text);
    assert.equal(why.status, status, JSON.stringify(why));
    assert.equal(why.code, code);
    assert.ok(why.detail);
    return why;
  }

  const text = await ok('create_asset', {
    type: 'copy', title: 'Tagline', text: 'Spring is here.', campaign_id: 'spring',
    provenance: { agent_slug: 'copywriter', run_id: 'run-1', parameters: { temperature: 0.1 } },
  });
  const asset_id = text.id;
  assert.equal(text.status, 'draft');
  const whole = await client.callTool({ name: 'get_asset', arguments: { asset_id } });
  called.add('get_asset');
  assert.equal(whole.structuredContent.versions.length, 1);
  assert.equal(whole.content[1].text, 'Spring is here.');

  const part = await ok('read_asset_content', { asset_id, version: 1 });
  assert.deepEqual([part.version, part.offset, part.next_offset], [1, 0, null]);

  const second = await ok('add_asset_version', { asset_id, text: 'Spring is here, at last.' });
  assert.equal(second.version, 2);
  await ok('submit_asset', { asset_id });
  assert.equal((await ok('request_asset_changes', { asset_id, comment: 'shorter' })).status, 'draft');
  await ok('submit_asset', { asset_id });
  const approved = await ok('approve_asset', { asset_id, version: 2, sha256: second.content.sha256 });
  assert.equal(approved.status, 'approved');
  assert.deepEqual((await ok('list_assets', { campaign_id: 'spring', status: 'approved' })).items.map((a) => a.id), [asset_id]);
  assert.deepEqual((await ok('tag_asset', { asset_id, tags: { channel: ['web', 'mail'] } })).tags, { channel: ['mail', 'web'] });
  assert.equal((await ok('list_asset_tags', { key: 'channel' })).items.length, 2);
  assert.equal((await ok('rollback_asset', { asset_id, version: 1, reason: 'shorter' })).version, 3);
  assert.equal((await ok('comment_asset', { asset_id, version: 2, text: 'Who agreed to this?' })).action, 'comment');
  assert.equal((await ok('list_asset_events', { asset_id, limit: 1 })).items[0].type, 'asset.created');
  assert.deepEqual((await ok('explain_asset', { asset_id, version: 3 })).missing.map((m) => m.code), ['not_submitted', 'approvals']);
  const preview = await ok('get_asset_preview_url', { asset_id, version: 'approved', expires_in: 60 });
  assert.equal(preview.version, 2);

  const picture = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  const sha256 = createHash('sha256').update(picture).digest('hex');
  const ticket = await ok('create_asset_upload', { filename: 'hero.svg', media_type: 'image/svg+xml', size_bytes: picture.length, sha256 });
  const put = await fetch(ticket.url, { method: 'PUT', body: picture, headers: { 'Content-Type': 'image/svg+xml' } });
  assert.equal(put.status, 201, await put.text());
  const uploaded = await ok('create_asset', { type: 'image', title: 'Hero', upload_id: ticket.upload_id, submit: true });
  assert.equal(uploaded.content.sha256, sha256);
  await refused(409, 'upload_used', 'create_asset', { type: 'image', title: 'Hero', upload_id: ticket.upload_id });
  const inline = await ok('create_asset', { type: 'image', title: 'Hero', content_base64: picture.toString('base64') });
  assert.equal(inline.content.sha256, sha256);
  const bulk = await ok('bulk_approve_assets', { items: [{ asset_id: uploaded.id, version: 1 }, { asset_id: inline.id }] });
  assert.deepEqual(bulk.results.map((r) => (r.error ? r.error.code : r.asset.status)), ['approved', 'invalid_transition']);

  await ok('archive_asset', { asset_id });
  assert.equal((await ok('reopen_asset', { asset_id })).status, 'draft');
  assert.deepEqual(await ok('delete_asset', { asset_id: inline.id }), {});
  await refused(404, 'not_found', 'get_asset', { asset_id: inline.id });
  await refused(409, 'not_draft', 'delete_asset', { asset_id });
  const wrong = await refused(422, 'validation_error', 'get_asset', { asset_id, Version: 'approved' });
  assert.deepEqual(wrong.detail[0].loc, ['arguments', 'Version']);
  for (const { name } of tools) {
    const unknown = await refused(422, 'validation_error', name, { zz: 1 });
    assert.ok(unknown.detail.some((d) => d.loc.join('.') === 'arguments.zz'), JSON.stringify(unknown));
  }
  const exported = await ok('export_assets', { asset_ids: [uploaded.id] });
  assert.equal(exported.items, 1);

  const { resourceTemplates } = await client.listResourceTemplates();
  assert.deepEqual(resourceTemplates.map((t) => t.uriTemplate).sort(),
    ['asset://{asset_id}', 'asset://{asset_id}/versions/{version}', 'asset://{asset_id}/versions/{version}/content']);
  const { contents } = await client.readResource({ uri: `asset://${asset_id}/versions/1` });
  assert.equal(contents[1].text, 'Spring is here.');
  const shown = await client.callTool({ name: 'get_asset', arguments: { asset_id: uploaded.id } });
  const link = shown.content[1];
  assert.equal(link.type, 'resource_link');
  assert.equal((await client.readResource({ uri: link.uri })).contents[0].text, picture.toString());
  await assert.rejects(client.readResource({ uri: `asset://${inline.id}` }), /not found/);
  await assert.rejects(client.readResource({ uri: `asset://${asset_id}/content` }), /they are asset:/);

  const left = tools.map((t) => t.name).filter((name) => !called.has(name));
  assert.deepEqual(left, [], 'tools that were not called');
  console.log(tools.map((t) => t.name).join(' '));
  await client.close();
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
