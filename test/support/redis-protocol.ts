// Redis's own protocol, version 2.

/** A bulk string comes as its bytes, a status as text. */
export type RedisReply = string | Buffer | number | null | Error | RedisReply[];

export function encodeCommand(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join("")}`;
}

/** The reply that begins at `from`, and where the next one does; null while it is not whole. */
export function parseReply(bytes: Buffer, from: number): { value: RedisReply; end: number } | null {
  const lineEnd = bytes.indexOf("\r\n", from);
  if (lineEnd === -1) return null;
  const text = bytes.toString("utf8", from + 1, lineEnd);
  const next = lineEnd + 2;
  switch (String.fromCharCode(bytes[from] ?? 0)) {
    case "+":
      return { value: text, end: next };
    case "-":
      return { value: new Error(text), end: next };
    case ":":
      return { value: Number(text), end: next };
    case "$": {
      const end = next + Number(text);
      if (end < next) return { value: null, end: next };
      return bytes.length < end + 2 ? null : { value: bytes.subarray(next, end), end: end + 2 };
    }
    case "*":
      return Number(text) < 0 ? { value: null, end: next } : parseItems(bytes, next, Number(text));
    default:
      throw new Error(`not Redis's protocol: ${text}`);
  }
}

function parseItems(bytes: Buffer, from: number, count: number): { value: RedisReply[]; end: number } | null {
  const value: RedisReply[] = [];
  let end = from;
  while (value.length < count) {
    const item = parseReply(bytes, end);
    if (item === null) return null;
    value.push(item.value);
    end = item.end;
  }
  return { value, end };
}
