// The door: where passes are scanned.

import "./door.css";
import { render } from "preact";
import { texts } from "../ui/i18n.ts";
import { address, go, match, pageOr, startRouter } from "../ui/router.ts";
import { account, loadAccount } from "../ui/session.ts";
import { SignIn } from "../ui/sign-in.tsx";
import { Frame, focusNextHeading, Heading } from "../ui/view.tsx";

const t = texts({ name: "Door", signIn: "Sign in" }, { name: "Einlass", signIn: "Anmelden" });

const HOME = "/door";
const SIGN_IN = "/door/sign-in";

function App() {
  const { path, query } = address.value;
  const who = account.value;
  if (who === undefined) return null;
  return (
    <Frame name={t().name} home={HOME} path={path} signInPath={SIGN_IN}>
      {who === null || match(SIGN_IN, path) ? (
        <div class="narrow stack">
          <Heading>{t().signIn}</Heading>
          <div class="card">
            <SignIn ways={["signIn"]} onDone={() => go(pageOr(query.get("next"), HOME), { replace: true })} />
          </div>
        </div>
      ) : (
        <Heading>{t().name}</Heading>
      )}
    </Frame>
  );
}

startRouter((path) => path === HOME || path.startsWith(`${HOME}/`), focusNextHeading);
void loadAccount();
render(<App />, document.getElementById("app") as HTMLElement);
