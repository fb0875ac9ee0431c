// Reads request bodies: of limited size, valid UTF-8, and of the media type that the route takes.

import { ProblemError } from "./problems.ts";

/** All texts of an event at their longest, with 12 bytes for each character: `\\ud83d\\ude00`. */
export const MAX_BODY_BYTES = 64 * 1024;

// Strips a byte order mark, which some editors and spreadsheets put before what they save.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

export const MERGE_PATCH = "application/merge-patch+json";

/** The parsed body. No body reads as `{}`, so that the schema can name the missing fields. */
export async function readBody(request: Request, takesForm: boolean, maxBytes: number): Promise<unknown> {
  // The platform does not decompress bodies. A proxy in front of it may, and read another body.
  if (request.headers.has("content-encoding")) {
    throw new ProblemError("unsupported-media-type", { detail: "Send the body without Content-Encoding." });
  }
  if (!request.headers.has("content-type") && (await readBytes(request, maxBytes)).length === 0) return {};
  return takesForm && isForm(request) ? readForm(request, maxBytes) : readJson(request, maxBytes);
}

export function isForm(request: Request): boolean {
  return mediaType(request) === "application/x-www-form-urlencoded";
}

async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const type = mediaType(request);
  // RFC 7396: as in every PATCH here, a field that is left out stays as it is.
  if (type !== "application/json" && !(type === MERGE_PATCH && request.method === "PATCH")) {
    throw new ProblemError("unsupported-media-type", { detail: "Send application/json." });
  }
  const text = await readText(request, maxBytes);
  const value: unknown = decoded("JSON", () => JSON.parse(text));
  if (repeatsName(text))
    throw new ProblemError("malformed-request", { detail: "The body has two members of one name." });
  return value;
}

async function readForm(request: Request, maxBytes: number): Promise<Record<string, unknown>> {
  const text = await readText(request, maxBytes);
  // The whole text, password included, would be an unknown field's name, which the reply repeats.
  if (/^\s*[{[]/.test(text)) {
    throw new ProblemError("malformed-request", { detail: "The body looks like JSON: send it as application/json." });
  }
  // URLSearchParams replaces what it can't decode, so that two passwords could become one. A stray
  // % stands for itself.
  decoded("form data", () => decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25")));
  return fieldsOf(new URLSearchParams(text));
}

function decoded<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch {
    throw new ProblemError("malformed-request", { detail: `The body is not valid ${what}.` });
  }
}

/** Of a form or a query. A field that is given twice becomes a list, which no schema accepts. */
export function fieldsOf(params: URLSearchParams): Record<string, unknown> {
  // In one pass: to look up each of thousands of names would take a tenth of a second.
  const valuesByName = Map.groupBy(params, ([name]) => name);
  const field = ([name, pairs]: [string, [string, string][]]) => {
    const values = pairs.map(([, value]) => value);
    return [name, values.length === 1 ? values[0] : values];
  };
  return Object.fromEntries([...valuesByName].map(field));
}

/** The media type; empty if there is none, null if its charset is not UTF-8. */
function mediaType(request: Request): string | null {
  const contentType = request.headers.get("content-type") ?? "";
  // Nearly every client sends exactly this.
  if (contentType === "application/json") return contentType;
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const utf8 = parameters.every((parameter) => /^\s*(charset="?utf-?8"?)?\s*$/.test(parameter));
  return utf8 ? type.trim() : null;
}

/** The body as it was sent: what a signature is about. */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const bytes = await readBytes(request, maxBytes);
  return decoded("UTF-8", () => decoder.decode(bytes));
}

/** The limit holds while reading, because a body may declare no length or a wrong one. */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declaredLength = Number(request.headers.get("content-length") ?? Number.NaN);
  if (declaredLength > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  // The excess stays unread: cancelling the stream would break the connection before the reply.
  const reader = request.body?.getReader();
  try {
    for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
      length += chunk.value.byteLength;
      if (length > maxBytes) break;
      chunks.push(chunk.value);
      // By HTTP that is the whole body.
      if (length === declaredLength) break;
    }
  } catch {
    throw new ProblemError("malformed-request", { detail: "The body was cut short." });
  }
  if (length > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError("body-too-large", { detail: `At most ${maxBytes} bytes.` });
}

// In valid JSON, a string before a colon is a member's name. Takes linear time.
const STRINGS_AND_BRACES = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}]/g;

/** Whether an object in valid JSON has a name twice. Parsers differ on which member counts. */
export function repeatsName(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, name = "", colon] of json.matchAll(STRINGS_AND_BRACES)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) {
      const names = open.at(-1);
      // Compared after their escapes are undone.
      const plain = name.includes("\\") ? JSON.parse(`"${name}"`) : name;
      if (names?.has(plain)) return true;
      names?.add(plain);
    }
  }
  return false;
}
