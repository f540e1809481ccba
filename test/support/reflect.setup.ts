import 'reflect-metadata';
import { Logger } from '@nestjs/common';

// Services that a spec makes by hand have no app to set their log's level.
Logger.overrideLogger(['warn', 'error', 'fatal']);
