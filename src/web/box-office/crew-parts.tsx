// The parts in a crew: what they are called, and choosing one.

import type { CrewPart } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { Choice } from "../ui/parts.tsx";

const t = texts(
  {
    part: "Part",
    manager: "Manager: may do what you may, except calling off and choosing the crew",
    scanner: "Door: lets people in",
    managerShort: "Manager",
    scannerShort: "Door",
  },
  {
    part: "Aufgabe",
    manager: "Manager: darf, was Sie dürfen, außer absagen und das Team wählen",
    scanner: "Einlass: lässt Leute hinein",
    managerShort: "Manager",
    scannerShort: "Einlass",
  },
);

interface PartChoiceProps {
  readonly part: CrewPart;
  readonly onChange: (part: CrewPart) => void;
}

export function PartChoice({ part, onChange }: PartChoiceProps) {
  return (
    <Choice
      label={t().part}
      value={part}
      options={[
        ["scanner", t().scanner],
        ["manager", t().manager],
      ]}
      onChange={(chosen) => onChange(chosen as CrewPart)}
    />
  );
}

export function partName(part: CrewPart): string {
  return t()[`${part}Short`];
}
