// The story with the client that orval generates. It sends no multipart bodies, so the
// file is uploaded first.
import { agentKey, headline, personKey, say, server, token, tulips, zip } from './common';
import {
  createAsset, createAssetUpload, createExport, downloadExport, getAsset, getAssetContent, getAssetPreviewUrl, listAssets, openPublicPreview,
  previewAsset, putUpload, reviewAsset, type Asset, type ReviewBody,
} from './orval/client';

const campaign_id = 'orval';
const agent = { headers: { Authorization: `Bearer ${agentKey}` } };
const person = { headers: { Authorization: `Bearer ${personKey}` } };

// The generated functions pass paths to fetch.
const fetchURL = globalThis.fetch;
globalThis.fetch = (path, init) => fetchURL(new URL(String(path), server), init);

// have returns the body of a response that has the status.
function have<R extends { status: number; data: unknown }, S extends R['status']>(response: R, status: S): Extract<R, { status: S }>['data'] {
  if (response.status !== status) throw new Error(`${response.status} ${JSON.stringify(response.data)}`);
  return response.data as Extract<R, { status: S }>['data'];
}

let text: Asset = have(await createAsset({ type: 'copy', title: 'Spring headline', text: headline, campaign_id, tags: { channel: ['email'] } }, agent), 201);
say('create from text:', text.type, text.status, text.version, text.content.size_bytes);

const upload = have(await createAssetUpload({ filename: 'tulips.md', size_bytes: tulips.length }, agent), 201);
have(await putUpload(token(upload.url), new Blob([tulips])), 201);
const file = have(await createAsset(
  { type: 'blog', title: 'Tulips', upload_id: upload.upload_id, campaign_id },
  { headers: { ...agent.headers, 'Idempotency-Key': crypto.randomUUID() } },
), 201);
say('create from file:', file.type, file.content.media_type, file.content.filename, file.content.size_bytes);

const wrong = have(await createAsset({ type: 'copy', title: 'No content' }, agent), 422);
const problems = Array.isArray(wrong.detail) ? wrong.detail : [];
say('create from nothing:', problems[0]?.loc[1], problems[0]?.type);

for (const asset of [text, file]) have(await reviewAsset(asset.id, { action: 'submit' }, agent), 200);
const waiting = have(await listAssets({ status: ['pending_review'], campaign_id, include_total: true }, person), 200);
say('waiting:', waiting.total, ...waiting.items.map((asset) => asset.title));

const approve: ReviewBody = { action: 'approve', version: text.version, sha256: text.content.sha256 };
say('approve as an agent:', have(await reviewAsset(text.id, approve, agent), 403).code);
text = have(await reviewAsset(text.id, approve, person), 200);
say('approve:', text.status, text.approved_version);
await listApproved();
const detail = have(await getAsset(text.id, undefined, person), 200);
say('reviews:', detail.versions.length, detail.reviews[0].action, detail.reviews[1].action, detail.reviews[1].by_kind, detail.versions[0].approval);

async function listApproved(): Promise<void> {
  say('approved:', have(await listAssets({ status: ['approved'], campaign_id }, person), 200).items.length);
}

const part = await getAssetContent(text.id, 'approved', { headers: { ...agent.headers, Range: 'bytes=0-5' } });
say('download by range:', await have(part, 206).text(), part.headers.get('Content-Range'));

const page = await previewAsset(text.id, undefined, person);
say('preview:', page.headers.get('Content-Type'), (await have(page, 200).text()).includes(headline));
const link = have(await getAssetPreviewUrl(text.id, undefined, agent), 200);
say('signed preview:', link.version, (await have(await openPublicPreview(token(link.url)), 200).text()).includes(headline));

const made = have(await createExport({ campaign_id, type: 'copy' }, person), 201);
const archive = await downloadExport(token(made.url));
say('export:', made.items, archive.headers.get('Content-Type'), ...(await zip(have(archive, 200), made.size_bytes)));

const changed = have(await reviewAsset(text.id, { action: 'request_changes', version: 1, comment: 'The offer is over.' }, person), 200);
say('withdraw:', changed.status, changed.approved_version === null);
await listApproved();
const stale = await downloadExport(token(made.url));
const body = have(stale, 409) as unknown as Blob; // where success is bytes, orval reads errors as bytes too
say('export after that:', JSON.parse(await body.text()).code);
