// The story with the client that hey-api generates. It has one body for each operation,
// the JSON one, so the file is uploaded first.
import { agentKey, headline, personKey, say, server, token, tulips, zip } from './common';
import {
  createAsset, createAssetUpload, createExport, downloadExport, getAsset, getAssetContent, getAssetPreviewUrl, listAssets,
  openPublicPreview, previewAsset, putUpload, reviewAsset, type Asset, type ErrorCode, type ReviewBody, type Unprocessable,
} from './hey-api';
import { createClient, createConfig, type Client } from './hey-api/client';

const campaign_id = 'hey-api';
const agent = connect(agentKey);
const person = connect(personKey);

function connect(key: string): Client {
  return createClient(createConfig({ baseUrl: server, auth: key }));
}

// have returns the body of a response of success.
function have<T>(result: { data?: T; error?: unknown }): T {
  if (result.data === undefined) throw new Error(JSON.stringify(result.error));
  return result.data;
}

// codeOf returns the code of the body of an error.
function codeOf(error: Unprocessable | undefined): ErrorCode {
  if (!error || !('code' in error)) throw new Error(JSON.stringify(error));
  return error.code;
}

let text = have(await createAsset({
  client: agent, body: { type: 'copy', title: 'Spring headline', text: headline, campaign_id, tags: { channel: ['email'] } },
}));
say('create from text:', text.type, text.status, text.version, text.content.size_bytes);

const upload = have(await createAssetUpload({ client: agent, body: { filename: 'tulips.md', size_bytes: tulips.length } }));
have(await putUpload({ client: agent, path: { token: token(upload.url) }, body: new Blob([tulips]) }));
const file = have(await createAsset({
  client: agent, headers: { 'Idempotency-Key': crypto.randomUUID() },
  body: { type: 'blog', title: 'Tulips', upload_id: upload.upload_id, campaign_id },
}));
say('create from file:', file.type, file.content.media_type, file.content.filename, file.content.size_bytes);

const wrong = (await createAsset({ client: agent, body: { type: 'copy', title: 'No content' } })).error;
const problems = wrong && Array.isArray(wrong.detail) ? wrong.detail : [];
say('create from nothing:', problems[0]?.loc[1], problems[0]?.type);

const review = (client: Client, asset: Asset, body: ReviewBody) => reviewAsset({ client, path: { asset_id: asset.id }, body });
for (const asset of [text, file]) have(await review(agent, asset, { action: 'submit' }));
const waiting = have(await listAssets({ client: person, query: { status: ['pending_review'], campaign_id, include_total: true } }));
say('waiting:', waiting.total, ...waiting.items.map((asset) => asset.title));

const approve: ReviewBody = { action: 'approve', version: text.version, sha256: text.content.sha256 };
say('approve as an agent:', codeOf((await review(agent, text, approve)).error));
text = have(await review(person, text, approve));
say('approve:', text.status, text.approved_version);
await listApproved();
const path = { asset_id: text.id };
const detail = have(await getAsset({ client: person, path }));
say('reviews:', detail.versions.length, detail.reviews[0].action, detail.reviews[1].action, detail.reviews[1].by_kind, detail.versions[0].approval);

async function listApproved(): Promise<void> {
  const page = have(await listAssets({ client: person, query: { status: ['approved'], campaign_id } }));
  say('approved:', page.items.length);
}

const part = await getAssetContent({ client: agent, path: { ...path, version: 'approved' }, headers: { Range: 'bytes=0-5' }, parseAs: 'blob' });
say('download by range:', await have(part).text(), part.response?.headers.get('Content-Range'));

const page = await previewAsset({ client: person, path, parseAs: 'blob' });
say('preview:', page.response?.headers.get('Content-Type'), (await have(page).text()).includes(headline));
const link = have(await getAssetPreviewUrl({ client: agent, path }));
const shown = await openPublicPreview({ client: agent, path: { token: token(link.url) }, parseAs: 'blob' });
say('signed preview:', link.version, (await have(shown).text()).includes(headline));

const made = have(await createExport({ client: person, body: { campaign_id, type: ['copy'] } }));
const download = { client: agent, path: { token: token(made.url) } };
const archive = await downloadExport({ ...download, parseAs: 'blob' });
say('export:', made.items, archive.response?.headers.get('Content-Type'), ...(await zip(have(archive), made.size_bytes)));

const changed = have(await review(person, text, { action: 'request_changes', version: 1, comment: 'The offer is over.' }));
say('withdraw:', changed.status, changed.approved_version === null);
await listApproved();
say('export after that:', codeOf((await downloadExport(download)).error));
