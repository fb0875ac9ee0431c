// What the API's examples name. In development `service/local-examples.ts` puts ids of this machine
// in place of those of events, ticket types, reservations and orders.

export const EXAMPLES = {
  event: "7v2b9d4f6h8j0k3m",
  ticketType: "3k9w0c1v7m2x8q4d",
  reservation: "3k9w0c1v7m2x8q4d-0f3g6h9j2k5m8n1p4q7r",
  pass: "3k9w0c1v7m2x8q4d-0f3g6h9j2k5m8n1p4q7r-1",
  order: "7d2k9w0c1v3m4x8q5f6g",
  /** It waits for a transfer. */
  counterOrder: "4m8q2x6b0d5h9k3n7r1t",
  refund: "1h5k8m2n4p0f3g6h9j2k5m8n1p4q7-r1",
  orderRefund: "1h5k8m2n4p0q7r1t4v7w0x3y6z9b2-r1",
  /** Nobody ever reserved anything of it, so it can be deleted. */
  unsoldEvent: "5t8r1n4m7k0j3h6g",
  cancelledEvent: "8h1x4c7n0q3t6w9z",
  unsoldTicketType: "9q2s5v8y1b4e7h0k",
  /** The same of a price, which is not its ticket type's first one. */
  unsoldPrice: { ticketType: "6c0e4g8j2m5p9r3t", id: "2b6n0d4f8h1k5m9q" },
  /** The local service has these two: `scripts/lib/local-accounts.ts`. */
  buyer: { id: "dem0000000000000", username: "demo" },
  organizer: { id: "b0x0ff1ce0000000", username: "box-office" },
  password: "correct horse battery",
  invitation: "4c7f0h3k6n9q2t5w",
  linkToken: "kTnXw3pZ0cQ5rVb8yL2mJd7fHs1gAe4uNo6iKx9tWqE",
  apiKey: "tko_4f8h1k5m9q2b6n0d3w7x0c4g8j2m5p9r3t6v1y8zcmdzjq",
  apiKeyId: "1t5v9y3b7e0h4k8n",
  webhookId: "3w6b9e2h5k8n1r4v",
  webhookUrl: "https://shop.example.com/webhooks",
  paymentMethod: "pm_card_visa",
} as const;
