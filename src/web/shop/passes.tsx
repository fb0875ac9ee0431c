// The passes of an order: each with its code as a picture, whom it is for, and how to pass it on.

import { useSignal } from "@preact/signals";
import { call, nextPage, type Reply, send, statusOf } from "../ui/api.ts";
import type { Pass } from "../ui/api-types.ts";
import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { type Paged, type Part, usePaged } from "../ui/pages.ts";
import { Button, Dialog, Fault, Field, Form, Loading, More } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";

const t = texts(
  {
    received: "Passed on to you",
    code: (number: number) => `Code of ticket ${number}, for the door`,
    number: (number: number) => `No. ${number}`,
    admitted: "Let in",
    revoked: "Not good any more",
    passedOn: (to: string) => `Passed on to ${to}`,
    holder: "For whom",
    holderHint: "The name is shown at the door.",
    save: "Save",
    passOn: "Pass on",
    passOnTitle: "Pass this ticket on",
    passOnText: "We send it to this address with a new code. The code here is not good any more after that.",
    email: "E-mail address",
    send: "Send",
    wait: "Your tickets are being made …",
    name: "Add a name",
    wallet: "Save to Google Wallet",
    rename: "Change the name",
  },
  {
    received: "An Sie weitergegeben",
    code: (number: number) => `Code von Ticket ${number}, für den Einlass`,
    number: (number: number) => `Nr. ${number}`,
    admitted: "Eingelassen",
    revoked: "Gilt nicht mehr",
    passedOn: (to: string) => `Weitergegeben an ${to}`,
    holder: "Für wen",
    holderHint: "Der Name steht am Einlass.",
    save: "Speichern",
    passOn: "Weitergeben",
    passOnTitle: "Dieses Ticket weitergeben",
    passOnText: "Wir schicken es mit einem neuen Code an diese Adresse. Der Code hier gilt danach nicht mehr.",
    email: "E-Mail-Adresse",
    send: "Senden",
    wait: "Ihre Tickets werden gemacht …",
    name: "Name eintragen",
    wallet: "In Google Wallet speichern",
    rename: "Namen ändern",
  },
);

const PAGE = 50;

export function Passes({ of, id }: { readonly of: "orders" | "reservations"; readonly id: string }) {
  const operation = `GET /${of}/{id}/passes` as const;
  const first = async () => partOf(await send(operation, { path: { id }, query: { limit: PAGE } }));
  const list = usePaged(first, passesAfter, [of, id]);
  if (list.items === undefined) return list.fault.value === null ? <Loading /> : <Fault fault={list.fault.value} />;
  return (
    <div class="stack">
      <PassList passes={list.items} onChange={list.reload} />
      <More list={list} />
    </div>
  );
}

/** What others have passed on to the visitor. */
export function useReceived(who: string | undefined): Paged<Pass> {
  return usePaged(async () => partOf(await send("GET /passes", { query: { limit: PAGE } })), passesAfter, [who]);
}

export function Received({ list }: { readonly list: Paged<Pass> }) {
  if (list.fault.value !== null && list.items === undefined) return <Fault fault={list.fault.value} />;
  // Some of a part may have been passed on once more since.
  if (list.items === undefined || (list.items.length === 0 && !list.hasMore)) return null;
  return (
    <section class="stack">
      <h2>{t().received}</h2>
      {list.items.length > 0 && <PassList passes={list.items} onChange={list.reload} />}
      <More list={list} />
    </section>
  );
}

async function passesAfter(next: string): Promise<Part<Pass>> {
  return partOf(await nextPage<"GET /passes">(next));
}

function partOf({ body, next }: Pick<Reply<"GET /passes">, "body" | "next">): Part<Pass> {
  return { items: body, next };
}

interface PassListProps {
  readonly passes: readonly Pass[];
  readonly onChange: () => Promise<void>;
}

export function PassList({ passes, onChange }: PassListProps) {
  if (passes.length === 0) return <p class="soft">{t().wait}</p>;
  return (
    <ol class="passes">
      {passes.map((pass) => (
        <li key={pass.id}>
          <PassCard pass={pass} onChange={onChange} />
        </li>
      ))}
    </ol>
  );
}

