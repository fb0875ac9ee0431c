// A migration that was released never changes: somewhere it has run already. New ones are appended.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { MIGRATIONS } from "../../../../src/durable/ticket-type/migrations.ts";

/** SHA-256 of each released migration of the objects' tables, in order. Append; never change. */
const RELEASED_OBJECT_MIGRATIONS: readonly string[] = [
  "9c9ca0e872457a7ddabcce1d740fea850b14c588af1b5c70076222d356e83012",
  "4614725b377578f06d78939eb0536b641a96b2140d892bb14efcd4b2c2ef22a0",
  "b8aae51159923cb2022fa9c3eb5a66e900be680a580a5b27628463c397843d18",
  "ee6730301d128c74faefc315fe92fbb4538599275a211fa3167cacb5f025ff57",
  "9669c0dad770d684ddeed2c436e1d6d26fa14801c3729e734c0ccb7ef7238a09",
  "41ff61d48810b1bd60c6ee7e276303bb4edbcae12271c8aa448ee03e48ee8d7c",
  "0ac902f4a0777fa659e64da4520a1ebbde238d47dae256e893943a285f7677ab",
  "85e71511cc63e3cca7d6dfe29b6533885444d71893e6de9a7e2a49ddc8ac2024",
  "43ffdb0daff94795b3ea22f5ab0667f937a120172f9a40c421edc8566548f004",
  "385f534dc9e80992c427032af3e15ad49fe2404692418e0bc6bc8ac51f6fc881",
  "9ee00c112a70509a8d9300f5987c12ada42a51141d4c7cb351ba403f4789b673",
  "c5902e103d2e1cec61793e28c6cf88e816a41c37deae9b9e00be79f36f99b34c",
  "cf6a758b982e13d6b82fad24fbbf716182219f1b640698e468e65bc3d385fe32",
  "bead3d7a95e4fdfdd2dcdb2e3f16004b4d7941b0216c755f13a2a5aae7f57fff",
  "e1dccb67a26a7896b145d79236ff794811839ad36c27a871bf2bd7fc532b3543",
  "0bd4a58a251ea60f8f83350e2d1f14dbad6fff2a6a5933a2a9ba08f6972d58ae",
];

