const api = await (await fetch('api.txt')).text();
const log = document.getElementById('log');

// call sends a request to the routes and returns the response, or throws the error
// that its body describes.
async function call(method, path, { body, ...headers } = {}) {
  headers.Authorization = 'Bearer secret';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(JSON.stringify(await response.json()));
  return response;
}

// publish uploads a file, makes an asset of it, approves it and downloads its beginning.
export async function publish(file) {
  const ticket = await (await call('POST', '/uploads', { body: { filename: file.name } })).json();
  const put = await fetch(ticket.url, { method: 'PUT', body: file, headers: { 'Content-Type': 'text/plain' } });
  if (!put.ok) throw new Error(JSON.stringify(await put.json()));
  const created = await call('POST', '', {
    body: { type: 'copy', title: file.name, upload_id: ticket.upload_id }, 'Idempotency-Key': ticket.upload_id,
  });
  const asset = await created.json();
  const decision = { action: 'approve', version: asset.version, sha256: asset.content.sha256 };
  const approved = await call('POST', `/${asset.id}/approval`, { body: decision, 'If-Match': created.headers.get('ETag') });
  const part = await call('GET', `/${asset.id}/versions/approved/content`, { Range: 'bytes=0-3' });
  return {
    status: (await approved.json()).status,
    text: await part.text(),
    location: created.headers.get('Location'),
    etag: approved.headers.get('ETag'),
    range: part.headers.get('Content-Range'),
  };
}

export const counts = async () => (await call('GET', '/counts')).json();

async function show() {
  const now = await counts();
  document.getElementById('counts').textContent = Object.entries(now).map(([name, n]) => `${name}: ${n}`).join(', ');
}

document.getElementById('file').addEventListener('change', async (event) => {
  try {
    log.textContent += JSON.stringify(await publish(event.target.files[0]), null, 1) + '\n';
    await show();
  } catch (error) {
    log.textContent += `${error}\n`;
  }
});
await show().catch((error) => { log.textContent += `${error}\n`; });
