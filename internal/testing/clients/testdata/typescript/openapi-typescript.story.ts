// The story with the types of openapi-typescript and the client openapi-fetch.
import createClient, { type Client } from 'openapi-fetch';
import { agentKey, headline, personKey, say, server, token, tulips, zip } from './common';
import type { components, paths } from './openapi-typescript/schema';

type Asset = components['schemas']['Asset'];

const campaign_id = 'openapi-typescript';
const agent = connect(agentKey);
const person = connect(personKey);

function connect(key: string): Client<paths> {
  return createClient<paths>({ baseUrl: server, headers: { Authorization: `Bearer ${key}` } });
}

// have returns the body of a response of success.
function have<T>(result: { data?: T; error?: unknown; response: Response }): T {
  if (result.data === undefined) throw new Error(`${result.response.status} ${JSON.stringify(result.error)}`);
  return result.data;
}

// codeOf returns the code of the body of an error.
function codeOf(error: components['schemas']['Unprocessable'] | undefined): components['schemas']['ErrorCode'] {
  if (!error || !('code' in error)) throw new Error(JSON.stringify(error));
  return error.code;
}

let text = have(await agent.POST('/api/v1/assets', {
  body: { type: 'copy', title: 'Spring headline', text: headline, campaign_id, tags: { channel: ['email'] } },
}));
say('create from text:', text.type, text.status, text.version, text.content.size_bytes);

const file = have(await agent.POST('/api/v1/assets', {
  params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
  body: { metadata: { type: 'blog', title: 'Tulips', campaign_id }, content: tulips },
  bodySerializer: (body) => {
    if (!('metadata' in body)) return JSON.stringify(body);
    const form = new FormData();
    form.append('metadata', JSON.stringify(body.metadata));
    form.append('content', new File([body.content], 'tulips.md'));
    return form;
  },
}));
say('create from file:', file.type, file.content.media_type, file.content.filename, file.content.size_bytes);

const wrong = await agent.POST('/api/v1/assets', { body: { type: 'copy', title: 'No content' } });
const problems = wrong.error && 'detail' in wrong.error && Array.isArray(wrong.error.detail) ? wrong.error.detail : [];
say('create from nothing:', problems[0]?.loc[1], problems[0]?.type);

for (const asset of [text, file]) await review(agent, asset, { action: 'submit' });
const waiting = have(await person.GET('/api/v1/assets', { params: { query: { status: ['pending_review'], campaign_id, include_total: true } } }));
say('waiting:', waiting.total, ...waiting.items.map((asset) => asset.title));

async function review(by: Client<paths>, asset: Asset, body: components['schemas']['ReviewBody']) {
  return by.POST('/api/v1/assets/{asset_id}/approval', { params: { path: { asset_id: asset.id } }, body });
}
const approve = { action: 'approve', version: text.version, sha256: text.content.sha256 } as const;
say('approve as an agent:', codeOf((await review(agent, text, approve)).error));
text = have(await review(person, text, approve));
say('approve:', text.status, text.approved_version);
await listApproved();
const path = { asset_id: text.id };
const detail = have(await person.GET('/api/v1/assets/{asset_id}', { params: { path } }));
say('reviews:', detail.versions.length, detail.reviews[0].action, detail.reviews[1].action, detail.reviews[1].by_kind, detail.versions[0].approval);

async function listApproved(): Promise<void> {
  const page = have(await person.GET('/api/v1/assets', { params: { query: { status: ['approved'], campaign_id } } }));
  say('approved:', page.items.length);
}

const part = await agent.GET('/api/v1/assets/{asset_id}/versions/{version}/content', {
  params: { path: { ...path, version: 'approved' }, header: { Range: 'bytes=0-5' } }, parseAs: 'text',
});
say('download by range:', have(part), part.response.headers.get('Content-Range'));

const page = await person.GET('/api/v1/assets/{asset_id}/preview', { params: { path }, parseAs: 'text' });
say('preview:', page.response.headers.get('Content-Type'), have(page).includes(headline));
const link = have(await agent.GET('/api/v1/assets/{asset_id}/preview-url', { params: { path } }));
const shown = await agent.GET('/api/v1/public/assets/preview/{token}', { params: { path: { token: token(link.url) } }, parseAs: 'text' });
say('signed preview:', link.version, have(shown).includes(headline));

const made = have(await person.POST('/api/v1/assets/exports', { body: { campaign_id, type: 'copy' } }));
const download = { params: { path: { token: token(made.url) } } };
const archive = await agent.GET('/api/v1/public/assets/exports/{token}', { ...download, parseAs: 'blob' });
say('export:', made.items, archive.response.headers.get('Content-Type'), ...(await zip(have(archive), made.size_bytes)));

const changed = have(await review(person, text, { action: 'request_changes', version: 1, comment: 'The offer is over.' }));
say('withdraw:', changed.status, changed.approved_version === null);
await listApproved();
say('export after that:', codeOf((await agent.GET('/api/v1/public/assets/exports/{token}', download)).error));
