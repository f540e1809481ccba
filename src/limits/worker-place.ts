import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { Config } from '../config/config.js';
import { Journal } from '../journal/journal.js';
import { isLive, isProcessFolder, orphanFolders, releaseFolder, takeFolder } from '../journal/process-folder.js';
import { isSegmentName } from '../journal/segment.js';

/**
 * Where this worker runs: a data directory, which a file in it names, and a process. Workers of one place can tell for
 * sure whether one of them is dead, and whether its journal has reached the ledger.
 */
@Injectable()
export class WorkerPlace {
  readonly id: string;
  private readonly process = takeFolder();
  private readonly journalRoot: string;

  constructor(
    config: Config,
    private readonly journal: Journal,
  ) {
    this.journalRoot = config.dataPath('journal');
    this.id = placeId(config.dataPath());
  }

  /** What this worker says of itself. */
  get sign(): { place: string; process: string; journalSince: number } {
    return { place: this.id, process: this.process, journalSince: this.journalSince };
  }

  /** Everything that was journalled before (ms since epoch) in this process's folder is in the ledger. */
  get journalSince(): number {
    return Date.now() - this.journal.metrics.oldestAgeMs;
  }

  /** Whether a process of this place has ended. */
  isGone(process: string): boolean {
    return !isLive(process);
  }

  /** Whether journals of processes that are gone wait for a new owner; takes them over itself, if it can. */
  hasOrphans(): boolean {
    const isLeft = (): boolean => orphanFolders(this.journalRoot).some((name) => this.hasSegments(name));
    if (!isLeft()) return false;
    this.journal.adoptOrphans();
    return isLeft();
  }

  /** Whether each process that writes a journal here is one of these, or this one: others may have taken over anything. */
  areAllWriters(processes: readonly string[]): boolean {
    const known = new Set([this.process, ...processes].map(runOf));
    const writers = fs.readdirSync(this.journalRoot).filter((name) => isProcessFolder(name) && isLive(name));
    return writers.every((name) => known.has(runOf(name)));
  }

  leave(): void {
    releaseFolder(this.process);
  }

  private hasSegments(folder: string): boolean {
    return fs.readdirSync(join(this.journalRoot, folder)).some(isSegmentName);
  }
}

/** The run of a process that a name is made of, whichever of its names it is. */
function runOf(process: string): string {
  return process.slice(0, process.lastIndexOf('-'));
}

/** A name that goes with the directory, wherever it is mounted. */
function placeId(folder: string): string {
  const path = join(folder, 'place-id');
  fs.mkdirSync(folder, { recursive: true });
  try {
    fs.writeFileSync(path, randomUUID(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return fs.readFileSync(path, 'utf8');
}
