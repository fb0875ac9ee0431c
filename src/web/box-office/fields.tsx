// The fields of a form, from a list of what they are.

import type { Signal } from "@preact/signals";
import type { ComponentProps } from "preact";
import { Field } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";

type FieldProps = ComponentProps<typeof Field>;

export interface FieldOf<Name extends string> extends Omit<FieldProps, "name" | "value" | "onInput" | "problem"> {
  readonly name: Name;
  /** The path that the service's errors give, where it is another name. */
  readonly of?: string;
  /** What is wrong with the value before it is sent; null for nothing. */
  readonly check?: (value: string) => string | null;
}

interface FieldsProps<Form> {
  readonly form: Signal<Form>;
  readonly fault: unknown;
  readonly fields: readonly FieldOf<string & keyof Form>[];
}

export function Fields<Form extends object>({ form, fault, fields }: FieldsProps<Form>) {
  return (
    <>
      {fields.map(({ of, check, ...field }) => {
        const value = String(form.value[field.name]);
        return (
          <Field
            key={field.name}
            {...field}
            value={value}
            onInput={(typed) => {
              form.value = { ...form.value, [field.name]: typed };
            }}
            problem={fieldProblem(fault, of ?? field.name) ?? check?.(value) ?? null}
          />
        );
      })}
    </>
  );
}

/** For a checkbox of the form. */
export function setter<Form extends object>(form: Signal<Form>, name: keyof Form) {
  return (isChecked: boolean) => {
    form.value = { ...form.value, [name]: isChecked };
  };
}
