// How passes get into Google Wallet: a service account's key, and under which issuer's name.

export interface WalletVariables {
  /** The number of the issuer's account in the Google Pay & Wallet Console. */
  readonly GOOGLE_WALLET_ISSUER?: string;
  /** The address of a service account that may issue passes for it. */
  readonly GOOGLE_WALLET_EMAIL?: string;
  /** That account's private key, as its JSON file has it: PEM, line ends perhaps as `\n`. */
  readonly GOOGLE_WALLET_KEY?: string;
}

export interface WalletSettings {
  readonly issuer: string;
  readonly email: string;
  /** PEM with real line ends. */
  readonly key: string;
}

export const WALLET_VARIABLES = ["GOOGLE_WALLET_ISSUER", "GOOGLE_WALLET_EMAIL", "GOOGLE_WALLET_KEY"] as const;

const FORMS: Readonly<Record<(typeof WALLET_VARIABLES)[number], RegExp>> = {
  GOOGLE_WALLET_ISSUER: /^\d{5,25}$/,
  GOOGLE_WALLET_EMAIL: /^[\w.-]+@[\w-]+(\.[\w-]+)+$/,
  // 2,048 bits are some 1,600 characters.
  GOOGLE_WALLET_KEY: /^-----BEGIN PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,76}\n){10,}-----END PRIVATE KEY-----\n?$/,
};

/** Null unless all three are there and have their forms: no link is made with less. */
export function walletSettings(variables: WalletVariables): WalletSettings | null {
  if (WALLET_VARIABLES.some((name) => !hasForm(name, variables[name]))) return null;
  const { GOOGLE_WALLET_ISSUER: issuer = "", GOOGLE_WALLET_EMAIL: email = "" } = variables;
  return { issuer, email, key: pemOf(variables.GOOGLE_WALLET_KEY) };
}

export function hasForm(name: (typeof WALLET_VARIABLES)[number], text: string | undefined): boolean {
  return FORMS[name].test(name === "GOOGLE_WALLET_KEY" ? pemOf(text) : (text ?? ""));
}

function pemOf(text = ""): string {
  return text.replaceAll("\\n", "\n");
}
