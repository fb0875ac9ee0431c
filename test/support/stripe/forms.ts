// The bodies and queries of Stripe's API: `metadata[payment]=x&payment_method_types[0]=card`.

export interface Form {
  readonly [name: string]: string | Form;
}

/** Nested by their brackets. A list is a form whose names are its indexes. */
export function parseForm(text: string): Form {
  const form: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const [first = "", ...rest] = name.split(/\]?\[/).map((part) => part.replace(/\]$/, ""));
    put(form, [first, ...rest], value);
  }
  return form as Form;
}

export function textAt(form: Form, ...path: readonly string[]): string | null {
  let at: string | Form | undefined = form;
  for (const name of path) at = typeof at === "object" ? at[name] : undefined;
  return typeof at === "string" ? at : null;
}

/** The values of a list or of metadata, by name. */
export function textsAt(form: Form, name: string): Record<string, string> {
  const at = form[name];
  if (typeof at !== "object") return {};
  return Object.fromEntries(Object.entries(at).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

function put(form: Record<string, unknown>, [first = "", ...rest]: readonly string[], value: string): void {
  // `expand[]=a&expand[]=b`: the next index.
  const name = first === "" ? String(Object.keys(form).length) : first;
  if (rest.length === 0) form[name] = value;
  else {
    const inner = (form[name] ?? {}) as Record<string, unknown>;
    form[name] = inner;
    put(inner, rest, value);
  }
}
