// How an event is called off, in requests and replies.

import * as z from "zod";
import { Instant, text } from "../http/fields.ts";

const MAX_MESSAGE = 2_000;

const cancellationFields = {
  refund: z.boolean().meta({ description: "Whether everything that was sold of it is refunded" }),
  message: text(MAX_MESSAGE).meta({
    description: "To the buyers, and for everybody to see; empty where nothing is said",
  }),
};

export const NewCancellation = z
  .strictObject({ ...cancellationFields, message: cancellationFields.message.optional() })
  .meta({ id: "NewCancellation" });

export const Cancellation = z
  .strictObject({
    ...cancellationFields,
    called_off_at: Instant.nullable().meta({ description: "Null where that is not known" }),
  })
  .meta({ id: "Cancellation" });
