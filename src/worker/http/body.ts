// Reads request bodies: bounded while reading, strictly UTF-8, strictly of the type that the route takes.

import { parseJson } from "./json.ts";
import { ProblemError } from "./problems.ts";

export const MAX_BODY_BYTES = 16 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What the body says. No body at all reads as `{}`, so that the schema can say which fields are missing. */
export async function readBody(request: Request, takesForm: boolean): Promise<unknown> {
  // The platform does not undo a coding. To read a body as it is that says it is packed would be to read another one
  // than whoever stands in front and unpacks it.
  if (request.headers.has("content-encoding")) {
    throw new ProblemError("unsupported-media-type", { detail: "Send the body without Content-Encoding." });
  }
  if (!request.headers.has("content-type") && (await readBytes(request)).length === 0) return {};
  return takesForm && isForm(request) ? readForm(request) : readJson(request);
}

export function isForm(request: Request): boolean {
  return mediaType(request) === "application/x-www-form-urlencoded";
}

async function readJson(request: Request): Promise<unknown> {
  if (mediaType(request) !== "application/json") {
    throw new ProblemError("unsupported-media-type", { detail: "Send application/json." });
  }
  const text = await readText(request);
  const { value, repeatsName } = readAs("JSON", () => parseJson(text));
  if (repeatsName) throw new ProblemError("malformed-request", { detail: "The body names a member twice." });
  return value;
}

async function readForm(request: Request): Promise<Record<string, unknown>> {
  const text = await readText(request);
  // All of it would be the name of a field that is not known, and names are told in the answer: passwords, too.
  if (/^\s*[{[]/.test(text)) {
    throw new ProblemError("malformed-request", { detail: "The body looks like JSON: send it as application/json." });
  }
  // What URLSearchParams can't decode it replaces: two passwords would be one. Only a stray % stands for itself.
  readAs("form data", () => decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25")));
  return fieldsOf(new URLSearchParams(text));
}

function readAs<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new ProblemError("malformed-request", { detail: `The body is not valid ${what}.` });
  }
}

/** The fields of a form or of a query. One that is given twice counts as its list, which no schema takes. */
export function fieldsOf(params: URLSearchParams): Record<string, unknown> {
  // One pass: anybody can send thousands of names, and to look each up among all of them takes a tenth of a second.
  const valuesByName = Map.groupBy(params, ([name]) => name);
  const field = ([name, pairs]: [string, [string, string][]]) => {
    const values = pairs.map(([, value]) => value);
    return [name, values.length === 1 ? values[0] : values];
  };
  return Object.fromEntries([...valuesByName].map(field));
}

/** The media type, or null where it is missing or names a charset other than UTF-8. */
function mediaType(request: Request): string | null {
  const contentType = request.headers.get("content-type") ?? "";
  // Nearly all send just this.
  if (contentType === "application/json") return contentType;
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const utf8 = parameters.every((parameter) => /^\s*(charset="?utf-?8"?)?\s*$/.test(parameter));
  return utf8 ? type.trim() : null;
}

async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ProblemError("malformed-request", { detail: "The body is not valid UTF-8." });
  }
}

/** The limit holds while reading: a body may have no length, or lie about it. One that is longer than it says may be cut to that. */
async function readBytes(request: Request): Promise<Uint8Array> {
  const saidLength = Number(request.headers.get("content-length") ?? Number.NaN);
  if (saidLength > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  // What is too much is left unread: to cancel it would break the connection before the client has its answer.
  const reader = request.body?.getReader();
  try {
    for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
      length += chunk.value.byteLength;
      if (length > MAX_BODY_BYTES) break;
      chunks.push(chunk.value);
      // By HTTP that was all of it: it is not asked whether there is more.
      if (length === saidLength) break;
    }
  } catch {
    throw new ProblemError("malformed-request", { detail: "The body was cut short." });
  }
  if (length > MAX_BODY_BYTES) throw tooLarge();
  const [first = new Uint8Array()] = chunks;
  // Nearly every body comes in one piece.
  return chunks.length > 1 ? joined(chunks, length) : first;
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(): ProblemError {
  return new ProblemError("body-too-large", { detail: `At most ${MAX_BODY_BYTES} bytes.` });
}
