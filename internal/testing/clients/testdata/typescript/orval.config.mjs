// Without multipart bodies: orval sends a body that may be JSON or multipart as JSON,
// without a Content-Type.
export default {
  client: {
    input: process.env.DOCUMENT,
    output: { target: 'orval/client.ts', client: 'fetch', override: { contentType: { exclude: ['multipart/form-data'] } } },
  },
};
