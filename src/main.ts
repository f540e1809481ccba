import { createApp } from './app.js';
import { Config } from './config/config.js';

const config = Config.from(process.env);
const app = await createApp(config);
app.enableShutdownHooks();
await app.listen(config.port, config.host);
