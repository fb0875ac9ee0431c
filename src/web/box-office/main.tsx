// The box office: where organisers work.

import "./box-office.css";
import { render } from "preact";
import { texts } from "../ui/i18n.ts";
import { addProblemTexts } from "../ui/problems.ts";
import { address, go, match, pageOr, startRouter } from "../ui/router.ts";
import { account, loadAccount } from "../ui/session.ts";
import { SignIn } from "../ui/sign-in.tsx";
import { Frame, focusNextHeading, Heading, WaitingForAccount } from "../ui/view.tsx";
import { EventPage, isView } from "./event.tsx";
import { Events } from "./events.tsx";
import { Integrations } from "./integrations.tsx";
import { InvitationView } from "./invitation.tsx";
import { NewEventPage } from "./new-event.tsx";
import { boxOfficeProblems } from "./problems.ts";
import { WebhookPage } from "./webhook.tsx";

const t = texts(
  {
    name: "Box office",
    signIn: "Sign in",
    unknown: "There is no such page.",
    events: "Events",
    integrations: "Integrations",
    link: "Forgotten your password?",
  },
  {
    name: "Kasse",
    signIn: "Anmelden",
    unknown: "Diese Seite gibt es nicht.",
    events: "Veranstaltungen",
    integrations: "Schnittstellen",
    link: "Passwort vergessen?",
  },
);

const HOME = "/box-office";
const INTEGRATIONS = "/box-office/integrations";
const SIGN_IN = "/box-office/sign-in";

function App() {
  const { path, query } = address.value;
  const who = account.value;
  // Who is invited sees to what before they have an account.
  const invitation = match(`${HOME}/invitations/{token}`, path);
  const links = [
    [HOME, t().events],
    [INTEGRATIONS, t().integrations],
  ] as const;
  return (
    <Frame name={t().name} home={HOME} links={links} path={path} signInPath={SIGN_IN}>
      {invitation !== null ? (
        <InvitationView key={invitation.token} token={invitation.token} />
      ) : who === undefined ? (
        <WaitingForAccount />
      ) : who === null || match(SIGN_IN, path) ? (
        <div class="narrow stack">
          <Heading>{t().signIn}</Heading>
          <div class="card stack">
            <SignIn
              ways={["signIn", "register"]}
              // An address of the box office leads to sign in first, and then to itself.
              onDone={() => go(pageOr(query.get("next"), path === SIGN_IN ? HOME : path), { replace: true })}
            />
            <p>
              <a href="/my/link">{t().link}</a>
            </p>
          </div>
        </div>
      ) : (
        <View path={path} from={query.get("from")} />
      )}
    </Frame>
  );
}

function View({ path, from }: { readonly path: string; readonly from: string | null }) {
  if (match(HOME, path)) return <Events />;
  if (match(`${HOME}/new`, path)) return <NewEventPage key={from} from={from} />;
  if (match(INTEGRATIONS, path)) return <Integrations />;
  const webhook = match(`${INTEGRATIONS}/webhooks/{id}`, path);
  if (webhook !== null) return <WebhookPage key={webhook.id} id={webhook.id} />;
  const sales = match(`${HOME}/events/{id}`, path);
  if (sales !== null) return <EventPage key={sales.id} id={sales.id} view="sales" order={null} />;
  const order = match(`${HOME}/events/{id}/orders/{order}`, path);
  if (order !== null) return <EventPage key={order.id} id={order.id} view="orders" order={order.order} />;
  const found = match(`${HOME}/events/{id}/{view}`, path);
  if (found !== null && isView(found.view))
    return <EventPage key={found.id} id={found.id} view={found.view} order={null} />;
  return <Heading>{t().unknown}</Heading>;
}

addProblemTexts(boxOfficeProblems);
startRouter((path) => path === HOME || path.startsWith(`${HOME}/`), focusNextHeading);
void loadAccount();
render(<App />, document.getElementById("app") as HTMLElement);
