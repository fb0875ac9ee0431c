// What programs get: keys to the API, and news by webhooks.

import { texts } from "../ui/i18n.ts";
import { account } from "../ui/session.ts";
import { Heading } from "../ui/view.tsx";
import { ApiKeys } from "./api-keys.tsx";
import { Webhooks } from "./webhooks.tsx";

const t = texts(
  {
    title: "Integrations",
    about: "For tills, reports and other programs of yours. What they can do is in the",
    api: "description of the API",
  },
  {
    title: "Schnittstellen",
    about: "Für Kassen, Berichte und andere eigene Programme. Was sie können, steht in der",
    api: "Beschreibung der API",
  },
);

export function Integrations() {
  const role = account.value?.role;
  return (
    <div class="stack">
      <Heading>{t().title}</Heading>
      <p class="soft">
        {t().about} <a href="/docs">{t().api}</a>.
      </p>
      <ApiKeys />
      {(role === "organizer" || role === "admin") && <Webhooks />}
    </div>
  );
}