function PassCard({ pass, onChange }: { readonly pass: Pass; readonly onChange: () => Promise<void> }) {
  const { event, ticket_type, price_name, state, passed_on_to } = pass;
  const isMine = pass.code !== null && state !== "revoked";
  return (
    <article class={`pass ${isMine ? "" : "pale"}`}>
      <div class="pass-code">{isMine && <Code pass={pass} />}</div>
      <div class="pass-about">
        <h3>{event?.name ?? ticket_type?.name}</h3>
        {event !== null && (
          <p>
            {dayAndTime(event.starts_at, event.timezone)}
            <br />
            {event.venue}
          </p>
        )}
        <p>
          <strong>{[ticket_type?.name, price_name].filter(Boolean).join(", ")}</strong>{" "}
          <span class="soft">{t().number(pass.number)}</span>
        </p>
        {state !== "valid" && <span class="badge">{t()[state]}</span>}
        {passed_on_to !== null && <p class="soft">{t().passedOn(passed_on_to)}</p>}
        {isMine && state === "valid" && <Handling pass={pass} onChange={onChange} />}
      </div>
    </article>
  );
}

/** The picture needs the session's cookie; once that has ended, it is renewed. */
function Code({ pass }: { readonly pass: Pass }) {
  const tries = useSignal(0);
  const path = `/passes/${pass.id}/code.svg`;
  return (
    <img
      src={tries.value === 0 ? path : `${path}#${tries.value}`}
      alt={t().code(pass.number)}
      loading="lazy"
      width="200"
      height="200"
      onError={async () => {
        if (tries.peek() < 3 && (await statusOf(path)) === 200) tries.value += 1;
      }}
    />
  );
}

function Handling({ pass, onChange }: { readonly pass: Pass; readonly onChange: () => Promise<void> }) {
  const dialog = useSignal<"name" | "pass on" | null>(null);
  const text = useSignal("");
  const { run, isBusy, fault } = useTask();
  const open = (which: "name" | "pass on") => {
    text.value = which === "name" ? (pass.holder_name ?? "") : "";
    fault.value = null;
    dialog.value = which;
  };
  const path = { id: pass.id };
  const submit = () =>
    run(async () => {
      if (dialog.peek() === "name")
        await call("PATCH /passes/{id}", { path, body: { holder_name: text.peek() || null } });
      else await call("POST /passes/{id}/transfer", { path, body: { email: text.peek() } });
      dialog.value = null;
      await onChange();
    });
  const wallet = useTask();
  const save = () =>
    wallet.run(async () => {
      location.assign((await call("GET /passes/{id}/google-wallet", { path })).url);
    });
  const isName = dialog.value === "name";
  return (
    <div class="stack tight">
      {pass.holder_name !== null && (
        <p>
          {t().holder}: {pass.holder_name}
        </p>
      )}
      <div class="row">
        <Button onClick={() => open("name")}>{pass.holder_name === null ? t().name : t().rename}</Button>
        <Button onClick={() => open("pass on")}>{t().passOn}</Button>
        {pass.google_wallet && (
          <Button isBusy={wallet.isBusy.value} onClick={save}>
            {t().wallet}
          </Button>
        )}
      </div>
      <Fault fault={wallet.fault.value} />
      {dialog.value !== null && (
        <Dialog
          title={isName ? t().holder : t().passOnTitle}
          onClose={() => {
            dialog.value = null;
          }}
        >
          <Form class="stack" onSubmit={submit}>
            {!isName && <p>{t().passOnText}</p>}
            <Field
              label={isName ? t().holder : t().email}
              name={isName ? "holder_name" : "email"}
              type={isName ? "text" : "email"}
              hint={isName ? t().holderHint : undefined}
              value={text.value}
              onInput={(value) => {
                text.value = value;
              }}
              problem={fieldProblem(fault.value, isName ? "holder_name" : "email")}
              required={!isName}
              maxLength={isName ? 100 : 254}
            />
            <Fault fault={fault.value} />
            <Button kind="primary" type="submit" isBusy={isBusy.value}>
              {isName ? t().save : t().send}
            </Button>
          </Form>
        </Dialog>
      )}
    </div>
  );
}
