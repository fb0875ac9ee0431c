// The shop: what buyers see.

import "./shop.css";
import { render } from "preact";
import { texts } from "../ui/i18n.ts";
import { address, go, match, pageOr, startRouter } from "../ui/router.ts";
import { loadAccount } from "../ui/session.ts";
import { SignIn } from "../ui/sign-in.tsx";
import { Frame, focusNextHeading, Heading } from "../ui/view.tsx";

const t = texts({ name: "Tickets", signIn: "Sign in" }, { name: "Tickets", signIn: "Anmelden" });

const HOME = "/";
const SIGN_IN = "/my/sign-in";

function App() {
  const { path, query } = address.value;
  return (
    <Frame name={t().name} home={HOME} path={path} signInPath={SIGN_IN}>
      {match(SIGN_IN, path) ? (
        <div class="narrow stack">
          <Heading>{t().signIn}</Heading>
          <div class="card">
            <SignIn
              ways={["signIn", "register"]}
              onDone={() => go(pageOr(query.get("next"), HOME), { replace: true })}
            />
          </div>
        </div>
      ) : (
        <Heading>{t().name}</Heading>
      )}
    </Frame>
  );
}

startRouter((path) => path === "/" || path.startsWith("/e/") || /^\/my(\/|$)/.test(path), focusNextHeading);
void loadAccount(address.peek().path.startsWith("/my/"));
render(<App />, document.getElementById("app") as HTMLElement);
