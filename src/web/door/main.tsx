// The door: where passes are scanned.

import "./door.css";
import { effect, useSignal } from "@preact/signals";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { counted, store as keep, read, texts } from "../ui/i18n.ts";
import { Button, Loading, Notice } from "../ui/parts.tsx";
import { address, go, match, pageOr, startRouter } from "../ui/router.ts";
import { account, loadAccount } from "../ui/session.ts";
import { SignIn } from "../ui/sign-in.tsx";
import { Frame, focusNextHeading, Heading } from "../ui/view.tsx";
import { catchUp, closeDoor, isOnline, list, listFailure, openDoor, startDevice, waitingCount } from "./device/door.ts";
import { isOutdated, startInstalling } from "./install.ts";
import { Choose } from "./views/choose.tsx";
import { Gate } from "./views/gate.tsx";
import { Scanning } from "./views/scanning.tsx";

const t = texts(
  {
    name: "Door",
    signIn: "Sign in",
    outdated: "There is a new version of this page.",
    reload: "Reload",
    waiting: (count: number) =>
      `${counted(count, "scan", "scans")} of this device not brought in yet. It happens by itself once there is a network and somebody of the crew is signed in.`,
    noDoor: "This event has no door for your account, or there is no network.",
    choose: "Choose an event",
  },
  {
    name: "Einlass",
    signIn: "Anmelden",
    outdated: "Es gibt eine neue Version dieser Seite.",
    reload: "Neu laden",
    waiting: (count: number) =>
      `${counted(count, "Scan", "Scans")} dieses Geräts noch nicht übertragen. Das geschieht von selbst, sobald es Netz gibt und jemand vom Team angemeldet ist.`,
    noDoor: "Für diese Veranstaltung hat Ihr Konto keinen Einlass, oder es gibt kein Netz.",
    choose: "Veranstaltung wählen",
  },
);

const HOME = "/door";
const SIGN_IN = "/door/sign-in";
const GATE_KEY = "door-gate";

function App() {
  const { path, query } = address.value;
  const who = account.value;
  const event = match("/door/{event}", path)?.event;
  if (event !== undefined && path !== SIGN_IN) return <Door key={event} event={event} path={path} />;
  // Without a network nobody knows who is signed in, and it does not matter.
  if (who === undefined && isOnline.value) return null;
  const isSigningIn = path === SIGN_IN || (who === null && isOnline.value);
  return (
    <Frame name={t().name} home={HOME} path={path} signInPath={SIGN_IN}>
      <Outdated />
      {waitingCount.value > 0 && (
        <div class="narrow waits">
          <Notice kind="warning">
            <p>{t().waiting(waitingCount.value)}</p>
          </Notice>
        </div>
      )}
      {isSigningIn ? (
        <div class="narrow stack">
          <Heading>{t().signIn}</Heading>
          <div class="card">
            <SignIn
              ways={["signIn", "register"]}
              onDone={() => {
                catchUp();
                go(pageOr(query.get("next"), HOME), { replace: true });
              }}
            />
          </div>
        </div>
      ) : (
        <Choose />
      )}
    </Frame>
  );
}

/** Once the device has the event's list it works without a session: a queue waits for none. */
function Door({ event, path }: { readonly event: string; readonly path: string }) {
  const gate = useSignal<string | null>(null);
  const isOpen = useSignal(false);
  useEffect(() => {
    void openDoor(event).then(() => {
      isOpen.value = true;
    });
    return closeDoor;
  }, [event]);
  const door = list.value;
  if (door !== null && gate.value !== null) {
    return (
      <>
        <Outdated />
        <Scanning
          door={door}
          gate={gate.value}
          onGate={() => {
            gate.value = null;
          }}
        />
      </>
    );
  }
  return (
    <Frame name={t().name} home={HOME} path={path} signInPath={SIGN_IN}>
      <Outdated />
      {door !== null ? (
        <Gate
          door={door}
          gate={read(GATE_KEY) ?? ""}
          onStart={(chosen) => {
            keep(GATE_KEY, chosen);
            gate.value = chosen;
          }}
        />
      ) : (
        <NoDoor isOpen={isOpen.value} path={path} />
      )}
    </Frame>
  );
}

function NoDoor({ isOpen, path }: { readonly isOpen: boolean; readonly path: string }) {
  const next = `?${new URLSearchParams({ next: path })}`;
  if (!isOpen || (listFailure.value === null && account.value !== null)) return <Loading />;
  return (
    <div class="narrow stack">
      <Heading>{t().name}</Heading>
      <Notice kind="warning">
        <p>{t().noDoor}</p>
      </Notice>
      {account.value === null && <a href={SIGN_IN + next}>{t().signIn}</a>}
      <a href={HOME}>{t().choose}</a>
    </div>
  );
}

function Outdated() {
  if (!isOutdated.value) return null;
  return (
    <div class="outdated" role="status">
      <p>{t().outdated}</p>
      <Button onClick={() => location.reload()}>{t().reload}</Button>
    </div>
  );
}

async function signInAgain(): Promise<void> {
  await loadAccount();
  // There was no reply: the next one that comes says that the network is back.
  if (account.peek() === undefined) isOnline.value = false;
}

startRouter((path) => path === HOME || path.startsWith(`${HOME}/`), focusNextHeading);
startInstalling();
void startDevice();
effect(() => {
  if (account.value === undefined && isOnline.value) void signInAgain();
});
render(<App />, document.getElementById("app") as HTMLElement);
