// Currencies and time zones, in Node.

import { describeCodes } from "../../../support/codes.ts";

describeCodes();
