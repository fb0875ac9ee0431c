// Currencies and time zones, in workerd.

import { describeCodes } from "../../../support/codes.ts";

describeCodes();
