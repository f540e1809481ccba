import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ChangeFeed } from '../database/change-feed.js';
import { Compiler } from './compiler.service.js';
import { CredentialLoader } from './credential-loader.service.js';

/** Sets the compiler to work: once before the server listens, and whenever something may have changed. */
@Injectable()
export class CompilerTriggers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly compiler: Compiler,
    private readonly feed: ChangeFeed,
    private readonly credentials: CredentialLoader,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.compiler.refresh();
    this.credentials.onStale(() => void this.compiler.refresh());
    this.unsubscribe = this.feed.subscribe(() => void this.compiler.refresh());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe?.();
    await this.compiler.stop();
  }
}
