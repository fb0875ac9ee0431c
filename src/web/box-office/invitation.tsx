// Where the link of an invitation to a crew leads: what it is for, and accepting it.

import { useEffect } from "preact/hooks";
import { call, Problem } from "../ui/api.ts";
import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { useLoaded } from "../ui/loaded.ts";
import { Button, Fault, Notice, Waiting } from "../ui/parts.tsx";
import { problemText } from "../ui/problems.ts";
import { address, go } from "../ui/router.ts";
import { account, accountFault, loadAccount } from "../ui/session.ts";
import { SignIn } from "../ui/sign-in.tsx";
import { useTask } from "../ui/task.ts";
import { focusHeadingIfLost, Heading } from "../ui/view.tsx";

const t = texts(
  {
    title: "Will you help?",
    from: (organizer: string) => `${organizer} invites you to the crew of this event.`,
    manager: "As a manager: you run the event together with its organiser.",
    scanner: "At the door: you scan tickets and let people in.",
    until: "The invitation is open until",
    who: "To accept, make an account or sign in.",
    guest: "To accept, make an account. What you have bought as a guest stays yours.",
    forgotten: "Forgotten your password?",
    as: (name: string) => `You accept as ${name}. If that is not you, sign out first.`,
    accept: "Accept",
    accepted: "This invitation was accepted. If it was you, go on.",
    goOn: "Go on",
    notGood: "This invitation is not good any more",
    refused:
      "It has expired, was taken back or accepted by somebody else, or a newer mail has another link. Ask the organiser for a new one.",
    member: "You help at this event already:",
    door: "Door",
  },
  {
    title: "Helfen Sie mit?",
    from: (organizer: string) => `${organizer} lädt Sie in das Team dieser Veranstaltung ein.`,
    manager: "Als Manager: Sie betreuen die Veranstaltung gemeinsam mit dem Veranstalter.",
    scanner: "Am Einlass: Sie scannen Tickets und lassen Leute hinein.",
    until: "Die Einladung gilt bis",
    who: "Um anzunehmen, legen Sie ein Konto an oder melden Sie sich an.",
    guest: "Um anzunehmen, legen Sie ein Konto an. Was Sie als Gast gekauft haben, bleibt Ihres.",
    forgotten: "Passwort vergessen?",
    as: (name: string) => `Sie nehmen als ${name} an. Wenn Sie das nicht sind, melden Sie sich zuerst ab.`,
    accept: "Annehmen",
    accepted: "Diese Einladung wurde angenommen. Wenn Sie das waren, geht es hier weiter.",
    goOn: "Weiter",
    notGood: "Diese Einladung gilt nicht mehr",
    refused:
      "Sie ist abgelaufen, wurde zurückgenommen oder von jemand anderem angenommen, oder eine neuere Mail hat einen anderen Link. Bitten Sie den Veranstalter um eine neue.",
    member: "Sie helfen bei dieser Veranstaltung schon:",
    door: "Einlass",
  },
);

export function InvitationView({ token }: { readonly token: string }) {
  const load = () => call("GET /crew-invitations/{token}", { path: { token } });
  const { value, fault, reload } = useLoaded(load, [token]);
  const invitation = value.value;
  if (invitation === undefined) {
    if (fault.value instanceof Problem && ENDED.includes(fault.value.status)) return <NotGood fault={fault.value} />;
    return (
      <div class="narrow stack">
        <Heading>{t().title}</Heading>
        <Waiting fault={fault.value} onAgain={reload} />
      </div>
    );
  }
  const { event, organizer, part, open_until: until, accepted } = invitation;
  return (
    <div class="narrow stack">
      <Heading>{t().title}</Heading>
      <p>{t().from(organizer)}</p>
      <div class="card stack">
        <h2>{event.name}</h2>
        <p class="soft">
          {dayAndTime(event.starts_at, event.timezone)} · {event.venue}
        </p>
        <p>{t()[part]}</p>
        {!accepted && (
          <p class="soft">
            {t().until} {dayAndTime(until, event.timezone)}.
          </p>
        )}
      </div>
      <Accepting token={token} event={event.id} isAccepted={accepted} />
    </div>
  );
}

/** Another time it is the same. */
const ENDED = [404, 409, 410];

function NotGood({ fault }: { readonly fault: Problem }) {
  const isOfEvent = fault.status === 409;
  return (
    <div class="narrow stack">
      <Heading>{t().notGood}</Heading>
      <p>{isOfEvent ? problemText(fault) : t().refused}</p>
    </div>
  );
}

interface AcceptingProps {
  readonly token: string;
  readonly event: string;
  readonly isAccepted: boolean;
}

function Accepting({ token, event, isAccepted }: AcceptingProps) {
  const { run, isBusy, fault } = useTask();
  const who = account.value;
  const accept = () =>
    run(async () => {
      const own = await call("POST /me/crew", { body: { token } });
      go(own.part === "manager" ? `/box-office/events/${event}` : `/door/${event}`);
    });
  useEffect(focusHeadingIfLost, [who?.id]);
  if (who === undefined) return <Waiting fault={accountFault.value} onAgain={() => loadAccount()} />;
  if (who === null || who.guest) {
    return (
      <div class="card stack">
        <p>{who === null ? t().who : t().guest}</p>
        <SignIn
          key={String(who === null)}
          ways={who === null ? ["register", "signIn"] : ["register"]}
          onDone={() => {}}
        />
        <p>
          <a href={`/my/link?${new URLSearchParams({ next: address.value.path })}`}>{t().forgotten}</a>
        </p>
      </div>
    );
  }
  const isMember = fault.value instanceof Problem && fault.value.type === "already-in-crew";
  return (
    <div class="stack">
      {isAccepted ? <Notice>{t().accepted}</Notice> : <p>{t().as(who.username ?? who.email)}</p>}
      {isMember ? (
        <Notice kind="good">
          {t().member} <a href={`/door/${event}`}>{t().door}</a>
        </Notice>
      ) : (
        <Fault fault={fault.value} />
      )}
      <div class="row">
        <Button kind="primary" isBusy={isBusy.value} onClick={accept}>
          {isAccepted ? t().goOn : t().accept}
        </Button>
      </div>
    </div>
  );
}
