// The shop: what buyers see.

import "./shop.css";
import { render } from "preact";
import { texts } from "../ui/i18n.ts";
import { addProblemTexts } from "../ui/problems.ts";
import { address, go, match, pageOr, startRouter } from "../ui/router.ts";
import { account, loadAccount } from "../ui/session.ts";
import { SignIn } from "../ui/sign-in.tsx";
import { Frame, focusNextHeading, Heading, WaitingForAccount } from "../ui/view.tsx";
import { EventView } from "./event.tsx";
import { LinkView } from "./link.tsx";
import { OrderView } from "./order.tsx";
import { OrdersView } from "./orders.tsx";
import { PassView } from "./pass.tsx";
import { shopProblems } from "./problems.ts";
import { Programme } from "./programme.tsx";
import { ReservationView } from "./reservation.tsx";

const t = texts(
  {
    name: "Tickets",
    programme: "What’s on",
    mine: "My tickets",
    signIn: "Sign in",
    link: "Forgotten your password, or here as a guest before?",
    why: "Tickets are shown to who bought them.",
    guest: "Bought as a guest, or forgotten your password? Get a link by e-mail",
    notFound: "There is no such page",
  },
  {
    name: "Tickets",
    programme: "Programm",
    mine: "Meine Tickets",
    signIn: "Anmelden",
    link: "Passwort vergessen, oder als Gast hier gewesen?",
    why: "Tickets sieht, wer sie gekauft hat.",
    guest: "Als Gast gekauft oder Passwort vergessen? Link per E-Mail holen",
    notFound: "Diese Seite gibt es nicht",
  },
);

const HOME = "/";
const ORDERS = "/my/orders";
const SIGN_IN = "/my/sign-in";
const LINK = "/my/link";

function App() {
  const { path } = address.value;
  return (
    <Frame
      name={t().name}
      home={HOME}
      links={[
        [HOME, t().programme],
        [ORDERS, t().mine],
      ]}
      path={path}
      signInPath={SIGN_IN}
    >
      <View key={path} path={path} />
    </Frame>
  );
}

function View({ path }: { readonly path: string }) {
  const event = match("/e/{id}", path);
  if (path === HOME) return <Programme />;
  if (event !== null) return <EventView id={event.id} />;
  if (match(LINK, path)) return <LinkView />;
  if (match(SIGN_IN, path)) return <SignInView />;
  const order = match("/my/orders/{id}", path);
  const pass = match("/my/passes/{id}", path);
  const reservation = match("/my/reservations/{id}", path);
  const isMine = (order ?? pass ?? reservation) !== null || match(ORDERS, path) !== null || match("/my", path) !== null;
  if (!isMine) return <Heading>{t().notFound}</Heading>;
  if (account.value === undefined) return <WaitingForAccount />;
  if (account.value === null) return <SignInView />;
  if (pass !== null) return <PassView id={pass.id} />;
  if (reservation !== null) return <ReservationView id={reservation.id} />;
  return order === null ? <OrdersView /> : <OrderView id={order.id} />;
}

function SignInView() {
  const { path, query } = address.value;
  const isAsked = path === SIGN_IN;
  const wanted = isAsked ? query.get("next") : path;
  const link = wanted === null ? LINK : `${LINK}?${new URLSearchParams({ next: wanted })}`;
  const arrive = () => {
    if (isAsked) go(pageOr(query.get("next"), HOME), { replace: true });
  };
  return (
    <div class="narrow stack">
      <Heading>{t().signIn}</Heading>
      {!isAsked && (
        <>
          <p>{t().why}</p>
          <a class="button plain" href={link}>
            {t().guest}
          </a>
        </>
      )}
      <div class="card stack">
        <SignIn ways={["signIn", "register"]} onDone={arrive} />
        {isAsked && (
          <p>
            <a href={link}>{t().link}</a>
          </p>
        )}
      </div>
    </div>
  );
}

addProblemTexts(shopProblems);
startRouter((path) => path === "/" || path.startsWith("/e/") || /^\/my(\/|$)/.test(path), focusNextHeading);
void loadAccount(address.peek().path.startsWith("/my"));
// What the worker wrote for those who run no scripts gives way.
const app = document.getElementById("app") as HTMLElement;
app.replaceChildren();
render(<App />, app);
