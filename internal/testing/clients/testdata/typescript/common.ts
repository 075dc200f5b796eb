// What the three stories share.

declare const process: { env: Record<string, string | undefined> };

export const server = process.env.SERVER ?? '';
export const agentKey = process.env.AGENT_KEY ?? '';
export const personKey = process.env.PERSON_KEY ?? '';

export const headline = 'Spring is in the air.';
export const tulips = '# Ten ways to keep tulips fresh\n';

export function say(...words: unknown[]): void {
  console.log(words.join(' '));
}

// token returns the token of a signed link.
export function token(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

// zip returns the first two bytes of an archive, and whether it has the size.
export async function zip(archive: Blob, size: number): Promise<[boolean, string]> {
  const bytes = new Uint8Array(await archive.arrayBuffer());
  return [bytes.length === size, String.fromCharCode(...bytes.slice(0, 2))];
}
