// The way back by mail: for a forgotten password, and for a guest, who has none.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { address } from "../ui/router.ts";
import { useTask } from "../ui/task.ts";
import { Heading } from "../ui/view.tsx";

const t = texts(
  {
    title: "A link by mail",
    text: "Tell us your address, and we send you a link: to your tickets if you bought as a guest, or to choose a new password.",
    email: "E-mail address",
    guest: "To my tickets",
    password: "New password",
    sent: "If we know this address, a mail is on its way to it. Look in your spam folder, too.",
  },
  {
    title: "Ein Link per Mail",
    text: "Nennen Sie uns Ihre Adresse, und wir schicken Ihnen einen Link: zu Ihren Tickets, wenn Sie als Gast gekauft haben, oder für ein neues Passwort.",
    email: "E-Mail-Adresse",
    guest: "Zu meinen Tickets",
    password: "Neues Passwort",
    sent: "Wenn wir diese Adresse kennen, ist eine Mail an sie unterwegs. Sehen Sie auch im Spam-Ordner nach.",
  },
);

/** What the visitor wanted to see: its id is all that a link may be about. */
function wantedIn(query: URLSearchParams): { about?: string } {
  const [, about] = /^\/my\/(?:orders|reservations)\/([0-9a-z-]+)$/.exec(query.get("next") ?? "") ?? [];
  return about === undefined ? {} : { about };
}

export function LinkView() {
  const { query } = address.value;
  const email = useSignal("");
  const isSent = useSignal(false);
  const { run, isBusy, fault } = useTask();
  const ask = (operation: "POST /api-auth/links" | "POST /api-auth/password-resets") =>
    run(async () => {
      isSent.value = false;
      const body = { email: email.peek() };
      if (operation === "POST /api-auth/password-resets") await call(operation, { body });
      else await call(operation, { body: { ...body, ...wantedIn(query) } });
      isSent.value = true;
      announce(t().sent);
    });
  return (
    <div class="narrow stack">
      <Heading>{t().title}</Heading>
      <Form class="card stack" onSubmit={() => ask("POST /api-auth/links")}>
        <p>{t().text}</p>
        <Field
          label={t().email}
          name="email"
          type="email"
          autocomplete="email"
          value={email.value}
          onInput={(value) => {
            email.value = value;
          }}
          problem={fieldProblem(fault.value, "email")}
          required
        />
        <Fault fault={fault.value} />
        {isSent.value && <Notice kind="good">{t().sent}</Notice>}
        <div class="row">
          <Button kind="primary" type="submit" isBusy={isBusy.value}>
            {t().guest}
          </Button>
          <Button isBusy={isBusy.value} onClick={() => ask("POST /api-auth/password-resets")}>
            {t().password}
          </Button>
        </div>
      </Form>
    </div>
  );
}
