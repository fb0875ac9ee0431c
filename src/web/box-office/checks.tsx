// Some of a few: a group of checkboxes.

import { useId } from "preact/hooks";
import { Checkbox } from "../ui/parts.tsx";

interface ChecksProps<Option extends string> {
  readonly label: string;
  readonly options: readonly (readonly [option: Option, label: string])[];
  readonly chosen: readonly Option[];
  readonly onChange: (chosen: Option[]) => void;
  readonly problem?: string | null;
}

export function Checks<Option extends string>({ label, options, chosen, onChange, problem }: ChecksProps<Option>) {
  const id = useId();
  return (
    <fieldset class="group" aria-describedby={problem ? id : undefined}>
      <legend>{label}</legend>
      {options.map(([option, text]) => (
        <Checkbox
          key={option}
          label={text}
          isChecked={chosen.includes(option)}
          onChange={(isChecked) => onChange(isChecked ? [...chosen, option] : chosen.filter((one) => one !== option))}
        />
      ))}
      {problem && (
        <p class="field-problem" id={id}>
          {problem}
        </p>
      )}
    </fieldset>
  );
}