/** The same for D1's, by file. */
const RELEASED_D1_MIGRATIONS: Readonly<Record<string, string>> = {
  "0000_init.sql": "b87ce5ff97803d450969b8dc30cd2e8b69309d3f9f71f8ddcef42b60719e2148",
  "0001_unresolved.sql": "19bcce635e6280499088ed4c4a25aaf890ad036da6fb5457456cb2f6bf5246a7",
  "0002_accounts.sql": "3ddc953ab29683949c7f34ae5fdd22b5d4640d5d8c1a45db91854334a18381f1",
  "0003_lists.sql": "63545c6aabb8c3f8faf65f4839cdd1dfa8a7e6f15a9871e93d33abe112d72013",
  "0004_one_index_of_an_account.sql": "a8f61a1e70d4254c34478f0ef3f2892c2b4ad7a31423a812d8af23024529453a",
  "0005_event_terms.sql": "097112eeea58bf446002650ffb9ecdec261a2c827b6aef4960deac85c36b7d71",
  "0006_sessions.sql": "fb4dd09db5851ffcdb35d0b9d78054418bd5bb0937ce27c6a84a123365045b06",
  "0007_common_passwords.sql": "3f13b05daba9367230441acdaed206b1e05417d0b5088fda41d69e26691791b8",
  "0008_one_account_an_address.sql": "7fa3aa16d5d8288d33c23beeb4e0ba5b7e6d46617beb671f55fcdfa2a045990a",
  "0009_sweep_progress.sql": "0a9bbf249914a77bf880ccf484cfb112c122924a8a2b442f75b860a2d9ed0fce",
  "0010_closed_accounts.sql": "96623ecd1eb78766835d0461334b5e9a98264dc00bc020db8a57b3f595120e0e",
  "0011_sale_ends_with_event.sql": "d89b9ae3da8a8b94da2510f9bbea8ceaadf798eb2e70e0e03d7c299a0fdff8ad",
  "0012_cancel_requested.sql": "0e17c8fad7b895dc279d7b2f0c396f04514c1d112d8264d050bbf80ce621b8e7",
  "0013_lists_overlap.sql": "a49bb85a6e8dbcb4f377abdbf7e92e1889b6f3fc9e4b37adf885f426c71e4ace",
  "0014_deleting.sql": "164247b962b2a09513c3b913441534aedecf31a41db0738c9bb23491bad3f709",
  "0015_tokens_within_words.sql": "4dfc3b91fee04b5d4f7ef86f6cdbb7750c1292e43006a0ce5b80f73542f8d9ef",
  "0016_editions.sql": "cecc5388b64944c362dc1b2287ac944b9a9b112b56154d4c0ab00505a4a4c548",
  "0017_guests.sql": "44e0618f3961459fb1924c65a16a61860d1c7efb2f50dfcb23a667d54177fa3f",
  "0018_prices.sql": "f7a2e62b96e000099277acf1f98b5a6b5c662c983cae712f7391d270b412a7d7",
  "0019_orders.sql": "f029c590f4344067f215797083cb3cd3350025d84890b973e2d58c881267d487",
  "0020_orders_by_state.sql": "1d3978f89bf7f466a1ed9fced5ce552f305f4deaadc0292fb4c257a45c700a63",
  "0021_reconciled_orders.sql": "b533c150b58a389b68ee61d564a5c54ae54dd74099be5a964a439fdc512c85cc",
  "0022_terms.sql": "3e698609928ac44a888cd856999c012ca6facc089cf6c861e906b43d907a2098",
  "0023_disputes.sql": "a7e12c42c453f28fa9522bdc31e3dca02aad91c745b7651a0aaae33f6c968973",
  "0024_counter.sql": "d3b323b3ff002aa0749e382172d234eb32ce8c3a3f8d9aa72d81e65e53e13c04",
  "0025_refunds.sql": "67f892593065ff4d864007f60d19f5bf9c54cc56ce2b9e91b93f79484f76d26f",
  "0026_receipts.sql": "bc43ed406bccd44fe62b2908e28330e2e2588ba9b83e003480bdbbc2162ce196",
  "0027_receipts_of_refunded.sql": "4932a92103f29c71809793072f3f3f7ae323b99de070e5cc1e9a8f7192420f10",
  "0028_counter_refunds.sql": "c24bdcd7c21fc344d18a01c0e74ceb7aa47023c544f54dc6f7f603e6f4872520",
  "0029_receipt_lists.sql": "2ad598889344b6373cd573d7d95a09729726ca5d42248ccdfe48c366eb94c576",
  "0030_erased_customers.sql": "c213fe94afd9a195634fae70afcff4b01ccb090f0aa664f40bd557e5444ce300",
  "0031_credit_notes.sql": "2032d8011d5b3cdda039a6b69229040f3b372a52666360b4d612629d58421dd2",
  "0032_called_off.sql": "7eda60cb27f8ba2904f9d06cf55661c259914c5cd6abcf04ae4ac885e1b6ee41",
  "0033_disputes_of_bought.sql": "0c61bdadbbc5f4b0280547eaee2f7ddfe0eb86b1f2a5a5a33921eda19506c516",
  "0034_days_report.sql": "c5841a3fde552e6f24a2a355bf7ea0806649ca27af1223a628b02a78857fa908",
  "0035_doors.sql": "239249ae3655f9ff27956b7cb32e44b788b7f7a4dd4ef2e7e9dcf61394f60636",
  "0036_mails.sql": "85b3faf6e3578915c3838c0335e852aa3b5081364a7e4a9f91d13c6208de410e",
  "0037_passes.sql": "e0d168868db86c831a2a501e70d402c760eebe016f9cf74c1a35a5b6355b5f85",
  "0038_mails_by_id.sql": "9c652c699516c5cbcccf6a8a5e6f76d6c0ff50c45463145fd1d2d0bb6188688f",
  "0039_crew.sql": "18edc42f3ad7d00f95456b803380b370b75b3b7809ae8c7a1cb3a2da694bb160",
  "0040_verified_addresses.sql": "e1a8e66dbafa2b44165489957680442fb68bc76ef0a05cb32b337ed687190d5a",
  "0041_mailings.sql": "1d94dbdc0a8558ce54560ea4068478d219657762c44f409e27abb44adc06aac0",
  "0042_messages.sql": "66a471a116fd333ac808c3a69d76a9051f85c2575e92fb37c759f6805086fefc",
  "0043_mails_of_events.sql": "4221a1255b9bfe56adeb680431553213d49bbdb8c31fd1c17c8067093e6c6367",
  "0044_received_passes.sql": "080bd968d8960c0c9175f13b39367232c69acca9de64acd224e727f695026cb8",
  "0045_sales.sql": "919e05fad83bd65d044fe6e5464cd66a2e35b14100b2e860f21605eedda08321",
  "0046_orders_of_events.sql": "28eb1a2a72a2cb66022f7dd9deddbbf505c5973f0251aca9125d46b472a55441",
  "0047_api_keys.sql": "b0508af26aa21bd2acd74926f89f4fbb00e1993a6a73279915b0a6cef6932b39",
  "0048_webhooks.sql": "2a044ae24af9632dd2f404d4074619cfa482f240b1ed77cda58348c8e2b7e6ab",
  "0049_sandbox_disputes.sql": "da92da913792973b8db8cc882b6ee6d2320dd22604a1628126b44d9203bbbf11",
  "0050_late_refunds.sql": "703647491d113d798c0552bf89bd26035b15f96443e4ef5b1eb936b9f606103b",
  "0051_audit_api_keys.sql": "fb716f109a8aeccb06a78ef9177814cf66b1a07aaf94b502cd59b1b8aafb840a",
  "0052_late_refund_webhooks.sql": "5f504b992a1214c8e60970eb9aa010299a6a049b0f24ec0512d07a21078b8cb9",
  "0053_beginnings_of_words.sql": "03351d1786034e92c15c18464c75011daca2adcf3e28321a99c581539383f795",
};

const D1_FOLDER = fileURLToPath(new URL("../../../../migrations/", import.meta.url).href);

test("the objects' released migrations are as they were, and only the last one may be unreleased", () => {
  const released = MIGRATIONS.slice(0, RELEASED_OBJECT_MIGRATIONS.length);
  expect(released.map(sha256)).toEqual(RELEASED_OBJECT_MIGRATIONS);
  expect(MIGRATIONS.length - released.length).toBeLessThanOrEqual(1);
});

test("D1's released migrations are as they were, and only the last one may be unreleased", () => {
  const files = readdirSync(D1_FOLDER)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const released = Object.keys(RELEASED_D1_MIGRATIONS);
  expect(files.slice(0, released.length)).toEqual(released);
  const found = released.map((name) => [name, sha256(readFileSync(join(D1_FOLDER, name), "utf8"))]);
  expect(Object.fromEntries(found)).toEqual(RELEASED_D1_MIGRATIONS);
  expect(files.length - released.length).toBeLessThanOrEqual(1);
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
