/** The stand-in for Pulumi's random provider. Started by the engine. */
import { providers } from "../../../config/versions.ts";
import { passwordProvider } from "./passwords.ts";
import { serve } from "./server.ts";

await serve(passwordProvider(providers.random));
