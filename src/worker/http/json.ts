// JSON as bodies may hold it: a name stands once in each object, or two readers of a body could disagree on what it says.

// In text that is valid JSON nothing but a name is a string before a colon. Linear, and never deep: no group repeats another.
const STRINGS_AND_BRACES = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}]/g;

/** What the text says. Throws where it is not JSON. */
export function parseJson(text: string): { readonly value: unknown; readonly repeatsName: boolean } {
  return { value: JSON.parse(text), repeatsName: repeatsName(text) };
}

/** Whether an object in `json`, which is valid, has two members of one name, however each is spelled. */
function repeatsName(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, name = "", colon] of json.matchAll(STRINGS_AND_BRACES)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) {
      const names = open.at(-1);
      const plain = name.includes("\\") ? JSON.parse(`"${name}"`) : name;
      if (names?.has(plain)) return true;
      names?.add(plain);
    }
  }
  return false;
}
