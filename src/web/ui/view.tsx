// What is around a view: its heading, which gets the focus, the page's head and foot.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { chooseLanguage, language, texts } from "./i18n.ts";
import { Waiting } from "./parts.tsx";
import { address } from "./router.ts";
import { account, accountFault, loadAccount, signOut } from "./session.ts";
import { useTask } from "./task.ts";

const t = texts(
  {
    skip: "Skip to the content",
    language: "Language",
    signIn: "Sign in",
    signOut: "Sign out",
    guest: "Guest",
    api: "API",
    shop: "Shop",
    boxOffice: "Box office",
    organisers: "For organisers",
    door: "Door",
    pages: "Other pages",
    notLoaded: "This page did not load",
  },
  {
    skip: "Zum Inhalt",
    language: "Sprache",
    signIn: "Anmelden",
    signOut: "Abmelden",
    guest: "Gast",
    api: "API",
    shop: "Shop",
    boxOffice: "Kasse",
    organisers: "Für Veranstalter",
    door: "Einlass",
    pages: "Andere Seiten",
    notLoaded: "Diese Seite ließ sich nicht laden",
  },
);

let wantsFocus = false;
let hadFocus = false;
document.addEventListener("focusin", () => {
  hadFocus = true;
});

/** For `startRouter`: the next heading to appear, or to stay, gets the focus. */
export function focusNextHeading(): void {
  wantsFocus = true;
}

/** What had the focus is gone. */
function isFocusLost(): boolean {
  return hadFocus && (document.activeElement === null || document.activeElement === document.body);
}

/** For a view that goes on without what had the focus, such as a button that has done its work. */
export function focusHeadingIfLost(): void {
  if (isFocusLost()) document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
}

interface HeadingProps {
  /** Of the browser's tab, where it says more than the heading. */
  readonly title?: string;
  readonly children: string;
}

/** A view's `h1`. Each view has one, from the moment when there is something to read. */
export function Heading({ title, children }: HeadingProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  const shown = title ?? children;
  useEffect(() => {
    document.title = shown;
  }, [shown]);
  const { path } = address.value;
  useEffect(() => {
    if (!wantsFocus && !isFocusLost()) return;
    wantsFocus = false;
    ref.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** In place of a view that depends on who is signed in, until that is known. */
export function WaitingForAccount() {
  const fault = accountFault.value;
  return (
    <div class="stack">
      {fault !== null && <Heading>{t().notLoaded}</Heading>}
      <Waiting fault={fault} onAgain={() => loadAccount()} />
    </div>
  );
}

interface FrameProps {
  /** What the page is called, and where its name leads. */
  readonly name: string;
  readonly home: string;
  /** Links beside the name: a path and what it is called. */
  readonly links?: readonly (readonly [href: string, label: string])[];
  readonly path: string;
  readonly signInPath: string;
  readonly children: ComponentChildren;
}

/**
 * The pages of this service, and whether buyers are led to them: few of those scan passes. They
 * would take a box office for where one pays, so to them it has another name.
 */
const OTHERS = [
  ["/", "shop", true],
  ["/box-office", "boxOffice", true],
  ["/door", "door", false],
] as const;

export function Frame({ name, home, links = [], path, signInPath, children }: FrameProps) {
  return (
    <>
      <a class="skip" href="#content">
        {t().skip}
      </a>
      <header class="head">
        <div class="head-inside">
          <a class="brand" href={home}>
            <span class="brand-mark" aria-hidden="true" />
            {name}
          </a>
          <nav class="head-links" aria-label={name}>
            {links.map(([href, label]) => (
              <a key={href} href={href} aria-current={href === path ? "page" : undefined}>
                {label}
              </a>
            ))}
          </nav>
          <Who path={path} signInPath={signInPath} />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <footer class="foot">
        <div class="foot-inside">
          <LanguageSwitch />
          <nav class="row" aria-label={t().pages}>
            {OTHERS.filter(([href, _name, isForBuyers]) => href !== home && (isForBuyers || home !== "/")).map(
              ([href, pageName]) => (
                <a key={href} href={href}>
                  {home === "/" ? t().organisers : t()[pageName]}
                </a>
              ),
            )}
            <a href="/docs">{t().api}</a>
          </nav>
        </div>
      </footer>
    </>
  );
}

function Who({ path, signInPath }: { readonly path: string; readonly signInPath: string }) {
  const { isBusy, run } = useTask();
  const who = account.value;
  if (who === undefined) return <div class="who" />;
  if (who === null) {
    if (path === signInPath) return <div class="who" />;
    const query = `?${new URLSearchParams({ next: path })}`;
    return (
      <div class="who">
        <a class="button plain" href={signInPath + query}>
          {t().signIn}
        </a>
      </div>
    );
  }
  return (
    <div class="who">
      <span class="who-name">{who.username ?? t().guest}</span>
      <button type="button" class="button plain" aria-busy={isBusy.value} onClick={() => run(signOut)}>
        {t().signOut}
      </button>
    </div>
  );
}

function LanguageSwitch() {
  return (
    <fieldset class="languages">
      <legend class="unseen">{t().language}</legend>
      {(["en", "de"] as const).map((one) => (
        <button
          key={one}
          type="button"
          lang={one}
          aria-pressed={language.value === one}
          onClick={() => chooseLanguage(one)}
        >
          {one === "en" ? "English" : "Deutsch"}
        </button>
      ))}
    </fieldset>
  );
}
