// Signing in, registering, and, where a page allows that, going on as a guest.

import { useSignal } from "@preact/signals";
import { texts } from "./i18n.ts";
import { Button, Fault, Field, Form } from "./parts.tsx";
import { fieldProblem } from "./problems.ts";
import { continueAsGuest, register, signIn } from "./session.ts";
import { useTask } from "./task.ts";

const t = texts(
  {
    guest: "As a guest",
    signIn: "Sign in",
    register: "New account",
    ways: "How do you want to go on?",
    email: "E-mail address",
    guestHint: "For your tickets. You need no password.",
    name: "E-mail address or name",
    password: "Password",
    passwordHint: "At least 8 characters.",
    goOn: "Continue",
    create: "Create account",
  },
  {
    guest: "Als Gast",
    signIn: "Anmelden",
    register: "Neues Konto",
    ways: "Wie möchten Sie weitermachen?",
    email: "E-Mail-Adresse",
    guestHint: "Für Ihre Tickets. Sie brauchen kein Passwort.",
    name: "E-Mail-Adresse oder Name",
    password: "Passwort",
    passwordHint: "Mindestens 8 Zeichen.",
    goOn: "Weiter",
    create: "Konto anlegen",
  },
);

export type Way = "guest" | "signIn" | "register";

interface SignInProps {
  readonly ways: readonly Way[];
  /** When somebody is signed in. */
  readonly onDone: () => void | Promise<void>;
}

export function SignIn({ ways, onDone }: SignInProps) {
  const way = useSignal<Way>(ways[0] ?? "signIn");
  const email = useSignal("");
  const password = useSignal("");
  const { isBusy, fault, run } = useTask();
  const submit = () =>
    run(async () => {
      if (way.peek() === "guest") await continueAsGuest(email.peek());
      else if (way.peek() === "register") await register(nameFor(email.peek()), email.peek(), password.peek());
      else await signIn(email.peek(), password.peek());
      await onDone();
    });
  return (
    <div class="sign-in">
      {ways.length > 1 && (
        <fieldset class="segments">
          <legend class="unseen">{t().ways}</legend>
          {ways.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="way"
                checked={way.value === one}
                onChange={() => {
                  way.value = one;
                  fault.value = null;
                }}
              />
              <span>{t()[one]}</span>
            </label>
          ))}
        </fieldset>
      )}
      <Form onSubmit={submit}>
        <Field
          label={way.value === "signIn" ? t().name : t().email}
          name={way.value === "signIn" ? "username" : "email"}
          type={way.value === "signIn" ? "text" : "email"}
          autocomplete={way.value === "signIn" ? "username" : "email"}
          value={email.value}
          onInput={(value) => {
            email.value = value;
          }}
          hint={way.value === "guest" ? t().guestHint : undefined}
          problem={fieldProblem(fault.value, "email") ?? fieldProblem(fault.value, "username")}
          required
        />
        {way.value !== "guest" && (
          <Field
            label={t().password}
            name="password"
            type="password"
            autocomplete={way.value === "register" ? "new-password" : "current-password"}
            value={password.value}
            onInput={(value) => {
              password.value = value;
            }}
            hint={way.value === "register" ? t().passwordHint : undefined}
            problem={fieldProblem(fault.value, "password")}
            required
            {...(way.value === "register" ? { minLength: 8 } : {})}
          />
        )}
        <Fault fault={fault.value} />
        <Button kind="primary" type="submit" isBusy={isBusy.value}>
          {way.value === "signIn" ? t().signIn : way.value === "register" ? t().create : t().goOn}
        </Button>
      </Form>
    </div>
  );
}

/** The address itself, where it can be a name: those are shorter, and of fewer characters. */
function nameFor(email: string): string {
  if (/^[\w.@+-]{3,64}$/.test(email)) return email;
  return `${email.replace(/[^\w.@+-]/g, "-").slice(0, 55)}-${crypto.randomUUID().slice(0, 8)}`;
}
