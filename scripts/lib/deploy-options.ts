// The arguments of `npm run deploy`. Wrangler only gets those that keep what was checked true.

import { parseArgs } from "node:util";

export interface DeployOptions {
  readonly secretsFile: string;
  /** Cloudflare has the secrets already: none are uploaded. */
  readonly keepSecrets: boolean;
  /** For Wrangler. */
  readonly passedOn: readonly string[];
  readonly refused: readonly string[];
}

const OURS = { "secrets-file": { type: "string" }, "keep-secrets": { type: "boolean" } } as const;
const PASSED_ON = {
  "dry-run": { type: "boolean" },
  outdir: { type: "string" },
  message: { type: "string" },
  tag: { type: "string" },
} as const;

export function deployOptions(args: readonly string[]): DeployOptions {
  const options = { ...OURS, ...PASSED_ON };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string | undefined>();
  const refused: string[] = [];
  for (const [position, token] of tokens.entries()) {
    const before = tokens[position - 1];
    // What stands behind an option that is refused is its value.
    if (token.kind === "positional" && before?.kind === "option" && !isKnown(before.name)) continue;
    if (token.kind === "option" && isKnown(token.name)) {
      const takesValue = options[token.name].type === "string";
      if (takesValue === (token.value !== undefined)) values.set(token.name, token.value);
      else refused.push(`${token.rawName} ${takesValue ? "needs a value" : "takes no value"}.`);
    } else if (token.kind !== "option-terminator") {
      const what = token.kind === "option" ? token.rawName : token.value;
      refused.push(`${what} is not passed on to Wrangler: it could deploy something else than what was checked.`);
    }
  }
  const passedOn = Object.keys(PASSED_ON).filter((name) => values.has(name));
  return {
    secretsFile: values.get("secrets-file") ?? ".env.production",
    keepSecrets: values.has("keep-secrets"),
    passedOn: passedOn.map((name) => (values.get(name) === undefined ? `--${name}` : `--${name}=${values.get(name)}`)),
    refused,
  };

  function isKnown(name: string): name is keyof typeof options {
    return Object.hasOwn(options, name);
  }
}
